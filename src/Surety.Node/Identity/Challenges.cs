using System;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace Surety.Node.Identity;

/// <summary>
/// Texts to sign for a log-in. None is remembered when it is given out: it carries its time and a code that only this process can make,
/// so asking for many costs others nothing. Remembered are those that a log-in used, until they lapse.
/// </summary>
public sealed class Challenges(Func<long> nowMs)
{
    /// <summary>How long one may be used.</summary>
    public const long LifeMs = 60_000;

    private const int RandomBytes = 16;
    private const int CodeBytes = 16;
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, long> _used = new();
    private long _sweptMs;

    /// <summary>Those remembered: as many as log-ins succeeded in the last minute.</summary>
    public int Remembered => _used.Count;

    /// <summary>A new one for a log-in of a kind.</summary>
    public string Make(string login)
    {
        Span<byte> bytes = stackalloc byte[8 + RandomBytes + CodeBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, nowMs() + LifeMs);
        RandomNumberGenerator.Fill(bytes.Slice(8, RandomBytes));
        Code(bytes[..(8 + RandomBytes)], login).AsSpan(0, CodeBytes).CopyTo(bytes[(8 + RandomBytes)..]);
        return Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    /// <summary>Whether it was given out here for that login, has not lapsed, and was not used.</summary>
    public bool IsOpen(string challenge, string login)
    {
        byte[] bytes;
        try
        {
            bytes = Passkeys.FromBase64(challenge);
        }
        catch (FormatException)
        {
            return false;
        }
        return bytes.Length == 8 + RandomBytes + CodeBytes
            && CryptographicOperations.FixedTimeEquals(Code(bytes.AsSpan(0, 8 + RandomBytes), login).AsSpan(0, CodeBytes),
                bytes.AsSpan(8 + RandomBytes))
            && BinaryPrimitives.ReadInt64BigEndian(bytes) >= nowMs()
            && !_used.ContainsKey(Convert.ToBase64String(bytes));
    }

    /// <summary>Uses up one that is open, after its signature was found good; false when another log-in was faster.</summary>
    public bool Use(string challenge)
    {
        long now = nowMs();
        if (now - _sweptMs > 10_000)
        {
            _sweptMs = now;
            foreach (string old in _used.Where(u => u.Value < now).Select(u => u.Key).ToList())
            {
                _used.TryRemove(old, out _);
            }
        }
        byte[] bytes = Passkeys.FromBase64(challenge);
        return _used.TryAdd(Convert.ToBase64String(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes));
    }

    private byte[] Code(ReadOnlySpan<byte> head, string login) =>
        HMACSHA256.HashData(_secret, (byte[])[.. head, .. Encoding.UTF8.GetBytes(login)]);
}
