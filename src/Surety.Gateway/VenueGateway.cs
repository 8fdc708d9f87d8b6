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
    private Channels? _channels;

    /// <summary>Opens a venue and its doors.</summary>
    /// <param name="root">Its directory, with a journal.</param>
    /// <param name="settings">The operator's choices.</param>
    /// <param name="log">Where it writes.</param>
    /// <param name="dropUnmatched">
    /// Takes log-ins that do not belong to this journal out of the identity folder, instead of refusing to start.
    /// </param>
    /// <param name="wallNs">The machine's clock, nanoseconds since 1970; for tests.</param>
    /// <exception cref="Surety.Journal.JournalDamagedException">The journal is damaged.</exception>
    /// <exception cref="Surety.Journal.JournalUnavailableException">There is none, or the directory cannot be written to.</exception>
    /// <exception cref="IdentityException">The identity folder does not belong to this journal, or cannot be opened.</exception>
    public VenueGateway(string root, NodeSettings settings, ILogger log, bool dropUnmatched = false, Func<long>? wallNs = null)
    {
        Outgoing = new OutgoingBudget(settings.Limits.OutgoingTotalBytes);
        PlainAnswers = new PlainAnswers(settings.Limits.OutgoingTotalBytes);
        try
        {
            Node = new VenueNode(root, settings, log, dropUnmatched, wallNs, node => _channels = ChannelsOf(node));
        }
        catch
        {
            _channels?.Dispose();
            throw;
        }
        var refusals = new RefusalErrors(Node.Catalog, Node.History);
        Cancelling = new DisconnectCancelling(
            Node.Venue, Node.Commands, Node.Signing, Node.Identities, Node.History, Node.Metrics, Node.Stopping);
        Methods = AllMethods.Of(Node, Channels, refusals, Cancelling);
        Dispatcher = new RpcDispatcher(
            Methods, Node.Limits, Node.Sessions, settings.Sandbox.Open, (method, error) => Node.Metrics.Count(method, error?.Code ?? 0),
            (method, e) => LogUnexpected(log, e, method), (code, detail) => refusals.Words(code, detail, default));
        Node.Metrics.Observe("surety.outgoing", "By", "Memory for what connections have not sent.", () => OutgoingBytes);
    }

    /// <summary>The venue.</summary>
    public VenueNode Node { get; }

    /// <summary>Subscriptions.</summary>
    public Channels Channels => _channels!;

    /// <summary>Every method of the API.</summary>
    public IReadOnlyList<RpcMethod> Methods { get; }

    /// <summary>Takes requests.</summary>
    public RpcDispatcher Dispatcher { get; }

    /// <summary>Memory for what connections have not sent.</summary>
    public OutgoingBudget Outgoing { get; }

    /// <summary>Memory for large answers over plain HTTP that were not taken.</summary>
    public PlainAnswers PlainAnswers { get; }

    /// <summary>Memory for everything that was not taken yet, bytes.</summary>
    public long OutgoingBytes => Outgoing.Used + PlainAnswers.Used;

    /// <summary>Connections of each address.</summary>
    public AddressCounts Connections { get; } = new();

    /// <summary>Cancels the orders of connections that end.</summary>
    internal DisconnectCancelling Cancelling { get; }

    /// <summary>Stops the venue, then the channels: the venue tells them of everything until it has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        Channels.Dispose();
    }

    private Channels ChannelsOf(VenueNode node) =>
        new(node.Venue, node.Catalog, node.History, node.Blocks, node.Sessions, node.Settings.Limits)
        {
            Unexpected = e => LogUnexpected(node.Log, e, "a channel"),
        };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed in a way that it should not")]
    private static partial void LogUnexpected(ILogger log, Exception e, string method);
}
