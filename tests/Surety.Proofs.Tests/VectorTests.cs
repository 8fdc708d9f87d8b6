using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Surety.Proofs.Tests.Vectors;

namespace Surety.Proofs.Tests;

/// <summary>
/// The cases of tests/vectors, which the browser's verifier is run over too (tests/vectors/run.mjs). They are made here, from real
/// headers, proofs, certificates and batches; with SURETY_UPDATE_GOLDEN=1 they are written again.
/// </summary>
public class VectorTests
{
    public static TheoryData<string> Kinds => ["header", "proof", "certificate", "batch"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_files_are_what_is_made_and_every_verdict_is_that_of_the_verifier(string kind)
    {
        string directory = Path.Combine(Root(), kind);
        Vector[] made = [.. Make(kind)];
        Assert.Equal(made.Length, made.Select(v => v.Name).Distinct().Count());
        if (Environment.GetEnvironmentVariable("SURETY_UPDATE_GOLDEN") == "1" && Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
        foreach (Vector vector in made)
        {
            Golden.Check($"../vectors/{kind}/{vector.Name}.json", vector.ToJson(await Judge(kind, vector.Bytes, vector.Inputs)), Here());
        }
        Assert.Equal(
            made.Select(v => v.Name).Order(StringComparer.Ordinal),
            Directory.GetFiles(directory, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_file_gets_its_verdict_and_only_what_says_nothing_is_accepted(string kind)
    {
        string directory = Path.Combine(Root(), kind);
        foreach (string file in Directory.GetFiles(directory, "*.json"))
        {
            JsonObject json = Vector.Read(file);
            string? reason = await Judge(kind, Vector.BytesOf(directory, json), json);
            Assert.True(
                (string)json["verdict"]! == (reason is null ? "accepted" : "refused") && (string)json["reason"]! == (reason ?? ""),
                $"{file}: {reason ?? "accepted"}");
        }
    }

    [Fact]
    public void The_files_of_models_are_what_the_engines_models_say()
    {
        Golden.Check("../vectors/model/options.json", ModelCases.Options(), Here());
        Golden.Check("../vectors/model/underlyings.json", ModelCases.Underlyings(), Here());
        Golden.Check("../vectors/model/volatilities.json", ModelCases.Volatilities(), Here());
    }

    private static IEnumerable<Vector> Make(string kind) => kind switch
    {
        "header" => HeaderVectors.All(),
        "proof" => ProofVectors.All(),
        "certificate" => [.. CertificateVectors.All(), .. ModelVectors.All()],
        _ => BatchVectors.All(),
    };

    private static Task<string?> Judge(string kind, byte[] bytes, JsonObject json) => kind switch
    {
        "header" => HeaderVectors.Judge(bytes, json),
        "proof" => Task.FromResult(ProofVectors.Judge(bytes, json)),
        "certificate" => Task.FromResult(CertificateVectors.Judge(bytes, json)),
        _ => Task.FromResult(BatchVectors.Judge(bytes, json)),
    };

    private static string Root([CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", "vectors"));

    private static string Here([CallerFilePath] string caller = "") => caller;
}
