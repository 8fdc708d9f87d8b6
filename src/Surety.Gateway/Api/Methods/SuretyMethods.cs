using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Views;
using Surety.Gateway.Web;
using Surety.Node;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Venues;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>What only Surety has: signed commands, what-if margin, explanations, auctions, queues, accounts that people open themselves.</summary>
internal sealed class SuretyMethods(VenueNode node)
{
    public IEnumerable<RpcMethod> All() =>
    [
        new("surety/venue", "What a client needs to sign: the venue's hash, and where it stands", KeyScopes.None, 1, [], c => AllMethods.Done(() => Venue(c))),
        new("surety/key", "A key's account and highest nonce, which signing needs; scopes and expiry to its owner", KeyScopes.None, 1, [Integer("key", "Its number"), Text("public_key", "Or X and Y, base64")], Key),
        new("surety/submit", "Hands signed commands in: each with its signature, or up to 64 of one key under one signature", KeyScopes.None, 4,
            [Text("commands", "Commands one behind another, base64; without batch signature each with its own 64 bytes behind it", required: true), Text("signature", "One signature for all of them, base64"), Text("label", "For the order that the first one places")], c => AllMethods.Done(() => Submit(c))) { PostOnly = true },
        new("surety/open_account", "Opens an account with play money, where the venue is a sandbox", KeyScopes.None, 50, [Text("public_key", "X and Y of a P-256 key, base64", required: true)], Open) { PostOnly = true },
        new("surety/get_indexes", "Price indices: number, name, decimals", KeyScopes.None, 1, [], c => AllMethods.Done(() => c.Reply(json =>
        {
            InstrumentList list = node.Catalog.Current;
            json.WriteStartArray();
            for (int i = 0; i < list.Indexes.Count; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("index"u8, i);
                json.WriteString("name"u8, list.Indexes[i]);
                json.WriteNumber("decimals"u8, list.IndexDecimals[i]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }))),
        new("surety/get_listing", "Assets, pools, indices, surfaces and markets with their numbers and terms: what an operator's commands are made from", KeyScopes.None, 10, [], c => AllMethods.Done(() =>
            c.Reply(json => JsonSerializer.Serialize(json, node.Catalog.Current.Listing, JsonSerializerOptions.Web)))),
        new("surety/what_if", "Whether an order would be taken, and what it would do to margin if it filled at once; with every parameter of private/buy", KeyScopes.Read, 2, [OneOf("direction", "buy or sell", "buy", "sell") with { Required = true }, .. OrderParams.Order], WhatIf) { Unsupported = OrderParams.NotOfOrder },
        new("surety/explain_margin", "Every step of an account's margin, with its arithmetic", KeyScopes.Read, 2, [], Explain),
        new("surety/get_auction", "The price at which a market's auction would uncross now", KeyScopes.None, 1, [Text("instrument_name", "The market", required: true)], Auction),
        new("surety/get_adl_queue", "One's place in the deleveraging queue of each position", KeyScopes.Read, 4, [], Adl),
        new("surety/get_events", "What happened in the venue's markets lately: liquidations, halts, auctions, with their reasons", KeyScopes.None, 2, [Integer("count", "At most so many")], c => AllMethods.Done(() =>
            c.Reply(json => EventViews.ListPublic(json, node.History.Events((int)c.Integer("count", 100, 1, 1_000), e => EventViews.IsPublic(e.Kind)), node.Catalog.Current)))),
        new("surety/get_my_events", "The same of one's own account", KeyScopes.Read, 2, [Integer("count", "At most so many")], c => AllMethods.Done(() =>
            c.Reply(json => EventViews.List(json, node.History.EventsOfAccount(c.Session.Account, (int)c.Integer("count", 100, 1, 1_000)), node.Catalog.Current)))),
        new("surety/set_margin_mode", "Cross or isolated margin for a market in which one has neither position nor order", KeyScopes.Trade, 4, [Text("instrument_name", "The market", required: true), Text("mode", "cross or isolated", required: true)], MarginMode) { Signs = true },
    ];

    private void Venue(RpcCall call) => call.Reply(json =>
    {
        (ulong sequence, long timeNs) = node.Released;
        json.WriteStartObject();
        json.WriteString("venue"u8, node.VenueHash.ToString());
        json.WriteString("name"u8, node.State.Genesis.Name.ToString());
        json.WriteNumber("sequence"u8, sequence);
        json.WriteNumber("timestamp"u8, timeNs / 1_000_000);
        json.WriteNumber("height"u8, node.Blocks.Last.Height);
        json.WriteBoolean("sandbox"u8, node.Settings.Sandbox.Open && node.Operator is not null);
        json.WriteNumber("accounts"u8, node.State.Counts.Accounts);
        json.WriteEndObject();
    });

    private async Task Key(RpcCall call)
    {
        byte[]? bytes = call.Has("public_key") ? call.Bytes("public_key") : null;
        long number = call.Integer("key", -1);
        (long found, Key key) = await node.Sequencer.ReadAsync(l =>
        {
            IndexedState state = l.Engine.State;
            int at = bytes is { Length: 64 } ? state.Derived.KeyRows.Find(PublicKey.From(bytes))
                : number is >= 0 and <= uint.MaxValue ? state.Derived.KeyRows.Find((uint)number)
                : -1;
            return at >= 0 ? (state.Derived.KeyRows.NumberOf(at), state.Keys[at]) : (-1L, default(Key));
        });
        if (found < 0)
        {
            throw RpcException.NotFound("key: there is no such key");
        }
        bool isOwn = call.Caller is { } caller && (caller.Key == found || caller.IsOperator || caller.MayActFor(key.Account, node.State));
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("key"u8, found);
            json.WriteNumber("account"u8, key.Account);
            if (isOwn)
            {
                json.WriteString("scope"u8, ScopeTexts.Format(key.Scopes));
                json.WriteNumber("expires"u8, key.ExpiresNs / 1_000_000);
            }
            json.WriteBoolean("valid"u8, key.Status == Protocol.Rows.Key.Valid);
            json.WriteNumber("highest_nonce"u8, key.HighestNonce);
            json.WriteEndObject();
        });
    }

    private void Submit(RpcCall call)
    {
        CommandIntake.Take(node, call);
    }

    private async Task Open(RpcCall call)
    {
        if (!node.Settings.Sandbox.Open || node.Operator is null)
        {
            throw RpcException.Forbidden("this venue's operator opens accounts");
        }
        byte[] key = call.Bytes("public_key");
        if (key.Length != 64)
        {
            throw RpcException.BadParam("public_key", "public_key: expected X and Y of a P-256 key, 64 bytes in base64");
        }
        if (!node.AccountQuota.TryTake(Addresses.NameOf(call.Peer.Address)))
        {
            throw new RpcException(10028, "too_many_requests", $"one address may open {node.Settings.Sandbox.AccountsPerHour} accounts in an hour; try again later") { WaitMs = 3_600_000 };
        }
        Outcome opened = (await node.OperateAsync(CommandKind.OpenAccount, new OpenAccount { PublicKey = PublicKey.From(key), Scopes = KeyScopes.Customer })).OrThrow();
        uint account = (uint)opened.Created;
        Asset(out int asset, out long atoms);
        (await node.OperateAsync(CommandKind.Deposit, new Deposit { ToAccount = account, Asset = (ushort)asset, AmountAtoms = atoms })).OrThrow();
        PublicKey given = PublicKey.From(key);
        uint number = await node.Sequencer.ReadAsync(l =>
        {
            KeyRows rows = l.Engine.State.Derived.KeyRows;
            return rows.NumberOf(rows.Find(in given, account));
        });
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("account"u8, account);
            json.WriteNumber("key"u8, number);
            json.WriteString("venue"u8, node.VenueHash.ToString());
            json.WriteEndObject();
        });
    }

    private void Asset(out int asset, out long atoms)
    {
        asset = node.State.Pools[0].Collateral[0];
        atoms = node.Settings.Sandbox.Deposit * Surety.Core.Numerics.FixedDecimal.PowerOfTen(node.State.Assets[asset].Decimals);
    }

    private async Task WhatIf(RpcCall call)
    {
        Instrument i = call.Instrument(node);
        if (OrderReading.IsTrigger(call))
        {
            throw RpcException.BadParam("type", "type: what a stop does is asked when it is triggered; ask for a limit or market order");
        }
        PlaceOrder order = OrderReading.Order(call, i, call.Needed("direction") == "buy" ? Side.Buy : Side.Sell, marketWithoutPrice: true);
        order.Header.Account = call.Session.Account;
        long signed = order.Side == Side.Buy ? order.Lots : -order.Lots;
        ((RefusalCode code, long detail), WhatIfResult? then) = await node.Sequencer.ReadAsync(l =>
        {
            Refusal answer = l.Engine.WouldAnswer(in order);
            // Of what is too large to be an order there is no margin to tell.
            bool tellable = answer.Code is RefusalCode.None or > RefusalCode.PriceOutOfRange and not (RefusalCode.LotsOutOfRange or RefusalCode.TooManyPositions);
            long at = order.NoProtection == 1 ? l.Engine.State.Markets[i.Number].MarkTicks : order.PriceTicks;
            return (answer, tellable && l.Engine.Risk.HasRoom(order.Header.Account, i.Number) ? l.Engine.Risk.WhatIf(order.Header.Account, i.Number, signed, at) : (WhatIfResult?)null);
        });
        var record = new byte[Unsafe.SizeOf<PlaceOrder>()];
        CommandCodec.Write(CommandKind.PlaceOrder, ref order, record);
        call.Reply(json =>
        {
            json.WriteStartObject();
            if (then is { } result)
            {
                Write(json, "before", result.Before, i.MoneyDecimals);
                Write(json, "after", result.After, i.MoneyDecimals);
                json.WriteDecimal("fee"u8, result.FeeAtoms, i.MoneyDecimals);
                json.WriteDecimal("position"u8, i.Amount(result.Lots), Instrument.AmountDecimals);
            }
            json.WriteDecimal("missing"u8, code == RefusalCode.InitialMarginShort ? detail : 0, i.MoneyDecimals);
            json.WriteBoolean("accepted"u8, code == RefusalCode.None);
            if (code != RefusalCode.None)
            {
                json.WriteString("refusal"u8, code.ToString());
                json.WriteString("reason"u8, AllMethods.Words(node, code, detail, record));
            }
            json.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter json, string name, Health h, int decimals)
    {
        json.WriteStartObject(name);
        json.WriteDecimal("equity"u8, h.EquityAtoms, decimals);
        json.WriteDecimal("margin_balance"u8, h.OpeningAtoms, decimals);
        json.WriteDecimal("initial_margin"u8, h.InitialAtoms, decimals);
        json.WriteDecimal("maintenance_margin"u8, h.MaintenanceAtoms, decimals);
        json.WriteEndObject();
    }

    private async Task Explain(RpcCall call)
    {
        uint account = call.Session.Account;
        (IReadOnlyList<MarginStep> steps, int asset) = await node.Sequencer.ReadAsync(l =>
        {
            int pool = l.Engine.State.Accounts[(int)account].Pool;
            return (MarginExplanation.Of(l.Engine.State, l.Engine.Margin, account), pool == ushort.MaxValue ? 0 : (int)l.Engine.State.Pools[pool].Collateral[0]);
        });
        Currency? settlement = steps.Count == 0 ? null : node.Catalog.Current.Currencies[asset];
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (MarginStep step in steps)
            {
                json.WriteStartObject();
                json.WriteString("what"u8, step.What);
                json.WriteDecimal("amount"u8, step.Atoms, settlement!.Decimals);
                json.WriteString("currency"u8, settlement.Name);
                json.WriteNumber("atoms"u8, step.Atoms);
                json.WriteString("how"u8, step.How);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private async Task Auction(RpcCall call)
    {
        Instrument i = call.Instrument(node);
        MarketView view = await node.Sequencer.ReadAsync(l => MarketView.Of(l.Engine, i.Number, l.LastSequence));
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteString("instrument_name"u8, i.Name);
            json.WriteString("state"u8, MarketStates.Of(view.Status));
            json.WriteString("reason"u8, view.Causes.ToString());
            json.WriteNumber("until"u8, view.AuctionEndNs / 1_000_000);
            (long price, long lots, long surplus) = view.Indicative ?? default;
            Views.WriteOrNull(json, "price"u8, view.Indicative is not null, i.Price(price), i.PriceDecimals);
            json.WriteDecimal("amount"u8, i.Amount(lots), Instrument.AmountDecimals);
            json.WriteDecimal("surplus"u8, i.Amount(surplus), Instrument.AmountDecimals);
            json.WriteEndObject();
        });
    }

    private async Task Adl(RpcCall call)
    {
        uint account = call.Session.Account;
        AccountView view = await node.Sequencer.ReadAsync(l => AccountView.Of(l.Engine, account, places: true));
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (PositionView p in view.Positions)
            {
                json.WriteStartObject();
                json.WriteString("instrument_name"u8, node.Catalog.Current.All[p.Market].Name);
                json.WriteString("direction"u8, p.Lots > 0 ? "buy"u8 : "sell"u8);
                json.WriteNumber("place"u8, p.AdlPlace);
                json.WriteNumber("of"u8, p.AdlOf);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private async Task MarginMode(RpcCall call)
    {
        Instrument i = call.Instrument(node);
        bool isolated = call.Needed("mode") switch
        {
            "isolated" => true,
            "cross" => false,
            string other => throw RpcException.BadParam("mode", $"mode: expected cross or isolated, found {Instrument.Short(other)}"),
        };
        await call.CarryOutAsync(node, CommandKind.SetMarginMode, new SetMarginMode { Market = (ushort)i.Number, Isolated = isolated ? (ushort)1 : (ushort)0 });
        call.Ok();
    }
}
