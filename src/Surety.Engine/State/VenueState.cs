using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;

namespace Surety.Engine.State;

/// <summary>
/// Everything the venue knows: tables, which are hashed, saved and proved. What is looked up by, beside them, follows from them:
/// <see cref="Indexes.IndexedState"/>.
/// </summary>
public abstract class VenueState
{
    private readonly Genesis _genesis;

    /// <summary>Takes memory for every limit of the genesis record.</summary>
    /// <exception cref="ArgumentException">A field of the genesis record is outside its range.</exception>
    private protected VenueState(GenesisRecord genesisRecord)
    {
        Genesis genesis = genesisRecord.Genesis;
        if (genesis.FindError() is { } error)
        {
            throw new ArgumentException($"Genesis: {error}.", nameof(genesisRecord));
        }
        _genesis = genesis;
        GenesisHash = genesisRecord.Venue;
        PositionsPerAccount = genesis.PositionsPerAccount;
        Venue = new(TableId.Venue, 1, 1);
        Assets = new(TableId.Assets, genesis.MaxAssets, 1);
        Pools = new(TableId.Pools, genesis.MaxPools, 1);
        Indexes = new(TableId.Indexes, genesis.MaxIndexes, 1);
        Markets = new(TableId.Markets, genesis.MaxMarkets, 1);
        Accounts = new(TableId.Accounts, genesis.MaxAccounts, 1);
        Keys = new(TableId.Keys, genesis.MaxKeys, 32);
        PublicKeys = new(TableId.PublicKeys, genesis.MaxKeys, 1);
        Positions = new(TableId.Positions, genesis.MaxAccounts * PositionsPerAccount, PositionsPerAccount);
        QuoteProtections = new(TableId.QuoteProtections, genesis.MaxAccounts * PositionsPerAccount, PositionsPerAccount);
        ClientOrders = new(TableId.ClientOrders, genesis.MaxAccounts * genesis.ClientOrdersPerAccount, genesis.ClientOrdersPerAccount);
        Orders = new(TableId.Orders, genesis.MaxOrders, 16);
        OrderDetails = new(TableId.OrderDetails, genesis.MaxOrders, 16);
        Triggers = new(TableId.Triggers, genesis.MaxTriggers, 4);
        Twaps = new(TableId.Twaps, genesis.MaxTwaps, 4);
        Withdrawals = new(TableId.Withdrawals, genesis.MaxWithdrawals, 32);
        BackstopBids = new(TableId.BackstopBids, BackstopBid.Most, 32);
        PendingTerms = new(TableId.PendingTerms, Surety.Protocol.Rows.PendingTerms.Most, 1);
        ContractTexts = new(TableId.ContractTexts, genesis.MaxMarkets, 1);
        Contracts = new(TableId.Contracts, genesis.MaxMarkets, 1);
        Surfaces = new(TableId.Surfaces, Surface.Most, 1);
        ListingSchedules = new(TableId.ListingSchedules, ListingSchedule.Most, 1);
        FundHoldings = new(TableId.FundHoldings, genesis.MaxMarkets + (genesis.MaxPools * Pool.MaxCollateral), 64);
        Limits = new(TableId.Limits, 1, 1);
        Owners = new(TableId.Owners, genesis.MaxAccounts, 32);
        Limits.Write(0) = genesis.FirstLimits();
        Tables =
        [
            Venue, Assets, Pools, Indexes, Markets, Accounts, Keys, PublicKeys, Positions, QuoteProtections, ClientOrders,
            Orders, OrderDetails, Triggers, Twaps, Withdrawals, BackstopBids, PendingTerms,
            ContractTexts, Contracts, Surfaces, ListingSchedules, FundHoldings, Limits, Owners,
        ];
        bool book = genesis.AddressesPerOwner != 0;
        Addresses = new(TableId.Addresses, book ? genesis.MaxAccounts * genesis.AddressesPerOwner : 1, 1);
        KeyOrigins = new(TableId.KeyOrigins, book ? genesis.MaxKeys : 1, 64);
        WithdrawalTerms = new(TableId.WithdrawalTerms, 1, 1);
        OwnerWithdrawals = new(TableId.OwnerWithdrawals, book ? genesis.MaxAccounts : 1, 64);
        if (book)
        {
            int after = Array.FindIndex(Tables, t => t.Id > TableId.OwnerWithdrawals);
            Tables = [.. Tables[..after], Addresses, KeyOrigins, WithdrawalTerms, OwnerWithdrawals, .. Tables[after..]];
            WithdrawalTerms.Write(0) = genesis.FirstWithdrawalTerms();
        }
        foreach (Table table in Tables)
        {
            table.SaltWith(genesisRecord.StateSecret);
        }
        ref VenueCounters venue = ref Venue.Write(0);
        venue.TimeNs = genesis.StartTimeNs;
        venue.Genesis = MemoryMarshal.Cast<Hash256, Hash128>([GenesisHash])[0];
    }

    /// <summary>The venue's unchanging terms.</summary>
    public Genesis Genesis => _genesis;

    /// <summary>The same without a copy, for the hot path.</summary>
    public ref readonly Genesis GenesisRef => ref _genesis;

    /// <summary>SHA-256 of the genesis record.</summary>
    public Hash256 GenesisHash { get; }

    /// <summary>Position rows of each account.</summary>
    public int PositionsPerAccount { get; }

    /// <summary>Table <see cref="TableId.Venue"/>.</summary>
    public Table<VenueCounters> Venue { get; }

    /// <summary>What the venue counts: the only row of <see cref="Venue"/>.</summary>
    public ref readonly VenueCounters Counts => ref Venue[0];

    /// <summary>Table <see cref="TableId.Assets"/>.</summary>
    public Table<Asset> Assets { get; }

    /// <summary>Table <see cref="TableId.Pools"/>.</summary>
    public Table<Pool> Pools { get; }

    /// <summary>Table <see cref="TableId.Indexes"/>.</summary>
    public Table<PriceIndex> Indexes { get; }

    /// <summary>Table <see cref="TableId.Markets"/>.</summary>
    public Table<Market> Markets { get; }

    /// <summary>Table <see cref="TableId.Accounts"/>.</summary>
    public Table<Account> Accounts { get; }

    /// <summary>Table <see cref="TableId.Keys"/>.</summary>
    public Table<Key> Keys { get; }

    /// <summary>Table <see cref="TableId.PublicKeys"/>.</summary>
    public Table<PublicKey> PublicKeys { get; }

    /// <summary>Row = account · <see cref="PositionsPerAccount"/> + place.</summary>
    public Table<Position> Positions { get; }

    /// <summary>Table <see cref="TableId.QuoteProtections"/>.</summary>
    public Table<QuoteProtection> QuoteProtections { get; }

    /// <summary>Table <see cref="TableId.ClientOrders"/>.</summary>
    public Table<ClientOrder> ClientOrders { get; }

    /// <summary>Table <see cref="TableId.Orders"/>.</summary>
    public Table<Order> Orders { get; }

    /// <summary>Table <see cref="TableId.OrderDetails"/>.</summary>
    public Table<OrderDetails> OrderDetails { get; }

    /// <summary>Table <see cref="TableId.Triggers"/>.</summary>
    public Table<Trigger> Triggers { get; }

    /// <summary>Table <see cref="TableId.Twaps"/>.</summary>
    public Table<Twap> Twaps { get; }

    /// <summary>Table <see cref="TableId.Withdrawals"/>.</summary>
    public Table<Withdrawal> Withdrawals { get; }

    /// <summary>Table <see cref="TableId.BackstopBids"/>.</summary>
    public Table<BackstopBid> BackstopBids { get; }

    /// <summary>Table <see cref="TableId.PendingTerms"/>.</summary>
    public Table<PendingTerms> PendingTerms { get; }

    /// <summary>Row = market: the text of a contract, whole or as far as it is written.</summary>
    public Table<ContractText> ContractTexts { get; }

    /// <summary>Row = market: what a running contract remembers.</summary>
    public Table<RunningContract> Contracts { get; }

    /// <summary>Table <see cref="TableId.Surfaces"/>.</summary>
    public Table<Surface> Surfaces { get; }

    /// <summary>Table <see cref="TableId.ListingSchedules"/>.</summary>
    public Table<ListingSchedule> ListingSchedules { get; }

    /// <summary>Whether withdrawals name an address of their owner's book and are approved.</summary>
    public bool HasAddressBook => _genesis.AddressesPerOwner != 0;

    /// <summary>Table <see cref="TableId.Addresses"/>.</summary>
    public Table<WithdrawalAddress> Addresses { get; }

    /// <summary>Row = key.</summary>
    public Table<KeyOrigin> KeyOrigins { get; }

    /// <summary>One row.</summary>
    public Table<WithdrawalTerms> WithdrawalTerms { get; }

    /// <summary>Row = account.</summary>
    public Table<OwnerWithdrawals> OwnerWithdrawals { get; }

    /// <summary>
    /// Row = market; then, from the genesis record's most markets on, pool · <see cref="Pool.MaxCollateral"/> + collateral slot.
    /// </summary>
    public Table<FundHolding> FundHoldings { get; }

    /// <summary>One row.</summary>
    public Table<VenueLimits> Limits { get; }

    /// <summary>Row = master account.</summary>
    public Table<OwnerRow> Owners { get; }

    /// <summary>All tables, in the order of their numbers.</summary>
    public Table[] Tables { get; }

    /// <summary>The venue's time, nanoseconds since 1970.</summary>
    public long TimeNs => Counts.TimeNs;

    /// <summary>
    /// Rehashes what changed and returns the state root: SHA-256 over, for each table in order, its number and page
    /// count (32-bit, little-endian) and its root.
    /// </summary>
    public Hash256 UpdateRoot()
    {
        Span<byte> directory = stackalloc byte[Tables.Length * StateDirectory.EntrySize];
        WriteDirectory(directory);
        return Hash256.Of(directory);
    }

    /// <summary>The table directory whose hash is the state root.</summary>
    public byte[] Directory()
    {
        var directory = new byte[Tables.Length * StateDirectory.EntrySize];
        WriteDirectory(directory);
        return directory;
    }

    /// <summary>Where a saved table's pages come from.</summary>
    public delegate ReadOnlySpan<byte> SavedPages(TableId table);

    /// <summary>Takes down what the last sealed block was.</summary>
    internal void NoteBlock(Hash256 block) => Venue.Write(0).LastBlock = MemoryMarshal.Cast<Hash256, Hash128>([block])[0];

    /// <summary>Takes memory for the room that <see cref="Limits"/> now says. No reference to a row may be held meanwhile.</summary>
    private protected void GrowTables()
    {
        VenueLimits limits = Limits[0];
        Accounts.Grow(limits.MaxAccounts);
        Owners.Grow(limits.MaxAccounts);
        Positions.Grow(limits.MaxAccounts * PositionsPerAccount);
        QuoteProtections.Grow(limits.MaxAccounts * PositionsPerAccount);
        ClientOrders.Grow(limits.MaxAccounts * _genesis.ClientOrdersPerAccount);
        Keys.Grow(limits.MaxKeys);
        PublicKeys.Grow(limits.MaxKeys);
        Orders.Grow(limits.MaxOrders);
        OrderDetails.Grow(limits.MaxOrders);
        Triggers.Grow(limits.MaxTriggers);
        Twaps.Grow(limits.MaxTwaps);
        Withdrawals.Grow(limits.MaxWithdrawals);
        if (HasAddressBook)
        {
            Addresses.Grow(limits.MaxAccounts * _genesis.AddressesPerOwner);
            KeyOrigins.Grow(limits.MaxKeys);
            OwnerWithdrawals.Grow(limits.MaxAccounts);
        }
    }

    /// <summary>Loads the tables of a fresh state, with the room that they had.</summary>
    /// <exception cref="ArgumentException">A table's bytes do not fit it.</exception>
    private protected void LoadTables(SavedPages saved)
    {
        Limits.Load(saved(TableId.Limits));
        // Before memory is taken for them.
        Genesis asked = _genesis;
        ref readonly VenueLimits limits = ref Limits[0];
        (asked.MaxAccounts, asked.MaxKeys, asked.MaxOrders) = (limits.MaxAccounts, limits.MaxKeys, limits.MaxOrders);
        (asked.MaxTriggers, asked.MaxTwaps, asked.MaxWithdrawals) = (limits.MaxTriggers, limits.MaxTwaps, limits.MaxWithdrawals);
        bool isLess = asked.MaxAccounts < _genesis.MaxAccounts || asked.MaxKeys < _genesis.MaxKeys || asked.MaxOrders < _genesis.MaxOrders
            || asked.MaxTriggers < _genesis.MaxTriggers || asked.MaxTwaps < _genesis.MaxTwaps
            || asked.MaxWithdrawals < _genesis.MaxWithdrawals;
        if (isLess || asked.FindError() is not null)
        {
            throw new ArgumentException("The room that the saved tables had is not what a venue can have.", nameof(saved));
        }
        GrowTables();
        foreach (Table table in Tables)
        {
            table.Load(saved(table.Id));
        }
    }

    /// <summary>Lots of a resting order that its book shows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal long ShownLots(int slot)
    {
        ref readonly Order order = ref Orders[slot];
        return (order.Flags & OrderFlags.Iceberg) == 0 ? order.OpenLots : OrderDetails[slot].ShownLots;
    }

    private void WriteDirectory(Span<byte> directory)
    {
        for (int i = 0; i < Tables.Length; i++)
        {
            Hash256 root = Tables[i].UpdateRoot();
            StateDirectory.Write(directory[(i * StateDirectory.EntrySize)..], (uint)Tables[i].Id, (uint)Tables[i].PageCount, root);
        }
    }
}
