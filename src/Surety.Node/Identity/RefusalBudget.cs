using System;
using System.Collections.Concurrent;
using System.Threading;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;

namespace Surety.Node.Identity;

/// <summary>
/// A refused command takes a place in the journal and costs its sender nothing. So each owner has so many a second; who has used them
/// up waits before anything of his but cancellations is sequenced.
/// </summary>
/// <param name="perSecond">Refused commands of an owner that come back each second.</param>
/// <param name="burst">The most that can be saved up.</param>
/// <param name="ownerOf">The owner of an account.</param>
public sealed class RefusalBudget(int perSecond, int burst, Func<uint, uint> ownerOf) : IOutboxReader
{
    private readonly ConcurrentDictionary<uint, Bucket> _owners = new();

    /// <summary>How long an account's owner has to wait, milliseconds; 0 when he may go on. The operator never waits.</summary>
    public int WaitMs(uint account)
    {
        uint owner = ownerOf(account);
        return owner != 0 && _owners.TryGetValue(owner, out Bucket? bucket) ? bucket.WaitMs(perSecond, burst) : 0;
    }

    /// <inheritdoc/>
    public void Executed(in ExecutedCommand command)
    {
        // What is refused before its sender is known is not charged: a stranger can send an owner's signed command a second time before the
        // first is executed (NonceUsed), or name an account that its key is not of.
        if (command.Outcome.Code is not (RefusalCode.None or RefusalCode.NonceUsed or RefusalCode.CommandExpired
            or RefusalCode.KeyNotOfAccount or RefusalCode.SignatureMissing or RefusalCode.Excluded))
        {
            uint owner = ownerOf(CommandCodec.View<CommandHeader>(command.Record).Account);
            if (owner != 0)
            {
                _owners.GetOrAdd(owner, _ => new Bucket(burst)).Take(perSecond, burst);
            }
        }
    }

    /// <inheritdoc/>
    public void Sealed(in BlockHeader header)
    {
    }

    /// <inheritdoc/>
    public void RoundEnded()
    {
    }

    private sealed class Bucket(double full)
    {
        private readonly Lock _gate = new();
        private double _left = full;
        private long _atMs = Environment.TickCount64;

        public void Take(int perSecond, int burst)
        {
            lock (_gate)
            {
                Refill(perSecond, burst);
                _left = Math.Max(_left - 1, -burst);
            }
        }

        public int WaitMs(int perSecond, int burst)
        {
            lock (_gate)
            {
                Refill(perSecond, burst);
                return _left >= 1 ? 0 : (int)Math.Ceiling((1 - _left) * 1000 / perSecond);
            }
        }

        private void Refill(int perSecond, int burst)
        {
            long now = Environment.TickCount64;
            _left = Math.Min(burst, _left + ((now - _atMs) * perSecond / 1000.0));
            _atMs = now;
        }
    }
}
