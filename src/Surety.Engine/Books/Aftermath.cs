using System.Collections.Generic;

namespace Surety.Engine.Books;

/// <summary>What matching leaves to be done once it is over, in the order in which it arose.</summary>
internal sealed class Aftermath
{
    /// <summary>Orders whose other half traded or triggered.</summary>
    public Queue<(uint Account, ulong OrderId)> OneCancelsOther { get; } = new(64);

    /// <summary>Accounts whose protection acted, with the market in which it did.</summary>
    public Queue<(uint Account, int Row)> QuotePulls { get; } = new(64);

    /// <summary>Markets with triggers whose last, mark or index price changed.</summary>
    public Queue<int> PriceChanges { get; } = new(64);
}
