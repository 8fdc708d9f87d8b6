using System.Collections.Generic;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>
/// What order methods read, and what they refuse by name: nothing that other venues know may be taken and then not counted.
/// </summary>
internal static class OrderParams
{
    private const string NoCombos = "There are no combos here";
    private const string NoFreeze = "Quotes are frozen by protection alone: private/set_mmp_config";
    private const string Mmp = "Market-maker protection is for quotes: private/mass_quote and private/set_mmp_config";
    private const string CcxtStop =
        "A stop is a type of order: of ccxt give stopLossPrice or takeProfitPrice, of this API type "
        + "stop_limit, stop_market, take_limit or take_market, and trigger_price";

    private static readonly RpcParam ValidUntil =
        Integer("valid_until", "When the request lapses, milliseconds since 1970: after it, nothing is carried out");

    /// <summary>Of private/buy, private/sell and surety/what_if.</summary>
    public static readonly RpcParam[] Order =
    [
        Text("instrument_name", "The market", required: true), Number("amount", "Base currency, a multiple of contract_size"),
        Integer("contracts", "Instead of amount: contracts"),
        Number("price", "Limit; of a market order the protection price, which may be left out"),
        OneOf("type", "limit (default), market, stop_limit, stop_market, take_limit, take_market, trailing_stop", "limit", "market",
            "stop_limit", "stop_market", "take_limit", "take_market", "trailing_stop"),
        OneOf("time_in_force",
            "good_til_cancelled (default; what a market order cannot fill at once is cancelled "
            + "all the same), good_til_day, immediate_or_cancel, fill_or_kill", "good_til_cancelled", "good_til_day", "good_til_date",
            "immediate_or_cancel", "fill_or_kill"),
        ValidUntil, Integer("good_til", "When the order lapses, milliseconds since 1970"), Flag("post_only", "Never take"),
        Flag("reject_post_only", "Refused where it would take, instead of moved"),
        Flag("reduce_only", "Only ever shrink the position"), Number("max_show", "Shown at a time: an iceberg"),
        Number("display_amount", "The same"), Text("label", "Yours, to 64 characters"),
        Integer("client_order_id", "Yours, below 2^62, given once: sent twice, the order is placed once"),
        Number("trigger_price", "Of a stop or take"), Number("stop_price", "The same"),
        Number("trigger_offset", "Of a trailing stop: its distance"),
        OneOf("trigger", "last_price (default), mark_price or index_price", "last_price", "mark_price", "index_price"),
        Text("linked_order_id", "Cancelled when this order trades"),
        OneOf("self_trade",
            "What happens where it meets an order of the same owner: cancel_newest (default), cancel_oldest, cancel_both, decrement",
            "cancel_newest", "cancel_oldest", "cancel_both", "decrement"),
    ];

    /// <summary>What an order cannot have here.</summary>
    public static readonly RpcParam[] NotOfOrder =
    [
        Without("advanced",
            "Prices are in the quote currency, of options, too; work the price out of the volatility or the index yourself"),
        Without("otoco_config", "Place the orders one by one; for one-cancels-other give the second linked_order_id of the first", "[]"),
        Without("linked_order_type", "For one-cancels-other give linked_order_id, the number of a live order"),
        Without("trigger_fill_condition",
            "Place the second order once the first has filled; of a pair by linked_order_id the first fill ends the other"),
        Without("mmp", Mmp, "false", "0"),
        Without("triggerPrice", CcxtStop), Without("stopPrice", CcxtStop), Without("stopLoss", CcxtStop), Without("takeProfit", CcxtStop),
        Without("trigger_direction", CcxtStop), Without("trailingPercent", "Give trigger_offset, a distance in price"),
    ];

    /// <summary>Of private/edit and private/edit_by_label.</summary>
    public static readonly RpcParam[] Edit =
    [
        Number("amount", "New total, what is filled included"), Integer("contracts", "The same in contracts"), Number("price", "New limit"),
        ValidUntil,
        Flag("post_only", "As the order has it: an edit does not change it"), Flag("reject_post_only", "As the order has it"),
        Flag("reduce_only", "As the order has it"),
    ];

    /// <summary>What an edit cannot change.</summary>
    public static readonly RpcParam[] NotOfEdit =
    [
        Without("advanced", "Prices are in the quote currency"), Without("mmp", Mmp, "false", "0"),
        Without("trigger_price", "A stop cannot be edited: cancel it and place a new one"),
        Without("stop_price", "A stop cannot be edited: cancel it and place a new one"),
        Without("trigger_offset", "A stop cannot be edited: cancel it and place a new one"),
        Without("display_amount", "What is shown of an order cannot be edited: cancel it and place a new one"),
        Without("max_show", "What is shown of an order cannot be edited: cancel it and place a new one"),
        Without("trailingAmount", "A stop cannot be edited: cancel it and place a new one"), Without("triggerPrice", CcxtStop),
        Without("stopPrice", CcxtStop), Without("time_in_force", "How long an order lasts cannot be edited: cancel it and place a new one"),
    ];

    /// <summary>Which orders are cancelled or listed.</summary>
    public static readonly RpcParam Type =
        OneOf("type", "all (default), limit, trigger_all, stop, take, trailing_stop", "all", "limit", "trigger_all", "stop", "take",
            "trailing_stop");

    /// <summary>What methods that cancel do not have.</summary>
    public static readonly IReadOnlyList<RpcParam> NotOfCancel =
    [
        Without("detailed", "The answer is how many were cancelled; user.orders lists them", "false", "0"),
        Without("freeze_quotes", NoFreeze, "false", "0"), Without("include_combos", NoCombos, "false", "0"),
    ];

    /// <summary>Of private/mass_quote.</summary>
    public static readonly RpcParam[] Quote =
        [new RpcParam("quotes", ParamKind.List,
            "[{instrument_name, bid: {price, amount}, ask: {price, amount}}]; a side that is left out is pulled", true), ValidUntil];

    public static readonly RpcParam[] NotOfQuote =
    [
        Without("quote_id", "Each mass quote replaces the quotes of the markets that it names; nothing is kept under a name"),
        Without("mmp_group", "Protection is a market's: private/set_mmp_config with instrument_name"),
        Without("wait_for_mmp", Mmp, "false", "0"), Without("detailed", "The answer is always the list of quotes", "true", "1"),
    ];

    public static readonly RpcParam[] NotOfProtection =
    [
        Without("index_name", "Protection is a market's: give instrument_name"),
        Without("mmp_group", "Protection is a market's: give instrument_name"),
        Without("vega_limit", "Protection counts amounts: quantity_limit, delta_limit"),
        Without("max_quote_quantity", "Protection counts fills: quantity_limit, delta_limit"),
        Without("trade_limit", "Protection counts amounts: quantity_limit, delta_limit"),
        Without("block_rfq", "There is no block RFQ here", "false", "0"),
    ];
}
