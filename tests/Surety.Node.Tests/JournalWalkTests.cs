using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Surety.Journal;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Node.Tests;

/// <summary>The walk over a journal: what it gives of each record, and what it says of bytes that are torn or changed.</summary>
public sealed class JournalWalkTests : IDisposable
{
    private const int Commands = 20;
    private const int PerBlock = 8;
    private const long StartNs = 1_584_000_000_000_000_000;
    private readonly string _base = Directory.CreateTempSubdirectory("surety-walk-").FullName;

    public JournalWalkTests()
    {
        using SigningKey key = SigningKey.FromSeed("operator"u8);
        Genesis genesis = Genesis.Default("walk", key.PublicKey, StartNs);
        (genesis.MaxAccounts, genesis.MaxKeys, genesis.MaxOrders, genesis.BlockCommands) = (256, 512, 1_024, PerBlock);
        using Venue venue = Venue.Create(Root, in genesis);
        for (uint i = 1; i <= Commands; i++)
        {
            var open = new OpenAccount { Header = { Nonce = i }, Scopes = KeyScopes.Customer };
            var record = new byte[CommandCodec.MaxRecordBytes];
            int length = CommandCodec.Write(CommandKind.OpenAccount, ref open, record);
            Array.Resize(ref record, length + CommandHeader.SignatureSize);
            key.Sign(venue.Ledger.Engine.State.GenesisHash, record, length);
            venue.Submit(record, StartNs + i);
        }
        venue.SealBlock();
    }

    private string Root => Path.Combine(_base, "venue");

    private string Segment => Directory.GetFiles(Path.Combine(Root, "journal"), "*.seg").Single();

    public void Dispose() => Directory.Delete(_base, recursive: true);

    [Fact]
    public void Each_record_has_its_kind_its_commands_number_and_its_place_and_headers_end_blocks()
    {
        using var walk = new JournalWalk(Root);
        Assert.Equal(256, walk.ReadGenesis().Genesis.MaxAccounts);
        var sequences = new List<ulong>();
        var ends = new List<ulong>();
        (ulong record, long offset) = (walk.Record, walk.Offset);
        while (walk.MoveNext())
        {
            Assert.Equal(++record, walk.Record);
            Assert.True(walk.Offset > offset);
            Assert.Equal(Segment, walk.File);
            offset = walk.Offset;
            if (walk.Sequence > 0)
            {
                Assert.Equal(RecordKind.Command, walk.Kind);
                sequences.Add(walk.Sequence);
            }
            else if (walk.TryReadHeader(out BlockHeader header))
            {
                Assert.Equal(sequences[^1], header.FirstSequence + header.CommandCount - 1);
                ends.Add(sequences[^1]);
            }
        }
        Assert.Equal(Enumerable.Range(1, Commands).Select(i => (ulong)i), sequences);
        Assert.Equal([PerBlock, 2 * PerBlock, Commands], ends);
        Assert.Equal(0, walk.TornBytes);
    }

    [Fact]
    public void A_torn_tail_ends_the_walk_and_is_measured()
    {
        File.AppendAllText(Segment, "half a record");
        using var walk = new JournalWalk(Root);
        ulong last = 0;
        while (walk.MoveNext())
        {
            last = Math.Max(last, walk.Sequence);
        }
        Assert.Equal((Commands, 13), ((int)last, (int)walk.TornBytes));
    }

    [Fact]
    public void A_changed_byte_is_named_by_file_place_and_record()
    {
        (long offset, ulong record) = (0, 0);
        using (var walk = new JournalWalk(Root))
        {
            while (walk.MoveNext() && walk.Sequence != PerBlock)
            {
            }
            (offset, record) = (walk.Offset, walk.Record);
        }
        byte[] bytes = File.ReadAllBytes(Segment);
        bytes[offset + 40] ^= 1;
        File.WriteAllBytes(Segment, bytes);
        using var changed = new JournalWalk(Root);
        ulong last = 0;
        JournalDamagedException damage = Assert.Throws<JournalDamagedException>(() =>
        {
            while (changed.MoveNext())
            {
                last = Math.Max(last, changed.Sequence);
            }
        });
        Assert.Equal(PerBlock - 1ul, last);
        Assert.Contains(Segment, damage.Message, StringComparison.Ordinal);
        Assert.Contains($"offset {offset}", damage.Message, StringComparison.Ordinal);
        Assert.Contains($"record {record}", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_execution_comes_to_the_same_blocks_as_the_venue_that_ran()
    {
        ulong height = 0;
        using JournalExecution execution = JournalExecution.Begin(Root);
        while (execution.MoveNext())
        {
            Assert.True(execution.IsCommand || execution.Walk.Kind == RecordKind.BlockHeader);
            height += execution.IsSealed ? 1ul : 0;
        }
        using Venue venue = Venue.Open(Root);
        Assert.Equal((3ul, venue.Ledger.Last.Hash()), (height, execution.Ledger.Last.Hash()));
    }
}
