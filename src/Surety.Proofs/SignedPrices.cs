using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using static Surety.Proofs.CertificateFlawException;

namespace Surety.Proofs;

/// <summary>
/// What the signed reports of a certificate make an index, as the engine computes it: the sources, weights and keys are the state's.
/// </summary>
internal sealed class SignedPrices(
    CertificateParts parts, IReadOnlyList<ReadOnlyMemory<byte>> signedReports, Hash256 venue, MarginCalled called)
{
    private const long SecondNs = 1_000_000_000;

    private readonly HashSet<(ushort Index, uint Key)> _used = [];

    /// <summary>Refuses reports that nothing has asked for.</summary>
    public void EndAll() =>
        Require(_used.Count == signedReports.Count, "a report in it is on an index that the account does not depend on");

    /// <summary>The weighted lower medians of price and confidence, and how many sources are in them.</summary>
    public (long Price, long Confidence, int Sources) Of(ushort index)
    {
        PriceIndex? found = parts.After<PriceIndex>(TableId.Indexes, index);
        Require(found is not null, $"index {index} is not in it");
        PriceIndex terms = found.Value;
        PriceIndex? before = parts.Before<PriceIndex>(TableId.Indexes, index);
        Require(terms.SourceCount <= PriceIndex.MaxSources, $"index {index} has too many sources");
        long maxAgeNs = terms.MaxAgeMs * 1_000_000L;
        var reports = new List<(long Price, long Confidence, uint Weight)>();
        var keys = new HashSet<uint>();
        int fresh = 0;
        foreach (ReadOnlyMemory<byte> memory in signedReports)
        {
            SignedReport signed = MemoryMarshal.Read<SignedReport>(memory.Span);
            ref readonly ReportPrice report = ref signed.Report;
            if (report.Index != index)
            {
                continue;
            }
            uint key = report.Header.Key;
            PriceSource? source = SourceOf(in terms, key);
            Require(
                source is { Weight: > 0 } && keys.Add(key),
                $"a report on index {index} is not by a source of it, or a source reports twice");
            Require(
                report.Header.Kind == CommandKind.ReportPrice && report.Header.Length == Unsafe.SizeOf<ReportPrice>(),
                "a report is not a price report");
            Require(report.Header.Sequence <= called.Header.Sequence, "a report is later than the margin call");
            Require(
                IsSigned(in signed, memory.Span[..Unsafe.SizeOf<ReportPrice>()]),
                $"a report on index {index} is not signed by key {key}");
            long age = called.TimeNs - report.ObservedNs;
            Require(age >= -SecondNs && age <= 2 * maxAgeNs, "a report is older than the index allows");
            Require(IsItsLast(in report, source.Value, before), $"a report on index {index} is not the last that its source had made");
            fresh += age <= maxAgeNs ? 1 : 0;
            _used.Add((index, key));
            reports.Add((report.Price, report.Confidence, source.Value.Weight));
        }
        Require(fresh >= terms.Quorum && reports.Count > 0, $"{fresh} fresh reports on index {index}, its quorum is {terms.Quorum}");
        foreach (ref readonly PriceSource source in ((ReadOnlySpan<PriceSource>)terms.Sources)[..terms.SourceCount])
        {
            Require(
                source.Weight == 0 || keys.Contains(source.Key) || WasSilent(in source, before, maxAgeNs),
                $"a fresh report on index {index} is left out");
        }
        long total = reports.Sum(r => (long)r.Weight);
        // The least value at which half of the weight is reached; the confidences have a median of their own, whatever price they come
        // with.
        long Median(Func<(long Price, long Confidence, uint Weight), long> value)
        {
            long reached = 0;
            return reports.OrderBy(value).SkipWhile(r => 2 * (reached += r.Weight) < total).Select(value).First();
        }
        return (Median(r => r.Price), Median(r => r.Confidence), reports.Count);
    }

    private static PriceSource? SourceOf(in PriceIndex index, uint key)
    {
        int count = Math.Min((int)index.SourceCount, PriceIndex.MaxSources);
        foreach (ref readonly PriceSource source in ((ReadOnlySpan<PriceSource>)index.Sources)[..count])
        {
            if (source.Key == key)
            {
                return source;
            }
        }
        return null;
    }

    // The state remembers each source's last report: what came with the block's end is the one given, or else what the block began with is
    // no later. In a quarantine the price is an older one, and so are its reports.
    private bool IsItsLast(in ReportPrice report, PriceSource after, PriceIndex? before)
    {
        if (report.ReportSequence == after.Sequence)
        {
            return report.Price == after.Price && report.Confidence == after.Confidence && report.ObservedNs == after.TimeNs;
        }
        return before is not { } earlier ? parts.IsFirstBlock : report.ReportSequence < after.Sequence
            && (earlier.State is not (PriceState.Good or PriceState.Wide) || SourceOf(in earlier, report.Header.Key) is not { } source
                || report.ReportSequence >= source.Sequence);
    }

    // Whether a source of which there is no report had none that was fresh: its last one is too old, or came with this block after an old
    // one.
    private bool WasSilent(in PriceSource after, PriceIndex? before, long maxAgeNs)
    {
        bool IsFresh(in PriceSource source) => source.Sequence != 0 && called.TimeNs - source.TimeNs <= maxAgeNs;
        return !IsFresh(in after)
            || (before is not { } earlier ? parts.IsFirstBlock : (earlier.State is not (PriceState.Good or PriceState.Wide)
                || SourceOf(in earlier, after.Key) is not { } source
                || (source.Sequence != after.Sequence && !IsFresh(in source))));
    }

    private bool IsSigned(in SignedReport signed, ReadOnlySpan<byte> record)
    {
        if (parts.After<PublicKey>(TableId.PublicKeys, (uint)Key.RowOf(signed.Report.Header.Key)) is not { } key)
        {
            return false;
        }
        var message = new byte[SignedMessage.PrefixBytes + record.Length];
        int size = SignedMessage.Write(venue, CommandCodec.SignedPart(record), message);
        return Signatures.IsValid(in key, message.AsSpan(..size), in signed.Signature);
    }
}
