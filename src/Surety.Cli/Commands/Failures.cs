using System;
using System.CommandLine.Parsing;
using System.IO;
using System.Text.Json;
using System.Text.RegularExpressions;
using Surety.Engine.State;
using Surety.Gateway.Api;
using Surety.Journal;
using Surety.Node.Identity;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Simulation.Scenarios;

namespace Surety.Cli.Commands;

/// <summary>What a person is told when a command fails: one line with the remedy, no trace; and the exit status.</summary>
internal static partial class Failures
{
    private const int NoSpaceUnix = 28;
    private const int NoSpaceWindows = 0x70;

    /// <summary>The exit status: 2 for an invalid command line or invalid settings, else 1.</summary>
    public static int StatusOf(Exception e) => e is UsageException or SettingsException or ScenarioException ? 2 : 1;

    /// <summary>The message.</summary>
    public static string Describe(Exception e)
    {
        while (e is AggregateException { InnerException: { } inner })
        {
            e = inner;
        }
        for (Exception? at = e; at is not null; at = at.InnerException)
        {
            if (at is IOException
                && ((at.HResult & 0xFFFF) is NoSpaceUnix or NoSpaceWindows
                || at.Message.Contains("No space left", StringComparison.Ordinal)))
            {
                return $"the disk is full: {e.Message} Free some space and start again; what was acknowledged "
                    + $"is on disk; what is not on disk was not acknowledged";
            }
        }
        return e switch
        {
            UsageException or SettingsException or ScenarioException or JournalUnavailableException or JournalDamagedException
                or IOException or InvalidDataException or InvariantViolationException
                or ClockException or IdentityException or HistoryException => e.Message,
            VenueStoppedException => $"the venue stopped: {e.Message}",
            UnauthorizedAccessException => $"{e.Message} Give this user permission, or name another place",
            RpcException rpc => rpc.Reason ?? rpc.Message,
            JsonException => $"not the JSON that was expected: {e.Message}",
            _ => $"something that should not happen: {e.GetType().Name}: {e.Message}. Set SURETY_TRACE=1 for where, and report it",
        };
    }

    /// <summary>
    /// What is wrong with a command line that names a value of the wrong kind: in words, without the program's types. Null for any other
    /// error.
    /// </summary>
    public static string? Describe(ParseError error)
    {
        Match match = WrongKind().Match(error.Message);
        if (!match.Success)
        {
            return null;
        }
        string type = match.Groups["type"].Value;
        string expected = type.Contains("Int", StringComparison.Ordinal) ? "a whole number"
            : type.Contains("Double", StringComparison.Ordinal) || type.Contains("Decimal", StringComparison.Ordinal) ? "a number"
            : type.Contains("Boolean", StringComparison.Ordinal) ? "true or false"
            : "another kind of value";
        return $"{match.Groups["name"].Value}: expected {expected}, found {match.Groups["found"].Value}; see --help";
    }

    [GeneratedRegex("^Cannot parse argument '(?<found>.*)' for (option|command) '(?<name>.*)' as expected type '(?<type>.*)'")]
    private static partial Regex WrongKind();
}
