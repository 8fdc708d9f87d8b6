using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Instruments;
using Surety.Engine.Views;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>The caller's margin: what an order would do to it, each step of it, its mode, and places in the deleveraging queue.</summary>
internal sealed class MarginMethods(VenueReader venue, InstrumentCatalog catalog, CallerCommands caller, RefusalErrors refusals)
{
    public IEnumerable<RpcMethod> All() =>
    [
        new("surety/what_if",
            "Whether an order would be taken, and what it would do to margin if it filled at once; with every parameter of private/buy",
            KeyScopes.Read, 2, [OneOf("direction", "buy or sell", "buy", "sell") with { Required = true }, .. OrderParams.Order],
            WhatIf) { Unsupported = OrderParams.NotOfOrder },
        new("surety/explain_margin", "Every step of an account's margin, with its arithmetic", KeyScopes.Read, 2, [], Explain),
        new("surety/get_adl_queue", "One's place in the deleveraging queue of each position", KeyScopes.Read, 4, [], Adl),
        new("surety/set_margin_mode", "Cross or isolated margin for a market in which one has neither position nor order", KeyScopes.Trade,
            4, [Text("instrument_name", "The market", required: true), Text("mode", "cross or isolated", required: true)],
            MarginMode) { Signs = true },
    ];

    private async Task WhatIf(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        if (OrderReading.IsTrigger(call))
        {
            throw RpcException.BadParam("type", "type: what a stop does is asked when it is triggered; ask for a limit or market order");
        }
        PlaceOrder order = OrderReading.Order(call, i, call.Needed("direction") == "buy" ? Side.Buy : Side.Sell, marketWithoutPrice: true);
        order.Header.Account = call.Session.Account;
        long signed = order.Side == Side.Buy ? order.Lots : -order.Lots;
        ((RefusalCode code, long detail), WhatIfResult? then) = await venue.ReadAsync(l =>
        {
            Refusal answer = l.Engine.WouldAnswer(in order);
            // Of what is too large to be an order there is no margin to tell.
            bool tellable = answer.Code is RefusalCode.None or > RefusalCode.PriceOutOfRange
                and not (RefusalCode.LotsOutOfRange or RefusalCode.TooManyPositions);
            long at = order.NoProtection == 1 ? l.Engine.State.Markets[i.Number].MarkTicks : order.PriceTicks;
            return (answer,
                tellable && l.Engine.Risk.HasRoom(order.Header.Account, i.Number)
                ? l.Engine.Risk.WhatIf(order.Header.Account, i.Number, signed, at)
                : (WhatIfResult?)null);
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
                json.WriteString("reason"u8, refusals.Words(code, detail, record));
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
        (IReadOnlyList<MarginStep> steps, int asset) = await venue.ReadAsync(l =>
        {
            int pool = l.Engine.State.Accounts[(int)account].Pool;
            return (MarginExplanation.Of(l.Engine.State, l.Engine.Margin, account),
                pool == ushort.MaxValue ? 0 : (int)l.Engine.State.Pools[pool].Collateral[0]);
        });
        Currency? settlement = steps.Count == 0 ? null : catalog.Current.Currencies[asset];
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

    private async Task Adl(RpcCall call)
    {
        uint account = call.Session.Account;
        AccountView view = await venue.ReadAsync(l => AccountView.Of(l.Engine, account, places: true));
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (PositionView p in view.Positions)
            {
                json.WriteStartObject();
                json.WriteString("instrument_name"u8, catalog.Current.All[p.Market].Name);
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
        Instrument i = call.Instrument(catalog);
        bool isolated = call.Needed("mode") switch
        {
            "isolated" => true,
            "cross" => false,
            string other => throw RpcException.BadParam("mode", $"mode: expected cross or isolated, found {Instrument.Short(other)}"),
        };
        await caller.CarryOutAsync(call, CommandKind.SetMarginMode,
            new SetMarginMode { Market = (ushort)i.Number, Isolated = isolated ? (ushort)1 : (ushort)0 });
        call.Ok();
    }
}
