using System;
using System.IO;
using Microsoft.Extensions.Logging;
using Surety.Engine.Indexes;
using Surety.Node.Identity;
using Surety.Node.Settings;
using Surety.Proofs;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Node.Proving;

/// <summary>The key with which the venue signs its block headers, where it has one here.</summary>
public sealed partial class HeaderSealing : IDisposable
{
    private readonly BlockStore _blocks;

    private HeaderSealing(HeaderSigner? signer, BlockStore blocks) => (Signer, _blocks) = (signer, blocks);

    /// <summary>The public key with which headers are signed; null where there is none here.</summary>
    public PublicKey? Key => Signer?.PublicKey;

    /// <summary>Signs headers behind the sequencer; null where there is no key.</summary>
    internal HeaderSigner? Signer { get; }

    /// <summary>
    /// Finds the key that the settings name, or makes one where a sandbox has none yet, and signs what a crash left unsigned.
    /// </summary>
    /// <exception cref="HistoryException">The ledger names keys that sign headers, and the one here is missing or none of them.</exception>
    internal static HeaderSealing Open(Venue venue, SealSettings settings, IdentityVault vault, BlockStore blocks, ILogger log)
    {
        var sealing = new HeaderSealing(OpenSigner(venue.Ledger.Engine.State, settings, vault, log), blocks);
        try
        {
            sealing.SignLast(venue);
            return sealing;
        }
        catch
        {
            sealing.Dispose();
            throw;
        }
    }

    /// <summary>Signs the last header of a venue that was just opened, where a crash came between the header and its signature.</summary>
    internal void SignLast(Venue venue)
    {
        if (Signer is { } signer && venue.Unsigned.Height > 0
            && SealingKeys.Find(venue.Ledger.Engine.State, signer.PublicKey) is { } number)
        {
            HeaderSeal seal = signer.Sign(venue.Unsigned, number);
            venue.AppendSeal(seal);
            _blocks.Signed(seal);
        }
    }

    /// <summary>Forgets headers that wait to be signed: their sequencer failed.</summary>
    internal void Discard() => Signer?.Discard();

    /// <inheritdoc/>
    public void Dispose() => Signer?.Dispose();

    private static HeaderSigner? OpenSigner(IndexedState state, SealSettings settings, IdentityVault vault, ILogger log)
    {
        string path = settings.Key ?? vault.PathOf("venue.pem");
        SigningKey? own = settings.Key is null ? vault.FindKey("venue")
            : File.Exists(path) ? SigningKey.FromPem(File.ReadAllText(path)) : null;
        if (own is null && SealingKeys.Of(state).Count == 0 && settings.MakeKey)
        {
            own = vault.MakeKey("venue");
        }
        if (own is null)
        {
            // A sandbox that came back without its keys goes on unsigned, and says so.
            return SealingKeys.Of(state).Count == 0 || settings.MakeKey ? null
                : throw new HistoryException(
                    $"{path}: not there, but the ledger names a key that signs the headers of this venue. Name its file as seal.key");
        }
        var signer = new HeaderSigner(own) { Failed = e => LogUnexpected(log, e) };
        if (SealingKeys.Find(state, signer.PublicKey) is null && SealingKeys.Of(state).Count > 0)
        {
            signer.Dispose();
            throw new HistoryException(
                $"{path}: it is not the key that signs the headers of this venue, by its ledger. Name the right file as seal.key, "
                + "or add this key to the ledger with the scope Seal");
        }
        return signer;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "signing a header failed in a way that it should not")]
    private static partial void LogUnexpected(ILogger log, Exception e);
}
