using System;
using System.Security.Cryptography;
using Surety.Core.Hashing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Replay.Signing;

/// <summary>An ECDSA P-256 key pair as a client holds it. Not safe for use by two threads at once.</summary>
public sealed class SigningKey : IDisposable
{
    // The order of P-256's group (FIPS 186-5, D.1.2.3), less one.
    private static readonly UInt128 OrderHigh = new(0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFF);
    private readonly ECDsa _key;

    private SigningKey(ECDsa key)
    {
        _key = key;
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
        Span<byte> bytes = stackalloc byte[64];
        parameters.Q.X.CopyTo(bytes);
        parameters.Q.Y.CopyTo(bytes[32..]);
        PublicKey = PublicKey.From(bytes);
    }

    /// <summary>X and Y.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>A new random key.</summary>
    public static SigningKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>
    /// The key of a seed, for simulations: anyone who knows the seed has the key. The private scalar is SHA-256 of the seed,
    /// hashed again until it lies in the group's range.
    /// </summary>
    public static SigningKey FromSeed(ReadOnlySpan<byte> seed)
    {
        byte[] scalar = SHA256.HashData(seed);
        while (System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(scalar) >= OrderHigh)
        {
            scalar = SHA256.HashData(scalar);
        }
        return new SigningKey(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar }));
    }

    /// <summary>Writes a command's signature behind it: the record then has <see cref="CommandHeader.SignatureSize"/> bytes more.</summary>
    /// <param name="venue">The venue it is meant for: no signature is valid in another.</param>
    /// <param name="record">The command, with room for the signature.</param>
    /// <param name="length">Bytes of the command.</param>
    public int Sign(Hash256 venue, Span<byte> record, int length)
    {
        Span<byte> message = stackalloc byte[CommandSignatures.MaxMessageBytes];
        int size = SignedMessage.Write(venue, record[CommandHeader.StampSize..length], message);
        _key.SignData(message[..size], record.Slice(length, CommandHeader.SignatureSize), HashAlgorithmName.SHA256);
        return length + CommandHeader.SignatureSize;
    }

    /// <summary>Signs a batch record, whose key, count and digests are written.</summary>
    public void SignBatch(Hash256 venue, Span<byte> batch)
    {
        Span<byte> message = stackalloc byte[SignedBatch.MaxMessageBytes];
        int size = SignedBatch.WriteMessage(venue, batch, message);
        _key.SignData(message[..size], SignedBatch.SignatureOf(batch), HashAlgorithmName.SHA256);
    }

    /// <summary>Signs SHA-256 of any message: r then s.</summary>
    public byte[] SignMessage(ReadOnlySpan<byte> message) => _key.SignData(message, HashAlgorithmName.SHA256);

    /// <summary>The key of a PEM text (PKCS#8 or SEC 1).</summary>
    /// <exception cref="ArgumentException">It holds no P-256 private key.</exception>
    public static SigningKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.KeySize != 256)
            {
                throw new ArgumentException("expected a P-256 private key", nameof(pem));
            }
            return new SigningKey(key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new ArgumentException("expected a P-256 private key in PEM form: " + e.Message, nameof(pem), e);
        }
    }

    /// <summary>The private key as a PEM text (PKCS#8).</summary>
    public string ToPem() => _key.ExportPkcs8PrivateKeyPem();

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
