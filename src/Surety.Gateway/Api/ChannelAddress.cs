using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>
/// What a channel is: its kind, its parameters, and for a private one the account. Two subscriptions share a channel only where all of it
/// is the same; the name is how the client spells it, and carries no power.
/// </summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Name">As the client asked for it; messages carry it.</param>
internal readonly record struct ChannelAddress(ChannelKind Kind, string Name)
{
    /// <summary>The account that it tells about, from the session and never from the name; null for a public channel.</summary>
    public uint? Account { get; init; }

    /// <summary>The market, −1 for all or none.</summary>
    public int Market { get; init; } = -1;

    /// <summary>Of channels over many markets: "future", "option", "any".</summary>
    public string MarketKind { get; init; } = "any";

    /// <summary>The currency, or "any".</summary>
    public string Currency { get; init; } = "any";

    /// <summary>Whether it is published as soon as something changes, rather than every 100 ms.</summary>
    public bool IsRaw { get; init; }

    /// <summary>Prices a side.</summary>
    public int Depth { get; init; } = Channels.BookDepth;

    /// <summary>Ticks that are counted as one price; 1 for each by itself.</summary>
    public long Group { get; init; } = 1;

    /// <summary>Milliseconds of a bar.</summary>
    public long BarMs { get; init; }

    /// <summary>The index, −1 for none.</summary>
    public int Index { get; init; } = -1;

    /// <summary>Whether a kind tells about one account, to its own sessions only. A kind that is not listed as public is private.</summary>
    public static bool IsPrivate(ChannelKind kind) =>
        kind is not (ChannelKind.Book or ChannelKind.BookDepth or ChannelKind.Ticker or ChannelKind.Quote or ChannelKind.Perpetual
        or ChannelKind.Trades or ChannelKind.IndexPrice or ChannelKind.Chart or ChannelKind.Events or ChannelKind.Blocks
            or ChannelKind.PlatformState or ChannelKind.InstrumentState);

    /// <summary>Whether a session may listen, or a connection without one: the one place where that is decided.</summary>
    public bool IsFor(Session? session) =>
        !IsPrivate(Kind) || (session is not null && Account == session.Account && (session.Scopes & KeyScopes.Read) != 0);
}
