using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text.Json;
using Surety.Node.History;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;

namespace Surety.Node.Instruments;

/// <summary>What happened to accounts and markets, as typed JSON objects with their reasons.</summary>
public static class EventViews
{
    /// <summary>Whether everyone may know of it; without the account where it concerns one.</summary>
    public static bool IsPublic(EventKind kind) => kind is
        EventKind.IndexStateChanged or EventKind.MarketStatusChanged or EventKind.AuctionIndicated or EventKind.AuctionUncrossed
            or EventKind.SourceSlashed or EventKind.TermsChanged
        or EventKind.LiquidationStarted or EventKind.LiquidationEnded or EventKind.PositionTransferred or EventKind.LossShared
            or EventKind.BackstopTook or EventKind.BackstopBidPlaced or EventKind.MarketSettled
        or EventKind.ContractPaid or EventKind.ContractEnded or EventKind.ContractListed or EventKind.MarginCalled
        or EventKind.OwnersLinked or EventKind.FeesChanged;

    /// <summary>
    /// Whether the other account of a changed balance may be shown. A transfer's belongs to the same owner; a liquidation's does not.
    /// </summary>
    public static bool NamesOther(BalanceReason reason) =>
        reason is BalanceReason.Transfer or BalanceReason.IsolatedMargin or BalanceReason.Deposit or BalanceReason.Withdrawal
            or BalanceReason.WithdrawalReturned;

    /// <summary>Events of an account as an array, for the account itself.</summary>
    /// <param name="json">Takes the array.</param>
    /// <param name="rows">The events, in the order to be written.</param>
    /// <param name="list">Names and units of markets and assets.</param>
    public static void List(Utf8JsonWriter json, IReadOnlyList<EventRow> rows, InstrumentList list)
    {
        json.WriteStartArray();
        for (int i = rows.Count - 1; i >= 0; i--)
        {
            Write(json, rows[i], list);
        }
        json.WriteEndArray();
    }

    /// <summary>Events as an array, for everyone: without accounts.</summary>
    /// <param name="json">Takes the array.</param>
    /// <param name="rows">The events, in the order to be written; only those that <see cref="IsPublic"/>.</param>
    /// <param name="list">Names and units of markets and assets.</param>
    public static void ListPublic(Utf8JsonWriter json, IReadOnlyList<EventRow> rows, InstrumentList list)
    {
        json.WriteStartArray();
        for (int i = rows.Count - 1; i >= 0; i--)
        {
            WritePublic(json, rows[i], list);
        }
        json.WriteEndArray();
    }

    /// <summary>For the account itself.</summary>
    public static void Write(Utf8JsonWriter json, EventRow row, InstrumentList list) => Write(json, row, list, isPublic: false);

    /// <summary>For everyone: without accounts.</summary>
    public static void WritePublic(Utf8JsonWriter json, EventRow row, InstrumentList list) => Write(json, row, list, isPublic: true);

    /// <summary>A block's header as an object: its fields, its bytes in base64, and the venue's signature where there is one.</summary>
    public static void Block(Utf8JsonWriter json, in BlockHeader header, HeaderSeal? seal)
    {
        json.WriteStartObject();
        json.WriteNumber("height"u8, header.Height);
        json.WriteString("hash"u8, header.Hash().ToString());
        json.WriteString("previous"u8, header.Previous.ToString());
        json.WriteNumber("timestamp"u8, header.TimeNs / 1_000_000);
        json.WriteNumber("first_sequence"u8, header.FirstSequence);
        json.WriteNumber("commands"u8, header.CommandCount);
        json.WriteString("commands_root"u8, header.CommandsRoot.ToString());
        json.WriteString("events_root"u8, header.EventsRoot.ToString());
        json.WriteString("state_root"u8, header.StateRoot.ToString());
        json.WriteString("header"u8, Convert.ToBase64String(header.ToBytes()));
        if (seal is not null)
        {
            json.WriteBase64String("signature"u8, seal.Signature.Span);
            json.WriteString("public_key"u8, Convert.ToHexStringLower(seal.PublicKey.Span));
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EventRow row, InstrumentList list, bool isPublic)
    {
        Instrument? i = row.Market >= 0 && row.Market < list.All.Count ? list.All[row.Market] : null;
        json.WriteStartObject();
        json.WriteString("type"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(row.Kind.ToString()));
        json.WriteNumber("sequence"u8, row.Sequence);
        json.WriteNumber("timestamp"u8, row.TimeNs / 1_000_000);
        if (!isPublic && row.Account != 0)
        {
            json.WriteNumber("account"u8, row.Account);
        }
        if (i is not null)
        {
            json.WriteString("instrument_name"u8, i.Name);
        }
        int money = i?.MoneyDecimals ?? (list.Currencies.Count > 0 ? list.Currencies[0].Decimals : 0);
        ReadOnlySpan<byte> bytes = row.Event;
        switch (row.Kind)
        {
            case EventKind.BalanceChanged:
                BalanceChanged balance = MemoryMarshal.Read<BalanceChanged>(bytes);
                Currency currency = list.Currencies[balance.Asset];
                json.WriteString("currency"u8, currency.Name);
                json.WriteDecimal("change"u8, balance.ChangeAtoms, currency.Decimals);
                json.WriteDecimal("balance"u8, balance.BalanceAtoms, currency.Decimals);
                json.WriteString("reason"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(balance.Reason.ToString()));
                if (NamesOther(balance.Reason))
                {
                    json.WriteNumber("counterparty"u8, balance.Counterparty);
                }
                break;
            case EventKind.MarketStatusChanged:
                MarketStatusChanged status = MemoryMarshal.Read<MarketStatusChanged>(bytes);
                json.WriteString("from"u8, MarketStates.Of(status.From));
                json.WriteString("to"u8, MarketStates.Of(status.To));
                json.WriteString("reason"u8, status.Causes.ToString());
                json.WriteNumber("until"u8, status.UntilNs / 1_000_000);
                break;
            case EventKind.IndexStateChanged:
                IndexStateChanged index = MemoryMarshal.Read<IndexStateChanged>(bytes);
                json.WriteString("index_name"u8, list.Indexes[index.Index]);
                json.WriteString("from"u8, index.From.ToString());
                json.WriteString("to"u8, index.To.ToString());
                json.WriteNumber("fresh_sources"u8, index.FreshSources);
                json.WriteDecimal("price"u8, index.Price, list.IndexDecimals[index.Index]);
                break;
            case EventKind.AuctionIndicated or EventKind.AuctionUncrossed when i is not null:
                AuctionUncrossed auction = MemoryMarshal.Read<AuctionUncrossed>(bytes);
                json.WriteDecimal("price"u8, i.Price(auction.PriceTicks), i.PriceDecimals);
                json.WriteDecimal("amount"u8, i.Amount(auction.Lots), Instrument.AmountDecimals);
                break;
            case EventKind.LiquidationStarted:
                LiquidationStarted started = MemoryMarshal.Read<LiquidationStarted>(bytes);
                json.WriteDecimal("equity"u8, started.EquityAtoms, money);
                json.WriteDecimal("maintenance_margin"u8, started.MaintenanceAtoms, money);
                json.WriteString("reason"u8, "equity fell below maintenance margin"u8);
                break;
            case EventKind.LiquidationEnded:
                LiquidationEnded ended = MemoryMarshal.Read<LiquidationEnded>(bytes);
                json.WriteString("outcome"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(ended.Outcome.ToString()));
                json.WriteDecimal("residual"u8, ended.ResidualAtoms, money);
                json.WriteDecimal("fee"u8, ended.FeeAtoms, money);
                break;
            case EventKind.PositionTransferred when i is not null:
                PositionTransferred moved = MemoryMarshal.Read<PositionTransferred>(bytes);
                json.WriteString("cause"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(moved.Cause.ToString()));
                json.WriteDecimal("amount"u8, i.Amount(moved.Lots), Instrument.AmountDecimals);
                json.WriteDecimal("cost"u8, moved.CostAtoms, money);
                json.WriteDecimal("gain"u8, moved.GainAtoms, money);
                json.WriteNumber("adl_place"u8, moved.Place);
                json.WriteBoolean("hedged"u8, moved.Hedged != 0);
                break;
            case EventKind.MarginCalled:
                MarginCalled called = MemoryMarshal.Read<MarginCalled>(bytes);
                json.WriteDecimal("equity"u8, called.EquityAtoms, money);
                json.WriteDecimal("maintenance_margin"u8, called.MaintenanceAtoms, money);
                json.WriteDecimal("initial_margin"u8, called.InitialAtoms, money);
                json.WriteBoolean("by_model"u8, called.ByModel != 0);
                break;
            case EventKind.LossShared:
                LossShared shared = MemoryMarshal.Read<LossShared>(bytes);
                json.WriteDecimal("share"u8, shared.ShareAtoms, money);
                json.WriteDecimal("deficit"u8, shared.DeficitAtoms, money);
                json.WriteString("reason"u8, "a deficit that neither the insurance fund nor deleveraging covered"u8);
                break;
            case EventKind.BackstopBidPlaced:
                BackstopBidPlaced placed = MemoryMarshal.Read<BackstopBidPlaced>(bytes);
                json.WriteDecimal("capacity"u8, placed.MaxNotionalAtoms, money);
                json.WriteDecimal("discount"u8, placed.DiscountPpm, 6);
                json.WriteNumber("counts_from"u8, placed.CountsFromNs / 1_000_000);
                break;
            case EventKind.OwnersLinked:
                OwnersLinked linked = MemoryMarshal.Read<OwnersLinked>(bytes);
                json.WriteNumber("owner"u8, linked.Owner);
                json.WriteNumber("with"u8, linked.With);
                break;
            case EventKind.BackstopTook:
                BackstopTook took = MemoryMarshal.Read<BackstopTook>(bytes);
                json.WriteDecimal("notional"u8, took.NotionalAtoms, money);
                json.WriteDecimal("discount"u8, took.DiscountPpm, 6);
                break;
            case EventKind.MarketSettled when i is not null:
                json.WriteDecimal("price"u8, i.Price(MemoryMarshal.Read<MarketSettled>(bytes).PriceTicks), i.PriceDecimals);
                break;
            case EventKind.ContractEnded when i is not null:
                json.WriteDecimal("price"u8, i.Price(MemoryMarshal.Read<ContractEnded>(bytes).PriceTicks), i.PriceDecimals);
                break;
            case EventKind.ContractExercised or EventKind.ContractAssigned when i is not null:
                ContractExercised exercised = MemoryMarshal.Read<ContractExercised>(bytes);
                json.WriteDecimal("amount"u8, i.Amount(exercised.Lots), Instrument.AmountDecimals);
                json.WriteDecimal("price"u8, i.Price(exercised.PriceTicks), i.PriceDecimals);
                break;
            case EventKind.ContractExerciseRequested or EventKind.ContractExerciseLapsed when i is not null:
                json.WriteDecimal("amount"u8, i.Amount(MemoryMarshal.Read<ContractExerciseRequested>(bytes).Lots),
                    Instrument.AmountDecimals);
                break;
            case EventKind.PositionSettled when i is not null:
                PositionSettled settled = MemoryMarshal.Read<PositionSettled>(bytes);
                json.WriteDecimal("amount"u8, i.Amount(settled.Lots), Instrument.AmountDecimals);
                json.WriteDecimal("profit"u8, settled.ProfitAtoms, money);
                break;
            case EventKind.TermsChanged or EventKind.ContractListed:
                TermsChanged terms = MemoryMarshal.Read<TermsChanged>(bytes);
                RefusalCode code = row.Kind == EventKind.TermsChanged ? terms.Code : MemoryMarshal.Read<ContractListed>(bytes).Code;
                json.WriteString("outcome"u8, code == 0 ? "acts" : RefusalWords.Of(code, terms.Detail, default, list, i));
                break;
            case EventKind.FeesChanged:
                FeesChanged fees = MemoryMarshal.Read<FeesChanged>(bytes);
                json.WriteNumber("pool"u8, fees.Pool);
                json.WriteNumber("acts_at"u8, fees.ActivateNs / 1_000_000);
                json.WriteDecimal("liquidation_fee"u8, fees.LiquidationFeePpm, 6);
                json.WriteStartArray("fee_tiers"u8);
                for (int t = 0; t < fees.FeeTierCount; t++)
                {
                    json.WriteStartObject();
                    json.WriteDecimal("from_volume"u8, fees.FeeTiers[t].FromVolumeAtoms, list.SettlementDecimals(fees.Pool));
                    json.WriteDecimal("maker"u8, fees.FeeTiers[t].MakerPpm, 6);
                    json.WriteDecimal("taker"u8, fees.FeeTiers[t].TakerPpm, 6);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                break;
            case EventKind.QuotesPulled:
                json.WriteNumber("frozen_until"u8, MemoryMarshal.Read<QuotesPulled>(bytes).FrozenUntilNs / 1_000_000);
                break;
            case EventKind.SourceSlashed:
                SourceSettled slashed = MemoryMarshal.Read<SourceSettled>(bytes);
                json.WriteString("index_name"u8, list.Indexes[slashed.Index]);
                json.WriteNumber("source_key"u8, slashed.SourceKey);
                json.WriteDecimal("amount"u8, slashed.AmountAtoms, money);
                break;
            default:
                break;
        }
        json.WriteEndObject();
    }
}
