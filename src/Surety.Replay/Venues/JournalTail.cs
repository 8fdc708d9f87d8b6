using Surety.Engine.Blocks;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Replay.Proving;

namespace Surety.Replay.Venues;

/// <summary>What a journal's end lacks after a crash: the last block's header, or the signature over it.</summary>
public sealed class JournalTail
{
    /// <summary>Whether the last block was sealed by its size and its header did not follow.</summary>
    public bool HeaderIsMissing { get; set; }

    /// <summary>
    /// The last header, where a valid key of the venue should have signed it; height 0 for none. Those before it are covered by its
    /// signature, too.
    /// </summary>
    public BlockHeader Unsigned { get; private set; }

    /// <summary>Starts again.</summary>
    public void Begin() => (HeaderIsMissing, Unsigned) = (false, default);

    /// <summary>A header was read.</summary>
    public void Saw(Ledger ledger, in BlockHeader header)
    {
        HeaderIsMissing = false;
        Unsigned = header.Height == ledger.Last.Height && SealingKeys.Of(ledger.Engine.State).Count > 0 ? header : default;
    }

    /// <summary>A signature was read.</summary>
    public void Saw(HeaderSeal seal)
    {
        if (seal.Height >= Unsigned.Height)
        {
            Unsigned = default;
        }
    }
}
