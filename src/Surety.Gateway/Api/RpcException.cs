using System;
using Surety.Protocol.Commands;

namespace Surety.Gateway.Api;

/// <summary>
/// An error in the API's own shape: a number and a short name that software of other venues knows, and a reason for people.
/// </summary>
public sealed class RpcException : Exception
{
    /// <param name="code">The number.</param>
    /// <param name="name">The short name.</param>
    /// <param name="reason">What is wrong and what to do about it; null where the name says it.</param>
    /// <param name="param">The parameter that it is about; null for none.</param>
    public RpcException(int code, string name, string? reason = null, string? param = null)
        : base(reason ?? name)
    {
        Code = code;
        Name = name;
        Reason = reason;
        Param = param;
    }

    /// <summary>The number; Deribit's where it has one that fits.</summary>
    public int Code { get; }

    /// <summary>The short name.</summary>
    public string Name { get; }

    /// <summary>What is wrong and what to do about it.</summary>
    public string? Reason { get; }

    /// <summary>The parameter that it is about.</summary>
    public string? Param { get; }

    /// <summary>Milliseconds after which to try again.</summary>
    public int? WaitMs { get; init; }

    /// <summary>The engine's refusal, where it came from there.</summary>
    public RefusalCode Refusal { get; init; }

    /// <summary>A parameter is missing, unknown, or has a value that it cannot have.</summary>
    public static RpcException BadParam(string param, string reason) => new(-32602, "Invalid params", reason, param);

    /// <summary>There is no log-in, or it is not valid any more.</summary>
    public static RpcException Unauthorized(string reason) => new(13009, "unauthorized", reason);

    /// <summary>The log-in may not do this.</summary>
    public static RpcException Forbidden(string reason) => new(13021, "forbidden", reason);

    /// <summary>What was asked for is not there, or not for this caller.</summary>
    public static RpcException NotFound(string what) => new(13020, "not_found", what);

    /// <summary>The number that came with the engine's refusal.</summary>
    public long Detail { get; private init; }

    /// <summary>A refusal of the engine.</summary>
    /// <param name="code">Why.</param>
    /// <param name="detail">Its number.</param>
    /// <param name="words">What it says to people; null where the dispatcher is to find them.</param>
    public static RpcException Of(RefusalCode code, long detail, string? words = null)
    {
        (int number, string name) = code switch
        {
            RefusalCode.InitialMarginShort or RefusalCode.InsufficientBalance or RefusalCode.ProfitNotCash
                or RefusalCode.TransferMarginShort => (10009, "not_enough_funds"),
            RefusalCode.UnknownOrder => (10004, "order_not_found"),
            RefusalCode.WouldTake => (11054, "post_only_reject"),
            RefusalCode.PriceOutOfRange => (10023, "invalid_price"),
            RefusalCode.PriceBeyondBand => (10011, "price_not_allowed"),
            RefusalCode.LotsOutOfRange => (10021, "invalid_amount"),
            RefusalCode.MarketNotTrading or RefusalCode.MarketInAuction or RefusalCode.MarketReduceOnly or RefusalCode.NoMarkPrice =>
                (10012, "book_closed"),
            RefusalCode.TooManyOrders or RefusalCode.TooManyPositions => (10013, "max_total_open_orders"),
            RefusalCode.PositionLimit or RefusalCode.OpenInterestCap => (10018, "max_position_size"),
            RefusalCode.VenueFull => (10040, "retry"),
            RefusalCode.WouldNotReduce or RefusalCode.OtherHalfTaken => (11047, "unsupported_arg_combination"),
            RefusalCode.AmendWouldNotChange => (11044, "not_open_order"),
            RefusalCode.KeyExpired or RefusalCode.KeyRevoked or RefusalCode.SignatureMissing or RefusalCode.UnknownKey
                or RefusalCode.KeyNotOfAccount
                or RefusalCode.NonceUsed => (13009, "unauthorized"),
            // What lapsed was not carried out: the log-in is good.
            RefusalCode.CommandExpired => (13888, "timed_out"),
            RefusalCode.ScopeMissing or RefusalCode.NotOwner or RefusalCode.ScopeBeyondOwn or RefusalCode.ExpiryBeyondOwn
                or RefusalCode.LastAdminKey
                or RefusalCode.ApproverIsRequester or RefusalCode.KeyTooYoung or RefusalCode.RequesterGone => (13021, "forbidden"),
            RefusalCode.AddressInvalid or RefusalCode.UnknownAddress or RefusalCode.AddressNotActive or RefusalCode.AddressRemoved =>
                (11090, "invalid_addr"),
            RefusalCode.UnknownWithdrawal or RefusalCode.UnknownMarket or RefusalCode.UnknownAsset or RefusalCode.UnknownAccount =>
                (13020, "not_found"),
            RefusalCode.Malformed or RefusalCode.InvalidField or RefusalCode.InvalidOptions or RefusalCode.GoodTillPassed =>
                (11029, "invalid_arguments"),
            _ => (11030, "other_reject"),
        };
        int? waitMs = code is RefusalCode.AddressNotActive or RefusalCode.KeyTooYoung
            ? (int)Math.Min((detail + 999_999) / 1_000_000, int.MaxValue)
            : null;
        return new RpcException(number, name, words) { Refusal = code, Detail = detail, WaitMs = waitMs };
    }
}
