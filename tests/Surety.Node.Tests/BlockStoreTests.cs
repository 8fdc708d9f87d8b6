using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Node.Proving;
using Surety.Proofs;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Node.Tests;

/// <summary>Headers and blocks that are no longer in memory.</summary>
public sealed class BlockStoreTests : IDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), "surety-blocks-" + Guid.NewGuid().ToString("N"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Headers_that_are_not_in_memory_come_from_the_journal_once_a_second()
    {
        BlockHeader last = Fill(blocks: 30);
        using var store = new BlockStore(_root);
        store.Sealed(in last);
        List<BlockHeader> found = (await store.HeadersAsync(20, 12))!;
        Assert.Equal(Enumerable.Range(9, 12).Reverse().Select(h => (ulong)h), found.Select(h => h.Height));
        Assert.All(found.Zip(found.Skip(1)), pair => Assert.Equal(pair.Second.Hash(), pair.First.Previous));
        Assert.Null(await store.HeadersAsync(20, 12));
        await Task.Delay(1_100);
        Assert.Equal(3, (await store.HeadersAsync(3, 12))!.Count);
    }

    [Fact]
    public async Task A_block_that_is_not_in_memory_is_made_again_with_its_own_secret_and_not_for_everybody()
    {
        BlockHeader last = Fill(blocks: 30);
        using var store = new BlockStore(_root);
        store.Sealed(in last);
        Assert.Null(await store.OfCommandAsync(50, mayRebuild: false));
        StoredBlock block = (await store.OfCommandAsync(50))!;
        RecordProof proof = block.ProveCommand(block.FindCommand(50));
        Assert.Equal(ProofVerdict.Holds, proof.Check(block.Header.Hash()));
        Assert.Equal(7UL, block.Header.Height);
        Assert.NotEqual(RecordSalts.SimulatedSecret(block.Header.Venue, 7), block.Secret);
    }

    private BlockHeader Fill(int blocks)
    {
        using SigningKey key = SigningKey.FromSeed("operator"u8);
        Genesis genesis = Genesis.Default("blocks", key.PublicKey, 1_000);
        genesis.MaxAccounts = 512;
        genesis.MaxKeys = 1_024;
        genesis.MaxOrders = 1_024;
        genesis.BlockCommands = 8;
        using Venue venue = Venue.Create(_root, in genesis);
        for (ulong nonce = 1; venue.Ledger.Last.Height < (ulong)blocks; nonce++)
        {
            var asset = new CreateAsset { Header = { Nonce = nonce }, Name = ShortName.From("A"), Decimals = 6, CollateralCapAtoms = 1 };
            var record = new byte[Unsafe.SizeOf<CreateAsset>() + CommandHeader.SignatureSize];
            key.Sign(venue.Ledger.Engine.State.GenesisHash, record, CommandCodec.Write(CommandKind.CreateAsset, ref asset, record));
            // The second of a name may be refused: it is in a block all the same.
            venue.Submit(record, 2_000);
        }
        venue.Flush();
        return venue.Ledger.Last;
    }
}
