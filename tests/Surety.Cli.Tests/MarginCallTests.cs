using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Surety.Cli.Scenarios;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Replay.Proving;
using Surety.Simulation.Scenarios;

namespace Surety.Cli.Tests;

/// <summary>Certificates of real margin calls: a scenario run with signatures and a journal.</summary>
public sealed class MarginCallTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-margin-calls").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("oct10-deleveraging")]
    [InlineData("black-thursday-zero-bids")]
    public void Every_liquidation_of_a_run_is_certified_without_engine_and_journal(string name)
    {
        (ulong Sequence, uint Account, MarginCallCertificate Certificate)[] calls = Certify(name);
        Assert.NotEmpty(calls);
        foreach ((_, _, MarginCallCertificate made) in calls)
        {
            MarginCallCertificate? read = MarginCallCertificate.Read(made.ToBytes(), out string reason);
            Assert.True(read is not null, reason);
            CertificateVerdict verdict = read!.Check(made.Header.Hash());
            Assert.True(verdict.Holds, verdict.Reason);
        }
    }

    [Fact]
    public void One_changed_bit_is_refused_even_with_a_digest_that_fits()
    {
        byte[] bytes = Certify("oct10-deleveraging")[0].Certificate.ToBytes();
        var trusted = MarginCallCertificate.Read(bytes, out _)!.Header.Hash();
        var random = new SplitMix(12);
        for (int i = 0; i < 2_500; i++)
        {
            byte[] changed = [.. bytes];
            changed[random.Below(bytes.Length)] ^= (byte)(1 << (int)random.Below(8));
            Assert.Null(MarginCallCertificate.Read(changed, out string reason));
            Assert.NotEmpty(reason);
        }
        int harmless = 0;
        for (int at = 0; at < bytes.Length - 32; at += 1 + (int)random.Below(9))
        {
            byte[] mended = [.. bytes];
            mended[at] ^= (byte)(1 << (int)random.Below(8));
            SHA256.HashData(mended.AsSpan(0, mended.Length - 32)).CopyTo(mended, mended.Length - 32);
            if (MarginCallCertificate.Read(mended, out _) is { } read && read.Check(trusted).Holds)
            {
                harmless++;
                // The only bytes that nothing depends on: the time stamp and padding of a report, which its source did not sign.
                Assert.True(IsOutsideWhatIsProved(mended, at), $"byte {at} of {bytes.Length} can be changed");
            }
        }
        Assert.True(harmless < bytes.Length / 50, $"{harmless} changes had no effect");
    }

    // A report's first sixteen bytes are the sequencer's stamp.
    private static bool IsOutsideWhatIsProved(byte[] bytes, int at)
    {
        int reports = MemoryMarshal.Read<CertificateFrame>(bytes).Reports;
        int from = bytes.Length - Hash256.Size - (reports * Unsafe.SizeOf<SignedReport>());
        return at >= from && (at - from) % Unsafe.SizeOf<SignedReport>() < CommandHeader.StampSize;
    }

    private (ulong Sequence, uint Account, MarginCallCertificate Certificate)[] Certify(string name)
    {
        string directory = Path.Combine(_directory, name);
        using (var run = NodePlatform.Run(Scenario.Read(Path.Combine(Root(), "scenarios", "incidents", name + ".json")), [], directory))
        {
            run.Play();
        }
        return [.. MarginCalls.Certify(directory, account: null).Select(c => (c.Sequence, c.Account, c.Certificate!))];
    }

    private static string Root([CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));
}
