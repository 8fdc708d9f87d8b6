using Surety.Protocol;

namespace Surety.Replay.Venues;

/// <summary>What a journal record is. Numbers are frozen.</summary>
public enum RecordKind : uint
{
    /// <summary>The venue's terms and the secret of its state (<see cref="GenesisRecord"/>): the first record, once.</summary>
    Genesis = 1,

    /// <summary>A sequenced command with its signature, or with the mark that a batch's signature covers it.</summary>
    Command = 2,

    /// <summary>A sealed block's header, after the last of its commands.</summary>
    BlockHeader = 3,

    /// <summary>A signature over the digests of the commands that follow: see <see cref="Signing.SignedBatch"/>.</summary>
    SignedBatch = 4,

    /// <summary>A client's label for the order that the next command places, UTF-8. Execution does not see it.</summary>
    Label = 5,

    /// <summary>Thirty-two random bytes, before a block's first command: what its salts are made from.</summary>
    BlockSecret = 6,

    /// <summary>The venue's signature over a block's header, some records after it: see <see cref="Proofs.HeaderSeal"/>.</summary>
    HeaderSeal = 7,
}
