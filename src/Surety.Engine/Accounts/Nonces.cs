using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>
/// Replay protection that allows commands to arrive out of order: any nonce not yet used that is above the highest
/// one less 64 is accepted once (the sliding window of RFC 4303, section 3.4.3).
/// </summary>
public static class Nonces
{
    /// <summary>How far below the highest nonce a late one may be.</summary>
    public const int Window = 64;

    /// <summary>The most a nonce may jump ahead, so that one command cannot lock a key out of its number space.</summary>
    public const ulong LargestJump = 1UL << 40;

    /// <summary>Whether the key may still use the nonce.</summary>
    public static bool IsFresh(in Key key, ulong nonce)
    {
        if (nonce > key.HighestNonce)
        {
            return nonce - key.HighestNonce <= LargestJump;
        }
        ulong age = key.HighestNonce - nonce;
        return nonce != 0 && age < Window && (key.UsedNonces >> (int)age & 1) == 0;
    }

    /// <summary>Uses a fresh nonce up.</summary>
    public static void Use(ref Key key, ulong nonce)
    {
        if (nonce > key.HighestNonce)
        {
            ulong step = nonce - key.HighestNonce;
            key.UsedNonces = step < Window ? (key.UsedNonces << (int)step) | 1 : 1;
            key.HighestNonce = nonce;
        }
        else
        {
            key.UsedNonces |= 1UL << (int)(key.HighestNonce - nonce);
        }
    }
}
