using System;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Surety.Core.Hashing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Replay.Signing;

/// <summary>
/// Checks commands' signatures: ECDSA P-256 over SHA-256 of "surety command\0\1" ‖ venue ‖ the command from its kind to the
/// end of its body. Safe to use from many threads.
/// </summary>
public sealed class CommandSignatures(Hash256 venue) : IDisposable
{
    internal const int MaxMessageBytes = SignedMessage.PrefixBytes + CommandCodec.MaxRecordBytes;

    private readonly ConcurrentDictionary<uint, ConcurrentBag<ECDsa>> _verifiers = new();

    /// <summary>Whether a well-formed, signed record carries a signature by a public key.</summary>
    /// <param name="keyNumber">The key's number, under which its decoded form is kept.</param>
    /// <param name="publicKey">The key.</param>
    /// <param name="record">The record.</param>
    public bool AreValid(uint keyNumber, in PublicKey publicKey, ReadOnlySpan<byte> record)
    {
        Span<byte> message = stackalloc byte[MaxMessageBytes];
        int size = SignedMessage.Write(venue, CommandCodec.SignedPart(record), message);
        return IsValid(keyNumber, in publicKey, message[..size], CommandCodec.Signature(record));
    }

    /// <summary>Whether a well-formed batch record carries a signature by a public key.</summary>
    public bool IsBatchValid(uint keyNumber, in PublicKey publicKey, ReadOnlySpan<byte> batch)
    {
        Span<byte> message = stackalloc byte[SignedBatch.MaxMessageBytes];
        int size = SignedBatch.WriteMessage(venue, batch, message);
        return IsValid(keyNumber, in publicKey, message[..size], SignedBatch.SignatureOf(batch));
    }

    /// <summary>Whether a signature (r then s) over SHA-256 of a message is a key's.</summary>
    public bool IsValid(uint keyNumber, in PublicKey publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        ConcurrentBag<ECDsa> bag = _verifiers.GetOrAdd(keyNumber, _ => []);
        if (!bag.TryTake(out ECDsa? verifier))
        {
            verifier = Import(in publicKey);
            if (verifier is null)
            {
                return false;
            }
        }
        bool valid = verifier.VerifyData(message, signature, HashAlgorithmName.SHA256);
        bag.Add(verifier);
        return valid;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ConcurrentBag<ECDsa> bag in _verifiers.Values)
        {
            foreach (ECDsa verifier in bag)
            {
                verifier.Dispose();
            }
        }
    }

    private static ECDsa? Import(in PublicKey key)
    {
        try
        {
            return ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = key.XBytes(), Y = key.YBytes() },
            });
        }
        catch (CryptographicException)
        {
            // Not a point of the curve: nothing it signs is valid.
            return null;
        }
    }
}
