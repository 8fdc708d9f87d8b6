using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;

namespace Surety.Proofs;

/// <summary>What checking a certificate came to.</summary>
/// <param name="Holds">Whether the account was below maintenance at the moment it was acted on.</param>
/// <param name="Reason">Where it does not: the first thing that is wrong.</param>
/// <param name="Lines">The arithmetic, to be read.</param>
public sealed record CertificateVerdict(bool Holds, string Reason, IReadOnlyList<string> Lines);

/// <summary>
/// Proves that an account was below maintenance margin at the moment it was liquidated: the account as the engine found it,
/// on its path to a block header; the signed price reports; the sources, their keys and the parameters, on their paths; and
/// the arithmetic, done again. Needs neither the engine nor the journal. Layout in docs/protocol.md.
/// </summary>
public sealed class MarginCallCertificate
{
    // "SMCC", version 3.
    internal const ulong Magic = 0x0000_0003_4343_4D53;
    private const ushort CalledKind = 43;
    private const ushort PositionKind = 44;
    private const ushort CollateralKind = 45;
    private const ushort ReportKind = 70;
    private const int ReportBytes = 88;
    private const int SignatureBytes = 64;
    private const uint IndexTable = 4;
    private const uint AccountTable = 6;
    private const uint PublicKeyTable = 8;

    // Bits of a key's number that are its row; above them stands the row's generation.
    private const uint RowOfKey = (1u << 24) - 1;
    private const uint PositionTable = 9;
    private const int MaxParts = 512;
    private const int SourcesOffset = 256;
    private const int SourceBytes = 128;

    private readonly HashSet<(ushort Index, uint Key)> _used = [];

    /// <summary>The header that all paths lead to.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>The margin call's events one by one, in order.</summary>
    public required IReadOnlyList<RecordProof> Events { get; init; }

    /// <summary>Index pages, public keys, the account's row and its positions after the block.</summary>
    public required IReadOnlyList<PageProof> Proofs { get; init; }

    /// <summary>The price reports with their signatures, as they were sequenced.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Reports { get; init; }

    /// <summary>The certificate as bytes, a digest of them at the end.</summary>
    public byte[] ToBytes()
    {
        var parts = new List<byte>();
        void Number(long value, int bytes)
        {
            Span<byte> raw = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(raw, value);
            parts.AddRange(raw[..bytes]);
        }
        Number((long)Magic, 8);
        Number(Events.Count, 2);
        Number(Proofs.Count, 2);
        Number(Reports.Count, 2);
        Number(0, 2);
        foreach (byte[] bytes in Events.Select(e => e.ToBytes()).Concat(Proofs.Select(p => p.ToBytes())))
        {
            Number(bytes.Length, 4);
            parts.AddRange(bytes);
        }
        foreach (ReadOnlyMemory<byte> report in Reports)
        {
            parts.AddRange(report.Span);
        }
        byte[] body = [.. parts];
        return [.. body, .. SHA256.HashData(body)];
    }

    /// <summary>Reads a certificate; null with a reason when the bytes do not have the form of one, or were changed.</summary>
    public static MarginCallCertificate? Read(ReadOnlySpan<byte> bytes, out string reason)
    {
        reason = "the file does not have the form of a margin call certificate";
        if (bytes.Length < 16 + Hash256.Size || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
        {
            return null;
        }
        ReadOnlySpan<byte> body = bytes[..^Hash256.Size];
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(bytes[^Hash256.Size..]))
        {
            reason = "the file's digest is not that of its content: it was changed or damaged";
            return null;
        }
        int eventCount = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        int proofCount = BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]);
        int reportCount = BinaryPrimitives.ReadUInt16LittleEndian(bytes[12..]);
        if (eventCount is 0 or > MaxParts || proofCount is 0 or > MaxParts || reportCount > MaxParts || bytes[14] != 0 || bytes[15] != 0)
        {
            return null;
        }
        ReadOnlySpan<byte> rest = body[16..];
        var events = new List<RecordProof>();
        var proofs = new List<PageProof>();
        for (int i = 0; i < eventCount + proofCount; i++)
        {
            int length = rest.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length < 0 || length > rest.Length - 4)
            {
                return null;
            }
            ReadOnlySpan<byte> part = rest.Slice(4, length);
            if (i < eventCount && RecordProof.Read(part) is { } record)
            {
                events.Add(record);
            }
            else if (i >= eventCount && PageProof.Read(part) is { } proof)
            {
                proofs.Add(proof);
            }
            else
            {
                return null;
            }
            rest = rest[(4 + length)..];
        }
        const int Report = ReportBytes + SignatureBytes;
        if (rest.Length != reportCount * Report)
        {
            return null;
        }
        var reports = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < reportCount; i++)
        {
            reports.Add(rest.Slice(i * Report, Report).ToArray());
        }
        reason = "";
        return new MarginCallCertificate { Header = events[0].Header, Events = events, Proofs = proofs, Reports = reports };
    }

    /// <summary>Checks everything. With a block hash that the reader trusts, against that; else against the header in the file, which is then to be compared.</summary>
    public CertificateVerdict Check(Hash256? trustedBlock)
    {
        var lines = new List<string>();
        try
        {
            Verify(trustedBlock ?? Header.Hash(), lines);
            return new CertificateVerdict(true, "", lines);
        }
        catch (CertificateFlawException e)
        {
            return new CertificateVerdict(false, e.Message, lines);
        }
        catch (OverflowException)
        {
            return new CertificateVerdict(false, "a number in it is beyond what any account can have", lines);
        }
    }

    private void Verify(Hash256 block, List<string> lines)
    {
        foreach (PageProof proof in Proofs)
        {
            Require(proof.Check(block) == ProofVerdict.Holds, $"a page of table {proof.Table} does not lead to block {block}: {proof.Check(block)}");
        }
        for (int i = 0; i < Events.Count; i++)
        {
            RecordProof e = Events[i];
            Require(e.Root == ProvenRoot.Events && e.Check(block) == ProofVerdict.Holds, $"event {e.Place} does not lead to block {block}: {e.Check(block)}");
            Require(e.Place == Events[0].Place + (uint)i, "its events do not follow each other");
        }
        int at = 0;
        ReadOnlySpan<byte> called = Next(ref at, CalledKind, 72);
        uint account = BinaryPrimitives.ReadUInt32LittleEndian(called[4..]);
        ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(called[8..]);
        long timeNs = Long(called, 16);
        long balance = Long(called, 24);
        long equity = Long(called, 32);
        long maintenance = Long(called, 40);
        int positions = BinaryPrimitives.ReadUInt16LittleEndian(called[60..]);
        int collaterals = BinaryPrimitives.ReadUInt16LittleEndian(called[62..]);
        Require(sequence >= Header.FirstSequence && sequence < Header.FirstSequence + Header.CommandCount, "the margin call is not of this block");
        lines.Add(Say($"Block {Header.Height} of venue {Header.Venue}"));
        lines.Add(Say($"Account {account}, command {sequence}, {DateTimeOffset.FromUnixTimeMilliseconds(timeNs / 1_000_000):yyyy-MM-dd HH:mm:ss.fff}Z"));
        lines.Add(Say($"balance {balance}"));
        long sum = balance;
        long needed = 0;
        for (int i = 0; i < positions; i++)
        {
            CheckPosition(Next(ref at, PositionKind, 128), account, timeNs, sequence, lines, ref sum, ref needed);
        }
        for (int i = 0; i < collaterals; i++)
        {
            CheckCollateral(Next(ref at, CollateralKind, 72), account, timeNs, sequence, lines, ref sum);
        }
        Require(at == Events.Count, "it holds events that are not of the margin call");
        Require(_used.Count == Reports.Count, "a report in it is on an index that the account does not depend on");
        Require(sum == equity, $"equity does not add up: {sum}, stated {equity}");
        Require(needed == maintenance, $"maintenance does not add up: {needed}, stated {maintenance}");
        Require(Proofs.Any(p => p.Table == AccountTable && p.PageIndex == account), "the account's own row is not in it");
        Require(Proofs.Any(p => p.Table == PositionTable && p.PageIndex == account), "the account's positions are not in it");
        lines.Add(Say($"equity {equity} against maintenance margin {maintenance}"));
        Require(equity < maintenance, "the account was not below maintenance");
    }

    private void CheckPosition(ReadOnlySpan<byte> e, uint account, long timeNs, ulong sequence, List<string> lines, ref long sum, ref long needed)
    {
        Require(BinaryPrimitives.ReadUInt32LittleEndian(e[4..]) == account, "a position is another account's");
        (long lots, long cost, long entryFunding, long funding, long mark) = (Long(e, 16), Long(e, 24), Long(e, 32), Long(e, 40), Long(e, 48));
        (long indexPrice, long units, long perTick, long floor, long deduction) = (Long(e, 56), Long(e, 64), Long(e, 72), Long(e, 80), Long(e, 88));
        int rate = BinaryPrimitives.ReadInt32LittleEndian(e[112..]);
        int basisCap = BinaryPrimitives.ReadInt32LittleEndian(e[116..]);
        int market = BinaryPrimitives.ReadUInt16LittleEndian(e[120..]);
        ushort index = BinaryPrimitives.ReadUInt16LittleEndian(e[122..]);
        long unrealised = checked((long)(((Int128)lots * mark * perTick) - cost - ((Int128)lots * ((Int128)funding - entryFunding))));
        Require(unrealised == Long(e, 96), "an unrealised profit does not follow from its position");
        long price = Math.Max(Math.Abs(mark), floor);
        long notional = checked((long)((Int128)Math.Abs(lots) * price * perTick));
        long margin = Rounding.PpmCeiling(notional, rate) - deduction;
        Require(margin == Long(e, 104), "a maintenance margin does not follow from its position");
        Require(units > 0 && rate is >= 0 and <= 1_000_000 && basisCap is >= 0 and <= 1_000_000, "a parameter is outside its range");
        long indexTicks = Rounding.DivNearest(indexPrice, units);
        Require(Math.Abs(mark - indexTicks) <= Rounding.PpmFloor(Math.Abs(indexTicks), basisCap) + 1, "a mark price is further from its index than the market allows");
        (long median, _, int sources) = MedianOf(index, timeNs, sequence);
        Require(median == indexPrice, $"the index price {indexPrice} is not the median {median} of the signed reports");
        sum = checked(sum + unrealised);
        needed = checked(needed + margin);
        lines.Add(Say($"market {market}: {lots} lots, mark {mark} (index {indexPrice} by {sources} signed reports), unrealised {unrealised}, maintenance {margin}"));
    }

    private void CheckCollateral(ReadOnlySpan<byte> e, uint account, long timeNs, ulong sequence, List<string> lines, ref long sum)
    {
        Require(BinaryPrimitives.ReadUInt32LittleEndian(e[4..]) == account, "collateral is another account's");
        (long amount, long cap, long price, long value) = (Long(e, 16), Long(e, 24), Long(e, 32), Long(e, 40));
        int haircut = BinaryPrimitives.ReadInt32LittleEndian(e[48..]);
        int asset = BinaryPrimitives.ReadUInt16LittleEndian(e[52..]);
        ushort index = BinaryPrimitives.ReadUInt16LittleEndian(e[54..]);
        int scale = BinaryPrimitives.ReadInt32LittleEndian(e[56..]);
        Require(haircut is >= 0 and <= 1_000_000 && scale is >= 0 and <= 18, "a haircut or scale is outside its range");
        long whole = price <= 0 ? 0 : checked((long)((Int128)Math.Min(amount, cap) * price / FixedDecimal.PowerOfTen(scale)));
        Require(Rounding.PpmFloor(whole, 1_000_000 - haircut) == value, "a collateral value does not follow from its amount");
        (long median, long confidence, int sources) = MedianOf(index, timeNs, sequence);
        Require(median - confidence == price, $"the collateral price {price} is not that of the signed reports, {median} less {confidence}");
        sum = checked(sum + value);
        lines.Add(Say($"asset {asset}: {amount} atoms at {price} (by {sources} signed reports) less {haircut} ppm, counts {value}"));
    }

    // The weighted lower median of the signed reports on an index, whose sources, weights and keys the state proves.
    private (long Price, long Confidence, int Sources) MedianOf(ushort index, long timeNs, ulong sequence)
    {
        PageProof? terms = Proofs.FirstOrDefault(p => p.Table == IndexTable && p.PageIndex == index);
        Require(terms is not null, $"index {index} is not in it");
        ReadOnlySpan<byte> row = terms!.Page.Span;
        int sourceCount = BinaryPrimitives.ReadUInt16LittleEndian(row[28..]);
        int quorum = BinaryPrimitives.ReadUInt16LittleEndian(row[30..]);
        long maxAgeNs = BinaryPrimitives.ReadInt32LittleEndian(row[32..]) * 1_000_000L;
        var reports = new List<(long Price, long Confidence, uint Weight)>();
        var keys = new HashSet<uint>();
        int fresh = 0;
        foreach (ReadOnlyMemory<byte> memory in Reports)
        {
            ReadOnlySpan<byte> record = memory.Span;
            if (BinaryPrimitives.ReadUInt16LittleEndian(record[80..]) != index)
            {
                continue;
            }
            uint key = BinaryPrimitives.ReadUInt32LittleEndian(record[24..]);
            uint weight = 0;
            for (int i = 0; i < sourceCount; i++)
            {
                ReadOnlySpan<byte> source = row.Slice(SourcesOffset + (i * SourceBytes), SourceBytes);
                weight = BinaryPrimitives.ReadUInt32LittleEndian(source) == key + 1 ? BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) : weight;
            }
            Require(weight > 0 && keys.Add(key), $"a report on index {index} is not by a source of it, or a source reports twice");
            Require(BinaryPrimitives.ReadUInt16LittleEndian(record[16..]) == ReportKind && BinaryPrimitives.ReadUInt16LittleEndian(record[18..]) == ReportBytes, "a report is not a price report");
            Require(BinaryPrimitives.ReadUInt64LittleEndian(record) <= sequence, "a report is later than the margin call");
            Require(IsSigned(record, key), $"a report on index {index} is not signed by key {key}");
            long age = timeNs - Long(record, 64);
            Require(age >= -1_000_000_000 && age <= 2 * maxAgeNs, "a report is older than the index allows");
            fresh += age <= maxAgeNs ? 1 : 0;
            _used.Add((index, key));
            reports.Add((Long(record, 48), Long(record, 56), weight));
        }
        Require(fresh >= quorum && reports.Count > 0, $"{fresh} fresh reports on index {index}, its quorum is {quorum}");
        reports.Sort((a, b) => a.Price.CompareTo(b.Price));
        long total = reports.Sum(r => (long)r.Weight);
        long reached = 0;
        int median = 0;
        while (2 * (reached += reports[median].Weight) < total)
        {
            median++;
        }
        return (reports[median].Price, reports[median].Confidence, reports.Count);
    }

    private bool IsSigned(ReadOnlySpan<byte> record, uint key)
    {
        PageProof? proof = Proofs.FirstOrDefault(p => p.Table == PublicKeyTable && p.PageIndex == (key & RowOfKey));
        if (proof is null)
        {
            return false;
        }
        byte[] publicKey = proof.Page.ToArray();
        Span<byte> message = stackalloc byte[SignedMessage.PrefixBytes + ReportBytes];
        int size = SignedMessage.Write(Header.Venue, record[16..ReportBytes], message);
        try
        {
            using ECDsa verifier = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = publicKey[..32], Y = publicKey[32..64] },
            });
            return verifier.VerifyData(message[..size], record.Slice(ReportBytes, SignatureBytes), HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private ReadOnlySpan<byte> Next(ref int at, ushort kind, int length)
    {
        Require(at < Events.Count, "its events end before the margin call does");
        ReadOnlySpan<byte> e = Events[at++].Record.Span;
        bool fits = e.Length == length && BinaryPrimitives.ReadUInt16LittleEndian(e) == kind && BinaryPrimitives.ReadUInt16LittleEndian(e[2..]) == length;
        Require(fits, "its events are not those of one margin call");
        return e;
    }

    private static long Long(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new CertificateFlawException(otherwise);
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class CertificateFlawException(string message) : Exception(message);
}
