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
    /// <summary>Carries it out.</summary>
    public void Run()
    {
        parts.Enforcement.BeginStep();
        while (true)
        {
            if (parts.Aftermath.OneCancelsOther.TryDequeue(out (uint Account, ulong OrderId) other))
            {
                parts.Orders.End(other.Account, other.OrderId, EndReason.OneCancelsOther, parts.Conditional);
            }
            else if (parts.Aftermath.QuotePulls.TryDequeue(out (uint Account, int Row) pull))
            {
                parts.Quotes.Pull(pull.Account, pull.Row);
            }
            else if (parts.Enforcement.Next())
            {
                continue;
            }
            else if (parts.Aftermath.PriceChanges.TryPeek(out int market))
            {
                if (!parts.Conditional.FireNext(market))
                {
                    parts.Aftermath.PriceChanges.Dequeue();
                }
            }
            else
            {
                return;
            }
        }
    }
}
