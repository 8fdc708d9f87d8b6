using System;
using System.Runtime.CompilerServices;
using Surety.Core.Hashing;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// The tables of a venue with all that they are looked up by. What is looked up by is derived: neither hashed nor saved, and rebuilt
/// from the tables alone.
/// </summary>
public sealed class IndexedState : VenueState
{
    /// <summary>A venue of a simulation: anyone can compute its secret from its terms.</summary>
    /// <exception cref="ArgumentException">A field of the genesis record is outside its range.</exception>
    public IndexedState(in Genesis genesis)
        : this(GenesisRecord.Simulated(in genesis))
    {
    }

    /// <summary>Takes memory for every limit of the genesis record and writes the operator's account and key.</summary>
    /// <exception cref="ArgumentException">A field of the genesis record is outside its range.</exception>
    public IndexedState(GenesisRecord genesisRecord)
        : base(genesisRecord)
    {
        Derived = new DerivedState(this);
        OpenAccount(owner: 0, pool: ushort.MaxValue, AccountFlags.Operator);
        AddKey(account: 0, genesisRecord.Genesis.OperatorKey, KeyScopes.All, expiresNs: 0, addedBy: 0);
    }

    /// <summary>What the tables are looked up by.</summary>
    public DerivedState Derived { get; }

    /// <summary>Replaces a fresh state by a saved one and rebuilds what is derived; returns the root, for the caller to compare.</summary>
    /// <param name="saved">The saved tables.</param>
    /// <param name="expected">The root that they should have: nothing is derived from tables that have another.</param>
    /// <exception cref="ArgumentException">A table's bytes do not fit it.</exception>
    public Hash256 Restore(SavedPages saved, Hash256? expected = null)
    {
        LoadTables(saved);
        if (expected is { } root && UpdateRoot() is var found && found != root)
        {
            return found;
        }
        Derived.Grow(in Limits[0]);
        Derived.Rebuild();
        return UpdateRoot();
    }

    /// <summary>
    /// Takes memory for the room that <see cref="State.VenueState.Limits"/> now says. No reference to a row may be held meanwhile.
    /// </summary>
    internal void Grow()
    {
        GrowTables();
        Derived.Grow(in Limits[0]);
    }

    /// <summary>Writes a new account and claims the rows that belong to it; returns its number.</summary>
    internal uint OpenAccount(uint owner, ushort pool, AccountFlags flags)
    {
        ref VenueCounters venue = ref Venue.Write(0);
        int number = venue.Accounts++;
        uint person = owner == (uint)number ? owner : Accounts[(int)owner].BeneficialOwner;
        Accounts.Write(number) = new Account { Owner = owner, BeneficialOwner = person, Pool = pool, Flags = flags | AccountFlags.Open };
        Derived.Owners.Of(owner).SubAccounts += owner == (uint)number ? 0 : 1;
        Positions.Claim(number * PositionsPerAccount, PositionsPerAccount);
        Derived.LinkOwner((uint)number);
        return (uint)number;
    }

    /// <summary>Writes a new key; returns its number.</summary>
    internal uint AddKey(uint account, in PublicKey publicKey, KeyScopes scopes, long expiresNs, uint addedBy) =>
        Derived.KeyRows.Add(account, in publicKey, scopes, expiresNs, addedBy);

    /// <summary>The account's row for a market, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindPosition(uint account, int market)
    {
        int first = (int)account * PositionsPerAccount;
        ReadOnlySpan<ushort> markets = Derived.MarketOfPosition.AsSpan(first, PositionsPerAccount);
        for (int i = 0; i < markets.Length; i++)
        {
            if (markets[i] == market + 1)
            {
                return first + i;
            }
        }
        return -1;
    }

    /// <summary>The account's row for a market, taken where there was none; −1 when it has no free one.</summary>
    internal int FindOrTakePosition(uint account, int market)
    {
        int row = FindPosition(account, market);
        if (row >= 0)
        {
            return row;
        }
        int first = (int)account * PositionsPerAccount;
        int free = Derived.MarketOfPosition.AsSpan(first, PositionsPerAccount).IndexOf((ushort)0);
        if (free < 0)
        {
            return -1;
        }
        row = first + free;
        ref Position position = ref Positions.Write(row);
        position.Market = OptionalId.Of(market);
        position.FundingIndex = Markets[market].FundingIndex;
        Derived.MarketOfPosition[row] = (ushort)(market + 1);
        Derived.OwnerPositions.Take(row);
        return row;
    }

    /// <summary>Gives a position's row back when nothing keeps it.</summary>
    internal void ReleasePositionIfEmpty(int row)
    {
        ref readonly Position position = ref Positions[row];
        ref readonly OpenOrders open = ref Derived.OpenOrders[row];
        if (position.Lots == 0 && position.EntryCostAtoms == 0 && position.Flags == PositionFlags.None && position.IsolatedAtoms == 0
            && position.QuoteBid == 0 && position.QuoteAsk == 0 && open.OrderCount == 0)
        {
            Derived.OwnerPositions.Release(row);
            Positions.Write(row) = default;
            Derived.MarketOfPosition[row] = 0;
        }
    }
}
