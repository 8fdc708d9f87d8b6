using System;
using Surety.Engine.Blocks;
using Surety.Journal;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Replay.Snapshots;

namespace Surety.Replay.Venues;

/// <summary>
/// Executes a journal again that is trusted, command by command, for what it came to. The journal may be in use. A journal that is not
/// trusted is for <see cref="Verification"/>.
/// </summary>
public sealed class JournalExecution : IDisposable
{
    private JournalExecution(JournalWalk walk, Ledger ledger) => (Walk, Ledger) = (walk, ledger);

    /// <summary>Where in the journal it stands.</summary>
    public JournalWalk Walk { get; }

    /// <summary>The venue after what was executed so far.</summary>
    public Ledger Ledger { get; }

    /// <summary>Whether the last step executed a command; its record is the walk's payload.</summary>
    public bool IsCommand { get; private set; }

    /// <summary>What the command was answered with.</summary>
    public RefusalCode Code { get; private set; }

    /// <summary>Whether the last step sealed a block.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>Begins at the newest snapshot before a command, or at genesis.</summary>
    /// <param name="root">The venue's directory.</param>
    /// <param name="before">The command; 0 for genesis.</param>
    /// <exception cref="JournalUnavailableException">There is no journal.</exception>
    /// <exception cref="JournalDamagedException">The journal is damaged.</exception>
    public static JournalExecution Begin(string root, ulong before = 0)
    {
        var walk = new JournalWalk(root);
        try
        {
            GenesisRecord genesisRecord = walk.ReadGenesis();
            Ledger ledger = (before == 0 ? null : StateSnapshot.LoadNewest(walk.Directory, genesisRecord, before))
                ?? new Ledger(genesisRecord);
            ledger.Exclusions = Exclusions.Of(walk.Directory);
            ledger.SecretsAreGiven = true;
            return new JournalExecution(walk, ledger);
        }
        catch
        {
            walk.Dispose();
            throw;
        }
    }

    /// <summary>Executes the next command, or ends the block where its header stands; false at the end.</summary>
    /// <exception cref="JournalDamagedException">The journal is damaged.</exception>
    public bool MoveNext()
    {
        while (Walk.MoveNext())
        {
            BlockRecords.Take(Ledger, Walk);
            IsCommand = Walk.Sequence > Ledger.LastSequence;
            if (IsCommand)
            {
                (Code, IsSealed) = Ledger.Apply(Walk.Payload);
                return true;
            }
            if (Walk.Kind == RecordKind.BlockHeader)
            {
                // A block sealed on request rather than by its own size is sealed again here.
                IsSealed = Ledger.SealNow();
                return true;
            }
        }
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => Walk.Dispose();
}
