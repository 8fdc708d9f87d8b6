using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;
using Surety.Terms.Proving;
using Surety.Terms.Syntax;

namespace Surety.Terms.Tests;

public class LanguageTests
{
    private const string Head = "contract C\nobserve S = index BTC_USD\nsettle USDC\nexpiry 2026-12-25T08:00Z\n";

    public static TheoryData<string> Examples =>
        [.. Directory.GetFiles(Path.Combine(Root(), "scenarios", "contracts"), "*.terms").Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_may_be_listed(string file)
    {
        string text = File.ReadAllText(Path.Combine(Root(), "scenarios", "contracts", file));
        Assert.Null(Parser.TryParse(text, out IReadOnlyList<Contract> contracts));
        Assert.All(contracts, c => Assert.Null(Analyzer.TryAnalyze(c, out _)));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_claim_of_an_example_is_proved(string file)
    {
        Assert.Null(
            Parser.TryParse(File.ReadAllText(Path.Combine(Root(), "scenarios", "contracts", file)), out IReadOnlyList<Contract> contracts));
        foreach (Contract contract in contracts)
        {
            foreach (Claim claim in contract.Claims)
            {
                Assert.Null(SmtWriter.TryWrite(contracts, contract, claim, out ProofQuestion? question));
                Assert.StartsWith("unsat", AskZ3(question!.Script), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("payoff <= 900", "sat")]
    [InlineData("payoff > 1", "sat")]
    [InlineData("payoff > 0", "unsat")]
    [InlineData("payoff <= 1000", "unsat")]
    public void A_false_claim_has_a_counterexample(string claim, string answer)
    {
        string text = Head + $"when S <= 500 pay 1000 and end\nat expiry pay max(min(S, 1500) - 500, 0)\nassert {claim}\n";
        Assert.Null(Parser.TryParse(text, out IReadOnlyList<Contract> contracts));
        Assert.Null(SmtWriter.TryWrite(contracts, contracts[0], contracts[0].Claims[0], out ProofQuestion? question));
        Assert.StartsWith(answer, AskZ3(question!.Script), StringComparison.Ordinal);
    }

    [Fact]
    public void A_claim_names_contracts_as_they_are_called_and_last_of_a_window_is_the_price()
    {
        string text = Head.Replace("contract C", "contract BTC_USDC-29DEC17-5000-C", StringComparison.Ordinal)
            + "at expiry pay max(last(S, 30m) - 5000, 0)\n"
            + Head.Replace("contract C", "contract BTC_USDC-29DEC17-5000-P", StringComparison.Ordinal) + "at expiry pay max(5000 - S, 0)\n"
            + "assert payoff(BTC_USDC-29DEC17-5000-C) - payoff(BTC_USDC-29DEC17-5000-P) == S - 5000\n";
        Assert.Null(Parser.TryParse(text, out IReadOnlyList<Contract> contracts));
        Assert.Null(SmtWriter.TryWrite(contracts, contracts[1], contracts[1].Claims[0], out ProofQuestion? question));
        Assert.StartsWith("unsat", AskZ3(question!.Script), StringComparison.Ordinal);
    }

    // Each fault once: what is wrong, where, and that a remedy is named.
    [Theory]
    [InlineData("contract C\nobserve S = index BTC_USD\nsettle USDC\nat expiry pay S\n", "1:1", "when it ends")]
    [InlineData("contract C\nobserve S = index BTC_USD\nexpiry 2026-12-25T08:00Z\nat expiry pay S\n", "1:1", "in what it pays")]
    [InlineData(Head + "at expiry pay X\n", "5:15", "'X' has no meaning")]
    [InlineData(Head + "at expiry pay S +\n", "5:18", "expected a value")]
    [InlineData(Head + "at expiry pay S @ 2\n", "5:17", "'@' means nothing")]
    [InlineData(Head + "at expiry pay S > 5\n", "5:17", "a truth is paid")]
    [InlineData(Head + "at expiry pay if S then 1 else 0\n", "5:18", "'if' needs a condition")]
    [InlineData(Head + "at expiry pay 0\n", "5:1", "never pays anything")]
    [InlineData(Head + "when S > 5 pay 1 and end\n", "1:1", "pays nothing at expiry")]
    [InlineData(Head + "at expiry pay S\nat expiry pay S\n", "6:1", "twice at expiry")]
    [InlineData(Head + "at expiry pay 1 / (S - 5)\n", "5:22", "may be zero")]
    [InlineData(Head + "at expiry pay S * S * S\n", "5:17", "more than 10^18")]
    [InlineData(Head + "when S > 5 pay 1\nat expiry pay S\n", "5:1", "does not end")]
    [InlineData(Head + "when S >= 0 pay 1 and end\nat expiry pay S\n", "5:8", "holds at any price")]
    [InlineData(Head + "when S > 2000000000 pay 1 and end\nat expiry pay S\n", "5:8", "never holds")]
    [InlineData(Head + "when mean(S, 30m) > 5 pay 1 and end\nat expiry pay S\n", "5:6", "memory without bound")]
    [InlineData(Head + "schedule F = every 1d from 2026-12-01T08:00Z to 2026-12-02T09:00Z\nat expiry pay S\n", "5:10",
        "not one of its times")]
    [InlineData(Head + "schedule F = every 1d from 2026-12-01T08:00Z to 2027-12-01T08:00Z\nat expiry pay S\n", "5:10", "after expiry")]
    [InlineData(Head + "schedule F = every 1d from 2026-12-01T08:00Z to 2026-12-02T08:00Z\nat F pay mean(S, 2d)\nat expiry pay S\n", "6:10",
        "overlap")]
    [InlineData(Head
        + "schedule F = every 1d from 2026-12-01T08:00Z to 2026-12-02T08:00Z\nwhen S > mean(S at F) pay 1 and end\nat expiry pay S\n",
        "6:10", "nothing has been fixed")]
    [InlineData(Head + "schedule F = every 1d from 2026-12-01T08:00Z to 2026-12-02T08:00Z\nat expiry pay sum(mean(S at F) at F)\n", "6:19",
        "aggregate of an aggregate")]
    [InlineData(Head + "at expiry pay prev(S)\n", "5:15", "prev has a meaning only")]
    [InlineData(Head + "observe T = index ETH_USD\nat expiry pay S\n", "5:9", "never used")]
    [InlineData(Head + "observe S = index ETH_USD\nat expiry pay S\n", "5:9", "is a name already")]
    [InlineData(Head + "let max = 5\nat expiry pay S\n", "5:5", "word of the language")]
    [InlineData(Head + "at expiry pay payoff\n", "5:15", "only in claims")]
    [InlineData(Head + "at expiry pay 1.123456789 * S\n", "5:15", "not a number")]
    [InlineData(Head + "while S > 5\nat expiry pay S\n", "5:1", "begins no statement")]
    [InlineData(Head + "at expiry pay S and end\n", "5:21", "has no value")]
    [InlineData("", "1:1", "no contract")]
    public void A_contract_that_cannot_be_listed_says_where_and_why(string text, string place, string problem)
    {
        TermsError? error = ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text), out _);
        Assert.NotNull(error);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.Equal(place, $"{error.Line}:{error.Column}");
        Assert.True(error.Remedy.Length > 5);
    }

    [Fact]
    public void Any_text_at_all_is_read_or_refused_but_never_breaks_the_reader()
    {
        string[] parts =
            ["contract C\n", "observe S = index X\n", "settle USDC\n", "expiry 2026-12-25T08:00Z\n", "at expiry pay ", "max(", "min(", "S",
                "5", "30m", ")", "(", ",", " + ", " - ", "/", "if ", " then ", " else ", " and end\n", "when ", "not ", "mean(", " at ",
                "prev(", "\n", "0.1", "<", ">=", "assert ", "payoff", "let x = ", "-", "é", "2026-99-99T08:00Z"];
        var random = new Random(9);
        for (int i = 0; i < 30_000; i++)
        {
            var text = new StringBuilder(random.Next(2) == 0 ? Head + "at expiry pay " : "");
            for (int n = random.Next(30); n > 0; n--)
            {
                text.Append(parts[random.Next(parts.Length)]);
            }
            TermsError? error = ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text.ToString()), out ContractProgram? program);
            Assert.True((error is null) != (program is null));
        }
        string deep = Head + "at expiry pay " + new string('(', 2000) + "S" + new string(')', 900) + "\n";
        Assert.Contains("nested", ContractProgram.TryCompile(Encoding.UTF8.GetBytes(deep), out _)!.Problem, StringComparison.Ordinal);
        string nots = Head + "at expiry pay if " + string.Concat(Enumerable.Repeat("not ", 700)) + "S > 5 then 1 else 0\n";
        Assert.Contains("operations", ContractProgram.TryCompile(Encoding.UTF8.GetBytes(nots), out _)!.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("at expiry pay mean(S, 30m)", ContractShape.Future, "0")]
    [InlineData("at expiry pay max(S - 5000, 0)", ContractShape.Call, "5000")]
    [InlineData("at expiry pay max(0, 5000 - S)", ContractShape.Put, "5000")]
    [InlineData("at expiry pay if S > 5000 then S - 5000 else 0", ContractShape.Call, "5000")]
    [InlineData("at expiry pay if 5000 >= S then 5000 - S else 0", ContractShape.Put, "5000")]
    [InlineData("at expiry pay if S > 5000 then 5000 - S else 0", ContractShape.Other, "0")]
    [InlineData("at expiry pay max(2 * S - 5000, 0)", ContractShape.Other, "0")]
    [InlineData("at expiry pay if S > 5000 then 1 else 0", ContractShape.Other, "0")]
    public void Plain_contracts_are_recognised(string pay, ContractShape shape, string strike)
    {
        ContractAnalysis analysis = ExecutionTests.Compile(Head + pay + "\n").Analysis;
        Assert.Equal(shape, analysis.Shape);
        Assert.Equal(strike, FixedPoint.Format(analysis.Strike));
    }

    [Fact]
    public void Barriers_and_early_exercise_are_recognised_and_jumps_are_named()
    {
        ContractAnalysis barrier =
            ExecutionTests.Compile(Head + "when S <= 4000 pay 10 and end\nat expiry pay max(S - 5000, 0)\n").Analysis;
        Assert.Equal((Int128)4000 * FixedPoint.One, barrier.Barrier!.Level);
        Assert.False(barrier.Barrier.IsUp);
        Assert.StartsWith("5:1", Assert.Single(barrier.Jumps), StringComparison.Ordinal);
        ContractAnalysis american =
            ExecutionTests.Compile(Head + "holder may take max(5000 - S, 0)\nat expiry pay max(5000 - S, 0)\n").Analysis;
        Assert.True(american.IsAmerican);
        Assert.Empty(american.Jumps);
    }

    [Theory]
    [InlineData("BTC_USDC-29DEC17-5000-C", InstrumentKind.Call, 1514534400000, "5000")]
    [InlineData("ETH_USDC-1JAN26-0d25-P", InstrumentKind.Put, 1767254400000, "0.25")]
    [InlineData("BTC_USDC-29DEC17", InstrumentKind.Future, 1514534400000, "0")]
    [InlineData("BTC_USDC-PERPETUAL", InstrumentKind.Perpetual, 0, "0")]
    public void Names_say_what_an_instrument_is_and_back(string text, InstrumentKind kind, long expiryMs, string strike)
    {
        Assert.True(InstrumentName.TryParse(text, out InstrumentName? name));
        Assert.Equal((kind, expiryMs, strike), (name!.Kind, name.ExpiryMs, FixedPoint.Format(name.Strike)));
        Assert.Equal(text, name.ToString());
    }

    [Theory]
    [InlineData("BTC")]
    [InlineData("BTC_USDC-31FEB17-5000-C")]
    [InlineData("BTC_USDC-29DEC17-5000-X")]
    [InlineData("BTC_USDC-29DEC17-0-C")]
    [InlineData("BTC_USDC-029DEC17-5000-C")]
    [InlineData("BTC_USDC-29DEC17-5000")]
    public void What_is_not_such_a_name_is_not_read(string text) => Assert.False(InstrumentName.TryParse(text, out _));

    internal static string AskZ3(string script, int seconds = 60)
    {
        try
        {
            using Process z3 = Process.Start(
                new ProcessStartInfo("z3", ["-in", $"-T:{seconds}"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            z3.StandardInput.Write(script);
            z3.StandardInput.Close();
            string answer = z3.StandardOutput.ReadToEnd();
            z3.WaitForExit();
            return answer;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("z3 is not installed (apt-get install z3)");
            throw;
        }
    }

    internal static string Root([CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));
}
