using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Engine.Views;
using Surety.Node;
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
internal sealed class AccountMethods(VenueNode node)
{
    private static readonly RpcParam Currency = Text("currency", "An asset, or a base currency");

    public IEnumerable<RpcMethod> All() =>
    [
        Ask("get_account_summary", "Equity and margin; of the settlement currency for the whole account", [Text("currency", "An asset, or a base currency", required: true), Flag("extended", "With fees and names"), Integer("subaccount_id", "Of a sub-account")], Summary),
        Ask("get_account_summaries", "The same for every asset", [Flag("extended", "With fees and names"), Integer("subaccount_id", "Of a sub-account")], Summaries),
        Ask("get_positions", "Open positions with liquidation price, Greeks and place in the deleveraging queue", [Currency, AllMethods.Kind, Integer("subaccount_id", "Of a sub-account")], Positions),
        Ask("get_position", "The position in a market", [Text("instrument_name", "The market", required: true)], Position),
        Ask("get_margins", "Margin that an order would take", [Text("instrument_name", "The market", required: true), Number("amount", "Amount", required: true), Number("price", "Price", required: true)], Margins),
        Ask("get_subaccounts", "Accounts of the same owner", [Flag("with_portfolio", "With their money")], Subaccounts),
        Ask("get_subaccounts_details", "Accounts of the same owner with their positions", [Text("currency", "As there; each account has all of its currencies"), Flag("with_open_orders", "With their open orders")], Subaccounts),
        Ask("get_transaction_log", "Every change of the balance: fills, funding and settlements, deposits, withdrawals, transfers; they add up to it",
            [
                Text("currency", "An asset; all by default"), Integer("count", "At most so many, to 1,000; default 100"), Integer("start_timestamp", "From, milliseconds since 1970"), Integer("end_timestamp", "To, milliseconds since 1970"),
                Integer("subaccount_id", "Of a sub-account"), Integer("continuation", "From the answer before"), OneOf("query", "Only of this type", [.. TransactionLog.Types]),
            ], Log),
        Ask("get_settlement_history_by_instrument", "Settlements, or with type bankruptcy transfers, of one's positions in a market", [Text("instrument_name", "The market", required: true), OneOf("type", "settlement or bankruptcy", "settlement", "delivery", "bankruptcy"), Integer("count", "At most so many"), Integer("search_start_timestamp", "Of before then, milliseconds since 1970")], c => History(c, i => i.Number == c.Instrument(node).Number)),
        Ask("get_settlement_history_by_currency", "The same of a currency's markets", [Currency, OneOf("type", "settlement or bankruptcy", "settlement", "delivery", "bankruptcy"), Integer("count", "At most so many"), Integer("search_start_timestamp", "Of before then, milliseconds since 1970")], c => History(c, c.Choice())),
        Ask("list_api_keys", "API keys of the owner's accounts, without their secrets", [], Keys),
        Admin("create_subaccount", "Opens a further account of the same owner", [Integer("pool", "Risk pool; the account's own by default")], CreateSubaccount) with { Signs = true, OwnerWide = true },
        Admin("create_api_key", "Makes an API key; where the venue cannot sign for the caller, in two steps with surety/prepare_api_key", [Text("max_scope", "As trade:read_write wallet:read account:read"), Text("name", "A name for people"), RpcMethod.List("networks", "Addresses or networks it may be used from"), Integer("expires", "When it ends, milliseconds since 1970"), Integer("account", "A sub-account")], CreateKey) with { Signs = true },
        Admin("disable_api_key", "Switches a key off", [Text("id", "Its id or client_id", required: true)], c => SetDisabled(c, true)),
        Admin("enable_api_key", "Switches a key on", [Text("id", "Its id or client_id", required: true)], c => SetDisabled(c, false)),
        Admin("remove_api_key", "Revokes a key for good", [Text("id", "Its id or client_id", required: true)], RemoveKey) with { Signs = true, Relieves = true },
    ];

    /// <summary>Keeps a new API key whose P-256 key the ledger has accepted, and answers with its secret, once.</summary>
    public static void Keep(VenueNode node, RpcCall call, SigningKey key, uint number, uint account, KeyScopes scopes, long expiresMs, string name, IReadOnlyList<string> networks)
    {
        var apiKey = new ApiKey
        {
            Id = IdentityStore.Random(9),
            Secret = IdentityStore.Random(32),
            Name = name,
            Account = account,
            Key = number,
            PrivateKey = key.ToPem(),
            Scopes = scopes,
            ExpiresMs = expiresMs,
            Networks = networks,
            CreatedMs = VenueClock.WallNs() / 1_000_000,
        };
        node.Identities.Add(apiKey);
        call.Reply(json => WriteKey(json, apiKey, withSecret: true));
    }

    private static RpcMethod Ask(string name, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new("private/" + name, about, KeyScopes.Read, 1, parameters, handler);

    private static RpcMethod Admin(string name, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new("private/" + name, about, KeyScopes.Admin, 2, parameters, handler);

    private uint AccountOf(RpcCall call)
    {
        uint account = (uint)call.Integer("subaccount_id", call.Session.Account, 0, uint.MaxValue);
        return call.Session.MayActFor(account, node.State)
            ? account : throw RpcException.Forbidden($"subaccount_id: account {account} is not yours");
    }

    private async Task Summary(RpcCall call)
    {
        uint account = AccountOf(call);
        string asked = call.Needed("currency");
        AccountView view = await node.Sequencer.ReadAsync(l => AccountView.Of(l.Engine, account));
        bool extended = call.Flag("extended");
        InstrumentList list = node.Catalog.Current;
        if (list.FindCurrency(asked) is null && !list.All.Any(i => string.Equals(i.Base, asked, StringComparison.OrdinalIgnoreCase)))
        {
            throw RpcException.BadParam("currency", $"currency: expected one of {string.Join(", ", list.Currencies.Select(c => c.Name))}, found {Instrument.Short(asked)}");
        }
        call.Reply(json => AccountViews.Summary(json, view, list, asked, list.FindCurrency(asked), node.History, extended));
    }

    private async Task Summaries(RpcCall call)
    {
        uint account = AccountOf(call);
        AccountView view = await node.Sequencer.ReadAsync(l => AccountView.Of(l.Engine, account));
        bool extended = call.Flag("extended");
        InstrumentList list = node.Catalog.Current;
        call.Reply(json =>
        {
            json.WriteStartObject();
            AccountViews.Owner(json, account, view.Owner);
            json.WriteStartArray("summaries"u8);
            foreach (int asset in view.Assets)
            {
                AccountViews.Summary(json, view, list, "", list.Currencies[asset], node.History, extended);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async Task Positions(RpcCall call)
    {
        uint account = AccountOf(call);
        Func<Instrument, bool> choice = call.Choice();
        AccountView view = await node.Sequencer.ReadAsync(l => AccountView.Of(l.Engine, account, places: true));
        IReadOnlyList<Instrument> all = node.Catalog.Current.All;
        Dictionary<int, long> realised = node.History.SessionProfit(account, view.TimeNs);
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (PositionView p in view.Positions.Where(p => choice(all[p.Market])))
            {
                Views.Position(json, p, all[p.Market], node.History, view.TimeNs, realised.GetValueOrDefault(p.Market));
            }
            json.WriteEndArray();
        });
    }

    private async Task Position(RpcCall call)
    {
        uint account = call.Session.Account;
        Instrument i = call.Instrument(node);
        (AccountView view, long mark, long index) = await node.Sequencer.ReadAsync(l => (AccountView.Of(l.Engine, account, places: true), l.Engine.State.Markets[i.Number].MarkTicks, i.MarketKind == MarketKind.Contract ? l.Engine.State.Markets[i.Number].UnderlyingTicks : l.Engine.State.Markets[i.Number].IndexTicks));
        PositionView position = view.Positions.FirstOrDefault(p => p.Market == i.Number) ?? PositionView.Flat(i.Number, mark, index);
        call.Reply(json => Views.Position(json, position, i, node.History, view.TimeNs, node.History.SessionProfit(account, view.TimeNs).GetValueOrDefault(i.Number)));
    }

    private async Task Margins(RpcCall call)
    {
        Instrument i = call.Instrument(node);
        uint account = call.Session.Account;
        long ticks = OrderReading.Ticks(call, i, "price");
        long lots = OrderReading.Amount(call, i, "amount");
        if (ticks < i.MinPriceTicks || ticks > i.MaxPriceTicks)
        {
            throw AllMethods.Refusal(node, RefusalCode.PriceOutOfRange, ticks, Of(i));
        }
        if (lots > i.MaxOrderLots)
        {
            throw AllMethods.Refusal(node, RefusalCode.LotsOutOfRange, i.MaxOrderLots, Of(i));
        }
        (WhatIfResult buy, WhatIfResult sell)? both = await node.Sequencer.ReadAsync(l => l.Engine.State.Markets[i.Number].HasMark != 0 && l.Engine.State.Accounts[(int)account].Pool == i.Pool && l.Engine.Risk.HasRoom(account, i.Number)
            ? (l.Engine.Risk.WhatIf(account, i.Number, lots, ticks), l.Engine.Risk.WhatIf(account, i.Number, -lots, ticks)) : ((WhatIfResult, WhatIfResult)?)null);
        (WhatIfResult buy, WhatIfResult sell) = both ?? throw AllMethods.Refusal(node, RefusalCode.NoMarkPrice, 0, Of(i));
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
        List<AccountView> views = await node.Sequencer.ReadAsync(l =>
        {
            IndexedState state = l.Engine.State;
            var own = new List<AccountView>();
            for (int a = (int)owner; a < state.Counts.Accounts && own.Count < 256; a++)
            {
                if (state.Accounts[a].Owner == owner && session.MayActFor((uint)a, state) && (state.Accounts[a].Flags & (AccountFlags.InsuranceFund | AccountFlags.Open)) == AccountFlags.Open)
                {
                    own.Add(AccountView.Of(l.Engine, (uint)a));
                }
            }
            return own;
        });
        InstrumentList list = node.Catalog.Current;
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
                    Dictionary<int, long> realised = node.History.SessionProfit(view.Account, view.TimeNs);
                    json.WriteStartObject("portfolio"u8);
                    foreach (int asset in view.Assets)
                    {
                        json.WritePropertyName(list.Currencies[asset].Name.ToLowerInvariant());
                        AccountViews.Summary(json, view, list, "", list.Currencies[asset], node.History);
                    }
                    json.WriteEndObject();
                    json.WriteStartArray("positions"u8);
                    foreach (PositionView p in view.Positions)
                    {
                        Views.Position(json, p, list.All[p.Market], node.History, view.TimeNs, realised.GetValueOrDefault(p.Market));
                    }
                    json.WriteEndArray();
                    if (withOrders)
                    {
                        json.WriteStartArray("open_orders"u8);
                        node.History.LiveOrders(view.Account).ForEach(o => Views.Order(json, o, list.All[o.Market]));
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
        Currency? currency = call.Has("currency") && !call.Text("currency").Equals("any", StringComparison.OrdinalIgnoreCase) ? call.Currency(node) : null;
        var log = new TransactionLog(node, account, currency, call.Text("query"), call.Integer("start_timestamp", 0), call.Integer("end_timestamp", long.MaxValue), call.Integer("continuation", long.MaxValue, 0));
        log.Reply(call, (int)call.Integer("count", 100, 1, 1_000));
        return Task.CompletedTask;
    }

    private Task History(RpcCall call, Func<Instrument, bool> fits)
    {
        IReadOnlyList<Instrument> all = node.Catalog.Current.All;
        long latest = call.Integer("search_start_timestamp", long.MaxValue);
        EventKind wanted = call.Text("type") == "bankruptcy" ? EventKind.PositionTransferred : EventKind.PositionSettled;
        List<EventRow> rows = node.History.EventsOfAccount(call.Session.Account, (int)call.Integer("count", 20, 1, 1_000), e => e.Kind == wanted && e.TimeNs / 1_000_000 <= latest && fits(all[e.Market]));
        call.Reply(json => MarketHistoryMethods.SettlementRows(json, rows, all, node.History));
        return Task.CompletedTask;
    }

    private Task Keys(RpcCall call)
    {
        IndexedState state = node.State;
        List<ApiKey> keys = node.Identities.Of(a => call.Session.MayActFor(a, state));
        call.Reply(json =>
        {
            json.WriteStartArray();
            keys.ForEach(k => WriteKey(json, k, withSecret: false));
            json.WriteEndArray();
        });
        return Task.CompletedTask;
    }

    private async Task CreateSubaccount(RpcCall call)
    {
        ushort pool = (ushort)call.Integer("pool", node.State.Accounts[(int)call.Session.Account].Pool, 0, ushort.MaxValue);
        Outcome made = await call.CarryOutAsync(node, CommandKind.CreateSubAccount, new CreateSubAccount { Pool = pool });
        call.Reply(json =>
        {
            json.WriteStartObject();
            AccountViews.Owner(json, (uint)made.Created, call.Session.Owner);
            json.WriteEndObject();
        });
    }

    private async Task CreateKey(RpcCall call)
    {
        Session session = call.Session;
        KeyScopes asked = ScopeParams.Parse(call.Text("max_scope", "trade:read_write wallet:read account:read"), "max_scope");
        KeyScopes scopes = call.Has("max_scope") ? asked : asked & session.Scopes;
        long expires = call.Integer("expires", EndOf(session), 0, 4_000_000_000_000);
        uint account = (uint)call.Integer("account", session.Account, 0, uint.MaxValue);
        if (!session.MayActFor(account, node.State))
        {
            throw RpcException.Forbidden($"account: {account} is not yours, or beyond this key, which is a sub-account's");
        }
        CheckName(call);
        List<string> networks = call.Has("networks") ? Networks(call) : [.. session.ApiKey!.Networks];
        CheckWithin(session, scopes, expires, networks);
        using SigningKey key = SigningKey.Create();
        var add = new AddKey { PublicKey = key.PublicKey, Scopes = scopes, KeyExpiresNs = expires * 1_000_000 };
        Outcome added = await call.CarryOutAsync(node, CommandKind.AddKey, add);
        Keep(node, call, key, (uint)added.Created, account, scopes, expires, call.Text("name"), networks);
    }

    private static long EndOf(Session session) => session.ApiKey?.ExpiresMs ?? 0;

    /// <summary>Whether a key that a session makes or changes has no more power than the session itself: scopes, expiry, networks.</summary>
    /// <exception cref="RpcException">It would have more.</exception>
    public static void CheckWithin(Session session, KeyScopes scopes, long expiresMs, List<string> networks)
    {
        if ((scopes & ~session.Scopes) != 0)
        {
            throw RpcException.Forbidden($"max_scope: this key may not give what it does not have itself ({scopes & ~session.Scopes})");
        }
        if (EndOf(session) is > 0 and var end && (expiresMs == 0 || expiresMs > end))
        {
            throw RpcException.Forbidden($"expires: this key ends at {end} and makes none that lasts longer");
        }
        if (session.ApiKey is { } own && !own.Covers(networks))
        {
            throw RpcException.Forbidden($"networks: this key is limited to {string.Join(", ", own.Networks)} and makes none for other places");
        }
    }

    /// <summary>Whether the name that an API key is given is not too long.</summary>
    public static void CheckName(RpcCall call)
    {
        if (call.Text("name").Length > IdentityStore.MostNameLength)
        {
            throw RpcException.BadParam("name", $"name: at most {IdentityStore.MostNameLength} characters, found {call.Text("name").Length}");
        }
    }

    /// <summary>The parameter networks: at most 32 addresses or networks.</summary>
    public static List<string> Networks(RpcCall call)
    {
        List<string> networks = call.List("networks");
        foreach (string network in networks.Where(n => n.Length > IdentityStore.MostNetworkLength))
        {
            throw RpcException.BadParam("networks", $"networks: each has at most {IdentityStore.MostNetworkLength} characters, found {network.Length}");
        }
        foreach (string network in networks.Where(n => ApiKey.NetworkOf(n) is null))
        {
            throw RpcException.BadParam("networks", $"networks: expected addresses or networks like 10.0.0.0/8, found {Instrument.Short(network)}");
        }
        return networks.Count <= IdentityStore.MostNetworks ? networks : throw RpcException.BadParam("networks", $"networks: at most {IdentityStore.MostNetworks}, found {networks.Count}");
    }

    /// <summary>The API key of the parameter id, if it is one of the accounts that the session may act for.</summary>
    public static ApiKey Own(VenueNode node, RpcCall call)
    {
        string id = call.Needed("id");
        ApiKey? key = node.Identities.Find(id) ?? node.Identities.FindNumber(id, a => call.Session.MayActFor(a, node.State));
        return key is not null && call.Session.MayActFor(key.Account, node.State) ? key : throw RpcException.NotFound("id: you have no such API key");
    }

    private Task SetDisabled(RpcCall call, bool disabled)
    {
        ApiKey key = Own(node, call);
        if (!disabled)
        {
            CheckWithin(call.Session, key.Scopes, key.ExpiresMs, [.. key.Networks]);
        }
        node.Identities.SetDisabled(key.Id, disabled);
        call.Reply(json => WriteKey(json, key, withSecret: false));
        return Task.CompletedTask;
    }

    private async Task RemoveKey(RpcCall call)
    {
        ApiKey key = Own(node, call);
        if ((key.Scopes & ~call.Session.Scopes) != 0)
        {
            throw RpcException.Forbidden($"id: this log-in may not end a key that can do more than itself ({key.Scopes & ~call.Session.Scopes}); private/disable_api_key switches it off");
        }
        Outcome outcome = await node.SubmitAsync(call.Signer(node), call.Session.Account, CommandKind.RevokeKey, new RevokeKey { RevokedKey = key.Key });
        // Revoked before, or so long ago that its row was given back: what is left of it goes.
        if (outcome.Code is not (RefusalCode.KeyRevoked or RefusalCode.UnknownKey))
        {
            outcome.OrThrow();
        }
        node.Identities.Remove(key.Id);
        call.Ok();
    }

    /// <summary>Writes an API key; its secret only when it is new.</summary>
    public static void WriteKey(Utf8JsonWriter json, ApiKey key, bool withSecret)
    {
        json.WriteStartObject();
        // The ledger's number of its key: no two API keys have the same.
        json.WriteNumber("id"u8, key.Key);
        json.WriteString("client_id"u8, key.Id);
        // Told once, to whom it is made for; it is there in every answer, because clients need it to be.
        json.WriteString("client_secret"u8, withSecret ? key.Secret : "");
        json.WriteBoolean("default"u8, false);
        json.WriteStartArray("enabled_features"u8);
        json.WriteEndArray();
        json.WriteString("name"u8, key.Name);
        json.WriteString("max_scope"u8, ScopeTexts.Format(key.Scopes));
        json.WriteNumber("account"u8, key.Account);
        json.WriteNumber("key"u8, key.Key);
        json.WriteBoolean("enabled"u8, !key.Disabled);
        json.WriteNumber("expires"u8, key.ExpiresMs);
        json.WriteNumber("timestamp"u8, key.CreatedMs);
        foreach (string name in (string[])["networks", "ip_whitelist"])
        {
            json.WriteStartArray(name);
            foreach (string network in key.Networks)
            {
                json.WriteStringValue(network);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
