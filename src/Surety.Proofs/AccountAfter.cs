using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using static Surety.Proofs.CertificateFlawException;

namespace Surety.Proofs;

/// <summary>
/// Whether what the call says of an account leads to what the state has of it after the block: the events that came between are proved,
/// and booked here as the engine books them. What was left out of a call, or invented, has no such events.
/// </summary>
internal sealed class AccountAfter(
    CertificateParts parts, MarginCalled called, in Account holder, in Pool pool, List<MarginCallPosition> positions,
    List<MarginCallCollateral> coins)
{
    private readonly Account _holder = holder;
    private readonly Pool _pool = pool;
    private readonly Dictionary<int, Held> _held = [];
    private Int128 _cash = called.BalanceAtoms;

    // Lots moved outside the book are booked in one piece, their events in several: so many roundings may differ.
    private int _roundings;

    // Whether lots moved in a market in which the call has no position: its own balance may have paid for them, or the account's.
    private bool _hasOthers;

    private uint Account => called.Header.Account;

    private bool IsIsolated => called.IsolatedMarket.Exists;

    public void Check()
    {
        foreach (MarginCallPosition e in positions)
        {
            Require(
                _held.TryAdd(e.Market, new Held(e.Lots, e.EntryCostAtoms, e.EntryFundingIndex, e.FundingIndex, e.AtomsPerTickLot, false)),
                $"market {e.Market} stands twice");
        }
        List<BalanceChanged> balances = parts.Others<BalanceChanged>(
            EventKind.BalanceChanged, before: false, (b, shown) => (shown & ShownSides.First) != 0 && b.Header.Account == Account);
        foreach (Move move in Moves().OrderBy(m => m.Place))
        {
            Book(move);
        }
        CheckPositions(balances.Count == 0);
        if (!IsIsolated)
        {
            CheckBalances(balances);
        }
    }

    private List<Move> Moves()
    {
        var moves = new List<Move>();
        bool Is(uint account, ShownSides shown, ShownSides side) => account == Account && (shown & side) != 0;
        foreach ((uint place, ShownSides shown, Trade t) in parts.OtherPlaces<Trade>(
            EventKind.Trade, before: false,
            (t, shown) => Is(t.Header.Account, shown, ShownSides.First) || Is(t.MakerAccount, shown, ShownSides.Second)))
        {
            bool took = Is(t.Header.Account, shown, ShownSides.First);
            Int128 lots = took == (t.TakerSide == Side.Buy) ? t.Lots : -(Int128)t.Lots;
            moves.Add(new Move(place, t.Market, lots, t.PriceTicks, null, took ? t.TakerFeeAtoms : t.MakerFeeAtoms));
        }
        foreach ((uint place, ShownSides shown, PositionTransferred t) in parts.OtherPlaces<PositionTransferred>(
            EventKind.PositionTransferred, before: false,
            (t, shown) => Is(t.Header.Account, shown, ShownSides.First) || Is(t.FromAccount, shown, ShownSides.Second)))
        {
            int sign = Is(t.Header.Account, shown, ShownSides.First) ? 1 : -1;
            moves.Add(new Move(place, t.Market, sign * (Int128)t.Lots, 0, sign * (Int128)t.CostAtoms, 0));
            _roundings++;
        }
        foreach ((uint place, _, PositionSettled s) in parts.OtherPlaces<PositionSettled>(
            EventKind.PositionSettled, before: false, (s, _) => s.Header.Account == Account))
        {
            moves.Add(new Move(place, s.Market, -(Int128)s.Lots, 0, null, 0) { Profit = s.ProfitAtoms });
        }
        foreach (EventKind kind in (ReadOnlySpan<EventKind>)[EventKind.ContractExercised, EventKind.ContractAssigned])
        {
            foreach ((uint place, _, ContractExercised x) in parts.OtherPlaces<ContractExercised>(
                kind, before: false, (x, _) => x.Header.Account == Account))
            {
                moves.Add(new Move(place, x.Market, x.Lots, x.PriceTicks, null, 0));
            }
        }
        return moves;
    }

    // As PositionKeeping books it: funding first, then the closing part of the lots at its share of their cost.
    private void Book(Move move)
    {
        _hasOthers |= !positions.Exists(e => e.Market == move.Market);
        Held held = _held.GetValueOrDefault(move.Market);
        Int128 funding = parts.OtherPlaces<MarkChanged>(EventKind.MarkChanged, before: false, (m, _) => m.Market == move.Market)
            .Where(m => m.Place < move.Place).Select(m => (Int128)m.Event.FundingIndex).LastOrDefault(held.FundingNow);
        _cash = checked(_cash - (held.Lots * (funding - held.Funding)));
        Int128 cost = checked(move.Profit is { } profit ? -(profit + held.Cost) : move.Cost ?? move.Lots * move.Price * held.Unit);
        if (held.Lots == 0 || (held.Lots > 0) == (move.Lots > 0))
        {
            held = held with { Cost = held.Cost + cost };
        }
        else
        {
            (Int128 had, Int128 traded) = (Int128.Abs(held.Lots), Int128.Abs(move.Lots));
            Int128 closing = traded <= had ? cost : Floor(cost * had, traded);
            Int128 closed = traded >= had ? held.Cost : Floor(held.Cost * traded, had);
            _cash -= closing + closed;
            held = held with { Cost = held.Cost - closed + cost - closing };
        }
        _cash -= move.Fee;
        _held[move.Market] = held with { Lots = held.Lots + move.Lots, Funding = funding, Moved = true };
    }

    private void CheckPositions(bool nothingPaid)
    {
        ReadOnlySpan<byte> page = parts.Page(TableId.Positions, Account).Span;
        Require(page.Length > 0 && page.Length % Unsafe.SizeOf<Position>() == 0, "the account's positions are not in it");
        var found = new HashSet<int>();
        foreach (ref readonly Position row in MemoryMarshal.Cast<byte, Position>(page))
        {
            int market = row.Market.Number;
            if (market < 0 || (IsIsolated ? row.Market != called.IsolatedMarket : row.IsIsolated))
            {
                continue;
            }
            Require(found.Add(market), $"the account has two positions in market {market}");
            Held held = _held.GetValueOrDefault(market);
            Require(held.Lots == row.Lots, $"the lots of market {market} are not those that the account had: {row.Lots} after the block");
            // What was opened in another market has a cost that its terms would be needed for.
            Require(
                row.Lots == 0 || held.Unit == 0
                    || (Int128.Abs(held.Cost - row.EntryCostAtoms) <= _roundings && held.Funding == row.FundingIndex),
                $"the cost or the funding of market {market} is not what the account had");
            Require(
                !IsIsolated || held.Moved || !nothingPaid || row.IsolatedAtoms == called.BalanceAtoms,
                "the position's own balance is not what it had");
        }
        foreach ((int market, Held held) in _held)
        {
            bool isCalled = positions.Exists(e => e.Market == market);
            Require(found.Contains(market) || !isCalled || held.Lots == 0, $"the account has no position in market {market}");
        }
    }

    // A coin's balance is its last announced one; the settlement asset's is what all that was booked and announced comes to.
    private void CheckBalances(List<BalanceChanged> balances)
    {
        for (int slot = 0; slot < _pool.CollateralCount; slot++)
        {
            ushort asset = _pool.Collateral[slot];
            IEnumerable<BalanceChanged> own = balances.Where(b => b.Asset == asset);
            long found = _holder.Balances[slot];
            bool explained = slot == 0
                ? _hasOthers || Int128.Abs(own.Aggregate(_cash, (sum, b) => sum + b.ChangeAtoms) - found) <= _roundings
                : own.Select(b => b.BalanceAtoms).LastOrDefault(coins.FirstOrDefault(c => c.Asset == asset).AmountAtoms) == found;
            Require(explained, $"the balance of asset {asset} is not what the account had: {found} after the block");
        }
    }

    private static Int128 Floor(Int128 value, Int128 divisor)
    {
        Int128 quotient = value / divisor;
        return value < 0 && quotient * divisor != value ? quotient - 1 : quotient;
    }

    // A position as it goes through the block; Funding is what it has settled, FundingNow the market's when the account was called.
    private readonly record struct Held(Int128 Lots, Int128 Cost, Int128 Funding, Int128 FundingNow, long Unit, bool Moved);

    // Lots that changed hands: at a price, at a cost, or for a profit.
    private readonly record struct Move(uint Place, int Market, Int128 Lots, long Price, Int128? Cost, long Fee)
    {
        public long? Profit { get; init; }
    }
}
