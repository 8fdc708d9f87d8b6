using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>
/// Every change of an account's balances, newest first, each with the balance after it: the changes add up to it. Of several fills of one
/// command the last carries what all of them came to.
/// </summary>
internal sealed class TransactionLog(
    RecentHistory history, InstrumentCatalog catalog, uint account, Currency? currency, string query, long fromMs, long toMs, long before)
{
    // More than the events that one command can lead to; with it an id still fits a JavaScript number for eight thousand million commands.
    private const int PlacesOfCommand = 1 << 20;

    /// <summary>What entries can be of.</summary>
    public static IReadOnlyList<string> Types { get; } =
        ["trade", "buy", "sell", "maker", "taker", "settlement", "liquidation", "deposit", "withdrawal", "transfer",
            .. Enum.GetValues<BalanceReason>().Select(Of).Where(t => t is not ("deposit" or "withdrawal" or "transfer")).Distinct()];

    /// <summary>Answers with at most so many.</summary>
    public void Reply(RpcCall call, int count)
    {
        List<(CashRow Cash, TradeRow? Trade)> rows = history.CashOf(account, count + 1, Fits);
        bool more = rows.Count > count;
        if (more)
        {
            rows.RemoveAt(count);
        }
        InstrumentList list = catalog.Current;
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("logs"u8);
            rows.ForEach(r => Write(json, list, r.Cash, r.Trade));
            json.WriteEndArray();
            if (more)
            {
                json.WriteNumber("continuation"u8, Id(rows[^1].Cash));
            }
            else
            {
                json.WriteNull("continuation"u8);
            }
            json.WriteEndObject();
        });
    }

    private static long Id(in CashRow cash) => ((long)cash.Sequence * PlacesOfCommand) + Math.Min(cash.Place, PlacesOfCommand - 1);

    private static string Of(BalanceReason reason) => reason switch
    {
        BalanceReason.LiquidationFee or BalanceReason.Takeover or BalanceReason.InsuranceCover or BalanceReason.TakeoverCharge =>
            "liquidation",
        _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()),
    };

    private static string Of(in CashRow cash) => cash.Kind switch
    {
        CashKind.Trade => "trade",
        CashKind.Settlement => "settlement",
        _ => Of(cash.Reason),
    };

    private bool IsTaker(in TradeRow trade) => trade.TakerAccount == account;

    private bool Buys(in TradeRow trade) => IsTaker(in trade) == (trade.TakerSide == Side.Buy);

    private bool Fits(CashRow cash, TradeRow? trade)
    {
        long ms = cash.TimeNs / 1_000_000;
        return ms >= fromMs && ms <= toMs && Id(in cash) < before && (currency is null || currency.Number == cash.Asset)
            && (query.Length == 0 || query == Of(in cash)
            || (trade is { } t
                && query switch
                {
                    "buy" => Buys(in t),
                    "sell" => !Buys(in t),
                    "taker" => IsTaker(in t),
                    "maker" => !IsTaker(in t),
                    "liquidation" => t.Liquidation != 0,
                    _ => false
                }));
    }

    private void Write(Utf8JsonWriter json, InstrumentList list, CashRow cash, TradeRow? trade)
    {
        Currency asset = list.Currencies[cash.Asset];
        json.WriteStartObject();
        json.WriteNumber("id"u8, Id(in cash));
        json.WriteNumber("user_seq"u8, Id(in cash));
        json.WriteNumber("user_id"u8, account);
        json.WriteString("username"u8, $"account {account}");
        json.WriteNumber("timestamp"u8, cash.TimeNs / 1_000_000);
        json.WriteString("type"u8, Of(in cash));
        json.WriteString("currency"u8, asset.Name);
        json.WriteDecimal("change"u8, cash.ChangeAtoms, asset.Decimals);
        json.WriteDecimal("cashflow"u8, cash.ChangeAtoms + cash.FeeAtoms, asset.Decimals);
        json.WriteDecimal("commission"u8, cash.FeeAtoms, asset.Decimals);
        json.WriteDecimal("balance"u8, cash.BalanceAtoms, asset.Decimals);
        json.WriteNumber("sequence"u8, cash.Sequence);
        if (cash.Kind == CashKind.Balance && cash.Counterparty != 0 && cash.Counterparty != account && EventViews.NamesOther(cash.Reason))
        {
            json.WriteNumber("counterparty"u8, cash.Counterparty);
        }
        if (trade is { } t)
        {
            Instrument i = list.All[t.Market];
            json.WriteString("instrument_name"u8, i.Name);
            json.WriteString("side"u8, Buys(in t) ? "buy"u8 : "sell"u8);
            json.WriteString("user_role"u8, IsTaker(in t) ? "taker"u8 : "maker"u8);
            json.WriteDecimal("price"u8, i.Price(t.PriceTicks), i.PriceDecimals);
            json.WriteString("price_currency"u8, i.Quote);
            json.WriteDecimal("amount"u8, i.Amount(t.Lots), Instrument.AmountDecimals);
            json.WriteNumber("contracts"u8, t.Lots);
            json.WriteString("trade_id"u8, t.TradeId.ToString(CultureInfo.InvariantCulture));
            json.WriteString("order_id"u8, (IsTaker(in t) ? t.TakerOrder : t.MakerOrder).ToString(CultureInfo.InvariantCulture));
        }
        json.WriteEndObject();
    }
}
