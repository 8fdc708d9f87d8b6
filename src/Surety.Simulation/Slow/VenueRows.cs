using System.Collections.Generic;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Slow;

/// <summary>What the text of an option or future adds to its market's row.</summary>
/// <param name="ExpiryMs">When it ends, milliseconds since 1970.</param>
/// <param name="WindowMs">Length of the mean that it pays on; 0 where it pays on the price.</param>
/// <param name="CountedMs">How much of the window is counted.</param>
/// <param name="MeanTicks">The mean of what is counted.</param>
public readonly record struct ContractFacts(long ExpiryMs, long WindowMs, long CountedMs, long MeanTicks);

/// <summary>The rows that margin is made of: the slow venue's own, or another's.</summary>
public abstract class VenueRows
{
    /// <summary>Rows of positions of an account, side by side.</summary>
    public abstract int PositionsPerAccount { get; }

    /// <summary>An account.</summary>
    public abstract Account Account(uint number);

    /// <summary>A position's row.</summary>
    public abstract Position Position(int row);

    /// <summary>A market.</summary>
    public abstract Market Market(int number);

    /// <summary>A pool.</summary>
    public abstract Pool Pool(int number);

    /// <summary>An asset.</summary>
    public abstract Asset Asset(int number);

    /// <summary>A price index.</summary>
    public abstract PriceIndex Index(int number);

    /// <summary>What a contract's text says.</summary>
    public abstract ContractFacts Contract(int market);

    /// <summary>All orders that rest.</summary>
    public abstract IEnumerable<Order> LiveOrders();
}
