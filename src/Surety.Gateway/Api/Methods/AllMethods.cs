using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Surety.Node;

namespace Surety.Gateway.Api;

/// <summary>Every method, each group with the parts of the node that it uses. Composition only.</summary>
internal static class AllMethods
{
    /// <summary>The methods of a node, in the order of their descriptions.</summary>
    public static IReadOnlyList<RpcMethod> Of(VenueNode node, Channels channels, RefusalErrors refusals, DisconnectCancelling cancelling)
    {
        var caller = new CallerCommands(node.Identities, node.Venue, node.Signing, node.Commands, refusals);
        var apiKeys = new CallerApiKeys(node.Identities, node.Venue);
        var intake = new CommandIntake(node.Venue, node.Commands, node.Limits, refusals);
        var sandbox = new Sandbox(node.Settings.Sandbox, node.Operator, node.AccountQuota, node.Venue);
        return
        [
            .. new PublicMethods(node.Venue, node.Catalog, node.History).All(),
            .. new MarketHistoryMethods(node.Venue, node.Catalog, node.History).All(),
            .. new SessionMethods(node.Sessions, channels, node.Venue.Name).All(),
            .. new TradingMethods(node.Venue, node.Catalog, node.History, caller, refusals, cancelling).All(),
            .. new OrderMethods(node.Catalog, node.History).All(),
            .. new AccountMethods(node.Venue, node.Catalog, node.History, caller, refusals).All(),
            .. new ApiKeyMethods(node.Venue, node.Identities, apiKeys, caller).All(),
            .. new WalletMethods(node.Venue, node.Catalog, node.History, caller).All(),
            .. new WithdrawalMethods(node.Venue, node.Commands, node.Catalog, node.History, caller).All(),
            .. new SuretyMethods(node.Venue, node.Catalog, node.History, node.Blocks, sandbox, intake).All(),
            .. new MarginMethods(node.Venue, node.Catalog, caller, refusals).All(),
            .. new BackstopMethods(node.Venue, node.Catalog).All(),
            .. new HeldKeyMethods(node.Venue, node.Identities, node.Sessions, apiKeys).All(),
            .. new ProofMethods(node.Venue, node.Catalog, node.History, node.Blocks, node.Certificates).All(),
            .. new OperatorMethods(node.Venue, node.Commands, node.Catalog, node.History, caller).All(),
            .. new OperationMethods(node.Venue, node.Catalog, node.History, node.Blocks, node.Metrics, node.Recovery, node.Snapshots).All(),
            .. new CapacityMethods(node.Venue, node.Identities, caller).All(),
        ];
    }

    /// <summary>A handler of what is answered at once.</summary>
    public static Task Done(Action answer)
    {
        answer();
        return Task.CompletedTask;
    }
}
