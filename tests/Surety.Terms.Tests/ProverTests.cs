using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Surety.Terms.Execution;
using Surety.Terms.Proving;
using Surety.Terms.Syntax;

namespace Surety.Terms.Tests;

/// <summary>The prover says nothing that a path contradicts, and nothing that follows from a contradiction.</summary>
public class ProverTests
{
    private const string F24 = "schedule F = every 6h from 2026-01-02T00:00Z to 2026-01-04T00:00Z\n";
    private const string F25 = "schedule F = every 1h from 2026-01-02T00:00Z to 2026-01-04T00:00Z\n";

    // Each was "proved".
    [Theory]
    [InlineData("A:0 .. 10:at expiry pay S\n", "B:20 .. 30:at expiry pay S\n", "0 == 1")]
    [InlineData("A:0 .. 10:at expiry pay S\n", "B:5 .. 1000:at expiry pay S\n", "payoff(A) == payoff(B)")]
    [InlineData("A:0 .. 10:at expiry pay mean(S, 30m)\n", "B:5 .. 1000:at expiry pay mean(S, 30m)\n", "payoff(A) == payoff(B)")]
    [InlineData("A:0 .. 1000:when S > 1 from 2026-01-03T00:00Z to 2026-01-04T00:00Z pay 0 and end\nat expiry pay S\n", "", "payoff <= 1")]
    [InlineData("A:0 .. 1000:" + F24 + "when sum(S at F) > 1 pay 0 and end\nat expiry pay sum(S at F)\n", "", "payoff <= 1")]
    [InlineData("A:0 .. 1000:holder may take S\nat expiry pay 0\n", "B:0 .. 1000:holder may take S\nat expiry pay 0\n",
        "payoff(A) == 0 or payoff(B) == 0 or payoff(A) == payoff(B)")]
    [InlineData("A:0 .. 1000:" + F25 + "at expiry pay mean(S at F) - mean(2 * S at F)\n", "", "payoff == 0")]
    [InlineData(
        "A:0 .. 1000:schedule F = every 6h from 2026-01-02T00:00Z to 2026-01-02T00:00Z\nschedule "
        + "G = every 6h from 2026-01-02T00:00Z to 2026-01-02T00:00Z\n"
        + "at F pay 1\nat G pay 1\nwhen S > 5 at F pay 0 and end\nat expiry pay 0\n", "", "payoff == 2 or payoff == 0")]
    [InlineData("A:0 .. 1000:at expiry pay S / 3\n", "", "payoff * 3 == S")]
    [InlineData("A:0 .. 1000:at expiry pay if S * 0.3 >= 3 then 1 else 0\n", "", "payoff == (if S * 0.1 >= 1 then 1 else 0)")]
    public void A_falsehood_is_not_proved(string a, string b, string claim)
    {
        (IReadOnlyList<Contract> contracts, Contract under, Claim asked) = Read(a, b, claim);
        Assert.StartsWith("sat", Ask(contracts, under, asked), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A:0 .. 10:at expiry pay S\n", "B:5 .. 1000:at expiry pay S\n", "payoff(A) <= payoff(B)")]
    [InlineData("A:0 .. 1000:when S > 1 pay 0 and end\nat expiry pay S\n", "", "payoff <= 1")]
    [InlineData("A:0 .. 1000:at expiry pay S * 0.3\n", "", "payoff == S * 0.3")]
    [InlineData("A:1 .. 1000:at expiry pay S / 3\n", "", "payoff <= S and payoff > 0")]
    [InlineData("A:0 .. 1000:" + F24 + "at F pay S / 8\nat expiry pay 0\n", "", "0 <= payoff <= 1125")]
    public void A_truth_is_proved_and_its_assumptions_can_hold(string a, string b, string claim)
    {
        (IReadOnlyList<Contract> contracts, Contract under, Claim asked) = Read(a, b, claim);
        Assert.StartsWith("unsat", Ask(contracts, under, asked), StringComparison.Ordinal);
        Assert.Null(ClaimTrial.FindContradiction(contracts, under, asked, 3_000, 1));
    }

    [Theory]
    [InlineData("A:0 .. 1000:when S > 1 from 2026-01-03T00:00Z to 2026-01-04T00:00Z pay 0 and end\nat expiry pay S\n", "", "payoff <= 1")]
    [InlineData("A:0 .. 1000:" + F24 + "when sum(S at F) > 1 pay 0 and end\nat expiry pay sum(S at F)\n", "", "payoff <= 1")]
    [InlineData("A:0 .. 10:at expiry pay S\n", "B:5 .. 1000:at expiry pay S\n", "payoff(A) == payoff(B)")]
    [InlineData("A:0 .. 1000:holder may take S\nat expiry pay 0\n", "B:0 .. 1000:holder may take S\nat expiry pay 0\n",
        "payoff(A) == 0 or payoff(B) == 0 or payoff(A) == payoff(B)")]
    [InlineData("A:0 .. 1000:at expiry pay S / 3\n", "", "payoff * 3 == S")]
    public void Random_paths_find_what_a_wrong_proof_would_hide(string a, string b, string claim)
    {
        (IReadOnlyList<Contract> contracts, Contract under, Claim asked) = Read(a, b, claim);
        IReadOnlyList<string>? path = ClaimTrial.FindContradiction(contracts, under, asked, 2_000, 1);
        Assert.NotNull(path);
        Assert.Contains(path, line => line.StartsWith("payoff(A)", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_contracts_of_one_name_cannot_be_told_apart_in_a_claim()
    {
        (IReadOnlyList<Contract> contracts, Contract under, Claim asked) =
            Read("A:0 .. 10:at expiry pay S\n", "A:0 .. 20:at expiry pay S\n", "payoff(A) >= 0");
        Assert.NotNull(SmtWriter.TryWrite(contracts, under, asked, out _));
    }

    [Theory]
    [MemberData(nameof(LanguageTests.Examples), MemberType = typeof(LanguageTests))]
    public void Every_claim_of_an_example_holds_on_random_paths_and_its_assumptions_can_hold(string file)
    {
        Assert.Null(
            Parser.TryParse(File.ReadAllText(Path.Combine(LanguageTests.Root(), "scenarios", "contracts", file)),
                out IReadOnlyList<Contract> contracts));
        foreach (Contract contract in contracts)
        {
            foreach (Claim claim in contract.Claims)
            {
                Assert.Null(SmtWriter.TryWrite(contracts, contract, claim, out ProofQuestion? question));
                Assert.StartsWith("sat", LanguageTests.AskZ3(question!.Assumptions), StringComparison.Ordinal);
                Assert.Null(ClaimTrial.FindContradiction(contracts, contract, claim, 2_000, 7));
            }
        }
    }

    [Fact]
    public void What_Z3_proves_of_random_contracts_no_random_path_contradicts()
    {
        int proved = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            string text = new AdversarialContract(seed).Text();
            var random = new Random(seed);
            text += string.Create(CultureInfo.InvariantCulture,
                $"assert payoff {(random.Next(2) == 0 ? "<=" : ">=")} {random.Next(-20, 40)}\nassert "
                + $"-{random.Next(10_000)} <= payoff <= {random.Next(10_000)}\n");
            Assert.Null(Parser.TryParse(text, out IReadOnlyList<Contract> contracts));
            if (ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text), out _) is not null)
            {
                continue;
            }
            foreach (Claim claim in contracts[0].Claims)
            {
                if (ClaimTrial.FindContradiction(contracts, contracts[0], claim, 100, (ulong)seed) is null)
                {
                    continue;
                }
                // Some path contradicts it: then it must not be proved, nor its assumptions be contradictions.
                Assert.Null(SmtWriter.TryWrite(contracts, contracts[0], claim, out ProofQuestion? question));
                Assert.False(LanguageTests.AskZ3(question!.Script, seconds: 5).StartsWith("unsat", StringComparison.Ordinal),
                    $"seed {seed}: {claim.Text}\n{text}");
                proved++;
            }
        }
        Assert.True(proved > 40, $"only {proved} claims");
    }

    private static string Ask(IReadOnlyList<Contract> contracts, Contract under, Claim claim)
    {
        Assert.Null(SmtWriter.TryWrite(contracts, under, claim, out ProofQuestion? question));
        Assert.StartsWith("sat", LanguageTests.AskZ3(question!.Assumptions), StringComparison.Ordinal);
        return LanguageTests.AskZ3(question.Script);
    }

    // NAME:RANGE:CLAUSES each.
    private static (IReadOnlyList<Contract> Contracts, Contract Under, Claim Claim) Read(string a, string b, string claim)
    {
        string text = string.Concat(new[] { a, b }.Where(t => t.Length > 0).Select(t => t.Split(':', 3)).Select(p =>
            $"contract {p[0]}\nobserve S = index BTC_USD in {p[1]}\nsettle USDC\nexpiry 2026-01-04T00:00Z\n{p[2]}")) + $"assert {claim}\n";
        Assert.Null(Parser.TryParse(text, out IReadOnlyList<Contract> contracts));
        return (contracts, contracts[^1], contracts[^1].Claims[0]);
    }
}
