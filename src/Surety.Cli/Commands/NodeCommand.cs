using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using Surety.Cli.Serving;
using Surety.Engine.Accounts;
using Surety.Engine.Commands;
using Surety.Node;
using Surety.Node.Gateway;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Node.Web;

namespace Surety.Cli.Commands;

/// <summary><c>surety node</c></summary>
internal static class NodeCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "The venue's directory; made with sensible markets when it is empty", Required = true };
        var config = new Option<string?>("--config") { Description = "A JSON file of settings; see docs/operations.md. Without one: this machine alone, play money, a crash replayed" };
        var port = new Option<int?>("--port") { Description = "Instead of the settings' port" };
        var check = new Option<bool>("--check") { Description = "Only check the settings" };
        var accept = new Option<bool>("--accept-rollback") { Description = "Open a journal that does not continue the last block remembered, this once" };
        var command = new Command("node", "Run a venue that people and programs can use") { data, config, port, check, accept };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(data)!, Accepting(Load(parsed.GetValue(config), parsed.GetValue(port)), parsed.GetValue(accept)), parsed.GetValue(check), cancellation));
        return command;
    }

    /// <summary>Runs a node until it is told to stop.</summary>
    public static async Task<int> RunAsync(string directory, NodeSettings settings, bool checkOnly, CancellationToken cancellation)
    {
        if (checkOnly)
        {
            Console.WriteLine("The settings are valid.");
            return 0;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c =>
        {
            c.Cancel = true;
            stop.Cancel();
        });
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c =>
        {
            c.Cancel = true;
            stop.Cancel();
        });
        Action<ILoggingBuilder> logging = Logging(settings.Telemetry);
        using ILoggerFactory logs = LoggerFactory.Create(logging);
        bool isNew = DefaultVenue.CreateIfEmpty(directory, "surety");
        await using var running = await RunningNode.StartAsync(directory, settings, logs, logging);
        Announce(running, directory, isNew);
        await NodeHost.WaitAsync(stop.Token);
        Console.Error.WriteLine("stopping: finishing what is under way ...");
        return 0;
    }

    /// <summary>Settings from a file, or the defaults.</summary>
    public static NodeSettings Load(string? file, int? port)
    {
        NodeSettings settings = file is null ? new NodeSettings() : SettingsFile.Read(file);
        return port is { } p ? settings with { Listen = settings.Listen with { Port = p } } : settings;
    }

    private static NodeSettings Accepting(NodeSettings settings, bool accept) => settings with { Seal = settings.Seal with { AcceptRollback = accept } };

    private static Action<ILoggingBuilder> Logging(TelemetrySettings telemetry) => builder =>
    {
        builder.SetMinimumLevel(LogLevel.Information);
        if (telemetry.Logs == "json")
        {
            builder.AddJsonConsole(o => o.UseUtcTimestamp = true);
        }
        else
        {
            builder.AddSimpleConsole(o =>
            {
                o.SingleLine = true;
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-dd HH:mm:ss.fff'Z' ";
                o.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
            });
        }
        builder.AddFilter("Microsoft", LogLevel.Warning);
    };

    private static void Announce(RunningNode running, string directory, bool isNew)
    {
        VenueNode node = running.Node;
        AnsiConsole.MarkupLineInterpolated($"[bold]{running.Host.Url}[/]  {(isNew ? "a new venue" : $"opened in {node.RecoverySeconds:0.00} s, {node.RecoveredCommands} commands executed again")} in {directory}");
        AnsiConsole.MarkupLineInterpolated($"  API        {running.Host.Url}/api/v2 and {running.Host.Url.Replace("http", "ws", StringComparison.Ordinal)}/ws/api/v2; described at {running.Host.Url}/api/openapi.json");
        if (running.Terminal is null)
        {
            AnsiConsole.MarkupLine("  terminal   not built: install npm and start again");
        }
        else
        {
            AnsiConsole.MarkupLineInterpolated($"  terminal   {running.Host.Url}/");
        }
        if (running.OperatorLogin is { } login)
        {
            AnsiConsole.MarkupLineInterpolated($"  operator   log in with the id and secret in {login}");
        }
        if (node.Settings.Sandbox.Open && node.Operator is not null)
        {
            AnsiConsole.MarkupLineInterpolated($"  an account ./surety account open --url {running.Host.Url}");
        }
        AnsiConsole.MarkupLine("Ctrl+C stops it; what was acknowledged is on disk.");
    }
}
