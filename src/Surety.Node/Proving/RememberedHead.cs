using System;
using System.Globalization;
using System.IO;
using Microsoft.Extensions.Logging;
using Surety.Core.Hashing;
using Surety.Journal;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Replay.Venues;

namespace Surety.Node.Proving;

/// <summary>The journal does not continue the head that the node remembers; the message says what to do.</summary>
public sealed class HistoryException(string message) : Exception(message);

/// <summary>
/// The last durable block, kept in a file outside the venue's directory: who brings an older copy of that directory back, or a forked
/// one, is noticed at the next start. The file is renamed into place, so that it is always whole; it may be a moment behind.
/// </summary>
public sealed partial class RememberedHead : IOutboxReader, IDisposable
{
    private const long LeastMs = 100;
    private readonly string _path;
    private BlockHeader _latest;
    private ulong _written;
    private long _writtenAtMs;

    /// <param name="path">The file.</param>
    public RememberedHead(string path) => _path = Path.GetFullPath(path);

    /// <summary>The file.</summary>
    public string FilePath => _path;

    /// <summary>Told of a file that cannot be written; the venue goes on.</summary>
    public Action<Exception>? Unexpected { get; set; }

    /// <summary>Before anything is signed or told: whether a venue that was just opened is the one that was here last.</summary>
    /// <returns>What remembers its blocks from now on; null where there is no place for the file.</returns>
    /// <exception cref="HistoryException">The journal was rolled back or forked, and the settings do not accept that.</exception>
    internal static RememberedHead? Open(Venue venue, SealSettings settings, ILogger log)
    {
        Hash256 name = venue.Ledger.Engine.State.GenesisHash;
        if ((settings.Head ?? DefaultPath(name)) is not { } path)
        {
            LogNoHead(log, "there is no home directory; name a file as seal.head");
            return null;
        }
        var head = new RememberedHead(path) { Unexpected = e => LogNoHead(log, e.Message) };
        if (!File.Exists(head.FilePath) && venue.Ledger.Last.Height > 0)
        {
            LogBegins(log, head.FilePath, venue.Ledger.Last.Height);
        }
        try
        {
            head.Check(venue.Directories, venue.Ledger.Last, name);
        }
        catch (HistoryException e) when (settings.AcceptRollback)
        {
            LogAccepted(log, e.Message);
        }
        head.Begin(venue.Ledger.Last);
        return head;
    }

    /// <summary>
    /// Where it is by default: under the user's state directory, named by the venue; null when there is no such directory.
    /// </summary>
    public static string? DefaultPath(Hash256 venue)
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state))
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            state = home.Length == 0 ? null : Path.Combine(home, ".local", "state");
        }
        return state is null ? null : Path.Combine(state, "surety", "heads", venue + ".head");
    }

    /// <summary>What the file says; null when there is none.</summary>
    /// <exception cref="HistoryException">It is of another venue, or says nothing.</exception>
    public VenueHead? Read(Hash256 venue)
    {
        if (!File.Exists(_path))
        {
            return null;
        }
        string text = File.ReadAllText(_path);
        if (!text.Contains($"venue {venue}", StringComparison.Ordinal))
        {
            throw new HistoryException($"{_path}: it remembers the head of another venue. Name another file as seal.head");
        }
        return VenueHead.Parse(text)
            ?? throw new HistoryException(
            $"{_path}: it holds no line like head HEIGHT:HASH. Restore it; or, if it was damaged "
            + $"by a crash of this machine, start once with --accept-rollback");
    }

    /// <summary>Why a venue that was just opened does not continue a head; null when it does.</summary>
    public static string? FindProblem(JournalDirectory directory, in BlockHeader last, VenueHead head)
    {
        if (last.Height < head.Height)
        {
            return $"the journal was rolled back: it ends with block {last.Height}, but block {head.Height} was sealed";
        }
        Hash256? found = last.Height == head.Height ? last.Hash() : Find(directory, head.Height);
        return found is null ? $"the journal has no block {head.Height}"
            : found != head.Hash ? $"the journal was forked: its block {head.Height} is {found}, the block that was sealed is {head.Hash}"
            : null;
    }

    /// <summary>Refuses a venue that does not continue the head that this file remembers.</summary>
    /// <exception cref="HistoryException">It does not.</exception>
    public void Check(JournalDirectory directory, in BlockHeader last, Hash256 venue)
    {
        if (Read(venue) is { } head && FindProblem(directory, in last, head) is { } problem)
        {
            throw new HistoryException(
                $"{directory.Root}: {problem}, as {_path} remembers. Bring the newer copy of the directory "
                    + $"back; or, if it is lost and you accept that what came after is undone, "
                + "start once with --accept-rollback. Clients that saw the later blocks will notice and stop");
        }
    }

    /// <inheritdoc/>
    public void Executed(in ExecutedCommand command)
    {
    }

    /// <inheritdoc/>
    public void Sealed(in BlockHeader header) => _latest = header;

    /// <inheritdoc/>
    public void RoundEnded()
    {
        if (_latest.Height > _written && Environment.TickCount64 - _writtenAtMs >= LeastMs)
        {
            Write();
        }
    }

    /// <summary>Takes the head that a venue was opened with.</summary>
    public void Begin(in BlockHeader last)
    {
        _latest = last;
        _written = 0;
        if (last.Height > 0)
        {
            Write();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_latest.Height > _written)
        {
            Write();
        }
    }

    private void Write()
    {
        (_written, _writtenAtMs) = (_latest.Height, Environment.TickCount64);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"venue {_latest.Venue}\nhead {_latest.Height}:{_latest.Hash()}\nlast command "
                    + $"{_latest.FirstSequence + _latest.CommandCount - 1}\n");
            PrivateFiles.Write(_path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unexpected?.Invoke(e);
        }
    }

    // From the newest segment backward: the head that is asked for is almost always in the last.
    private static Hash256? Find(JournalDirectory directory, ulong height)
    {
        for (int i = directory.SegmentFiles().Count - 1; i >= 0; i--)
        {
            using var walk = new JournalWalk(directory, i);
            bool isLater = true;
            while (walk.MoveNext())
            {
                if (walk.TryReadHeader(out BlockHeader header) && header.Height <= height)
                {
                    if (header.Height == height)
                    {
                        return header.Hash();
                    }
                    isLater = false;
                }
            }
            if (!isLater)
            {
                break;
            }
        }
        return null;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "accepted, as asked for: {Problem}")]
    private static partial void LogAccepted(ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Warning,
        Message =
        "{Path}: not there, so that this start cannot tell whether the journal is the newest; it remembers from block {Height} on")]
    private static partial void LogBegins(ILogger log, string path, ulong height);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the last block is not remembered outside the directory: {Reason}")]
    private static partial void LogNoHead(ILogger log, string reason);
}
