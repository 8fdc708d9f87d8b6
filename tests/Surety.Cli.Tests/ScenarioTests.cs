using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Surety.Cli.Commands;
using Surety.Cli.Scenarios;
using Surety.Simulation.Scenarios;

namespace Surety.Cli.Tests;

public class ScenarioTests
{
    private const string Small = """
        { "name": "small", "duration": "2m",
          "indexes": [{ "name": "BTC_USD", "sources": 3 }],
          "markets": [{ "name": "BTC-PERP", "index": "BTC_USD" }],
          "accounts": [{ "name": "a", "deposits": { "USD": "1000" } }],
          "positions": [{ "account": "a", "market": "BTC-PERP", "quantity": "1" }],
          "prices": [{ "index": "BTC_USD", "points": [[0, 10000], ["60s", 9000]] }],
          "expect": [{ "that": "liquidated", "account": "a" }] }
        """;

    public static TheoryData<string> Files =>
        new(Directory.GetFiles(Path.Combine(Root(), "scenarios"), "*.json", SearchOption.AllDirectories)
        .Where(f => Path.GetFileName(f) != "schema.json" && Path.GetFileName(Path.GetDirectoryName(f)) != "adversarial")
            .Select(f => Path.GetRelativePath(Root(), f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_scenario_holds_with_the_defaults_and_bites_where_it_says_so(string file)
    {
        string path = Path.Combine(Root(), file);
        if (file.Contains("crashes", StringComparison.Ordinal) && !Directory.Exists(Path.Combine(Root(), "..", "shared", "data")))
        {
            Assert.Skip("the real minute files are not here (../shared/data)");
        }
        var scenario = Scenario.Read(path);
        ScenarioResult result = Play(scenario, []);
        Assert.True(result.Passed,
            string.Join('\n', result.Expectations.Where(e => !e.Holds).Select(e => $"{e.That}: expected {e.Expected}, seen {e.Seen}")));
        if (scenario.Bites is { } bites)
        {
            ScenarioResult without = Play(scenario, bites.Without);
            foreach (string fails in bites.Fails)
            {
                Assert.Contains(without.Expectations, e => e.That == fails && !e.Holds);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_venue_restored_at_every_thousandth_command_ends_as_one_that_never_stopped(string file)
    {
        if (file.Contains("crashes", StringComparison.Ordinal) && !Directory.Exists(Path.Combine(Root(), "..", "shared", "data")))
        {
            Assert.Skip("the real minute files are not here (../shared/data)");
        }
        var scenario = Scenario.Read(Path.Combine(Root(), file));
        using var run = NodePlatform.Run(scenario, scenario.Off, directory: null, restartEvery: 1000);
        Assert.Equal("same root", run.Play().Replay);
    }

    public static TheoryData<string> Attacks => new(Directory.GetFiles(Path.Combine(Root(), "scenarios", "adversarial"), "*.json")
        .Select(f => Path.GetRelativePath(Root(), f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_that_the_rules_once_allowed_does_not_work(string file)
    {
        ScenarioResult result = Play(Scenario.Read(Path.Combine(Root(), file)), []);
        Assert.True(result.Passed,
            string.Join('\n', result.Expectations.Where(e => !e.Holds).Select(e => $"{e.That}: expected {e.Expected}, seen {e.Seen}")));
    }

    [Fact]
    public void A_small_scenario_needs_nothing_but_an_index_a_market_prices_and_an_expectation()
    {
        ScenarioResult result = Play(Read(Small), []);
        Assert.True(result.Passed, result.Expectations[0].Seen);
    }

    [Theory]
    [InlineData("\"duration\": \"2m\"", "\"duration\": \"two\"", "duration: expected a time")]
    [InlineData("\"sources\": 3", "\"sources\": 17", "indexes[0].sources: expected a number from 1 to 16, found 17")]
    [InlineData("\"index\": \"BTC_USD\" }]", "\"index\": \"ETH_USD\" }]",
        "markets[0].index: expected the name of an index (BTC_USD), found \"ETH_USD\"")]
    [InlineData("\"USD\": \"1000\"", "\"USD\": \"lots\"", "accounts[0].deposits.USD: expected a decimal number, found \"lots\"")]
    [InlineData("\"USD\": \"1000\"", "\"EUR\": \"1000\"", "accounts[0].deposits.EUR: expected a deposit of an asset of pool main (USD)")]
    [InlineData("\"quantity\": \"1\"", "\"quantty\": \"1\"", "positions[0].quantty: there is no such field here. Did you mean 'quantity'?")]
    [InlineData("[\"60s\", 9000]", "[0, 9000]", "prices[0].points[1][0]: expected a time after the point before")]
    [InlineData("\"that\": \"liquidated\"", "\"that\": \"sunk\"", "expect[0].that: expected one of conservation")]
    [InlineData("\"account\": \"a\" }] }", "\"account\": \"b\" }] }", "expect[0].account: expected the name of an account")]
    [InlineData("\"markets\"", "\"market\"", "market: there is no such field here. Did you mean 'markets'?")]
    [InlineData("\"prices\"", "\"controls\": { \"off\": [\"C07\"] }, \"prices\"",
        "controls.off[0]: expected a control that can be switched off")]
    public void A_mistake_is_named_by_its_place_with_what_was_expected_and_what_was_found(string right, string wrong, string message)
    {
        ScenarioException found =
            Assert.Throws<ScenarioException>(() => Play(Read(Small.Replace(right, wrong, StringComparison.Ordinal)), []));
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_knows_every_field_of_every_scenario_and_every_expectation()
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root(), "scenarios", "schema.json")));
        HashSet<string> known = [];
        Collect(schema.RootElement, known);
        Assert.Empty(ScenarioTerms.Fields.Except(known));
        foreach (string file in Directory.GetFiles(Path.Combine(Root(), "scenarios"), "*.json", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) != "schema.json"))
        {
            using JsonDocument scenario = JsonDocument.Parse(File.ReadAllText(file));
            foreach (JsonProperty part in scenario.RootElement.EnumerateObject().Where(p => p.Name is not ("historical" or "assumed")))
            {
                HashSet<string> used = [part.Name];
                Collect(part.Value, used);
                Assert.Empty(used.Where(u => u is not ("USD" or "ETH" or "WBETH" or "LUNA" or "USDC" or "ELM" or "TOR" or "ASH"))
                    .Except(known).Select(u => $"{file}: {u}"));
            }
        }
    }

    private static void Collect(JsonElement element, HashSet<string> names)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                names.Add(property.Name);
                Collect(property.Value, names);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                Collect(item, names);
            }
        }
    }

    private static Scenario Read(string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return Scenario.Read(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static ScenarioResult Play(Scenario scenario, IReadOnlyList<string> without)
    {
        using var run = NodePlatform.Run(scenario, [.. scenario.Off, .. without], directory: null);
        return run.Play();
    }

    private static string Root([CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));
}
