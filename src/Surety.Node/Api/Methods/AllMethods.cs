using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Commands;
using Surety.Engine.Instruments;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;

namespace Surety.Node.Api;

/// <summary>Every method, and what several of them need.</summary>
internal static class AllMethods
{
    public static IReadOnlyList<RpcMethod> Of(VenueNode node) =>
    [
        .. new PublicMethods(node).All(),
        .. new MarketHistoryMethods(node).All(),
        .. new SessionMethods(node).All(),
        .. new TradingMethods(node).All(),
        .. new OrderMethods(node).All(),
        .. new AccountMethods(node).All(),
        .. new WalletMethods(node).All(),
        .. new WithdrawalMethods(node).All(),
        .. new SuretyMethods(node).All(),
        .. new BackstopMethods(node).All(),
        .. new HeldKeyMethods(node).All(),
        .. new ProofMethods(node).All(),
        .. new OperatorMethods(node).All(),
        .. new CapacityMethods(node).All(),
    ];

    /// <summary>The market of the parameter instrument_name.</summary>
    public static Instrument Instrument(this RpcCall call, VenueNode node)
    {
        string name = call.Needed("instrument_name");
        return node.Catalog.Current.Find(name) ?? throw RpcException.NotFound($"instrument_name: there is no instrument {Instruments.Instrument.Short(name)}; see public/get_instruments");
    }

    /// <summary>The asset of the parameter currency.</summary>
    public static Currency Currency(this RpcCall call, VenueNode node, string parameter = "currency")
    {
        string name = call.Needed(parameter);
        return node.Catalog.Current.FindCurrency(name) ?? throw RpcException.BadParam(parameter, $"{parameter}: expected one of {string.Join(", ", node.Catalog.Current.Currencies.Select(c => c.Name))}, found {Instruments.Instrument.Short(name)}");
    }

    /// <summary>The markets that the parameters currency and kind choose: by base, quote or settlement currency; "any" or nothing for all.</summary>
    public static Func<Instrument, bool> Choice(this RpcCall call)
    {
        string currency = call.Text("currency", "any");
        string kind = call.Text("kind", "any");
        bool any = currency.Length == 0 || currency.Equals("any", StringComparison.OrdinalIgnoreCase);
        return i => (any || Is(i.Base) || Is(i.Settle)) && (kind is "any" or "" || kind == i.Kind);
        bool Is(string name) => string.Equals(name, currency, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The key that the venue holds for the caller.</summary>
    public static DelegatedKey Signer(this RpcCall call, VenueNode node) => call.Session.ApiKey is { } key
        ? node.Identities.SignerOf(key, node.State)
        : throw RpcException.Forbidden("the venue cannot sign for this key: sign the command yourself and send it by surety/submit, or log in with an API key");

    /// <summary>Signs a command for the caller and carries it out; what came of it.</summary>
    /// <exception cref="RpcException">It was refused.</exception>
    public static async Task<Outcome> CarryOutAsync<T>(this RpcCall call, VenueNode node, CommandKind kind, T command)
        where T : unmanaged
    {
        Outcome outcome = await node.SubmitAsync(call.Signer(node), call.Session.Account, kind, command);
        return outcome.OrThrow();
    }

    /// <summary>The outcome, if it is no refusal.</summary>
    public static Outcome OrThrow(this Outcome outcome) => outcome.Code == RefusalCode.None ? outcome : throw RpcException.Of(outcome.Code, outcome.Detail);

    public static Task Done(Action answer)
    {
        answer();
        return Task.CompletedTask;
    }
}
