using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using Surety.Engine.Indexes;
using Surety.Node.Sequencing;
using Surety.Protocol.Events;

namespace Surety.Node.History;

/// <summary>Why cash came or went.</summary>
public enum CashKind : byte
{
    /// <summary>A fill: what it realised, its fee, and funding that was settled with it.</summary>
    Trade = 0,

    /// <summary>Without a fill: funding, a settlement, a payment, a position that was taken over.</summary>
    Settlement = 1,

    /// <summary>For a reason of its own: see <see cref="CashRow.Reason"/>.</summary>
    Balance = 2,
}

/// <summary>
/// A change of an account's balance of one asset. All changes of an account are here, each once: they add up to its balance.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct CashRow
{
    /// <summary>The command that changed it.</summary>
    public ulong Sequence;

    /// <summary>When that was, nanoseconds since 1970.</summary>
    public long TimeNs;

    /// <summary>What came (positive) or went, fees included, atoms of the asset.</summary>
    public long ChangeAtoms;

    /// <summary>The balance after it, atoms of the asset.</summary>
    public long BalanceAtoms;

    /// <summary>The fee in the change, atoms of the asset; negative for a rebate.</summary>
    public long FeeAtoms;

    /// <summary>The fill, in the ring of trades; −1 for none.</summary>
    public long Trade;

    /// <summary>The account.</summary>
    public uint Account;

    /// <summary>The account on the other side; 0 for none.</summary>
    public uint Counterparty;

    /// <summary>The market's number; −1 for none.</summary>
    public int Market;

    /// <summary>The asset's number.</summary>
    public ushort Asset;

    /// <summary>Whether it came with a fill, a settlement, or for a reason of its own.</summary>
    public CashKind Kind;

    /// <summary>The reason, where <see cref="Kind"/> is <see cref="CashKind.Balance"/>.</summary>
    public BalanceReason Reason;

    /// <summary>Its place among those of its command.</summary>
    public int Place;

    internal long PreviousOfAccount;
}

/// <content>What came to an account's balance and went from it: the engine's balance after each command, against what its events
/// say.</content>
public sealed partial class RecentHistory
{
    private const int MostCash = 200_000;
    private const long NsPerDay = 86_400_000_000_000;
    private const long SessionStartNs = 8L * 3_600_000_000_000;

    private readonly Ring<CashRow> _cash = new(MostCash);
    private readonly Heads<uint> _cashOf = new();
    private readonly Dictionary<uint, long> _balances = [];
    private readonly Dictionary<uint, (long Day, Dictionary<int, long> Profit)> _sessions = [];
    private readonly List<CashRow> _unsettled = [];

    /// <summary>Begins with the balances of a state: what changes from here on is told.</summary>
    internal void Begin(IndexedState state)
    {
        lock (_gate)
        {
            BeginPositions(state);
            _balances.Clear();
            for (int account = 0; account < state.Counts.Accounts; account++)
            {
                _balances[(uint)account] = state.Accounts[account].Balances[0];
            }
        }
    }

    /// <summary>An account's changes of balance, newest first.</summary>
    public List<(CashRow Cash, TradeRow? Trade)> CashOf(uint account, int most, Func<CashRow, TradeRow?, bool> where)
    {
        var rows = new List<(CashRow, TradeRow?)>();
        lock (_gate)
        {
            for (long at = _cashOf[account]; _cash.Has(at) && rows.Count < most; at = _cash[at].PreviousOfAccount)
            {
                CashRow row = _cash[at];
                TradeRow? trade = row.Trade >= 0 && _trades.Has(row.Trade) ? _trades[row.Trade] : null;
                if (where(row, trade))
                {
                    rows.Add((row, trade));
                }
            }
        }
        return rows;
    }

    /// <summary>
    /// What an account realised in each market since the last 08:00 UTC, without fees; market −1 is what belongs to none.
    /// </summary>
    public Dictionary<int, long> SessionProfit(uint account, long nowNs)
    {
        lock (_gate)
        {
            return _sessions.TryGetValue(account, out (long Day, Dictionary<int, long> Profit) session) && session.Day == DayOf(nowNs)
                ? new(session.Profit)
                : [];
        }
    }

    private static long DayOf(long ns) => (ns - SessionStartNs) / NsPerDay;

    // A fill or a balance of the command that is being read; fills wait for what the command came to.
    private void NoteFill(in TradeRow trade, long at)
    {
        _unsettled.Add(
            new CashRow
            {
                Account = trade.TakerAccount,
                FeeAtoms = trade.TakerFeeAtoms,
                Market = trade.Market,
                Trade = at,
                Kind = CashKind.Trade
            });
        _unsettled.Add(
            new CashRow
            {
                Account = trade.MakerAccount,
                FeeAtoms = trade.MakerFeeAtoms,
                Market = trade.Market,
                Trade = at,
                Kind = CashKind.Trade
            });
    }

    private void NoteBalance(in BalanceChanged changed) => _unsettled.Add(new CashRow
    {
        Account = changed.Header.Account,
        ChangeAtoms = changed.ChangeAtoms,
        BalanceAtoms = changed.BalanceAtoms,
        Asset = changed.Asset,
        Counterparty = changed.Counterparty,
        Reason = changed.Reason,
        Kind = CashKind.Balance,
        Market = -1,
        Trade = -1,
    });

    // Of several fills of one command the last carries what all of them came to: the ledger keeps no sum between them.
    private void SettleCash(in ExecutedCommand command)
    {
        int place = 0;
        foreach ((uint account, ushort settles, long balance) in command.Balances)
        {
            long rest = balance - _balances.GetValueOrDefault(account);
            _balances[account] = balance;
            int last = -1;
            int market = -1;
            for (int i = 0; i < _unsettled.Count; i++)
            {
                CashRow row = _unsettled[i];
                if (row.Account == account)
                {
                    rest -= row.Kind == CashKind.Balance && row.Asset == settles ? row.ChangeAtoms : 0;
                    last = row.Kind == CashKind.Trade ? i : last;
                }
            }
            for (int i = 0; i < _unsettled.Count; i++)
            {
                if (_unsettled[i].Account != account)
                {
                    continue;
                }
                CashRow row = _unsettled[i];
                if (row.Kind == CashKind.Trade)
                {
                    row.Asset = settles;
                    row.ChangeAtoms = i == last ? rest : 0;
                    row.BalanceAtoms = balance - (i == last ? 0 : rest);
                    market = row.Market;
                }
                Add(row, in command, ref place);
            }
            if (last < 0 && rest != 0)
            {
                Add(new CashRow
                {
                    Account = account,
                    ChangeAtoms = rest,
                    BalanceAtoms = balance,
                    Asset = settles,
                    Market = market,
                    Trade = -1,
                    Kind = CashKind.Settlement
                }, in command, ref place);
            }
        }
        _unsettled.Clear();
    }

    private void Add(CashRow row, in ExecutedCommand command, ref int place)
    {
        row.Sequence = command.Outcome.Sequence;
        row.TimeNs = command.Outcome.TimeNs;
        row.Place = place++;
        row.PreviousOfAccount = _cashOf.Push(row.Account, _cash.Next);
        _cash.Add(in row);
        CountSession(in row);
    }

    private void CountSession(in CashRow row)
    {
        if (row.Kind == CashKind.Balance)
        {
            return;
        }
        long day = DayOf(row.TimeNs);
        if (!_sessions.TryGetValue(row.Account, out (long Day, Dictionary<int, long> Profit) session) || session.Day != day)
        {
            _sessions[row.Account] = session = (day, []);
        }
        session.Profit[row.Market] = session.Profit.GetValueOrDefault(row.Market) + row.ChangeAtoms + row.FeeAtoms;
    }

    private void WriteCash(BinaryWriter writer)
    {
        WriteRing(writer, _cash, c => writer.Write(MemoryMarshal.AsBytes([c])));
        _cashOf.Write(writer, writer.Write);
        writer.Write(_listed.Count);
        foreach ((int market, long ms) in _listed)
        {
            writer.Write(market);
            writer.Write(ms);
        }
    }

    private void ReadCash(BinaryReader reader)
    {
        ReadRing(reader, _cash, () => ReadStruct<CashRow>(reader));
        _cashOf.Read(reader, reader.ReadUInt32);
        for (long i = _cash.First; i < _cash.Next; i++)
        {
            CountSession(in _cash[i]);
        }
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            _listed[reader.ReadInt32()] = reader.ReadInt64();
        }
    }
}
