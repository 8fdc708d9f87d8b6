using System;
using System.Globalization;
using System.Linq;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>From a channel's name to what it is about.</summary>
internal static class ChannelNames
{
    private const int MostCharacters = 128;

    /// <summary>Reads a name; null when there is no such channel, or it is not for this session.</summary>
    public static ChannelAddress? Parse(string name, InstrumentList list, Session? session)
    {
        if (name.Length > MostCharacters)
        {
            return null;
        }
        string[] parts = name.Split('.');
        return parts switch
        {
            ["book", var i, var interval] when IsInterval(interval) && Market(list, i) is >= 0 and var m =>
                new ChannelAddress(ChannelKind.Book, name) { Market = m, IsRaw = interval == "raw" },
            ["book", var i, var group, var depth, var interval]
                when IsInterval(interval) && Market(list, i) is >= 0 and var m && Group(list.All[m], group) is > 0 and var ticks
                && int.TryParse(depth, CultureInfo.InvariantCulture, out int d) && d is >= 1 and <= 100 =>
                new ChannelAddress(ChannelKind.BookDepth, name) { Market = m, Group = ticks, Depth = d },
            ["ticker", var i, var interval] when IsInterval(interval) && Market(list, i) is >= 0 and var m =>
                new ChannelAddress(ChannelKind.Ticker, name) { Market = m, IsRaw = interval == "raw" },
            ["incremental_ticker", var i] when Market(list, i) is >= 0 and var m =>
                new ChannelAddress(ChannelKind.Ticker, name) { Market = m },
            ["quote", var i] when Market(list, i) is >= 0 and var m => new ChannelAddress(ChannelKind.Quote, name) { Market = m },
            ["perpetual", var i, var interval] when IsInterval(interval) && Market(list, i) is >= 0 and var m && list.All[m].IsPerpetual =>
                new ChannelAddress(ChannelKind.Perpetual, name) { Market = m },
            ["trades", var i, var interval] when IsInterval(interval) && Market(list, i) is >= 0 and var m =>
                new ChannelAddress(ChannelKind.Trades, name) { Market = m, IsRaw = interval == "raw" },
            ["trades", var kind, var currency, var interval] when IsInterval(interval) && IsKind(kind) && IsCurrency(list, currency) =>
                new ChannelAddress(ChannelKind.Trades, name) { MarketKind = kind, Currency = currency, IsRaw = interval == "raw" },
            ["deribit_price_index" or "price_index", var index] when Index(list, index) is >= 0 and var n =>
                new ChannelAddress(ChannelKind.IndexPrice, name) { Index = n },
            ["chart", "trades", var i, var resolution] when Market(list, i) is >= 0 and var m && BarMs(resolution) is > 0 and var bar =>
                new ChannelAddress(ChannelKind.Chart, name) { Market = m, BarMs = bar },
            ["instrument", "state", var kind, var currency] when IsKind(kind) && IsCurrency(list, currency) =>
                new ChannelAddress(ChannelKind.InstrumentState, name) { MarketKind = kind, Currency = currency },
            ["platform_state"] => new ChannelAddress(ChannelKind.PlatformState, name),
            ["surety", "events"] => new ChannelAddress(ChannelKind.Events, name),
            ["surety", "blocks"] => new ChannelAddress(ChannelKind.Blocks, name),
            ["user", _, ..] when session is not null => User(name, parts, list, session),
            _ => null,
        };
    }

    /// <summary>Why a name is no channel, or not for this session, and what to do instead.</summary>
    public static string WhyNot(string name, Session? session)
    {
        string[] parts = name.Split('.');
        string instead = parts[0] switch
        {
            "user" when session is null => "log in first: public/auth",
            "user" when (session.Scopes & KeyScopes.Read) == 0 => "this key may not read the account",
            "instrument" => "expected instrument.state.KIND.CURRENCY; surety.events tells of markets that halt, too",
            "markprice" => "not supported here; each ticker channel has mark_price and mark_iv",
            "estimated_expiration_price" => "not supported here; ask public/get_index_price",
            "deribit_volatility_index" => "there is no volatility index here; each ticker channel has mark_iv",
            "deribit_price_ranking" or "deribit_price_statistics" =>
                "not supported here; public/get_index_price says how many sources there are and how far they are apart",
            "block_trade_confirmations" or "block_rfq" => "there are no block trades here",
            "announcements" => "not supported here; what the venue has to say is in surety.events",
            "platform_state" => "not supported here; listen to platform_state",
            "user" when parts is ["user", "mmp_trigger", ..] => "not supported here; user.events tells of quotes that were pulled",
            "user" when parts is ["user", "lock" or "access_log" or "combo_trades", ..] => "not supported here",
            _ => "there is no such channel; see docs/api-compatibility.md",
        };
        return $"{Instrument.Short(name)}: {instead}";
    }

    /// <summary>Milliseconds of a resolution: minutes, or 1D; 0 when it is none.</summary>
    public static long BarMs(string resolution) => resolution switch
    {
        "1D" => 86_400_000,
        _ => int.TryParse(resolution, NumberStyles.None, CultureInfo.InvariantCulture, out int minutes) && minutes is 1 or 3 or 5 or 10
            or 15 or 30 or 60 or 120 or 180 or 360 or 720
            ? minutes * 60_000L : 0,
    };

    private static ChannelAddress? User(string name, string[] parts, InstrumentList list, Session session)
    {
        ChannelKind? kind = parts[1] switch
        {
            "orders" => ChannelKind.UserOrders,
            "trades" => ChannelKind.UserTrades,
            "changes" => ChannelKind.UserChanges,
            _ => null,
        };
        return parts switch
        {
            ["user", "events"] => new ChannelAddress(ChannelKind.UserEvents, name) { Account = session.Account },
            ["user", "portfolio", var currency] when currency.Length is > 0 and <= 16 && currency.All(char.IsAsciiLetterOrDigit) =>
                new ChannelAddress(ChannelKind.UserPortfolio, name) { Account = session.Account, Currency = currency },
            [_, _, var i, var interval] when kind is { } k && IsInterval(interval) && Market(list, i) is >= 0 and var m =>
                new ChannelAddress(k, name) { Account = session.Account, Market = m },
            [_, _, var which, var currency, var interval]
                when kind is { } k && IsInterval(interval) && IsKind(which) && IsCurrency(list, currency) =>
                new ChannelAddress(k, name) { Account = session.Account, MarketKind = which, Currency = currency },
            _ => null,
        };
    }

    private static int Market(InstrumentList list, string name) => list.Find(name)?.Number ?? -1;

    private static int Index(InstrumentList list, string name)
    {
        for (int i = 0; i < list.Indexes.Count; i++)
        {
            if (list.Indexes[i] == name)
            {
                return i;
            }
        }
        return -1;
    }

    private static long Group(Instrument instrument, string group) =>
        group == "none" ? 1 : instrument.TryTicks(group, out long ticks) is null ? ticks : 0;

    private static bool IsInterval(string text) => text is "raw" or "100ms" or "agg2";

    // An asset, the base of a market, or any: a name that is none of these is no channel, so that there are only so many.
    private static bool IsCurrency(InstrumentList list, string name) => name.Equals("any", StringComparison.OrdinalIgnoreCase)
        || list.FindCurrency(name) is not null || list.All.Any(i => string.Equals(i.Base, name, StringComparison.OrdinalIgnoreCase));

    private static bool IsKind(string text) =>
        text is "any" or "future" or "option" or "contract" or "future_combo" or "option_combo" or "spot";
}
