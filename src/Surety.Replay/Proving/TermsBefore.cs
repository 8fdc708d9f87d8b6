using System;
using System.Collections.Generic;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.State;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;

namespace Surety.Replay.Proving;

/// <summary>
/// The venue's own rows as of a block, kept while the next one is made: a margin call rests on terms and marks as they stood when it
/// came, and its block's state has them as they stand at its end.
/// </summary>
internal sealed class TermsBefore
{
    private readonly Dictionary<(TableId Table, int Page), (byte[] Page, byte[] Salt, Hash256[] Path)> _pages = [];
    private readonly BlockHeader _header;
    private readonly byte[] _directory;

    private TermsBefore(Ledger ledger)
    {
        VenueState state = ledger.Engine.State;
        _header = ledger.Last;
        _directory = state.Directory();
        VenueCounters venue = state.Counts;
        Keep(state, TableId.Markets, venue.Markets);
        Keep(state, TableId.Indexes, venue.Indexes);
        Keep(state, TableId.Pools, venue.Pools);
        Keep(state, TableId.Assets, venue.Assets);
    }

    /// <summary>Those of the block that was just sealed.</summary>
    public static TermsBefore Of(Ledger ledger) => new(ledger);

    /// <summary>Proves a row as of the block; null where it did not exist.</summary>
    public PageProof? OfRow(TableId table, int row) =>
        !_pages.TryGetValue((table, row), out (byte[] Page, byte[] Salt, Hash256[] Path) kept) ? null : new PageProof
        {
            Header = _header,
            Table = (uint)table,
            PageIndex = (uint)row,
            Salt = kept.Salt,
            Page = kept.Page,
            Path = kept.Path,
            Directory = _directory,
        };

    // Tables whose rows are a page each.
    private void Keep(VenueState state, TableId id, int rows)
    {
        Table table = Array.Find(state.Tables, t => t.Id == id)!;
        for (int row = 0; row < rows; row++)
        {
            _pages[(id, row)] = (
                table.Pages.Slice(row * table.PageBytes, table.PageBytes).ToArray(), table.Salt(row).ToArray(), table.Path(row));
        }
    }
}
