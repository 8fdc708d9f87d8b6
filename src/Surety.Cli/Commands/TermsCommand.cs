using System;
using System.Collections.Generic;
using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using Surety.Terms;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;
using Surety.Terms.Proving;
using Surety.Terms.Syntax;

namespace Surety.Cli.Commands;

/// <summary><c>surety terms</c></summary>
internal static class TermsCommand
{
    // Random paths on which each proof is tried.
    private const int TrialPaths = 2_000;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A text with contracts; docs/terms.md says how to write one" };
        var check =
            new Command("check",
                "Say what each contract can ever pay, what it needs and where it jumps; or why it cannot be listed") { file };
        check.SetAction(parsed => Check(parsed.GetValue(file)!));
        var seconds = new Option<int>("--seconds") { Description = "How long Z3 may think about one claim", DefaultValueFactory = _ => 30 };
        var show = new Option<bool>("--smt") { Description = "Print the question in SMT-LIB instead of asking it" };
        var prove = new Command("prove", "Prove each assert, or give prices and dates at which it fails") { file, seconds, show };
        prove.SetAction(parsed => Prove(parsed.GetValue(file)!, parsed.GetValue(seconds), parsed.GetValue(show)));
        var price =
            new Option<string>("--price")
            {
                Description =
                "Forward prices now of what is observed, in the text's order, separated by commas",
                Required = true
            };
        var volatility = new Option<string>("--volatility") { Description = "Annual volatilities, 0.8 for 80%, as many", Required = true };
        var correlation = new Option<double>("--correlation") { Description = "Of any two of them, 0 to 1" };
        var from =
            new Option<string?>("--from")
            {
                Description =
                "Now, such as 2026-12-01T08:00Z; without it 30 days before expiry, or before the first fixing"
            };
        var steps = new Option<int>("--steps") { Description = "Prices of a path", DefaultValueFactory = _ => 100 };
        var pairs = new Option<int>("--pairs") { Description = "Antithetic pairs of paths", DefaultValueFactory = _ => 20_000 };
        var seed = new Option<long>("--seed") { Description = "Which paths", DefaultValueFactory = _ => 1 };
        var value =
            new Command("value",
                "What a contract is worth: the compiled contract run over simulated paths") { file, price, volatility, correlation, from,
                steps, pairs, seed };
        value.SetAction(parsed =>
            Value(parsed.GetValue(file)!, parsed.GetValue(price)!, parsed.GetValue(volatility)!, parsed.GetValue(correlation),
                parsed.GetValue(from), parsed.GetValue(steps), parsed.GetValue(pairs), parsed.GetValue(seed)));
        return new Command("terms",
            "Contracts as texts: check what they can do, prove what is claimed of them, value them") { check, prove, value };
    }

    private static int Check(string file)
    {
        bool refused = false;
        foreach (Contract contract in Read(file))
        {
            if (Analyzer.TryAnalyze(contract, out ContractAnalysis? a) is { } error)
            {
                Console.Error.WriteLine($"{file}:{error}");
                refused = true;
                continue;
            }
            Console.WriteLine($"{contract.Name}: may be listed");
            Console.WriteLine($"  what it is        {Describe(a!)}");
            Console.WriteLine($"  the short pays    at most {FixedPoint.Format(a!.ShortPaysMost)} {contract.Settle}");
            Console.WriteLine($"  the long pays     at most {FixedPoint.Format(a.LongPaysMost)} {contract.Settle}");
            Console.WriteLine(
                $"  ends              {Time(contract.ExpiryMs)} at the latest, after at "
                + $"most {a.Events} payments, each at a moment of its own");
            Console.WriteLine($"  costs             at most {a.Operations} operations an evaluation, of {Limits.Operations}");
            foreach (IndexNeed need in a.Needs)
            {
                Console.WriteLine(
                    $"  needs             {need.Index} {(need.FromMs == 0 ? "from the listing" : $"from {Time(need.FromMs)}")} "
                    + $"to {Time(need.ToMs)}");
            }
            Console.WriteLine(a.Jumps.Count == 0
                ? "  hedging           continuous: its value does not jump as a price moves a little"
                : "  hedging           jumps:");
            foreach (string jump in a.Jumps)
            {
                Console.WriteLine($"                    {file}:{jump}");
            }
        }
        return refused ? 1 : 0;
    }

    private static int Value(string file, string price, string volatility, double correlation, string? from, int steps, int pairs,
        long seed)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"{file} does not exist");
        }
        double[] prices = Numbers("--price", price, above: true);
        double[] volatilities = Numbers("--volatility", volatility, above: false);
        if (!(correlation is >= 0 and <= 1) || steps is < 1 or > 50_000 || pairs is < 2 or > 10_000_000)
        {
            throw new UsageException("terms value: expected a --correlation from 0 to 1, 1 to 50000 --steps and 2 to 10000000 --pairs");
        }
        return ContractValue.Print(file, File.ReadAllBytes(file), prices, volatilities, correlation, from, steps, pairs,
            (ulong)Math.Abs(seed));
    }

    private static double[] Numbers(string option, string text, bool above)
    {
        string[] parts = text.Split(',');
        var numbers = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i])
                || numbers[i] < 0 || (above && numbers[i] == 0))
            {
                throw new UsageException(
                    $"{option}: expected {(above ? "positive numbers" : "numbers of 0 or more")} separated by commas, found '{parts[i]}'");
            }
        }
        return numbers;
    }

    private static int Prove(string file, int seconds, bool show)
    {
        IReadOnlyList<Contract> contracts = Read(file);
        int failed = 0;
        int asked = 0;
        foreach (Contract contract in contracts)
        {
            // A claim may name any of them.
            if (Analyzer.TryAnalyze(contract, out _) is { } refused)
            {
                throw new UsageException($"{file}:{refused}");
            }
        }
        foreach (Contract contract in contracts)
        {
            foreach (Claim claim in contract.Claims)
            {
                asked++;
                if (SmtWriter.TryWrite(contracts, contract, claim, out ProofQuestion? question) is { } error)
                {
                    throw new UsageException($"{file}:{error}");
                }
                if (show)
                {
                    Console.WriteLine(question!.Script);
                    continue;
                }
                string answer = AskZ3(question!.Script, seconds);
                bool proved = answer.StartsWith("unsat", StringComparison.Ordinal)
                    ? Stands(file, contracts, contract, question, seconds)
                    : Answer(file, contract, question, answer);
                failed += proved ? 0 : 1;
            }
        }
        if (asked == 0)
        {
            Console.WriteLine($"{file}: nothing is claimed; add lines such as: assert 0 <= payoff");
        }
        return failed == 0 ? 0 : 1;
    }

    // What Z3 says is proved stands only if its assumptions can hold at all, and on paths that the contracts themselves run over.
    private static bool Stands(string file, IReadOnlyList<Contract> contracts, Contract contract, ProofQuestion question, int seconds)
    {
        string place = Place(file, contract, question);
        string assumptions = AskZ3(question.Assumptions, seconds).Split('\n')[0].Trim();
        if (assumptions != "sat")
        {
            string why = assumptions == "unsat"
                ? "the assumptions contradict each other, so that anything would follow"
                : $"whether the assumptions can hold, Z3 says {assumptions}; give it more time with --seconds";
            Console.WriteLine($"unknown  {place}: {why}");
            return false;
        }
        if (ClaimTrial.FindContradiction(contracts, contract, question.Claim, TrialPaths, seed: 1) is { } path)
        {
            Console.WriteLine($"false    {place}: Z3 found no counterexample, but the contract itself did");
            foreach (string line in path)
            {
                Console.WriteLine($"           {line}");
            }
            return false;
        }
        Console.WriteLine($"proved   {place}");
        return true;
    }

    private static string Place(string file, Contract contract, ProofQuestion question) =>
        $"{file}:{question.Claim.Line}: {contract.Name}: {question.Claim.Text}";

    private static bool Answer(string file, Contract contract, ProofQuestion question, string answer)
    {
        string place = Place(file, contract, question);
        if (!answer.StartsWith("sat", StringComparison.Ordinal))
        {
            Console.WriteLine($"unknown  {place}: Z3 says {answer.Split('\n')[0].Trim()}; give it more time with --seconds");
            return false;
        }
        Console.WriteLine($"false    {place}");
        IReadOnlyList<string> values = Values(answer);
        for (int i = 0; i < question.Variables.Count && i < values.Count; i++)
        {
            Console.WriteLine($"           {question.Variables[i].Meaning}: {values[i]}");
        }
        return false;
    }

    // ((v0 5000.0) (v1 (- (/ 1.0 3.0)))) : the values in order, negations folded.
    private static List<string> Values(string answer)
    {
        var values = new List<string>();
        int depth = 0;
        int start = -1;
        for (int i = answer.IndexOf('(', StringComparison.Ordinal); i >= 0 && i < answer.Length; i++)
        {
            depth += answer[i] == '(' ? 1 : 0;
            if (depth == 2 && answer[i] == '(')
            {
                start = answer.IndexOf(' ', i) + 1;
            }
            else if (depth == 2 && answer[i] == ')')
            {
                string value = answer[start..i].Trim();
                values.Add(value.StartsWith("(- ", StringComparison.Ordinal) ? "-" + value[3..^1].Trim() : value);
            }
            depth -= answer[i] == ')' ? 1 : 0;
        }
        return values;
    }

    private static string AskZ3(string script, int seconds)
    {
        try
        {
            using Process z3 = Process.Start(
                new ProcessStartInfo("z3",
                    ["-in", $"-T:{seconds}"])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                })!;
            z3.StandardInput.Write(script);
            z3.StandardInput.Close();
            string answer = z3.StandardOutput.ReadToEnd();
            z3.WaitForExit();
            return answer;
        }
        catch (Win32Exception)
        {
            throw new UsageException(
                "z3, which proves claims, is not installed: apt-get install z3 (Debian), or "
                + "https://github.com/Z3Prover/z3; --smt prints the questions for any other solver");
        }
    }

    private static IReadOnlyList<Contract> Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"{file} does not exist");
        }
        return Parser.TryParse(File.ReadAllText(file, Encoding.UTF8), out IReadOnlyList<Contract> contracts) is { } error
            ? throw new UsageException($"{file}:{error}") : contracts;
    }

    private static string Describe(ContractAnalysis a) => a.Shape switch
    {
        ContractShape.Future => "a future" + Settles(a),
        ContractShape.Call or ContractShape.Put =>
            $"{(a.IsAmerican ? "an American" : "a European")} {(a.Shape == ContractShape.Call ? "call" : "put")} "
                + $"at {FixedPoint.Format(a.Strike)}{Settles(a)}"
            + (a.Barrier is { } b ? $", ended by {FixedPoint.Format(b.Level)} from {(b.IsUp ? "below" : "above")}" : ""),
        _ => "of no plain kind: margined by what it can ever pay",
    };

    private static string Settles(ContractAnalysis a) =>
        a.WindowMs == 0 ? "" : $", settled on the mean of its last {a.WindowMs / 60_000} minutes";

    private static string Time(long ms) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);
}
