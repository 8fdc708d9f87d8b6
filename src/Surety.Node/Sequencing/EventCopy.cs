using System;
using System.Collections.Generic;
using Surety.Engine.State;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;

namespace Surety.Node.Sequencing;

/// <summary>Events of executed commands, copied out of the block's log one behind another, without the padding of its pages.</summary>
internal sealed class EventCopy
{
    private byte[] _bytes = new byte[1 << 16];

    private readonly HashSet<uint> _accounts = [];

    public int Length { get; private set; }

    /// <summary>The settlement balances of the accounts that each command's events are about, after it.</summary>
    public List<(uint Account, ushort Asset, long Atoms)> Balances { get; } = [];

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Clear()
    {
        Length = 0;
        Balances.Clear();
    }

    /// <summary>Copies a log's events from a place on; what the command came to is read on the way.</summary>
    /// <param name="log">The block's log.</param>
    /// <param name="from">Where the command's events begin.</param>
    /// <param name="state">The state after the command, for the balances; null where they are not asked for.</param>
    public (long Detail, ulong Created, bool MarginCalled, bool TermsChanged) Append(ReadOnlySpan<byte> log, int from,
        VenueState? state = null)
    {
        _accounts.Clear();
        (long detail, ulong created, bool called, bool terms) = (0, 0, false, false);
        var events = new EventReader(log, from);
        while (events.MoveNext())
        {
            ReadOnlySpan<byte> one = events.Current;
            if (Length + one.Length > _bytes.Length)
            {
                Array.Resize(ref _bytes, _bytes.Length * 2);
            }
            one.CopyTo(_bytes.AsSpan(Length));
            Length += one.Length;
            if (state is not null && events.Kind is not (EventKind.CommandRefused or EventKind.OrderPlaced or EventKind.OrderAmended))
            {
                _accounts.Add(events.As<EventHeader>().Account);
                if (events.Kind == EventKind.Trade)
                {
                    _accounts.Add(events.As<Trade>().MakerAccount);
                }
            }
            switch (events.Kind)
            {
                case EventKind.CommandRefused:
                    detail = events.As<CommandRefused>().Detail;
                    break;
                case EventKind.CommandAccepted:
                    created = events.As<CommandAccepted>().Created;
                    terms |= events.As<CommandAccepted>().Kind is < CommandKind.CreateSubAccount or CommandKind.SetFees;
                    break;
                case EventKind.OrderPlaced when created == 0:
                    created = events.As<OrderPlaced>().OrderId;
                    break;
                case EventKind.MarginCalled:
                    called = true;
                    break;
                case EventKind.MarketStatusChanged or EventKind.TermsChanged or EventKind.ContractListed or EventKind.MarketSettled
                    or EventKind.ContractEnded or EventKind.FeesChanged:
                    terms = true;
                    break;
                default:
                    break;
            }
        }
        foreach (uint account in _accounts)
        {
            int pool = state!.Accounts[(int)account].Pool;
            if (pool < state.Counts.Pools)
            {
                Balances.Add((account, state.Pools[pool].Collateral[0], state.Accounts[(int)account].Balances[0]));
            }
        }
        return (detail, created, called, terms);
    }
}
