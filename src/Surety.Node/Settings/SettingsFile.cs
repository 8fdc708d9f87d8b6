using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;

namespace Surety.Node.Settings;

/// <summary>A settings file is not what it should be; the message names the field and what was expected.</summary>
public sealed class SettingsException(string message) : Exception(message);

/// <summary>Settings as a JSON file: comments and trailing commas are allowed, unknown names are not.</summary>
public static class SettingsFile
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
    };

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="SettingsException">It is not valid.</exception>
    public static NodeSettings Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new SettingsException($"{path}: there is no such file");
        }
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(File.ReadAllText(path),
                documentOptions: new JsonDocumentOptions
                {
                    CommentHandling = JsonCommentHandling.Skip,
                    AllowTrailingCommas = true,
                    AllowDuplicateProperties = false,
                });
        }
        catch (JsonException e)
        {
            throw new SettingsException(
                $"{path}: line {(e.LineNumber ?? 0) + 1}, column {(e.BytePositionInLine ?? 0) + 1}: "
                + $"this is not JSON: a comma, quote or bracket is missing or too much");
        }
        // The reference to the schema is for editors.
        (root as JsonObject)?.Remove("$schema");
        var problems = new List<string>();
        SettingsShape.Check(root, typeof(NodeSettings), "", problems);
        if (problems.Count == 0)
        {
            try
            {
                NodeSettings settings = root.Deserialize<NodeSettings>(Format)!;
                Check(settings, path);
                return settings;
            }
            catch (JsonException e)
            {
                problems.Add($"{e.Path?.TrimStart('$', '.')}: this value cannot be");
            }
        }
        throw new SettingsException(Told(path, problems));
    }

    /// <summary>Throws what is wrong with settings, all of it at once.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="from">Where they come from, for the message.</param>
    /// <exception cref="SettingsException">Something is.</exception>
    public static void Check(NodeSettings settings, string from)
    {
        List<string> problems = [.. Problems(settings)];
        if (problems.Count > 0)
        {
            throw new SettingsException(Told(from, problems));
        }
    }

    private static string Told(string from, List<string> problems) =>
        problems.Count == 1 ? $"{from}: {problems[0]}" : $"{from}: {problems.Count} settings are wrong\n  {string.Join("\n  ", problems)}";

    /// <summary>The JSON Schema of the file.</summary>
    public static string Schema()
    {
        JsonNode schema =
            Format.GetJsonSchemaAsNode(typeof(NodeSettings), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        schema["title"] = "Settings of surety node";
        return schema.ToJsonString(Format) + "\n";
    }

    /// <summary>What is wrong with settings, field by field.</summary>
    public static IEnumerable<string> Problems(NodeSettings s)
    {
        if (!IPAddress.TryParse(s.Listen.Address, out _))
        {
            yield return $"listen.address: expected an IP address, found '{s.Listen.Address}'";
        }
        if (s.Listen.Port is < 0 or > 65535)
        {
            yield return $"listen.port: expected 0 to 65535, found {s.Listen.Port}";
        }
        if (s.Listen.Certificate is { } certificate && !File.Exists(certificate))
        {
            yield return $"listen.certificate: there is no file {certificate}";
        }
        if (s.Listen.Certificate is null && IPAddress.TryParse(s.Listen.Address, out IPAddress? address) && !IPAddress.IsLoopback(address)
            && !s.Sandbox.Open)
        {
            yield return "listen.certificate: a venue with real money that others can reach needs TLS; name a "
                + "certificate, or listen on 127.0.0.1 behind a proxy that has one";
        }
        foreach (string origin in s.Listen.Origins)
        {
            if (origin != "*"
                && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) && page.Scheme is "http"
                or "https" && page.AbsolutePath == "/"))
            {
                yield return $"listen.origins: expected origins like https://app.example, or *, found '{origin}'";
            }
        }
        if (!s.Sandbox.Open && s.Identity.SecretFile is null && Environment.GetEnvironmentVariable(Identity.IdentityVault.Variable) is null)
        {
            yield return Identity.IdentityVault.NeedsSecret;
        }
        if (s.Identity.SecretFile is { } secret && !File.Exists(secret))
        {
            yield return $"identity.secretFile: there is no file {secret}";
        }
        foreach ((string name, int value, int least) in ((string, int, int)[])
            [
                ("limits.connections", s.Limits.Connections, 1), ("limits.connectionsPerAddress", s.Limits.ConnectionsPerAddress, 1),
                ("limits.messageBytes", s.Limits.MessageBytes, 1_024),
                ("limits.outgoingBytes", s.Limits.OutgoingBytes, 65_536), ("limits.channels", s.Limits.Channels, 1),
                ("limits.channelsPerAddress", s.Limits.ChannelsPerAddress, 1), ("limits.channelsPerOwner", s.Limits.ChannelsPerOwner, 1),
                ("limits.channelsTotal", s.Limits.ChannelsTotal, 1), ("limits.writeSeconds", s.Limits.WriteSeconds, 1),
                ("limits.outgoingTotalBytes", (int)Math.Clamp(s.Limits.OutgoingTotalBytes, 0, int.MaxValue), 65_536),
                ("limits.refusedPerSecond", s.Limits.RefusedPerSecond, 1), ("limits.refusedBurst", s.Limits.RefusedBurst, 1),
                ("sandbox.accountsPerHour", s.Sandbox.AccountsPerHour, 1), ("clock.forwardHours", s.Clock.ForwardHours, 1),
                ("clock.aheadSeconds", s.Clock.AheadSeconds, 0), ("clock.jumpSeconds", s.Clock.JumpSeconds, 1),
                ("limits.sessionSeconds", s.Limits.SessionSeconds, 1), ("limits.queue", s.Limits.Queue, 16),
                ("limits.unitsPerSecond", s.Limits.UnitsPerSecond, 1),
                ("limits.unitsBurst", s.Limits.UnitsBurst, 50), ("limits.ordersPerTrade", s.Limits.OrdersPerTrade, 1),
                ("snapshots.minutes", s.Snapshots.Minutes, 1), ("snapshots.keep", s.Snapshots.Keep, 1),
            ])
        {
            if (value < least)
            {
                yield return $"{name}: expected at least {least}, found {value}";
            }
        }
        foreach ((string name, int value, int least, int most) in ((string, int, int, int)[])
            [
                ("withdrawals.addressDelaySeconds", s.Withdrawals.AddressDelaySeconds, 0, 2_592_000),
                ("withdrawals.keyDelaySeconds", s.Withdrawals.KeyDelaySeconds, 0, 2_592_000),
                ("withdrawals.confirmSeconds", s.Withdrawals.ConfirmSeconds, 60, 604_800),
            ])
        {
            if (value < least || value > most)
            {
                yield return $"{name}: expected {least} to {most}, found {value}";
            }
        }
        if (s.Seal.Key is { } sealKey && !File.Exists(sealKey))
        {
            yield return $"seal.key: there is no file {sealKey}";
        }
        if (s.Feed.Source is not ("replay" or "signed"))
        {
            yield return $"feed.source: expected replay or signed, found '{s.Feed.Source}'";
        }
        if (s.Feed.Speed is not (> 0 and <= 100_000))
        {
            yield return $"feed.speed: expected more than 0 and at most 100000 minutes to a minute, found {s.Feed.Speed}";
        }
        if (s.Telemetry.Logs is not ("text" or "json"))
        {
            yield return $"telemetry.logs: expected text or json, found '{s.Telemetry.Logs}'";
        }
        if (s.Telemetry.Otlp is { } otlp && !Uri.TryCreate(otlp, UriKind.Absolute, out _))
        {
            yield return $"telemetry.otlp: expected an address like http://127.0.0.1:4317, found '{otlp}'";
        }
    }
}
