using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Views;
using Surety.Gateway.Web;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Venues;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>
/// What only Surety has: signed commands, the venue's listing and events, auctions, accounts that people open themselves.
/// </summary>
internal sealed class SuretyMethods(
    VenueReader venue, InstrumentCatalog catalog, RecentHistory history, BlockStore blocks, Sandbox sandbox, CommandIntake intake)
{
    public IEnumerable<RpcMethod> All() =>
    [
        new("surety/venue", "What a client needs to sign: the venue's hash, and where it stands", KeyScopes.None, 1, [],
            c => AllMethods.Done(() => Venue(c))),
        new("surety/key", "A key's account and highest nonce, which signing needs; scopes and expiry to its owner", KeyScopes.None, 1,
            [Integer("key", "Its number"), Text("public_key", "Or X and Y, base64")], Key),
        new("surety/submit", "Hands signed commands in: each with its signature, or up to 64 of one key under one signature",
            KeyScopes.None, 4,
            [Text("commands", "Commands one behind another, base64; without batch signature each with its own 64 bytes behind it",
                required: true), Text("signature", "One signature for all of them, base64"),
                Text("label", "For the order that the first one places")], c => AllMethods.Done(() => intake.Take(c))) { PostOnly = true },
        new("surety/open_account", "Opens an account with play money, where the venue is a sandbox", KeyScopes.None, 50,
            [Text("public_key", "X and Y of a P-256 key, base64", required: true)], Open) { PostOnly = true },
        new("surety/get_indexes", "Price indices: number, name, decimals", KeyScopes.None, 1, [], c => AllMethods.Done(() => c.Reply(json =>
        {
            InstrumentList list = catalog.Current;
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
        new("surety/get_listing",
            "Assets, pools, indices, surfaces and markets with their numbers and terms: what an operator's commands are made from",
            KeyScopes.None, 10, [], c => AllMethods.Done(() =>
            c.Reply(json => JsonSerializer.Serialize(json, catalog.Current.Listing, JsonSerializerOptions.Web)))),
        new("surety/get_auction", "The price at which a market's auction would uncross now", KeyScopes.None, 1,
            [Text("instrument_name", "The market", required: true)], Auction),
        new("surety/get_events", "What happened in the venue's markets lately: liquidations, halts, auctions, with their reasons",
            KeyScopes.None, 2, [Integer("count", "At most so many")], c => AllMethods.Done(() =>
            c.Reply(json =>
                EventViews.ListPublic(json, history.Events((int)c.Integer("count", 100, 1, 1_000), e => EventViews.IsPublic(e.Kind)),
                    catalog.Current)))),
        new("surety/get_my_events", "The same of one's own account", KeyScopes.Read, 2, [Integer("count", "At most so many")],
            c => AllMethods.Done(() =>
            c.Reply(json =>
                EventViews.List(json, history.EventsOfAccount(c.Session.Account, (int)c.Integer("count", 100, 1, 1_000)),
                    catalog.Current)))),
    ];

    private void Venue(RpcCall call) => call.Reply(json =>
    {
        (ulong sequence, long timeNs) = venue.Released;
        json.WriteStartObject();
        json.WriteString("venue"u8, venue.Name.ToString());
        json.WriteString("name"u8, venue.State.Genesis.Name.ToString());
        json.WriteNumber("sequence"u8, sequence);
        json.WriteNumber("timestamp"u8, timeNs / 1_000_000);
        json.WriteNumber("height"u8, blocks.Last.Height);
        json.WriteBoolean("sandbox"u8, sandbox.IsOpen);
        json.WriteNumber("accounts"u8, venue.State.Counts.Accounts);
        json.WriteEndObject();
    });

    private async Task Key(RpcCall call)
    {
        byte[]? bytes = call.Has("public_key") ? call.Bytes("public_key") : null;
        long number = call.Integer("key", -1);
        (long found, Key key) = await venue.ReadAsync(l =>
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
        bool isOwn = call.Caller is { } caller && (caller.Key == found || caller.IsOperator || caller.MayActFor(key.Account, venue.State));
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

    private async Task Open(RpcCall call)
    {
        if (!sandbox.IsOpen)
        {
            throw RpcException.Forbidden("this venue's operator opens accounts");
        }
        byte[] key = call.Bytes("public_key");
        if (key.Length != 64)
        {
            throw RpcException.BadParam("public_key", "public_key: expected X and Y of a P-256 key, 64 bytes in base64");
        }
        (uint account, uint number) = await sandbox.OpenAsync(call, PublicKey.From(key));
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("account"u8, account);
            json.WriteNumber("key"u8, number);
            json.WriteString("venue"u8, venue.Name.ToString());
            json.WriteEndObject();
        });
    }

    private async Task Auction(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        MarketView view = await venue.ReadAsync(l => MarketView.Of(l.Engine, i.Number, l.LastSequence));
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
}
