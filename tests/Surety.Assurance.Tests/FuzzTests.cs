using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Surety.Assurance.Fuzzing;

namespace Surety.Assurance.Tests;

public class FuzzTests
{
    private const int Tries = 4_000;

    // Files take longer to write than to read.
    private const int TriesOfFiles = 400;

    private static readonly Dictionary<string, FuzzTarget> Targets = FuzzTargets.All(Certificate()).ToDictionary(t => t.Name);

    public static TheoryData<string> Names => [.. Targets.Keys];

    public static TheoryData<string, string> Corpus
    {
        get
        {
            var files = new TheoryData<string, string>();
            foreach (string file in Directory.GetFiles(Path.Combine(Root(), "tests", "corpus"), "*.bin", SearchOption.AllDirectories))
            {
                files.Add(Path.GetFileName(Path.GetDirectoryName(file))!, Path.GetFileName(file));
            }
            return files;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Whatever_it_is_given_a_reader_neither_throws_nor_hangs_nor_takes_much_memory(string target)
    {
        bool isFile = target is "journal" or "durable-mark" or "snapshot" or "settings";
        FuzzFault? fault = Fuzzer.Run(Targets[target], seed: 20_261_130, isFile ? TriesOfFiles : Tries);
        Assert.True(fault is null, $"{target}: {fault?.What}: {Convert.ToHexString(fault?.Input ?? [])}");
    }

    // Each was a fault once.
    [Theory]
    [MemberData(nameof(Corpus))]
    public void What_a_reader_did_wrong_on_before_it_does_right_on(string target, string file)
    {
        FuzzFault? fault = Fuzzer.Try(Targets[target], File.ReadAllBytes(Path.Combine(Root(), "tests", "corpus", target, file)));
        Assert.True(fault is null, $"{target}, {file}: {fault?.What}");
    }

    [Fact]
    public void A_reader_that_throws_hangs_or_takes_memory_is_found()
    {
        byte[][] seeds = [[1, 2, 3, 4]];
        static void Throw(byte[] bytes) => _ = bytes is [7, ..] ? throw new InvalidOperationException("seven") : bytes.Length;
        Assert.Contains("seven", Fuzzer.Run(new FuzzTarget("throws", seeds, Throw), 1, 10_000)!.What, StringComparison.Ordinal);
        FuzzFault? much = Fuzzer.Try(new FuzzTarget("takes", seeds, _ => GC.KeepAlive(new byte[Fuzzer.MostBytes + 1])), seeds[0]);
        Assert.Contains("MiB", much!.What, StringComparison.Ordinal);
    }

    private static byte[] Certificate()
    {
        string file = Path.Combine(Root(), "tests", "vectors", "certificate", "cross.json");
        using JsonDocument vector = JsonDocument.Parse(File.ReadAllText(file));
        return Convert.FromHexString(vector.RootElement.GetProperty("bytes").GetString()!);
    }

    private static string Root()
    {
        string at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Surety.slnx")))
        {
            at = Path.GetDirectoryName(at)!;
        }
        return at;
    }
}
