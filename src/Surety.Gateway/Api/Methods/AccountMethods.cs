using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Engine.Views;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>Money, positions, sub-accounts and API keys of the caller.</summary>
internal sealed class AccountMethods(
    VenueReader venue, InstrumentCatalog catalog, RecentHistory history, CallerCommands caller, RefusalErrors refusals)
{
    private static readonly RpcParam Currency = Text("currency", "An asset, or a base currency");

    public IEnumerable<RpcMethod> All() =>
    [
        Ask("get_account_summary", "Equity and margin; of the settlement currency for the whole account",
            [Text("currency", "An asset, or a base currency", required: true), Flag("extended", "With fees and names"),
            Integer("subaccount_id", "Of a sub-account")], Summary),
        Ask("get_account_summaries", "The same for every asset",
            [Flag("extended", "With fees and names"), Integer("subaccount_id", "Of a sub-account")], Summaries),
        Ask("get_positions", "Open positions with liquidation price, Greeks and place in the deleveraging queue",
            [Currency, MarketParams.Kind, Integer("subaccount_id", "Of a sub-account")], Positions),
        Ask("get_position", "The position in a market", [Text("instrument_name", "The market", required: true)], Position),
        Ask("get_margins", "Margin that an order would take",
            [Text("instrument_name", "The market", required: true), Number("amount", "Amount", required: true),
            Number("price", "Price", required: true)], Margins),
        Ask("get_subaccounts", "Accounts of the same owner", [Flag("with_portfolio", "With their money")], Subaccounts),
        Ask("get_subaccounts_details", "Accounts of the same owner with their positions",
            [Text("currency", "As there; each account has all of its currencies"), Flag("with_open_orders", "With their open orders")],
            Subaccounts),
        Ask("get_transaction_log",
            "Every change of the balance: fills, funding and settlements, deposits, withdrawals, transfers; they add up to it",
            [
                Text("currency", "An asset; all by default"), Integer("count", "At most so many, to 1,000; default 100"),
                Integer("start_timestamp", "From, milliseconds since 1970"), Integer("end_timestamp", "To, milliseconds since 1970"),
                Integer("subaccount_id", "Of a sub-account"), Integer("continuation", "From the answer before"),
                OneOf("query", "Only of this type", [.. TransactionLog.Types]),
            ], Log),
        Ask("get_settlement_history_by_instrument", "Settlements, or with type bankruptcy transfers, of one's positions in a market",
            [Text("instrument_name", "The market", required: true),
            OneOf("type", "settlement or bankruptcy", "settlement", "delivery", "bankruptcy"), Integer("count", "At most so many"),
            Integer("search_start_timestamp", "Of before then, milliseconds since 1970")],
            c => History(c, i => i.Number == c.Instrument(catalog).Number)),
        Ask("get_settlement_history_by_currency", "The same of a currency's markets",
            [Currency, OneOf("type", "settlement or bankruptcy", "settlement", "delivery", "bankruptcy"),
            Integer("count", "At most so many"), Integer("search_start_timestamp", "Of before then, milliseconds since 1970")],
            c => History(c, c.Choice())),
        Admin("create_subaccount", "Opens a further account of the same owner",
            [Integer("pool", "Risk pool; the account's own by default")], CreateSubaccount) with { Signs = true, OwnerWide = true },
    ];

    private static RpcMethod Ask(string name, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new("private/" + name, about, KeyScopes.Read, 1, parameters, handler);

    private static RpcMethod Admin(string name, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new("private/" + name, about, KeyScopes.Admin, 2, parameters, handler);

    private uint AccountOf(RpcCall call)
    {
        uint account = (uint)call.Integer("subaccount_id", call.Session.Account, 0, uint.MaxValue);
        return call.Session.MayActFor(account, venue.State)
            ? account : throw RpcException.Forbidden($"subaccount_id: account {account} is not yours");
    }

    private async Task Summary(RpcCall call)
    {
        uint account = AccountOf(call);
        string asked = call.Needed("currency");
        AccountView view = await venue.ReadAsync(l => AccountView.Of(l.Engine, account));
        bool extended = call.Flag("extended");
        InstrumentList list = catalog.Current;
        if (list.FindCurrency(asked) is null && !list.All.Any(i => string.Equals(i.Base, asked, StringComparison.OrdinalIgnoreCase)))
        {
            throw RpcException.BadParam("currency",
                $"currency: expected one of {string.Join(", ", list.Currencies.Select(c => c.Name))}, found {Instrument.Short(asked)}");
        }
        call.Reply(json => AccountViews.Summary(json, view, list, asked, list.FindCurrency(asked), history, extended));
    }

    private async Task Summaries(RpcCall call)
    {
        uint account = AccountOf(call);
        AccountView view = await venue.ReadAsync(l => AccountView.Of(l.Engine, account));
        bool extended = call.Flag("extended");
        InstrumentList list = catalog.Current;
        call.Reply(json =>
        {
            json.WriteStartObject();
            AccountViews.Owner(json, account, view.Owner);
            json.WriteStartArray("summaries"u8);
            foreach (int asset in view.Assets)
            {
                AccountViews.Summary(json, view, list, "", list.Currencies[asset], history, extended);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async Task Positions(RpcCall call)
    {
        uint account = AccountOf(call);
        Func<Instrument, bool> choice = call.Choice();
        AccountView view = await venue.ReadAsync(l => AccountView.Of(l.Engine, account, places: true));
        IReadOnlyList<Instrument> all = catalog.Current.All;
        Dictionary<int, long> realised = history.SessionProfit(account, view.TimeNs);
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (PositionView p in view.Positions.Where(p => choice(all[p.Market])))
            {
                Views.Position(json, p, all[p.Market], history, view.TimeNs, realised.GetValueOrDefault(p.Market));
            }
            json.WriteEndArray();
        });
    }

    private async Task Position(RpcCall call)
    {
        uint account = call.Session.Account;
        Instrument i = call.Instrument(catalog);
        (AccountView view, long mark, long index) =
            await venue.ReadAsync(l =>
                (AccountView.Of(l.Engine, account, places: true), l.Engine.State.Markets[i.Number].MarkTicks,
                    i.MarketKind == MarketKind.Contract
                    ? l.Engine.State.Markets[i.Number].UnderlyingTicks
                    : l.Engine.State.Markets[i.Number].IndexTicks));
        PositionView position = view.Positions.FirstOrDefault(p => p.Market == i.Number) ?? PositionView.Flat(i.Number, mark, index);
        call.Reply(json =>
            Views.Position(json, position, i, history, view.TimeNs,
                history.SessionProfit(account, view.TimeNs).GetValueOrDefault(i.Number)));
    }

    private async Task Margins(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        uint account = call.Session.Account;
        long ticks = OrderReading.Ticks(call, i, "price");
        long lots = OrderReading.Amount(call, i, "amount");
        if (ticks < i.MinPriceTicks || ticks > i.MaxPriceTicks)
        {
            throw refusals.Of(RefusalCode.PriceOutOfRange, ticks, Of(i));
        }
        if (lots > i.MaxOrderLots)
        {
            throw refusals.Of(RefusalCode.LotsOutOfRange, i.MaxOrderLots, Of(i));
        }
        (WhatIfResult buy, WhatIfResult sell)? both =
            await venue.ReadAsync(l =>
                l.Engine.State.Markets[i.Number].HasMark != 0 && l.Engine.State.Accounts[(int)account].Pool == i.Pool
                    && l.Engine.Risk.HasRoom(account, i.Number)
            ? (l.Engine.Risk.WhatIf(account, i.Number, lots, ticks),
                l.Engine.Risk.WhatIf(account, i.Number, -lots, ticks)) : ((WhatIfResult, WhatIfResult)?)null);
        (WhatIfResult buy, WhatIfResult sell) = both ?? throw refusals.Of(RefusalCode.NoMarkPrice, 0, Of(i));
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteDecimal("buy"u8, Math.Max(buy.After.InitialAtoms - buy.Before.InitialAtoms, 0), i.MoneyDecimals);
            json.WriteDecimal("sell"u8, Math.Max(sell.After.InitialAtoms - sell.Before.InitialAtoms, 0), i.MoneyDecimals);
            json.WriteDecimal("min_price"u8, i.Price(i.MinPriceTicks), i.PriceDecimals);
            json.WriteDecimal("max_price"u8, i.Price(i.MaxPriceTicks), i.PriceDecimals);
            json.WriteEndObject();
        });
    }

    // A command about a market, for a refusal's words.
    private static byte[] Of(Instrument i)
    {
        var place = new PlaceOrder { Market = (ushort)i.Number };
        var record = new byte[System.Runtime.CompilerServices.Unsafe.SizeOf<PlaceOrder>()];
        CommandCodec.Write(CommandKind.PlaceOrder, ref place, record);
        return record;
    }

    private async Task Subaccounts(RpcCall call)
    {
        Session session = call.Session;
        uint owner = session.Owner;
        bool withOrders = call.Flag("with_open_orders");
        bool details = call.Flag("with_portfolio") || call.Method.EndsWith("details", StringComparison.Ordinal);
        List<AccountView> views = await venue.ReadAsync(l =>
        {
            IndexedState state = l.Engine.State;
            var own = new List<AccountView>();
            for (int a = (int)owner; a < state.Counts.Accounts && own.Count < 256; a++)
            {
                if (state.Accounts[a].Owner == owner && session.MayActFor((uint)a, state)
                    && (state.Accounts[a].Flags & (AccountFlags.InsuranceFund | AccountFlags.Open)) == AccountFlags.Open)
                {
                    own.Add(AccountView.Of(l.Engine, (uint)a));
                }
            }
            return own;
        });
        InstrumentList list = catalog.Current;
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (AccountView view in views)
            {
                json.WriteStartObject();
                AccountViews.Owner(json, view.Account, owner);
                json.WriteNumber("uid"u8, view.Account);
                if (details && view.Assets.Count > 0)
                {
                    Dictionary<int, long> realised = history.SessionProfit(view.Account, view.TimeNs);
                    json.WriteStartObject("portfolio"u8);
                    foreach (int asset in view.Assets)
                    {
                        json.WritePropertyName(list.Currencies[asset].Name.ToLowerInvariant());
                        AccountViews.Summary(json, view, list, "", list.Currencies[asset], history);
                    }
                    json.WriteEndObject();
                    json.WriteStartArray("positions"u8);
                    foreach (PositionView p in view.Positions)
                    {
                        Views.Position(json, p, list.All[p.Market], history, view.TimeNs, realised.GetValueOrDefault(p.Market));
                    }
                    json.WriteEndArray();
                    if (withOrders)
                    {
                        json.WriteStartArray("open_orders"u8);
                        history.LiveOrders(view.Account).ForEach(o => Views.Order(json, o, list.All[o.Market]));
                        json.WriteEndArray();
                    }
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private Task Log(RpcCall call)
    {
        uint account = AccountOf(call);
        Currency? currency = call.Has("currency") && !call.Text("currency").Equals("any", StringComparison.OrdinalIgnoreCase)
            ? call.Currency(catalog)
            : null;
        var log =
            new TransactionLog(history, catalog, account, currency, call.Text("query"), call.Integer("start_timestamp", 0),
                call.Integer("end_timestamp", long.MaxValue), call.Integer("continuation", long.MaxValue, 0));
        log.Reply(call, (int)call.Integer("count", 100, 1, 1_000));
        return Task.CompletedTask;
    }

    private Task History(RpcCall call, Func<Instrument, bool> fits)
    {
        IReadOnlyList<Instrument> all = catalog.Current.All;
        long latest = call.Integer("search_start_timestamp", long.MaxValue);
        EventKind wanted = call.Text("type") == "bankruptcy" ? EventKind.PositionTransferred : EventKind.PositionSettled;
        List<EventRow> rows =
            history.EventsOfAccount(call.Session.Account, (int)call.Integer("count", 20, 1, 1_000),
                e => e.Kind == wanted && e.TimeNs / 1_000_000 <= latest && fits(all[e.Market]));
        call.Reply(json => MarketHistoryMethods.SettlementRows(json, rows, all, history));
        return Task.CompletedTask;
    }

    private async Task CreateSubaccount(RpcCall call)
    {
        ushort pool = (ushort)call.Integer("pool", venue.State.Accounts[(int)call.Session.Account].Pool, 0, ushort.MaxValue);
        Outcome made = await caller.CarryOutAsync(call, CommandKind.CreateSubAccount, new CreateSubAccount { Pool = pool });
        call.Reply(json =>
        {
            json.WriteStartObject();
            AccountViews.Owner(json, (uint)made.Created, call.Session.Owner);
            json.WriteEndObject();
        });
    }
}
