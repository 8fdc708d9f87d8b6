using System;
using Surety.Core.Hashing;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Pipeline;

/// <summary>
/// What a change leads to, until nothing more follows: other halves cancelled, quotes pulled, triggers fired, accounts below
/// maintenance acted on.
/// </summary>
internal sealed class Conclusion(EngineParts parts)
{
    private readonly EngineParts _parts = parts;

    /// <summary>Carries it out.</summary>
    public void Run()
    {
        _parts.Enforcement.BeginStep();
        while (true)
        {
            if (_parts.Aftermath.OneCancelsOther.TryDequeue(out (uint Account, ulong OrderId) other))
            {
                _parts.Orders.End(other.Account, other.OrderId, EndReason.OneCancelsOther, _parts.Conditional);
            }
            else if (_parts.Aftermath.QuotePulls.TryDequeue(out (uint Account, int Row) pull))
            {
                _parts.Quotes.Pull(pull.Account, pull.Row);
            }
            else if (_parts.Enforcement.Next())
            {
                continue;
            }
            else if (_parts.Aftermath.PriceChanges.TryPeek(out int market))
            {
                if (!_parts.Conditional.FireNext(market))
                {
                    _parts.Aftermath.PriceChanges.Dequeue();
                }
            }
            else
            {
                return;
            }
        }
    }
}
