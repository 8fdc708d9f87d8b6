using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;

namespace Surety.Proofs;

/// <summary>What checking a certificate came to.</summary>
/// <param name="Holds">Whether the account was below maintenance at the moment it was acted on.</param>
/// <param name="Reason">Where it does not: the first thing that is wrong.</param>
/// <param name="Lines">The arithmetic, to be read.</param>
public sealed record CertificateVerdict(bool Holds, string Reason, IReadOnlyList<string> Lines);

/// <summary>
/// Proves that an account was below maintenance margin at the moment it was liquidated: the account as the engine found it, on its path
/// to a block header; the signed price reports; the sources, their keys, every parameter and what became of the account, on their paths
/// and compared; and the arithmetic, done again. Needs neither the engine nor the journal. Layout in docs/protocol.md.
/// </summary>
public sealed class MarginCallCertificate
{
    /// <summary>The header that all paths lead to.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>
    /// The margin call's events one by one, in order; then those of the block that lead from what stood before it and to what stands
    /// after it, by place: marks and indices before the call, and after it what changed the account.
    /// </summary>
    public required IReadOnlyList<RecordProof> Events { get; init; }

    /// <summary>
    /// The account's row and its positions after the block; markets, pool, assets, indices and sources' keys after it, or where that says
    /// something else than the call, also as of the block before.
    /// </summary>
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
        if (frame.Magic == CertificateFrame.VersionThree)
        {
            reason = "it is of version 3, which compares no terms and so proves less than it says; make it again with surety margin-calls";
            return null;
        }
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
        if (frame.Events is 0 or > CertificateFrame.MostParts || frame.Pages is 0 or > CertificateFrame.MostParts
            || frame.Reports > CertificateFrame.MostParts || frame.Reserved != 0)
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

    /// <summary>
    /// Checks everything. With a block hash that the reader trusts, against that; else against the header in the file, which is then to
    /// be compared.
    /// </summary>
    /// <param name="trustedBlock">The block's hash.</param>
    /// <param name="whose">The account that the reader asks about; null for whichever it is.</param>
    public CertificateVerdict Check(Hash256? trustedBlock, uint? whose = null)
    {
        var lines = new List<string>();
        try
        {
            new CertificateCheck(this, trustedBlock ?? Header.Hash(), whose, lines).Run();
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
}
