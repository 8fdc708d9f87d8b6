using System;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>What a scenario takes from the node above: keys, words for refusals, and a journal where one is to be kept.</summary>
internal abstract class ScenarioPlatform
{
    /// <summary>The public key of a named client, derived from the name.</summary>
    public abstract PublicKey PublicKey(string name);

    /// <summary>Signs a command for a named client; returns the bytes of both.</summary>
    public abstract int Sign(string name, Hash256 venue, Span<byte> record, int length);

    /// <summary>What a refusal of a command says to people.</summary>
    public abstract string Words(RefusalCode code, long detail, ReadOnlySpan<byte> record, IndexedState state);

    /// <summary>A venue that keeps a journal in an empty directory.</summary>
    public abstract JournaledVenue Create(string directory, in Genesis genesis);
}

/// <summary>A venue whose every command is written to disk.</summary>
internal abstract class JournaledVenue : IDisposable
{
    /// <summary>Its ledger.</summary>
    public abstract Ledger Ledger { get; }

    /// <summary>Sequences a command.</summary>
    public abstract RefusalCode Submit(ReadOnlySpan<byte> record, long timeNs);

    /// <summary>Seals the block being made; returns when it is on disk.</summary>
    public abstract void Seal();

    /// <summary>Closes it and opens it again, from a snapshot that is taken now or from the journal alone.</summary>
    public abstract void Reopen(bool fromJournal);

    /// <inheritdoc/>
    public abstract void Dispose();
}
