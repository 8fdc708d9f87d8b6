using System;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.State;
using Surety.Proofs;

namespace Surety.Node.Proving;

/// <summary>Makes proofs from a ledger that has just sealed a block, before it takes the next command.</summary>
public static class Prover
{
    /// <summary>Proves the page of a table that holds a row, as of the sealed block.</summary>
    public static PageProof OfRow(Ledger ledger, TableId table, int row)
    {
        RequireSealed(ledger);
        VenueState state = ledger.Engine.State;
        Table rows = Array.Find(state.Tables, t => t.Id == table)!;
        int page = row / rows.RowsPerPage;
        return new PageProof
        {
            Header = ledger.Last,
            Root = ProvenRoot.State,
            Table = (uint)table,
            PageIndex = (uint)page,
            Page = rows.Pages.Slice(page * rows.PageBytes, rows.PageBytes).ToArray(),
            Path = rows.Path(page),
            Directory = state.Directory(),
        };
    }

    /// <summary>Proves the page of the sealed block's commands at a byte offset.</summary>
    public static PageProof OfCommands(Ledger ledger, int offset) => OfLog(ledger, ledger.Commands, ProvenRoot.Commands, offset);

    /// <summary>Proves the page of the sealed block's events at a byte offset.</summary>
    public static PageProof OfEvents(Ledger ledger, int offset) => OfLog(ledger, ledger.Engine.Events.Log, ProvenRoot.Events, offset);

    private static PageProof OfLog(Ledger ledger, PagedLog log, ProvenRoot root, int offset)
    {
        RequireSealed(ledger);
        int page = offset / PagedLog.PageBytes;
        return new PageProof
        {
            Header = ledger.Last,
            Root = root,
            Table = 0,
            PageIndex = (uint)page,
            Page = log.Page(page).ToArray(),
            Path = log.Path(page),
            Directory = default,
        };
    }

    private static void RequireSealed(Ledger ledger)
    {
        if (ledger.Pending > 0 || ledger.Last.Height == 0)
        {
            throw new InvalidOperationException("A proof is against a sealed block; seal the one being made first.");
        }
    }
}
