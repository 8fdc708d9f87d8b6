using System;
using System.Security.Cryptography;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Proofs;

/// <summary>Checks ECDSA P-256 signatures.</summary>
internal static class Signatures
{
    /// <summary>Whether a signature is that of a key over a message; false too for what is no point of the curve.</summary>
    public static bool IsValid(in PublicKey key, ReadOnlySpan<byte> message, in Signature signature)
    {
        try
        {
            using var verifier = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = key.XBytes(), Y = key.YBytes() },
            });
            return verifier.VerifyData(message, signature, HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
