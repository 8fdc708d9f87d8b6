using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

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
    private const int MaxParts = 512;
    private const long SecondNs = 1_000_000_000;

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
        var frame = new CertificateFrame
        {
            Magic = CertificateFrame.ExpectedMagic,
            Events = (ushort)Events.Count,
            Pages = (ushort)Proofs.Count,
            Reports = (ushort)Reports.Count,
        };
        List<byte> parts = [.. MemoryMarshal.AsBytes([frame])];
        foreach (byte[] bytes in Events.Select(e => e.ToBytes()).Concat(Proofs.Select(p => p.ToBytes())))
        {
            parts.AddRange([.. MemoryMarshal.AsBytes([bytes.Length]), .. bytes]);
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
        int frameBytes = Unsafe.SizeOf<CertificateFrame>();
        if (bytes.Length < frameBytes + Hash256.Size)
        {
            return null;
        }
        CertificateFrame frame = MemoryMarshal.Read<CertificateFrame>(bytes);
        if (frame.Magic != CertificateFrame.ExpectedMagic)
        {
            return null;
        }
        ReadOnlySpan<byte> body = bytes[..^Hash256.Size];
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(bytes[^Hash256.Size..]))
        {
            reason = "the file's digest is not that of its content: it was changed or damaged";
            return null;
        }
        if (frame.Events is 0 or > MaxParts || frame.Pages is 0 or > MaxParts || frame.Reports > MaxParts || frame.Reserved != 0)
        {
            return null;
        }
        ReadOnlySpan<byte> rest = body[frameBytes..];
        var events = new List<RecordProof>();
        var proofs = new List<PageProof>();
        for (int i = 0; i < frame.Events + frame.Pages; i++)
        {
            int length = rest.Length < sizeof(int) ? -1 : MemoryMarshal.Read<int>(rest);
            if (length < 0 || length > rest.Length - sizeof(int))
            {
                return null;
            }
            ReadOnlySpan<byte> part = rest.Slice(sizeof(int), length);
            if (i < frame.Events && RecordProof.Read(part) is { } record)
            {
                events.Add(record);
            }
            else if (i >= frame.Events && PageProof.Read(part) is { } proof)
            {
                proofs.Add(proof);
            }
            else
            {
                return null;
            }
            rest = rest[(sizeof(int) + length)..];
        }
        int report = Unsafe.SizeOf<SignedReport>();
        if (rest.Length != frame.Reports * report)
        {
            return null;
        }
        var reports = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < frame.Reports; i++)
        {
            reports.Add(rest.Slice(i * report, report).ToArray());
        }
        reason = "";
        return new MarginCallCertificate { Header = events[0].Header, Events = events, Proofs = proofs, Reports = reports };
    }

    /// <summary>Checks everything. With a block hash that the reader trusts, against that; else against the header in the file, which is then to be compared.</summary>
    /// <param name="trustedBlock">The block's hash.</param>
    /// <param name="whose">The account that the reader asks about; null for whichever it is.</param>
    public CertificateVerdict Check(Hash256? trustedBlock, uint? whose = null)
    {
        var lines = new List<string>();
        try
        {
            Verify(trustedBlock ?? Header.Hash(), whose, lines);
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

    private void Verify(Hash256 block, uint? whose, List<string> lines)
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
        MarginCalled called = Next<MarginCalled>(ref at, EventKind.MarginCalled);
        (uint account, ulong sequence) = (called.Header.Account, called.Header.Sequence);
        Require(whose is null || whose == account, "the margin call is another account's");
        Require(sequence >= Header.FirstSequence && sequence < Header.FirstSequence + Header.CommandCount, "the margin call is not of this block");
        lines.Add(Say($"Block {Header.Height} of venue {Header.Venue}"));
        lines.Add(Say($"Account {account}, command {sequence}, {DateTimeOffset.FromUnixTimeMilliseconds(called.TimeNs / 1_000_000):yyyy-MM-dd HH:mm:ss.fff}Z"));
        lines.Add(Say($"balance {called.BalanceAtoms}"));
        long sum = called.BalanceAtoms;
        long needed = 0;
        for (int i = 0; i < called.Positions; i++)
        {
            CheckPosition(Next<MarginCallPosition>(ref at, EventKind.MarginCallPosition), in called, lines, ref sum, ref needed);
        }
        for (int i = 0; i < called.Collaterals; i++)
        {
            CheckCollateral(Next<MarginCallCollateral>(ref at, EventKind.MarginCallCollateral), in called, lines, ref sum);
        }
        Require(at == Events.Count, "it holds events that are not of the margin call");
        Require(_used.Count == Reports.Count, "a report in it is on an index that the account does not depend on");
        Require(sum == called.EquityAtoms, $"equity does not add up: {sum}, stated {called.EquityAtoms}");
        Require(needed == called.MaintenanceAtoms, $"maintenance does not add up: {needed}, stated {called.MaintenanceAtoms}");
        Require(PageOf(TableId.Accounts, account) is not null, "the account's own row is not in it");
        Require(PageOf(TableId.Positions, account) is not null, "the account's positions are not in it");
        lines.Add(Say($"equity {called.EquityAtoms} against maintenance margin {called.MaintenanceAtoms}"));
        Require(called.EquityAtoms < called.MaintenanceAtoms, "the account was not below maintenance");
    }

    private void CheckPosition(in MarginCallPosition e, in MarginCalled called, List<string> lines, ref long sum, ref long needed)
    {
        Require(e.Header.Account == called.Header.Account, "a position is another account's");
        Int128 funding = (Int128)e.FundingIndex - e.EntryFundingIndex;
        long unrealised = checked((long)(((Int128)e.Lots * e.MarkTicks * e.AtomsPerTickLot) - e.EntryCostAtoms - (e.Lots * funding)));
        Require(unrealised == e.UnrealisedAtoms, "an unrealised profit does not follow from its position");
        long price = Math.Max(Math.Abs(e.MarkTicks), e.MarginFloorTicks);
        long notional = checked((long)((Int128)Math.Abs(e.Lots) * price * e.AtomsPerTickLot));
        long margin = Rounding.PpmCeiling(notional, e.MaintenancePpm) - e.DeductionAtoms;
        Require(margin == e.MaintenanceAtoms, "a maintenance margin does not follow from its position");
        Require(e.IndexUnitsPerTick > 0 && e.MaintenancePpm is >= 0 and <= 1_000_000 && e.BasisCapPpm is >= 0 and <= 1_000_000, "a parameter is outside its range");
        long indexTicks = Rounding.DivNearest(e.IndexPrice, e.IndexUnitsPerTick);
        bool near = Math.Abs(e.MarkTicks - indexTicks) <= Rounding.PpmFloor(Math.Abs(indexTicks), e.BasisCapPpm) + 1;
        Require(near, "a mark price is further from its index than the market allows");
        (long median, _, int sources) = MedianOf(e.Index, in called);
        Require(median == e.IndexPrice, $"the index price {e.IndexPrice} is not the median {median} of the signed reports");
        sum = checked(sum + unrealised);
        needed = checked(needed + margin);
        lines.Add(Say($"market {e.Market}: {e.Lots} lots, mark {e.MarkTicks} (index {e.IndexPrice} by {sources} signed reports), unrealised {unrealised}, maintenance {margin}"));
    }

    private void CheckCollateral(in MarginCallCollateral e, in MarginCalled called, List<string> lines, ref long sum)
    {
        Require(e.Header.Account == called.Header.Account, "collateral is another account's");
        Require(e.HaircutPpm is >= 0 and <= 1_000_000 && e.ScaleDecimals <= 18, "a haircut or scale is outside its range");
        long whole = e.Price <= 0 ? 0 : checked((long)((Int128)Math.Min(e.AmountAtoms, e.CapAtoms) * e.Price / FixedDecimal.PowerOfTen((int)e.ScaleDecimals)));
        Require(Rounding.PpmFloor(whole, 1_000_000 - e.HaircutPpm) == e.ValueAtoms, "a collateral value does not follow from its amount");
        (long median, long confidence, int sources) = MedianOf(e.Index, in called);
        Require(median - confidence == e.Price, $"the collateral price {e.Price} is not that of the signed reports, {median} less {confidence}");
        sum = checked(sum + e.ValueAtoms);
        lines.Add(Say($"asset {e.Asset}: {e.AmountAtoms} atoms at {e.Price} (by {sources} signed reports) less {e.HaircutPpm} ppm, counts {e.ValueAtoms}"));
    }

    // The weighted lower median of the signed reports on an index, whose sources, weights and keys the state proves.
    private (long Price, long Confidence, int Sources) MedianOf(ushort index, in MarginCalled called)
    {
        PageProof? page = PageOf(TableId.Indexes, index);
        Require(page is not null && page.Page.Length == Unsafe.SizeOf<PriceIndex>(), $"index {index} is not in it");
        PriceIndex terms = MemoryMarshal.Read<PriceIndex>(page!.Page.Span);
        Require(terms.SourceCount <= PriceIndex.MaxSources, $"index {index} has too many sources");
        long maxAgeNs = terms.MaxAgeMs * 1_000_000L;
        var reports = new List<(long Price, long Confidence, uint Weight)>();
        var keys = new HashSet<uint>();
        int fresh = 0;
        foreach (ReadOnlyMemory<byte> memory in Reports)
        {
            SignedReport signed = MemoryMarshal.Read<SignedReport>(memory.Span);
            ref readonly ReportPrice report = ref signed.Report;
            if (report.Index != index)
            {
                continue;
            }
            uint key = report.Header.Key;
            uint weight = 0;
            foreach (ref readonly PriceSource source in ((ReadOnlySpan<PriceSource>)terms.Sources)[..terms.SourceCount])
            {
                weight = source.KeyPlusOne == key + 1 ? source.Weight : weight;
            }
            Require(weight > 0 && keys.Add(key), $"a report on index {index} is not by a source of it, or a source reports twice");
            Require(report.Header.Kind == CommandKind.ReportPrice && report.Header.Length == Unsafe.SizeOf<ReportPrice>(), "a report is not a price report");
            Require(report.Header.Sequence <= called.Header.Sequence, "a report is later than the margin call");
            Require(IsSigned(in signed, memory.Span[..Unsafe.SizeOf<ReportPrice>()]), $"a report on index {index} is not signed by key {key}");
            long age = called.TimeNs - report.ObservedNs;
            Require(age >= -SecondNs && age <= 2 * maxAgeNs, "a report is older than the index allows");
            fresh += age <= maxAgeNs ? 1 : 0;
            _used.Add((index, key));
            reports.Add((report.Price, report.Confidence, weight));
        }
        Require(fresh >= terms.Quorum && reports.Count > 0, $"{fresh} fresh reports on index {index}, its quorum is {terms.Quorum}");
        long total = reports.Sum(r => (long)r.Weight);
        // The least value at which half of the weight is reached; the confidences have a median of their own, whatever price they come with.
        long Median(Func<(long Price, long Confidence, uint Weight), long> value)
        {
            long reached = 0;
            return reports.OrderBy(value).SkipWhile(r => 2 * (reached += r.Weight) < total).Select(value).First();
        }
        return (Median(r => r.Price), Median(r => r.Confidence), reports.Count);
    }

    private bool IsSigned(in SignedReport signed, ReadOnlySpan<byte> record)
    {
        PageProof? proof = PageOf(TableId.PublicKeys, (uint)Key.RowOf(signed.Report.Header.Key));
        if (proof is null || proof.Page.Length != Unsafe.SizeOf<PublicKey>())
        {
            return false;
        }
        var message = new byte[SignedMessage.PrefixBytes + record.Length];
        int size = SignedMessage.Write(Header.Venue, CommandCodec.SignedPart(record), message);
        return Signatures.IsValid(PublicKey.From(proof.Page.Span), message.AsSpan(..size), in signed.Signature);
    }

    private PageProof? PageOf(TableId table, uint page) => Proofs.FirstOrDefault(p => p.Table == (uint)table && p.PageIndex == page);

    private T Next<T>(ref int at, EventKind kind)
        where T : unmanaged
    {
        Require(at < Events.Count, "its events end before the margin call does");
        ReadOnlySpan<byte> bytes = Events[at++].Record.Span;
        EventHeader header = bytes.Length == Unsafe.SizeOf<T>() ? MemoryMarshal.Read<EventHeader>(bytes) : default;
        Require(header.Kind == kind && header.Length == bytes.Length, "its events are not those of one margin call");
        return MemoryMarshal.Read<T>(bytes);
    }

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
