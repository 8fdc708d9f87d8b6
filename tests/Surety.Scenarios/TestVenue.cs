using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Engine.Books;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Scenarios;

/// <summary>
/// A small venue to try situations in: one pool settling in USD with BTC as further collateral, a perpetual and a dated
/// future on BTC_USD, three price sources, and as many traders as asked for, each with 100,000 USD.
/// One tick is a dollar and one lot a thousandth of a coin, so AtomsPerTickLot is 1,000.
/// </summary>
public sealed class TestVenue
{
    public const long Dollar = 1_000_000;
    public const long StartNs = 1_584_000_000_000_000_000;
    public const int Perpetual = 0;
    public const int Future = 1;
    public const uint FirstTrader = 2;

    private readonly Dictionary<uint, ulong> _nonces = [];
    private ulong _sequence;
    private ulong _reports;

    public TestVenue(int traders = 4, Action<GenesisBox>? change = null, long price = 8_000, MarketTerms? terms = null, CreatePool? pool = null, Func<uint, PublicKey>? sourceKeys = null)
    {
        var box = new GenesisBox(Genesis.Default("test", default, StartNs));
        box.Value.RequireSignatures = 0;
        box.Value.MaxAccounts = Math.Max(64, traders + 8);
        box.Value.MaxKeys = 4 * box.Value.MaxAccounts;
        box.Value.MaxOrders = 4_096;
        box.Value.MaxTriggers = 256;
        box.Value.MaxTwaps = 64;
        box.Value.MaxWithdrawals = 64;
        (box.Value.AddressesPerOwner, box.Value.AddressDelaySeconds, box.Value.KeyDelaySeconds, box.Value.ConfirmSeconds) = (0, 0, 0, 0);
        box.Value.MaxMarkets = 4;
        box.Value.MaxIndexes = 4;
        box.Value.BlockCommands = 100_000;
        change?.Invoke(box);
        Ledger = new Ledger(box.Value);
        TimeNs = StartNs;
        Must(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("BTC_USD"), Decimals = 2, Quorum = 2, MaxAgeMs = 60_000, MinPrice = -1_000_00, JumpFloor = 100_00, QuarantinePpm = 1_000_000_000 });
        for (uint source = 1; source <= 3; source++)
        {
            Must(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Report, PublicKey = sourceKeys?.Invoke(source) ?? default });
            Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = source, Weight = 1, JumpPpm = 1_000_000_000 });
        }
        Must(CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("USD"), Decimals = 6, CollateralCapAtoms = Asset.MaxAmountAtoms });
        Must(CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("BTC"), Decimals = 8, HaircutPpm = 100_000, PriceIndexPlusOne = 1, CollateralCapAtoms = 100_00000000, PoolCapAtoms = 1_000_000_00000000 });
        Must(CommandKind.CreatePool, pool ?? PoolTerms());
        Must(CommandKind.ListMarket, terms is { } own ? new ListMarket { Terms = own } : Listing("BTC-PERPETUAL", 0));
        Must(CommandKind.ListMarket, Listing("BTC-TOMORROW", StartNs + 86_400_000_000_000));
        for (int i = 0; i < traders; i++)
        {
            Must(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
            Deposit(FirstTrader + (uint)i, 100_000 * Dollar);
        }
        Price(price);
    }

    /// <summary>Changes a market's terms.</summary>
    public delegate void ChangeTerms(ref MarketTerms terms);

    /// <summary>A genesis record that a test may change before the venue is made.</summary>
    public sealed class GenesisBox(Genesis value)
    {
        public Genesis Value = value;
    }

    public Ledger Ledger { get; }

    public SuretyEngine Engine => Ledger.Engine;

    public VenueState State => Ledger.Engine.State;

    public long TimeNs { get; set; }

    /// <summary>Every record applied, in order.</summary>
    public List<byte[]> Records { get; } = [];

    /// <summary>Signs each record with the key of a number, where a test needs signatures; the engine does not look at them.</summary>
    public Func<uint, byte[], byte[]>? Sign { get; set; }

    /// <summary>The detail of the last refusal.</summary>
    public long LastDetail { get; private set; }

    public static CreatePool PoolTerms(string name = "main")
    {
        var pool = new CreatePool { Name = ShortName.From(name), CollateralCount = 2, FeeTierCount = 2, LiquidationFeePpm = 5_000 };
        pool.Rules.LiquidationRatePpm = PoolRules.Off;
        pool.Collateral[1] = 1;
        pool.FeeTiers[0] = new FeeTier { MakerPpm = 100, TakerPpm = 500 };
        pool.FeeTiers[1] = new FeeTier { FromVolumeAtoms = 1_000_000 * Dollar, MakerPpm = -50, TakerPpm = 300 };
        return pool;
    }

    public static ListMarket Listing(string name, long expiryNs)
    {
        var terms = new MarketTerms
        {
            Name = ShortName.From(name),
            Kind = expiryNs == 0 ? MarketKind.LinearPerpetual : MarketKind.LinearFuture,
            TierCount = 2,
            AtomsPerTickLot = 1_000,
            IndexUnitsPerTick = 100,
            MinPriceTicks = -1_000,
            MaxPriceTicks = 60_000,
            MaxOrderLots = 100_000,
            MaxPositionLots = 500_000,
            MarginFloorTicks = 10,
            OpenInterestLowerAtoms = 100_000_000 * Dollar,
            OpenInterestUpperAtoms = 1_000_000_000 * Dollar,
            ExpiryNs = expiryNs,
            BasisCapPpm = 5_000,
            BasisWindowMs = 60_000,
            LiquidationBoundPpm = 20_000,
            MarketOrderBoundPpm = 30_000,
            FundingInterestPpm = 100,
            FundingCapPpm = 7_500,
            OracleGraceMs = 30_000,
        };
        terms.Tiers[0] = new ListedTier { InitialPpm = 50_000, MaintenancePpm = 25_000 };
        terms.Tiers[1] = new ListedTier { FromNotionalAtoms = 1_000_000 * Dollar, InitialPpm = 100_000, MaintenancePpm = 50_000 };
        return new ListMarket { Terms = terms };
    }

    /// <summary>Sends a command for an account with its own first key (the operator's for account 0).</summary>
    public RefusalCode Send<T>(CommandKind kind, T command, uint account = 0, uint? key = null)
        where T : unmanaged
    {
        ref CommandHeader header = ref Unsafe.As<T, CommandHeader>(ref command);
        header.Account = account;
        header.Key = key ?? KeyOf(account);
        header.Nonce = NextNonce(header.Key);
        header.Sequence = ++_sequence;
        header.TimeNs = TimeNs;
        var record = new byte[Unsafe.SizeOf<T>()];
        if (kind == CommandKind.MassQuote)
        {
            ref MassQuote quote = ref Unsafe.As<T, MassQuote>(ref command);
            Array.Resize(ref record, CommandCodec.WriteMassQuote(ref quote, record));
        }
        else
        {
            CommandCodec.Write(kind, ref command, record);
        }
        return SendRecord(Sign?.Invoke(header.Key, record) ?? record);
    }

    /// <summary>Applies a record as it stands; its stamp must be right.</summary>
    public RefusalCode SendRecord(byte[] record)
    {
        Records.Add(record);
        RefusalCode code = Ledger.Apply(record).Code;
        _sequence = Ledger.LastSequence;
        if (code != RefusalCode.None)
        {
            foreach (CommandRefused refused in Events<CommandRefused>(EventKind.CommandRefused))
            {
                LastDetail = refused.Detail;
            }
        }
        return code;
    }

    /// <summary>Sends a command that must be accepted.</summary>
    public void Must<T>(CommandKind kind, T command, uint account = 0, uint? key = null)
        where T : unmanaged
    {
        RefusalCode code = Send(kind, command, account, key);
        if (code != RefusalCode.None)
        {
            throw new InvalidOperationException($"{kind}: {Refusals.Describe(code, LastDetail)}");
        }
    }

    /// <summary>The key that an account opened by this class has.</summary>
    public static uint KeyOf(uint account) => account == 0 ? 0 : account + 2;

    public ulong NextNonce(uint key) => _nonces[key] = _nonces.GetValueOrDefault(key) + 1;

    /// <summary>All three sources report a price in dollars.</summary>
    public void Price(long dollars)
    {
        _reports++;
        for (uint key = 1; key <= 3; key++)
        {
            Must(CommandKind.ReportPrice, new ReportPrice { Price = dollars * 100, ObservedNs = TimeNs, ReportSequence = _reports }, 0, key);
        }
    }

    public void Deposit(uint account, long atoms, ushort asset = 0) =>
        Must(CommandKind.Deposit, new Deposit { ToAccount = account, Asset = asset, AmountAtoms = atoms });

    public static PlaceOrder Limit(Side side, long price, long lots, TimeInForce tif = TimeInForce.GoodTillCancelled, OrderOptions options = OrderOptions.None, int market = Perpetual) =>
        new() { Market = (ushort)market, Side = side, PriceTicks = price, Lots = lots, TimeInForce = tif, Options = options };

    public RefusalCode Place(uint account, PlaceOrder order) => Send(CommandKind.PlaceOrder, order, account);

    /// <summary>Places an order that must be accepted and returns its id.</summary>
    public ulong Placed(uint account, PlaceOrder order)
    {
        Must(CommandKind.PlaceOrder, order, account);
        return Events<OrderPlaced>(EventKind.OrderPlaced)[0].OrderId;
    }

    /// <summary>Two accounts trade with each other at a price.</summary>
    public void Trade(uint buyer, uint seller, long price, long lots, int market = Perpetual)
    {
        Must(CommandKind.PlaceOrder, Limit(Side.Sell, price, lots, market: market), seller);
        Must(CommandKind.PlaceOrder, Limit(Side.Buy, price, lots, TimeInForce.ImmediateOrCancel, market: market), buyer);
    }

    public void Wait(long ms)
    {
        TimeNs += ms * 1_000_000;
        SendTick();
    }

    public void SendTick()
    {
        var tick = new CommandHeader { Sequence = ++_sequence, TimeNs = TimeNs };
        var record = new byte[CommandHeader.Size];
        CommandCodec.Write(CommandKind.Tick, ref tick, record);
        SendRecord(record);
    }

    /// <summary>Events of one kind that the last command caused.</summary>
    public List<T> Events<T>(EventKind kind)
        where T : unmanaged
    {
        var found = new List<T>();
        var reader = new EventReader(Engine.Events.Log.Bytes, Ledger.EventsFrom);
        while (reader.MoveNext())
        {
            if (reader.Kind == kind)
            {
                found.Add(reader.As<T>());
            }
        }
        return found;
    }

    /// <summary>Events of one kind since the last block was begun.</summary>
    public List<T> All<T>(EventKind kind)
        where T : unmanaged
    {
        var found = new List<T>();
        var reader = new EventReader(Engine.Events.Log.Bytes);
        while (reader.MoveNext())
        {
            if (reader.Kind == kind)
            {
                found.Add(reader.As<T>());
            }
        }
        return found;
    }

    public long Lots(uint account, int market = Perpetual) =>
        State.FindPosition(account, market) is var row and >= 0 ? State.Positions[row].Lots : 0;

    public OrderBook Book(int market = Perpetual) => State.Derived.Books[market]!;

    public bool IsLive(ulong order) => State.Orders[OrderIds.Slot(order)].Id == order;

    public Order Order(ulong order) => State.Orders[OrderIds.Slot(order)];
}
