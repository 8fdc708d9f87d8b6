using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using Surety.Bench;

namespace Surety.Cli.Tests;

/// <summary><c>surety bench … --against FILE</c>, fed with figures: nothing is timed here.</summary>
public sealed class BaselineTests : IDisposable
{
    private const string Head = """{ "machine": "m", "benches": { "engine": [ { "figure": { "metric": "m" }, """;

    private const string Two = """
        {
          "machine": "a machine",
          // A ratio of one run, and a figure by itself.
          "benches": {
            "engine": [
              { "figure": { "metric": "roots", "conditions": { "book": "one" } },
                "over": { "metric": "matching", "conditions": { "book": "one" } },
                "value": 0.5, "unit": "times", "better": "higher", "tolerance": 0.2 },
              { "figure": { "metric": "allocated", "conditions": { "markets": 100 } },
                "value": 0, "unit": "bytes", "better": "lower", "slack": 0.5 }
            ]
          }
        }
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(100, 60, 0, true)]
    [InlineData(100, 40, 0.5, true)]
    [InlineData(100, 39, 0, false)]
    [InlineData(100, 50, 0.6, false)]
    [InlineData(0, 50, 0, false)]
    public void Figures_of_a_run_are_compared_with_their_tolerances(double matching, double roots, double allocated, bool within)
    {
        Assert.Equal(within ? 0 : 1, Finish(Two, out string text, Run(matching, roots, allocated)));
        Assert.Contains(within ? "All 2 are within" : "of 2 are outside", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_measured_or_is_not_singled_out_is_no_success()
    {
        Figure[] others = [Figure("matching", 100, "one", 1), Figure("roots", 50, "many", 100), Figure("allocated", 0, "many", 100)];
        Assert.Equal(1, Finish(Two, out string text, others));
        Assert.Contains("roots (book one) was not measured in this run", text, StringComparison.Ordinal);

        Assert.Equal(1, Finish(Two, out text, [.. Run(100, 50, 0), Figure("allocated", 0, "other", 100)]));
        Assert.Contains("2 figures fit allocated (markets 100)", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Better.Higher, 1000, true)]
    [InlineData(Better.Higher, 89, false)]
    [InlineData(Better.Lower, 1, true)]
    [InlineData(Better.Lower, 111, false)]
    [InlineData(Better.Same, 111, false)]
    [InlineData(Better.Same, 89, false)]
    [InlineData(Better.Same, 109, true)]
    [InlineData(Better.Higher, double.NaN, false)]
    [InlineData(Better.Higher, double.PositiveInfinity, false)]
    public void A_tolerance_is_for_the_side_that_is_worse(Better better, double now, bool allowed)
    {
        var baseline = new Baseline { Figure = new FigureName { Metric = "m" }, Value = 100, Unit = "1", Better = better, Tolerance = 0.1 };
        Assert.Equal(allowed, baseline.Allows(now));
    }

    [Theory]
    [InlineData("", "not a file of baselines")]
    [InlineData("{", "not a file of baselines")]
    [InlineData("null", "found null")]
    [InlineData("{}", "machine")]
    [InlineData("""{ "machine": "m", "benches": {} }""", "no baseline of 'engine'")]
    [InlineData("""{ "machine": "m", "benches": { "node": [] } }""", "no baseline of 'engine'; there are of node")]
    [InlineData(Head + """ "value": 1, "unit": "1", "better": "more", "tolerance": 1 } ] } }""", "better")]
    [InlineData(Head + """ "value": 1, "unit": "1", "better": "higher" } ] } }""", "expected a tolerance or a slack above 0")]
    [InlineData(Head + """ "value": 1, "unit": "1", "better": "higher", "tolerence": 1 } ] } }""", "tolerence")]
    [InlineData(Head + """ "unit": "1", "better": "higher", "tolerance": 1 } ] } }""", "value")]
    public void A_file_that_is_none_is_refused_before_anything_is_measured_and_says_what_is_wrong(string content, string said)
    {
        File.WriteAllText(_file, content);
        var refused = Assert.Throws<ArgumentException>(() => new BenchOutput("engine", false, _file, TextWriter.Null));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("--against: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var refused = Assert.Throws<ArgumentException>(() => new BenchOutput("engine", false, "nowhere.json", TextWriter.Null));
        Assert.Contains("nowhere.json does not exist", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_bench_has_baselines_in_the_projects_own_file()
    {
        Baselines own = Baselines.Read(Path.Combine(Root(), "bench", "baselines.json"));
        Assert.Equal(["enforcement", "engine", "node", "options"], own.Benches.Keys.Order(StringComparer.Ordinal));
        Assert.All(own.Benches.Values, Assert.NotEmpty);
        // A ratio is of two figures of one run.
        Assert.All(own.Benches.Values.SelectMany(b => b).Where(b => b.Over is not null), b => Assert.Equal("times", b.Unit));
    }

    private int Finish(string file, out string text, Figure[] figures)
    {
        File.WriteAllText(_file, file);
        using var output = new StringWriter();
        var bench = new BenchOutput("engine", false, _file, output);
        Array.ForEach(figures, bench.Take);
        int code = bench.Finish();
        text = output.ToString();
        return code;
    }

    private static Figure[] Run(double matching, double roots, double allocated) =>
    [
        Figure("matching", matching, "one", 1), Figure("matching", 7, "many", 100),
        Figure("roots", roots, "one", 1), Figure("allocated", allocated, "many", 100),
    ];

    private static Figure Figure(string metric, double value, string book, int markets) =>
        new(metric, value, "1", new Dictionary<string, object> { ["book"] = book, ["markets"] = markets, ["cpu"] = "any" });

    private static string Root([CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));
}
