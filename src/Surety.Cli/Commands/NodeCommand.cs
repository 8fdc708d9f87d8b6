using System;
using System.CommandLine;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using Surety.Cli.Serving;
using Surety.Gateway.Web;
using Surety.Journal;
using Surety.Node;
using Surety.Node.Settings;

namespace Surety.Cli.Commands;

/// <summary><c>surety node</c></summary>
internal static class NodeCommand
{
    public static Command Create()
    {
        var data =
            new Option<string>("--data")
            {
                Description = "The venue's directory; made with sensible markets when it is empty",
                Required = true
            };
        var config =
            new Option<string?>("--config")
            {
                Description =
                "A JSON file of settings; see docs/operations.md. Without one: this machine alone, play money, a crash replayed"
            };
        var port = new Option<int?>("--port") { Description = "Instead of the settings' port" };
        var check = new Option<bool>("--check") { Description = "Only check the settings" };
        var accept =
            new Option<bool>("--accept-rollback")
            {
                Description =
                "Open a journal that does not continue the last block remembered, this once"
            };
        var drop =
            new Option<bool>("--drop-unmatched")
            {
                Description =
                "After a journal was brought back without its identity folder: take out log-ins "
                + "that do not belong to it. Their owners make new ones"
            };
        var acceptClock =
            new Option<bool>("--accept-clock")
            {
                Description =
                "Take the machine's clock for right, however far it is from the venue's last command; see docs/operations.md, Clock"
            };
        var command =
            new Command("node", "Run a venue that people and programs can use") { data, config, port, check, acceptClock, drop, accept };
        command.SetAction((parsed, cancellation) =>
        {
            NodeSettings settings = Accepting(Load(parsed.GetValue(config), parsed.GetValue(port)), parsed.GetValue(accept));
            return RunAsync(parsed.GetValue(data)!, settings with { Clock = settings.Clock with { Accept = parsed.GetValue(acceptClock) } },
                parsed.GetValue(check), parsed.GetValue(drop), cancellation);
        });
        return command;
    }

    /// <summary>Runs a node until it is told to stop.</summary>
    public static async Task<int> RunAsync(string directory, NodeSettings settings, bool checkOnly, bool dropUnmatched,
        CancellationToken cancellation)
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
        bool isNew = false;
        if (settings.Sandbox.Open)
        {
            isNew = DefaultVenue.CreateIfEmpty(directory, "surety", settings);
        }
        else if (!DefaultVenue.Exists(directory))
        {
            throw new UsageException(
                $"{directory}: there is no venue here, and one without play money is not "
                + $"made by itself: ./surety key create OPERATOR.pem, then "
                + "./surety venue create --data DIR --operator-public-key KEY; see docs/setup.md");
        }
        await using var running = await RunningNode.StartAsync(directory, settings, logs, logging, dropUnmatched);
        Announce(running, directory, isNew);
        await NodeHost.WaitAsync(stop.Token);
        Console.Error.WriteLine("stopping: finishing what is under way ...");
        await running.DisposeAsync();
        if (running.Node.Venue.Failure is { } failure)
        {
            throw new JournalUnavailableException($"stopped, but the last commands could not be written: {failure.Message}", failure);
        }
        return 0;
    }

    /// <summary>Settings from a file, or the defaults.</summary>
    public static NodeSettings Load(string? file, int? port)
    {
        NodeSettings settings = file is null ? new NodeSettings() : SettingsFile.Read(file);
        if (port is { } p)
        {
            settings = settings with { Listen = settings.Listen with { Port = p } };
            SettingsFile.Check(settings, file is null ? "--port" : $"--port, {file}");
        }
        return settings;
    }

    private static NodeSettings Accepting(NodeSettings settings, bool accept) =>
        settings with { Seal = settings.Seal with { AcceptRollback = accept } };

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
        string url = running.Host.Url;
        string begun = isNew
            ? "a new venue"
            : $"opened in {node.Recovery.Seconds:0.00} s, {node.Recovery.Commands} commands executed again";
        AnsiConsole.MarkupLineInterpolated($"[bold]{url}[/]  {begun} in {directory}");
        string socket = url.Replace("http", "ws", StringComparison.Ordinal);
        AnsiConsole.MarkupLineInterpolated($"  API        {url}/api/v2 and {socket}/ws/api/v2; described at {url}/api/openapi.json");
        if (running.Terminal is null)
        {
            AnsiConsole.MarkupLine("  terminal   not built: install npm and start again");
        }
        else
        {
            AnsiConsole.MarkupLineInterpolated($"  terminal   {running.Host.Url}/");
        }
        foreach (string warning in running.Warnings)
        {
            AnsiConsole.MarkupLineInterpolated($"[bold red]WARNING: {warning}[/]");
        }
        if (running.OperatorLogin is { } login)
        {
            string shown = node.Vault.IsSealed ? $"; ./surety unseal {directory} operator-login.txt shows them" : "";
            AnsiConsole.MarkupLineInterpolated($"  operator   log in with the id and secret in {login}{shown}");
        }
        if (node.Settings.Sandbox.Open && node.Operator.Key is not null)
        {
            AnsiConsole.MarkupLineInterpolated($"  an account ./surety account open --url {running.Host.Url}");
        }
        AnsiConsole.MarkupLine("Ctrl+C stops it; what was acknowledged is on disk.");
    }
}
