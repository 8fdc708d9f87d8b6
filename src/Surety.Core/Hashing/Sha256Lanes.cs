using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace Surety.Core.Hashing;

/// <summary>
/// SHA-256 (FIPS 180-4) of many equally long messages at once. With AVX-512, sixteen messages are hashed in the
/// sixteen 32-bit lanes of a register; elsewhere, and for a remainder too small to pay, the platform hashes them
/// one by one. The digests are the same either way: these are ordinary SHA-256 values.
/// </summary>
public static unsafe class Sha256Lanes
{
    /// <summary>Messages hashed together.</summary>
    public const int Lanes = 16;

    private const int SaltBytes = RecordSalts.SaltBytes;
    private const int SaltWords = SaltBytes / 4;

    // Below this many messages the platform's own code is faster than sixteen lanes, most of them idle.
    private const int FewestForLanes = 5;

    private static readonly uint[] RoundConstants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private static readonly uint[] InitialState =
    [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];

    // The second block of a 64-byte message is padding alone, so its schedule is a constant.
    private static readonly uint[] PairPaddingSchedule = MakePairPaddingSchedule();

    /// <summary>Whether this machine hashes sixteen at a time.</summary>
    public static bool IsAccelerated => Avx512F.IsSupported && Avx512BW.IsSupported;

    /// <summary>
    /// Hashes pages of a buffer. The message of page i is its bytes followed by eight more: <paramref name="context"/>
    /// and i, both little-endian 32-bit, so that a page's digest also says which page of what it is. Where there are salts, the page's
    /// salt follows; it stands in the block of the padding and costs nothing.
    /// </summary>
    /// <param name="buffer">The pages, one after another.</param>
    /// <param name="pageBytes">Length of a page; a multiple of 64.</param>
    /// <param name="context">What the pages belong to.</param>
    /// <param name="pages">Which pages to hash.</param>
    /// <param name="digests">Receives the digest of page i at index i.</param>
    /// <param name="salts">The salt of page i at i × 16; empty for none.</param>
    public static void HashPages(
        ReadOnlySpan<byte> buffer, int pageBytes, uint context, ReadOnlySpan<int> pages, Span<Hash256> digests,
        ReadOnlySpan<byte> salts = default)
    {
        if (pageBytes <= 0 || pageBytes % 64 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(pageBytes), pageBytes, "A page is a positive multiple of 64 bytes.");
        }
        int done = 0;
        if (IsAccelerated)
        {
            fixed (byte* start = buffer)
            {
                byte** messages = stackalloc byte*[Lanes];
                Hash256* results = stackalloc Hash256[Lanes];
                uint* indexes = stackalloc uint[Lanes];
                uint* saltWords = stackalloc uint[Lanes * SaltWords];
                while (pages.Length - done >= FewestForLanes)
                {
                    int count = Math.Min(Lanes, pages.Length - done);
                    for (int lane = 0; lane < Lanes; lane++)
                    {
                        // Idle lanes repeat the last page; their result is not used.
                        int page = pages[done + Math.Min(lane, count - 1)];
                        _ = buffer.Slice(checked(page * pageBytes), pageBytes);
                        messages[lane] = start + ((long)page * pageBytes);
                        indexes[lane] = (uint)page;
                        if (!salts.IsEmpty)
                        {
                            ReadOnlySpan<uint> salt = MemoryMarshal.Cast<byte, uint>(salts.Slice(page * SaltBytes, SaltBytes));
                            for (int word = 0; word < SaltWords; word++)
                            {
                                saltWords[(word * Lanes) + lane] = salt[word];
                            }
                        }
                    }
                    HashLanes(messages, pageBytes / 64, context, indexes, results, salts.IsEmpty ? null : saltWords);
                    for (int lane = 0; lane < count; lane++)
                    {
                        digests[pages[done + lane]] = results[lane];
                    }
                    done += count;
                }
            }
        }
        for (; done < pages.Length; done++)
        {
            int page = pages[done];
            digests[page] = HashPage(
                buffer.Slice(page * pageBytes, pageBytes), context, (uint)page,
                salts.IsEmpty ? default : salts.Slice(page * SaltBytes, SaltBytes));
        }
    }

    /// <summary>The digest that <see cref="HashPages"/> gives one page: SHA-256(page ‖ context ‖ index ‖ salt).</summary>
    public static Hash256 HashPage(ReadOnlySpan<byte> page, uint context, uint index, ReadOnlySpan<byte> salt = default)
    {
        int length = page.Length + 8 + salt.Length;
        Span<byte> message = length <= 2048 ? stackalloc byte[length] : new byte[length];
        page.CopyTo(message);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(message[page.Length..], context);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(message[(page.Length + 4)..], index);
        salt.CopyTo(message[(page.Length + 8)..]);
        return Hash256.Of(message);
    }

    /// <summary>
    /// Hashes pairs of neighbours: for each i of <paramref name="parents"/>, the digest of children 2i and 2i+1 goes
    /// to <paramref name="results"/>[i].
    /// </summary>
    public static void HashPairs(ReadOnlySpan<Hash256> children, ReadOnlySpan<int> parents, Span<Hash256> results)
    {
        int done = 0;
        if (IsAccelerated)
        {
            fixed (Hash256* start = children)
            {
                byte** messages = stackalloc byte*[Lanes];
                Hash256* lanes = stackalloc Hash256[Lanes];
                while (parents.Length - done >= FewestForLanes)
                {
                    int count = Math.Min(Lanes, parents.Length - done);
                    for (int lane = 0; lane < Lanes; lane++)
                    {
                        int parent = parents[done + Math.Min(lane, count - 1)];
                        _ = children.Slice(2 * parent, 2);
                        messages[lane] = (byte*)(start + (2 * parent));
                    }
                    HashLanes(messages, 1, 0, null, lanes);
                    for (int lane = 0; lane < count; lane++)
                    {
                        results[parents[done + lane]] = lanes[lane];
                    }
                    done += count;
                }
            }
        }
        for (; done < parents.Length; done++)
        {
            int parent = parents[done];
            Unsafe.SkipInit(out Hash256 digest);
            SHA256.HashData(MemoryMarshal.AsBytes(children.Slice(2 * parent, 2)), MemoryMarshal.AsBytes(new Span<Hash256>(ref digest)));
            results[parent] = digest;
        }
    }

    /// <summary>
    /// Hashes up to sixteen messages that stand one after another with their padding already written, each of
    /// <paramref name="blocks"/> × 64 bytes.
    /// </summary>
    /// <param name="messages">Sixteen places of blocks × 64 bytes; those from <paramref name="count"/> on may hold anything.</param>
    /// <param name="blocks">64-byte blocks of each message, padding included.</param>
    /// <param name="count">How many messages there are, 1 to 16.</param>
    /// <param name="digests">Receives one digest for each message.</param>
    public static void HashPadded(ReadOnlySpan<byte> messages, int blocks, int count, Span<Hash256> digests)
    {
        int size = blocks * 64;
        ArgumentOutOfRangeException.ThrowIfLessThan(messages.Length, Lanes * size, nameof(messages));
        if (IsAccelerated && count >= FewestForLanes)
        {
            fixed (byte* start = messages)
            {
                byte** lanes = stackalloc byte*[Lanes];
                Hash256* results = stackalloc Hash256[Lanes];
                for (int lane = 0; lane < Lanes; lane++)
                {
                    lanes[lane] = start + (lane * size);
                }
                HashLanes(lanes, blocks, 0, null, results, isPadded: true);
                new ReadOnlySpan<Hash256>(results, count).CopyTo(digests);
            }
            return;
        }
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> message = messages.Slice(i * size, size);
            long bits = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(message[^8..]);
            digests[i] = Hash256.Of(message[..(int)(bits / 8)]);
        }
    }

    // indexes == null: the message is one block, and the padding block's schedule is known in advance; or it carries its padding.
    private static void HashLanes(byte** messages, int blocks, uint context, uint* indexes, Hash256* results, uint* salts = null,
        bool isPadded = false)
    {
        Vector512<uint>* state = stackalloc Vector512<uint>[8];
        Vector512<uint>* schedule = stackalloc Vector512<uint>[16];
        for (int i = 0; i < 8; i++)
        {
            state[i] = Vector512.Create(InitialState[i]);
        }
        for (int block = 0; block < blocks; block++)
        {
            LoadTransposed(messages, block * 64, schedule);
            Compress(state, schedule);
        }
        if (indexes == null && !isPadded)
        {
            CompressKnown(state, PairPaddingSchedule);
        }
        else if (indexes != null)
        {
            schedule[0] = SwapBytes(Vector512.Create(context));
            schedule[1] = SwapBytes(Vector512.Load(indexes));
            int words = 2;
            for (; salts != null && words < 2 + SaltWords; words++)
            {
                schedule[words] = SwapBytes(Vector512.Load(salts + ((words - 2) * Lanes)));
            }
            schedule[words] = Vector512.Create(0x80000000u);
            for (int i = words + 1; i < 15; i++)
            {
                schedule[i] = Vector512<uint>.Zero;
            }
            schedule[15] = Vector512.Create(unchecked((uint)(((blocks * 64) + (words * 4)) * 8)));
            Compress(state, schedule);
        }
        uint* digests = stackalloc uint[8 * Lanes];
        for (int i = 0; i < 8; i++)
        {
            SwapBytes(state[i]).Store(digests + (i * Lanes));
        }
        uint* output = (uint*)results;
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int i = 0; i < 8; i++)
            {
                output[(lane * 8) + i] = digests[(i * Lanes) + lane];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> SwapBytes(Vector512<uint> value) =>
        Avx512BW.Shuffle(
            value.AsByte(),
            Vector512.Create(0x0405060700010203ul, 0x0c0d0e0f08090a0bul, 0x0405060700010203ul, 0x0c0d0e0f08090a0bul,
                0x0405060700010203ul, 0x0c0d0e0f08090a0bul, 0x0405060700010203ul, 0x0c0d0e0f08090a0bul).AsByte()).AsUInt32();

    // Sixteen messages' next 64 bytes, as sixteen vectors of the i-th big-endian word of each message.
    private static void LoadTransposed(byte** messages, int offset, Vector512<uint>* words)
    {
        Vector512<uint>* rows = stackalloc Vector512<uint>[16];
        for (int group = 0; group < 16; group += 4)
        {
            // 4×4 transposes inside each 128-bit part.
            Vector512<uint> a = Vector512.Load((uint*)(messages[group] + offset));
            Vector512<uint> b = Vector512.Load((uint*)(messages[group + 1] + offset));
            Vector512<uint> c = Vector512.Load((uint*)(messages[group + 2] + offset));
            Vector512<uint> d = Vector512.Load((uint*)(messages[group + 3] + offset));
            Vector512<ulong> abLow = Avx512F.UnpackLow(a, b).AsUInt64();
            Vector512<ulong> abHigh = Avx512F.UnpackHigh(a, b).AsUInt64();
            Vector512<ulong> cdLow = Avx512F.UnpackLow(c, d).AsUInt64();
            Vector512<ulong> cdHigh = Avx512F.UnpackHigh(c, d).AsUInt64();
            rows[group] = Avx512F.UnpackLow(abLow, cdLow).AsUInt32();
            rows[group + 1] = Avx512F.UnpackHigh(abLow, cdLow).AsUInt32();
            rows[group + 2] = Avx512F.UnpackLow(abHigh, cdHigh).AsUInt32();
            rows[group + 3] = Avx512F.UnpackHigh(abHigh, cdHigh).AsUInt32();
        }
        for (int i = 0; i < 4; i++)
        {
            // Then a 4×4 transpose of the 128-bit parts.
            Vector512<uint> lowLow = Avx512F.Shuffle4x128(rows[i], rows[4 + i], 0x44);
            Vector512<uint> lowHigh = Avx512F.Shuffle4x128(rows[i], rows[4 + i], 0xEE);
            Vector512<uint> highLow = Avx512F.Shuffle4x128(rows[8 + i], rows[12 + i], 0x44);
            Vector512<uint> highHigh = Avx512F.Shuffle4x128(rows[8 + i], rows[12 + i], 0xEE);
            words[i] = SwapBytes(Avx512F.Shuffle4x128(lowLow, highLow, 0x88));
            words[4 + i] = SwapBytes(Avx512F.Shuffle4x128(lowLow, highLow, 0xDD));
            words[8 + i] = SwapBytes(Avx512F.Shuffle4x128(lowHigh, highHigh, 0x88));
            words[12 + i] = SwapBytes(Avx512F.Shuffle4x128(lowHigh, highHigh, 0xDD));
        }
    }

    private static void Compress(Vector512<uint>* state, Vector512<uint>* w)
    {
        Vector512<uint> a = state[0], b = state[1], c = state[2], d = state[3];
        Vector512<uint> e = state[4], f = state[5], g = state[6], h = state[7];
        fixed (uint* k = RoundConstants)
        {
            for (int round = 0; round < 64; round += 16)
            {
                if (round != 0)
                {
                    for (int i = 0; i < 16; i++)
                    {
                        Vector512<uint> w15 = w[(i + 1) & 15];
                        Vector512<uint> w2 = w[(i + 14) & 15];
                        Vector512<uint> s0 = Xor3(
                            Avx512F.RotateRight(w15, 7), Avx512F.RotateRight(w15, 18), Avx512F.ShiftRightLogical(w15, 3));
                        Vector512<uint> s1 = Xor3(
                            Avx512F.RotateRight(w2, 17), Avx512F.RotateRight(w2, 19), Avx512F.ShiftRightLogical(w2, 10));
                        w[i] = w[i] + s0 + (w[(i + 9) & 15] + s1);
                    }
                }
                for (int i = 0; i < 16; i += 8)
                {
                    uint* kk = k + round + i;
                    Round(a, b, c, ref d, e, f, g, ref h, w[i] + Vector512.Create(kk[0]));
                    Round(h, a, b, ref c, d, e, f, ref g, w[i + 1] + Vector512.Create(kk[1]));
                    Round(g, h, a, ref b, c, d, e, ref f, w[i + 2] + Vector512.Create(kk[2]));
                    Round(f, g, h, ref a, b, c, d, ref e, w[i + 3] + Vector512.Create(kk[3]));
                    Round(e, f, g, ref h, a, b, c, ref d, w[i + 4] + Vector512.Create(kk[4]));
                    Round(d, e, f, ref g, h, a, b, ref c, w[i + 5] + Vector512.Create(kk[5]));
                    Round(c, d, e, ref f, g, h, a, ref b, w[i + 6] + Vector512.Create(kk[6]));
                    Round(b, c, d, ref e, f, g, h, ref a, w[i + 7] + Vector512.Create(kk[7]));
                }
            }
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    private static void CompressKnown(Vector512<uint>* state, uint[] schedulePlusConstants)
    {
        Vector512<uint> a = state[0], b = state[1], c = state[2], d = state[3];
        Vector512<uint> e = state[4], f = state[5], g = state[6], h = state[7];
        fixed (uint* w = schedulePlusConstants)
        {
            for (uint* p = w; p < w + 64; p += 8)
            {
                Round(a, b, c, ref d, e, f, g, ref h, Vector512.Create(p[0]));
                Round(h, a, b, ref c, d, e, f, ref g, Vector512.Create(p[1]));
                Round(g, h, a, ref b, c, d, e, ref f, Vector512.Create(p[2]));
                Round(f, g, h, ref a, b, c, d, ref e, Vector512.Create(p[3]));
                Round(e, f, g, ref h, a, b, c, ref d, Vector512.Create(p[4]));
                Round(d, e, f, ref g, h, a, b, ref c, Vector512.Create(p[5]));
                Round(c, d, e, ref f, g, h, a, ref b, Vector512.Create(p[6]));
                Round(b, c, d, ref e, f, g, h, ref a, Vector512.Create(p[7]));
            }
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, ref Vector512<uint> d,
        Vector512<uint> e, Vector512<uint> f, Vector512<uint> g, ref Vector512<uint> h, Vector512<uint> wk)
    {
        Vector512<uint> sum1 = Xor3(Avx512F.RotateRight(e, 6), Avx512F.RotateRight(e, 11), Avx512F.RotateRight(e, 25));
        Vector512<uint> choose = Avx512F.TernaryLogic(e, f, g, 0xCA);
        Vector512<uint> t1 = h + wk + (sum1 + choose);
        Vector512<uint> sum0 = Xor3(Avx512F.RotateRight(a, 2), Avx512F.RotateRight(a, 13), Avx512F.RotateRight(a, 22));
        Vector512<uint> majority = Avx512F.TernaryLogic(a, b, c, 0xE8);
        d += t1;
        h = t1 + (sum0 + majority);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Xor3(Vector512<uint> x, Vector512<uint> y, Vector512<uint> z) =>
        Avx512F.TernaryLogic(x, y, z, 0x96);

    private static uint[] MakePairPaddingSchedule()
    {
        var w = new uint[64];
        w[0] = 0x80000000;
        w[15] = 512;
        unchecked
        {
            for (int i = 16; i < 64; i++)
            {
                uint s0 = uint.RotateRight(w[i - 15], 7) ^ uint.RotateRight(w[i - 15], 18) ^ (w[i - 15] >> 3);
                uint s1 = uint.RotateRight(w[i - 2], 17) ^ uint.RotateRight(w[i - 2], 19) ^ (w[i - 2] >> 10);
                w[i] = w[i - 16] + s0 + w[i - 7] + s1;
            }
            for (int i = 0; i < 64; i++)
            {
                w[i] += RoundConstants[i];
            }
        }
        return w;
    }
}
