using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Npgsql;
using Surety.Core.Hashing;
using Surety.Journal;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;

namespace Surety.Node.Archive;

/// <summary>
/// Keeps the archive up to date behind a running venue. What is durable is gathered as it comes; where the archive is further behind
/// (at a start, after PostgreSQL was gone, after it was dropped) the journal is executed again. The venue never waits for it.
/// </summary>
public sealed partial class ArchiveWriter : IOutboxReader, IAsyncDisposable
{
    private const int MostGathered = 200_000;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly string _root;
    private readonly Hash256 _venue;
    private readonly InstrumentCatalog _catalog;
    private readonly ArchiveDatabase _database;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _running;
    private ArchiveBatch _gathered = new();
    private ulong _seen;

    /// <summary>Begins to write.</summary>
    public ArchiveWriter(string root, Hash256 venue, InstrumentCatalog catalog, string connection, ILogger log)
    {
        _root = root;
        _venue = venue;
        _catalog = catalog;
        _database =
            new ArchiveDatabase(connection.StartsWith("file:", StringComparison.Ordinal)
                ? File.ReadAllText(connection[5..]).Trim()
                : connection);
        _log = log;
        _running = Task.Run(RunAsync);
    }

    /// <summary>The last command in the archive.</summary>
    public ulong Position { get; private set; }

    /// <summary>Commands that are durable and the archive does not have yet.</summary>
    public ulong Behind { get; private set; }

    /// <inheritdoc/>
    public void Executed(in ExecutedCommand command)
    {
        lock (_gate)
        {
            _seen = command.Outcome.Sequence;
            if (_gathered.Rows > MostGathered)
            {
                // The database is gone for long: the journal has it all.
                _gathered = new ArchiveBatch();
            }
            _gathered.Add(in command, _catalog.Current);
        }
    }

    /// <inheritdoc/>
    public void Sealed(in BlockHeader header)
    {
        lock (_gate)
        {
            _gathered.Add(in header);
        }
    }

    /// <inheritdoc/>
    public void RoundEnded() => Behind = _seen > Position ? _seen - Position : 0;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _database.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        TimeSpan wait = TimeSpan.FromSeconds(1);
        bool gone = false;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _database.PrepareAsync(_stop.Token);
                Position = await _database.PositionAsync(_venue, _stop.Token);
                if (gone)
                {
                    LogBack(_log, Position);
                    gone = false;
                }
                wait = TimeSpan.FromSeconds(1);
                await FollowAsync();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or JournalDamagedException or TimeoutException)
            {
                if (!gone)
                {
                    LogGone(_log, e.Message);
                    gone = true;
                }
                try
                {
                    await Task.Delay(wait, _stop.Token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
            }
        }
    }

    private async Task FollowAsync()
    {
        bool first = true;
        while (true)
        {
            ArchiveBatch? batch = null;
            lock (_gate)
            {
                if (!_gathered.IsEmpty)
                {
                    batch = _gathered;
                    _gathered = new ArchiveBatch();
                }
            }
            if (batch is null)
            {
                await Task.Delay(250, _stop.Token);
                continue;
            }
            if (first || batch.First > Position + 1)
            {
                first = false;
                foreach (ArchiveBatch missed in JournalReplay.Batches(_root, Position, batch.First))
                {
                    await WriteAsync(missed);
                }
            }
            if (batch.First == Position + 1)
            {
                await WriteAsync(batch);
            }
        }
    }

    private async Task WriteAsync(ArchiveBatch batch)
    {
        if (!await _database.WriteAsync(_venue, Position, batch, _stop.Token))
        {
            throw new IOException("another program writes to this archive, too");
        }
        Position = batch.IsEmpty ? Position : batch.Last;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "archive: {Reason}. The venue goes on; the archive is brought up to date when PostgreSQL is back")]
    private static partial void LogGone(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "archive: PostgreSQL is back; it has everything up to command {Position}")]
    private static partial void LogBack(ILogger log, ulong position);
}
