using System.IO;
using Microsoft.Extensions.Logging;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Node.Proving;
using Surety.Proofs;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Node;

/// <content>The remembered head and the venue's key.</content>
public sealed partial class VenueNode
{
    private readonly HeaderSigner? _signer;

    /// <summary>The last block as it is remembered outside the directory; null where there is no place for it.</summary>
    public RememberedHead? Head { get; }

    /// <summary>The venue's public key with which headers are signed; null where there is none here.</summary>
    public PublicKey? SealingKey => _signer?.PublicKey;

    // Before anything is signed or told: is this the journal that was here last?
    private RememberedHead? OpenHead(Venue venue)
    {
        Hash256 name = venue.Ledger.Engine.State.GenesisHash;
        if ((Settings.Seal.Head ?? RememberedHead.DefaultPath(name)) is not { } path)
        {
            LogNoHead(_log, "there is no home directory; name a file as seal.head");
            return null;
        }
        var head = new RememberedHead(path) { Unexpected = e => LogNoHead(_log, e.Message) };
        if (!File.Exists(head.FilePath) && venue.Ledger.Last.Height > 0)
        {
            LogBegins(_log, head.FilePath, venue.Ledger.Last.Height);
        }
        try
        {
            head.Check(venue.Directories, venue.Ledger.Last, name);
        }
        catch (HistoryException e) when (Settings.Seal.AcceptRollback)
        {
            LogAccepted(_log, e.Message);
        }
        head.Begin(venue.Ledger.Last);
        return head;
    }

    private HeaderSigner? OpenSigner(Venue venue)
    {
        IndexedState state = venue.Ledger.Engine.State;
        string path = Settings.Seal.Key ?? Vault.PathOf("venue.pem");
        SigningKey? own = Settings.Seal.Key is null ? Vault.FindKey("venue") : File.Exists(path) ? SigningKey.FromPem(File.ReadAllText(path)) : null;
        if (own is null && SealingKeys.Of(state).Count == 0 && Settings.Seal.MakeKey)
        {
            own = Vault.MakeKey("venue");
        }
        if (own is null)
        {
            // A sandbox that came back without its keys goes on unsigned, and says so.
            return SealingKeys.Of(state).Count == 0 || Settings.Seal.MakeKey ? null : throw new HistoryException($"{path}: not there, but the ledger names a key that signs the headers of this venue. Name its file as seal.key");
        }
        var signer = new HeaderSigner(own) { Failed = e => LogUnexpected(_log, e, "signing a header") };
        uint? key = SealingKeys.Find(state, signer.PublicKey);
        if (key is null && SealingKeys.Of(state).Count > 0)
        {
            signer.Dispose();
            throw new HistoryException($"{path}: it is not the key that signs the headers of this venue, by its ledger. Name the right file as seal.key, or add this key to the ledger with the scope Seal");
        }
        SignLast(venue, signer);
        return signer;
    }

    // A crash came between the last header and its signature.
    private void SignLast(Venue venue, HeaderSigner signer)
    {
        if (venue.Unsigned.Height > 0 && SealingKeys.Find(venue.Ledger.Engine.State, signer.PublicKey) is { } number)
        {
            HeaderSeal seal = signer.Sign(venue.Unsigned, number);
            venue.AppendSeal(seal);
            Blocks.Signed(seal);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "accepted, as asked for: {Problem}")]
    private static partial void LogAccepted(ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}: not there, so that this start cannot tell whether the journal is the newest; it remembers from block {Height} on")]
    private static partial void LogBegins(ILogger log, string path, ulong height);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the last block is not remembered outside the directory: {Reason}")]
    private static partial void LogNoHead(ILogger log, string reason);
}
