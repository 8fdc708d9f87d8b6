using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Gateway;
using Surety.Gateway.Web;
using Surety.Node;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Node.Telemetry;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Signing;

namespace Surety.Cli.Serving;

/// <summary>A node with everything around it: price feed, house traders, archive, telemetry, network.</summary>
internal sealed partial class RunningNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];
    private readonly List<IDisposable> _disposables = [];
    private readonly List<string> _warnings = [];
    private NodeHost? _host;
    private int _disposed;

    private RunningNode(VenueGateway gateway) => Gateway = gateway;

    public VenueGateway Gateway { get; }

    public VenueNode Node => Gateway.Node;

    /// <summary>What its operator must know before anything else.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The node on the network.</summary>
    /// <exception cref="InvalidOperationException">It does not listen yet.</exception>
    public NodeHost Host => _host ?? throw new InvalidOperationException("the node does not listen yet");

    /// <summary>The folder of the web terminal; null when it is not built.</summary>
    public string? Terminal { get; private set; }

    /// <summary>The file with the operator's API key.</summary>
    public string? OperatorLogin { get; private set; }

    /// <summary>Opens the venue, sets it up where that was not done, and listens.</summary>
    public static async Task<RunningNode> StartAsync(
        string directory, NodeSettings settings, ILoggerFactory logs, Action<ILoggingBuilder> logging, bool dropUnmatched = false,
        Func<long>? wallNs = null)
    {
        // Before the venue opens, so that its recovery is traced, too.
        OtlpExport? export = settings.Telemetry.Otlp is { } otlp ? new OtlpExport(otlp) : null;
        bool hasIdentity = Directory.Exists(Path.Combine(directory, "identity"));
        settings = settings with { Seal = settings.Seal with { MakeKey = settings.Sandbox.Open && settings.Seal.Key is null } };
        VenueGateway gateway;
        try
        {
            gateway = new VenueGateway(directory, settings, logs.CreateLogger("surety"), dropUnmatched, wallNs);
        }
        catch
        {
            export?.Dispose();
            throw;
        }
        var running = new RunningNode(gateway);
        VenueNode node = gateway.Node;
        if (export is not null)
        {
            running._disposables.Add(export);
        }
        try
        {
            running.Warn(directory, settings, hasIdentity);
            node.Operator.HoldFromFolder(dropUnmatched);
            if (node.Operator.Key is not null)
            {
                await running.Populate(settings);
            }
            await running.AddSealingKey();
            running.OperatorLogin = await running.KeepOperatorLogin();
            running.Terminal = FindTerminal();
            running._host = await NodeHost.StartAsync(gateway, logging, running.Terminal);
            return running;
        }
        catch
        {
            // Feed, traders, venue and channels run already: all of them end, and the directory is free again.
            await running.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks);
        // The host stops the gateway behind its connections.
        await (_host?.DisposeAsync() ?? Gateway.DisposeAsync());
        _disposables.ForEach(d => d.Dispose());
        _stop.Dispose();
    }

    // A backup has no keys unless asked for: a venue restored from one runs without an operator and without price reports.
    private void Warn(string directory, NodeSettings settings, bool hasIdentity)
    {
        if (!hasIdentity && Node.Venue.State.Counts.Keys > 1)
        {
            _warnings.Add($"{directory} has no identity folder, though the venue has {Node.Venue.State.Counts.Keys} keys: "
                + "API keys and passkeys of its clients are not here, so a log-in with one of them fails. "
                + "Restore a backup made with --with-keys, or have clients make new API keys with their accounts' own keys.");
        }
        if (settings.Sandbox.Open && !File.Exists(Path.Combine(directory, "identity", "operator.pem")))
        {
            _warnings.Add(
                "there is no operator and no price source here: identity/operator.pem is missing, so "
                + "nothing can be listed, no account can be opened, and prices stop. "
                + "Restore a backup made with --with-keys; or set sandbox.open to false and "
                    + "operate the venue with a key kept elsewhere (docs/setup.md).");
        }
        if (Node.Sealing.Key is null && SealingKeys.Of(Node.Venue.State).Count > 0)
        {
            _warnings.Add(
                "block headers are not signed: the key that signed them before is missing. Restore a "
                + "backup made with --with-keys; clients that saw signed headers notice.");
        }
        foreach (string warning in _warnings)
        {
            LogWarning(Node.Log, warning);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Warning}")]
    private static partial void LogWarning(ILogger log, string warning);

    private async Task Populate(NodeSettings settings)
    {
        // Sources' keys are made here, so the feed comes after them.
        ReplayFeed? feed = null;
        var venue = new DefaultVenue(Node);
        if (settings.Feed.Source == "signed")
        {
            // Options are listed by their calendar, once the sources have reported.
            await venue.SetUpAsync(() => Task.CompletedTask);
            return;
        }
        await venue.SetUpAsync(async () =>
        {
            feed = new ReplayFeed(Node, settings.Feed);
            await feed.ReportAsync();
        });
        _disposables.Add(feed!);
        if (settings.Feed.Traders)
        {
            var traders = new HouseTraders(Node);
            _disposables.Add(traders);
            await traders.ArriveAsync();
            _tasks.Add(traders.RunAsync(_stop.Token));
        }
        _tasks.Add(feed!.RunAsync(_stop.Token));
    }

    // In a sandbox the operator's key is here: it adds the venue's key to the ledger, once.
    private async Task AddSealingKey()
    {
        if (Node.Operator.Key is null || Node.Sealing.Key is not { } key || SealingKeys.Of(Node.Venue.State).Count > 0)
        {
            return;
        }
        Outcome added = await Node.Operator.SubmitAsync(CommandKind.AddKey, new AddKey { PublicKey = key, Scopes = KeyScopes.Seal });
        if (added.Code != RefusalCode.None)
        {
            throw new InvalidOperationException($"the key that signs headers: {Refusals.Describe(added.Code, added.Detail)}");
        }
    }

    // The operator's API key for the terminal, made once; its id and secret lie in a file that only this user can read.
    private async Task<string?> KeepOperatorLogin()
    {
        if (Node.Operator.Key is null)
        {
            return null;
        }
        const string LoginFile = "operator-login.txt";
        if (!Node.Vault.Exists(LoginFile) || Node.Identities.Find("operator") is null)
        {
            using SigningKey key = SigningKey.Create();
            Outcome added =
                await Node.Operator.SubmitAsync(CommandKind.AddKey, new AddKey { PublicKey = key.PublicKey, Scopes = KeyScopes.All });
            if (added.Code != RefusalCode.None)
            {
                throw new InvalidOperationException(
                    $"the operator's API key: {RefusalWords.Of(added.Code, added.Detail, default, Node.Catalog.Current)}");
            }
            var login = new ApiKey
            {
                Id = "operator",
                Secret = IdentityStore.Random(24),
                Name = "operator's terminal",
                Account = 0,
                Key = (uint)added.Created,
                PrivateKey = key.ToPem(),
                Scopes = KeyScopes.All,
                CreatedMs = VenueClock.WallNs() / 1_000_000,
            };
            Node.Identities.Add(login);
            Node.Vault.Write(LoginFile, $"id: {login.Id}\nsecret: {login.Secret}\n");
        }
        return Node.Vault.PathOf(LoginFile);
    }

    // Built by the launcher into web/dist, next to the sources.
    private static string? FindTerminal()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            string dist = Path.Combine(at, "web", "dist");
            if (File.Exists(Path.Combine(dist, "index.html")))
            {
                return dist;
            }
        }
        return null;
    }
}
