using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <summary>An order on its way into a book: from a command, a trigger, a slice, a quote, an amendment or a liquidation.</summary>
internal struct Incoming
{
    public ulong OrderId;
    public ulong ClientOrderId;
    public ulong Parent;
    public ulong OneCancelsOther;
    public long LimitTicks;

    /// <summary>Lots still to trade.</summary>
    public long Lots;

    public long FilledLots;
    public long DisplayLots;
    public long ExpiresNs;
    public uint Account;
    public uint ReserveTicks;

    /// <summary>The account's position row in the market.</summary>
    public int Row;

    public int Market;
    public OrderFlags Flags;
    public Side Side;
    public TimeInForce TimeInForce;
    public SelfTradePrevention SelfTrade;

    /// <summary>The account is being liquidated: its own margin no longer decides what it may trade.</summary>
    public bool Liquidation;

    /// <summary>It is a resting order, traded by an auction: its lots are counted with the resting orders.</summary>
    public bool Resting;

    public readonly bool IsReduceOnly => (Flags & OrderFlags.ReduceOnly) != 0;

    public readonly bool IsPostOnly => (Flags & OrderFlags.PostOnly) != 0;

    /// <summary>Whether what does not trade at once waits in the book.</summary>
    public readonly bool Rests => TimeInForce is TimeInForce.GoodTillCancelled or TimeInForce.GoodTillTime or TimeInForce.Day;

    /// <summary>Lots with the side's sign.</summary>
    public readonly long Signed(long lots) => Side == Side.Buy ? lots : -lots;
}
