using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Gateway.Api;
using Surety.Gateway.Web;
using Surety.Node;
using Surety.Node.Identity;
using Surety.Node.Settings;

namespace Surety.Gateway;

/// <summary>A venue's doors: every method, the channels, and what connections may hold in memory. Composition only.</summary>
public sealed partial class VenueGateway : IAsyncDisposable
{
    /// <summary>Opens a venue and its doors.</summary>
    /// <param name="root">Its directory, with a journal.</param>
    /// <param name="settings">The operator's choices.</param>
    /// <param name="log">Where it writes.</param>
    /// <param name="dropUnmatched">Takes log-ins that do not belong to this journal out of the identity folder, instead of refusing to start.</param>
    /// <param name="wallNs">The machine's clock, nanoseconds since 1970; for tests.</param>
    /// <exception cref="Surety.Journal.JournalDamagedException">The journal is damaged.</exception>
    /// <exception cref="Surety.Journal.JournalUnavailableException">There is none, or the directory cannot be written to.</exception>
    /// <exception cref="IdentityException">The identity folder does not belong to this journal, or cannot be opened.</exception>
    public VenueGateway(string root, NodeSettings settings, ILogger log, bool dropUnmatched = false, Func<long>? wallNs = null)
    {
        Outgoing = new OutgoingBudget(settings.Limits.OutgoingTotalBytes);
        PlainAnswers = new PlainAnswers(settings.Limits.OutgoingTotalBytes);
        Node = new VenueNode(root, settings, log, dropUnmatched, wallNs, node => new Channels(node) { Unexpected = e => LogUnexpected(log, e, "a channel") });
        Channels = (Channels)Node.Listener!;
        Methods = AllMethods.Of(this);
        Dispatcher = new RpcDispatcher(
            Methods, Node.Limits, Node.Sessions, settings.Sandbox.Open, (method, error) => Node.Metrics.Count(method, error?.Code ?? 0),
            (method, e) => LogUnexpected(log, e, method), (code, detail) => AllMethods.Words(Node, code, detail, default));
        Node.Metrics.Observe("surety.outgoing", "By", "Memory for what connections have not sent.", () => Outgoing.Used + PlainAnswers.Used);
    }

    /// <summary>The venue.</summary>
    public VenueNode Node { get; }

    /// <summary>Subscriptions.</summary>
    public Channels Channels { get; }

    /// <summary>Every method of the API.</summary>
    public IReadOnlyList<RpcMethod> Methods { get; }

    /// <summary>Takes requests.</summary>
    public RpcDispatcher Dispatcher { get; }

    /// <summary>Memory for what connections have not sent.</summary>
    public OutgoingBudget Outgoing { get; }

    /// <summary>Memory for large answers over plain HTTP that were not taken.</summary>
    public PlainAnswers PlainAnswers { get; }

    /// <summary>Connections of each address.</summary>
    public AddressCounts Connections { get; } = new();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Node.DisposeAsync();

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed in a way that it should not")]
    private static partial void LogUnexpected(ILogger log, Exception e, string method);
}
