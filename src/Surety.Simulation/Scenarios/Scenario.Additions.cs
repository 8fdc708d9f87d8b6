using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>A volatility surface: an index whose price is a volatility at each node, tenor by tenor, each with all its strikes.</summary>
internal sealed record ScenarioSurface(string Name, string Underlying, IReadOnlyList<int> TenorMinutes, IReadOnlyList<int> MoneynessMilli,
    IReadOnlyList<string> Nodes, ScenarioNode Node);

/// <content>What comes later or from elsewhere: listings and sources during the run, surfaces, prices.</content>
internal sealed partial class Scenario
{
    /// <summary>The volatility surfaces that markets name.</summary>
    public IReadOnlyList<ScenarioSurface> Surfaces { get; }

    /// <summary>Markets that an event lists during the run.</summary>
    public IReadOnlyList<ScenarioMarket> ListedLater { get; }

    /// <summary>Every market's name, of those listed during the run too.</summary>
    public IEnumerable<string> MarketNames => Markets.Concat(ListedLater).Select(m => m.Name);

    /// <summary>Sources that an event adds during the run.</summary>
    public IReadOnlyList<(string Index, string Name)> AddedSources { get; }

    /// <summary>Every source of an index, of those added during the run too.</summary>
    public IEnumerable<string> SourceNames(string index) =>
        Indexes.Single(i => i.Name == index).Sources.Select(s => s.Name)
            .Concat(AddedSources.Where(a => a.Index == index).Select(a => a.Name)).Distinct();

    /// <summary>
    /// The object for each account that its field <c>account</c> names: one, or with a star at the end all that begin so.
    /// </summary>
    public IEnumerable<(ScenarioNode Node, string? Account)> PerAccount(ScenarioNode node)
    {
        if (!node.IsObject || node.Find("account") is not { IsText: true } account || !account.Text().EndsWith('*'))
        {
            return [(node, null)];
        }
        string[] names = [.. Accounts.Select(a => a.Name).Where(n => n.StartsWith(account.Text()[..^1], StringComparison.Ordinal))];
        return names.Length > 0 ? names.Select(n => (node.Or("account", n, instead: true), (string?)n))
            : throw account.Error(
                $"a name, or a beginning of names and a star ({string.Join(", ", Accounts.Select(a => a.Name).Take(20))})");
    }

    private static ScenarioNode? ListingOf(ScenarioNode e) => e.Find("listMarket") ?? e.Find("listContract")?.Or("kind", "contract");

    private (string Index, string Name) ReadAddedSource(ScenarioNode node) =>
        (Member(node.Need("index"), Indexes.Select(i => i.Name), "an index"), node.Need("source").Text());

    private ScenarioSurface ReadSurface(ScenarioNode node)
    {
        node.Object("name", "index", "tenors", "moneyness", "nodes");
        int[] tenors = [.. node.Need("tenors").Items().Select(t => (int)Math.Min(t.Span() / 60_000_000_000, int.MaxValue))];
        int[] moneyness = node.Find("moneyness") is { } m ? [.. m.Items().Select(x => (int)(x.Number(-10, 10) * 1000))] : [0];
        if (tenors.Length is < 1 or > 8)
        {
            throw node.Need("tenors").Error("1 to 8 tenors, increasing");
        }
        if (moneyness.Length is < 1 or > 8)
        {
            throw node.Need("moneyness").Error("1 to 8 places, increasing, as ln(strike / forward) / √years");
        }
        // A list of names, or of a list for each tenor.
        ScenarioNode list = node.Need("nodes");
        string[] nodes =
            [.. list.Items().SelectMany(n => n.IsList ? n.Items() : [n]).Select(n => Member(n, Indexes.Select(i => i.Name), "an index"))];
        if (nodes.Length != tenors.Length * moneyness.Length || nodes.Length > Surface.MaxNodes)
        {
            throw list.Error(
                $"an index for each of {tenors.Length} tenors times {moneyness.Length} places, "
                + $"{tenors.Length * moneyness.Length} in all and at most {Surface.MaxNodes}");
        }
        return new ScenarioSurface(NameOf(node), Member(node.Need("index"), Indexes.Select(i => i.Name), "an index"), tenors, moneyness,
            nodes, node);
    }

    // Markets by name, each with the margin that it gets where that is given; or true for all of the pool's that are there from the start.
    private IReadOnlyList<(string Market, decimal Amount)> ReadIsolated(ScenarioNode node, string pool)
    {
        string[] names = [.. Markets.Where(m => m.Pool == pool).Select(m => m.Name)];
        if (node.IsObject)
        {
            node.Object(names);
            return [.. node.Names().Select(n => (n, node.Need(n).Number(0, 1e15m)))];
        }
        IEnumerable<string> named = node.IsFlag ? node.Flag() ? names : []
            : node.IsText ? [Member(node, names, "a market of its pool")]
            : node.Items().Select(n => Member(n, names, "a market of its pool"));
        return [.. named.Select(n => (n, 0m))];
    }

    private IEnumerable<PricePath> ReadPrices(ScenarioNode node, string directory)
    {
        node.Object("index", "source", "points", "shape", "confidence", "delay", "csv", "time", "price", "timeUnit", "offset", "scale",
            "where", "from", "to");
        string index = Member(node.Need("index"), Indexes.Select(i => i.Name), "an index");
        string[] all = [.. SourceNames(index)];
        string[] sources = node.Find("source") is not { } s || (s.IsText && s.Text() == "*") ? all
            : s.IsList ? [.. s.Items().Select(x => Member(x, all, "a source"))] : [Member(s, all, "a source")];
        bool linear = node.Find("shape")?.OneOf("step", "linear") == "linear";
        decimal confidence = node.Find("confidence")?.Number(0, 1) ?? 0.0005m;
        if ((node.Find("points") is null) == (node.Find("csv") is null))
        {
            throw new ScenarioException(
                $"{node.Path}: expected either points or csv, found {(node.Find("points") is null ? "neither" : "both")}");
        }
        foreach (string ofFile in new[] { "time", "price", "timeUnit", "offset", "scale", "where", "from", "to" })
        {
            if (node.Find("csv") is null && node.Find(ofFile) is { } stray)
            {
                throw stray.Error($"no {ofFile} without csv");
            }
        }
        List<(long, decimal?)> points = node.Find("csv") is { } csv
            ? PriceFile.Read(csv, node, directory, StartNs)
            : ReadPoints(node.Need("points"));
        return sources.Select(name => new PricePath(index, name, points, linear, confidence, node.Find("delay")?.Span() ?? 0));
    }

    private static List<(long Ns, decimal? Price)> ReadPoints(ScenarioNode list)
    {
        var points = new List<(long Ns, decimal? Price)>();
        foreach (ScenarioNode point in list.Items())
        {
            IReadOnlyList<ScenarioNode> pair = point.Items();
            if (pair.Count != 2)
            {
                throw point.Error("a pair [time, price]");
            }
            long ns = pair[0].Span();
            if (points.Count > 0 && ns <= points[^1].Ns)
            {
                throw pair[0].Error("a time after the point before");
            }
            points.Add((ns, pair[1].IsNull ? null : pair[1].Number(-1e12m, 1e12m)));
        }
        return points.Count > 0 ? points : throw list.Error("at least one point");
    }
}
