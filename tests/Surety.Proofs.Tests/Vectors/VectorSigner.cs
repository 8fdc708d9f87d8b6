using System;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Security.Cryptography;
using Surety.Protocol.Rows;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// ECDSA P-256 whose nonce is SHA-256 of key and message, so that vectors made twice are the same bytes. For tests only: it takes as long
/// as the key's bits say.
/// </summary>
internal sealed class VectorSigner
{
    private static readonly BigInteger P = Hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    private static readonly BigInteger N = Hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    private static readonly (BigInteger X, BigInteger Y) G = (
        Hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        Hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));

    private readonly BigInteger _secret;

    public VectorSigner(string seed)
    {
        _secret = Number(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(seed))) % N;
        (BigInteger x, BigInteger y) = Times(_secret, G);
        PublicBytes = [.. Bytes(x), .. Bytes(y)];
    }

    public byte[] PublicBytes { get; }

    public PublicKey PublicKey => PublicKey.From(PublicBytes);

    /// <summary>r and s over SHA-256 of a message.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        byte[] hash = SHA256.HashData(message);
        BigInteger nonce = Number(SHA256.HashData([.. Bytes(_secret), .. hash])) % N;
        BigInteger r = Times(nonce, G).X % N;
        BigInteger s = Inverse(nonce, N) * (Number(hash) + (r * _secret)) % N;
        return [.. Bytes(r), .. Bytes(s)];
    }

    private static (BigInteger X, BigInteger Y) Times(BigInteger times, (BigInteger X, BigInteger Y) point)
    {
        (BigInteger X, BigInteger Y)? sum = null;
        for (int bit = 255; bit >= 0; bit--)
        {
            sum = sum is { } twice ? Add(twice, twice) : null;
            if (((times >> bit) & 1) == 1)
            {
                sum = sum is { } so ? Add(so, point) : point;
            }
        }
        return sum!.Value;
    }

    private static (BigInteger X, BigInteger Y) Add((BigInteger X, BigInteger Y) a, (BigInteger X, BigInteger Y) b)
    {
        BigInteger slope = a == b ? 3 * ((a.X * a.X) - 1) * Inverse(2 * a.Y, P) : (b.Y - a.Y) * Inverse(b.X - a.X, P);
        BigInteger x = Positive((slope * slope) - a.X - b.X, P);
        return (x, Positive((slope * (a.X - x)) - a.Y, P));
    }

    private static BigInteger Inverse(BigInteger value, BigInteger modulus) =>
        BigInteger.ModPow(Positive(value, modulus), modulus - 2, modulus);

    private static BigInteger Positive(BigInteger value, BigInteger modulus) => ((value % modulus) + modulus) % modulus;

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger value) =>
        [.. Enumerable.Repeat(
            (byte)0, 32 - value.GetByteCount(isUnsigned: true)), .. value.ToByteArray(isUnsigned: true, isBigEndian: true)];

    private static BigInteger Hex(string digits) => BigInteger.Parse("0" + digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
