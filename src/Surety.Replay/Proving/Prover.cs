using System;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.State;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;

namespace Surety.Replay.Proving;

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
            Table = (uint)table,
            PageIndex = (uint)page,
            Salt = rows.Salt(page).ToArray(),
            Page = rows.Pages.Slice(page * rows.PageBytes, rows.PageBytes).ToArray(),
            Path = rows.Path(page),
            Directory = state.Directory(),
        };
    }

    /// <summary>
    /// Proves what a table holds of an account. Only of tables whose pages are one account's: what shares a page with others' rows is never
    /// proved to a client.
    /// </summary>
    /// <exception cref="ArgumentException">The table's pages hold rows of several accounts.</exception>
    public static PageProof ForClient(Ledger ledger, TableId table, uint account)
    {
        int row = table switch
        {
            TableId.Accounts => (int)account,
            TableId.Positions => (int)account * ledger.Engine.State.PositionsPerAccount,
            _ => throw new ArgumentException($"{table}: its pages hold rows of several accounts", nameof(table)),
        };
        return OfRow(ledger, table, row);
    }

    /// <summary>Proves one of the sealed block's commands, by its place among them.</summary>
    public static RecordProof OfCommand(Ledger ledger, int place)
    {
        RequireSealed(ledger);
        return OfLog(ledger.Last, ledger.Commands, ProvenRoot.Commands, place);
    }

    /// <summary>
    /// Proves one of the sealed block's events, by its place among them; of one between two accounts, the sides asked for.
    /// </summary>
    public static RecordProof OfEvent(Ledger ledger, int place, ShownSides shown = ShownSides.None)
    {
        RequireSealed(ledger);
        return OfLog(ledger.Last, ledger.Engine.Events.Log, ProvenRoot.Events, place, shown);
    }

    /// <summary>Proves a record of a sealed log; of an event between two accounts, the sides asked for and nothing of another.</summary>
    public static RecordProof OfLog(in BlockHeader header, PagedLog log, ProvenRoot root, int place, ShownSides shown = ShownSides.None)
    {
        Hash256[] group = log.Group(place).ToArray();
        int own = place % PagedLog.GroupRecords;
        uint context = root == ProvenRoot.Commands ? PagedLog.CommandContext : PagedLog.EventContext;
        byte[] record = log.Record(place).ToArray();
        byte[][] opened;
        if (RecordSides.Of(context, record) is { } sides)
        {
            shown = (shown & (ShownSides.First | ShownSides.Second)) | ShownSides.Divided;
            opened = OpenSides(sides, log.Secret, (uint)place, record, shown);
        }
        else
        {
            shown = ShownSides.None;
            opened = [new byte[RecordSalts.SaltBytes], []];
            RecordSalts.Write(log.Secret, context, (uint)place, opened[0]);
        }
        return new RecordProof
        {
            Header = header,
            Root = root,
            Shown = shown,
            Place = (uint)place,
            Salt = opened[0],
            SecondSalt = opened[1],
            Record = record,
            Others = new Hash256[][] { group[..own], group[(own + 1)..] }.SelectMany(g => g).ToArray(),
            Path = log.Path(place),
        };
    }

    // Of each side its salt, or where it is not shown its commitment, its bytes in the record being overwritten.
    private static byte[][] OpenSides(RecordSides sides, Hash256 secret, uint place, byte[] record, ShownSides shown)
    {
        var salts = new byte[2 * RecordSalts.SaltBytes];
        RecordSides.WriteSalts(secret, place, salts);
        byte[][] opened = [salts[..RecordSalts.SaltBytes], salts[RecordSalts.SaltBytes..]];
        for (int side = 0; side < 2; side++)
        {
            if ((shown & (side == 0 ? ShownSides.First : ShownSides.Second)) == 0)
            {
                var commitment = new byte[Hash256.Size];
                sides.CommitSide(opened[side], place, side, record).CopyTo(commitment);
                opened[side] = commitment;
                sides.Hide(side, record);
            }
        }
        return opened;
    }

    private static void RequireSealed(Ledger ledger)
    {
        if (ledger.Pending > 0 || ledger.Last.Height == 0)
        {
            throw new InvalidOperationException("A proof is against a sealed block; seal the one being made first.");
        }
    }
}
