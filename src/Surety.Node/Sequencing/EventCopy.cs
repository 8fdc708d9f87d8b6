using System;
using Surety.Engine.Commands;
using Surety.Engine.Events;

namespace Surety.Node.Sequencing;

/// <summary>Events of executed commands, copied out of the block's log one behind another, without the padding of its pages.</summary>
internal sealed class EventCopy
{
    private byte[] _bytes = new byte[1 << 16];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Copies a log's events from a place on; what the command came to is read on the way.</summary>
    public (long Detail, ulong Created, bool MarginCalled, bool TermsChanged) Append(ReadOnlySpan<byte> log, int from)
    {
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
                case EventKind.MarketStatusChanged or EventKind.TermsChanged or EventKind.ContractListed or EventKind.MarketSettled or EventKind.ContractEnded or EventKind.FeesChanged:
                    terms = true;
                    break;
                default:
                    break;
            }
        }
        return (detail, created, called, terms);
    }
}
