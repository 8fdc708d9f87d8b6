using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Surety.Node;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>Every method, and what several of them need.</summary>
internal static class AllMethods
{
    public static IReadOnlyList<RpcMethod> Of(VenueGateway gateway) =>
    [
        .. new PublicMethods(gateway.Node).All(),
        .. new MarketHistoryMethods(gateway.Node).All(),
        .. new SessionMethods(gateway.Node, gateway.Channels).All(),
        .. new TradingMethods(gateway.Node).All(),
        .. new OrderMethods(gateway.Node).All(),
        .. new AccountMethods(gateway.Node).All(),
        .. new WalletMethods(gateway.Node).All(),
        .. new WithdrawalMethods(gateway.Node).All(),
        .. new SuretyMethods(gateway.Node).All(),
        .. new BackstopMethods(gateway.Node).All(),
        .. new HeldKeyMethods(gateway.Node).All(),
        .. new ProofMethods(gateway.Node).All(),
        .. new OperatorMethods(gateway.Node).All(),
        .. new CapacityMethods(gateway.Node).All(),
    ];

    /// <summary>Kinds of markets; of those that this venue does not have, there are none.</summary>
    public static RpcParam Kind { get; } = RpcMethod.OneOf("kind", "future (perpetuals, too), option, contract or any", "any", "future", "option", "contract", "spot", "future_combo", "option_combo", "combo");

    /// <summary>The market of the parameter instrument_name.</summary>
    public static Instrument Instrument(this RpcCall call, VenueNode node)
    {
        string name = call.Needed("instrument_name");
        return node.Catalog.Current.Find(name) ?? throw RpcException.NotFound($"instrument_name: there is no instrument {Node.Instruments.Instrument.Short(name)}; see public/get_instruments");
    }

    /// <summary>The asset of the parameter currency.</summary>
    public static Currency Currency(this RpcCall call, VenueNode node, string parameter = "currency")
    {
        string name = call.Needed(parameter);
        return node.Catalog.Current.FindCurrency(name) ?? throw RpcException.BadParam(parameter, $"{parameter}: expected one of {string.Join(", ", node.Catalog.Current.Currencies.Select(c => c.Name))}, found {Node.Instruments.Instrument.Short(name)}");
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

    public static (int Maker, int Taker, int Liquidation) BaseFees(VenueNode node, Instrument i)
    {
        FeeTier tier = node.State.Pools[i.Pool].FeeTiers[0];
        return (tier.MakerPpm, tier.TakerPpm, node.State.Pools[i.Pool].LiquidationFeePpm);
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
        DelegatedKey key = call.Signer(node);
        byte[] record;
        Task<Outcome[]> submitted;
        lock (key.Gate)
        {
            record = node.Sign(key, call.Session.Account, kind, command);
            submitted = node.Sequencer.SubmitAsync([record]);
        }
        return (await submitted)[0].OrThrow(node, record);
    }

    /// <summary>The outcome, if it is no refusal.</summary>
    /// <param name="outcome">What became of the command.</param>
    /// <param name="node">The venue.</param>
    /// <param name="record">The command, for the refusal's words.</param>
    /// <exception cref="RpcException">It is one.</exception>
    public static Outcome OrThrow(this Outcome outcome, VenueNode node, ReadOnlySpan<byte> record) =>
        outcome.Code == RefusalCode.None ? outcome : throw Refusal(node, outcome.Code, outcome.Detail, record);

    /// <summary>The same without the command at hand: the dispatcher finds words without its figures.</summary>
    /// <exception cref="RpcException">It is a refusal.</exception>
    public static Outcome OrThrow(this Outcome outcome) => outcome.Code == RefusalCode.None ? outcome : throw RpcException.Of(outcome.Code, outcome.Detail);

    /// <summary>A refusal of the engine as an error of the API.</summary>
    public static RpcException Refusal(VenueNode node, RefusalCode code, long detail, ReadOnlySpan<byte> record) => RpcException.Of(code, detail, Words(node, code, detail, record));

    /// <summary>What a refusal says to people.</summary>
    public static string Words(VenueNode node, RefusalCode code, long detail, ReadOnlySpan<byte> record) =>
        RefusalWords.Of(code, detail, record, node.Catalog.Current, id => node.History.Order(id)?.Market ?? -1);

    public static Task Done(Action answer)
    {
        answer();
        return Task.CompletedTask;
    }
}
