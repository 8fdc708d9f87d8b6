using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Surety.Simulation.Scenarios;

/// <summary>A source of an index.</summary>
internal sealed record ScenarioSource(string Name, uint Weight, int JumpPpm, decimal? Floor, decimal? Cap);

/// <summary>An index with its sources.</summary>
internal sealed record ScenarioIndex(string Name, int Decimals, IReadOnlyList<ScenarioSource> Sources, ScenarioNode Node);

/// <summary>An asset.</summary>
internal sealed record ScenarioAsset(string Name, int Decimals, string? Index, int HaircutPpm, decimal? Cap, decimal? PoolCap);

/// <summary>A pool.</summary>
internal sealed record ScenarioPool(string Name, string Settlement, IReadOnlyList<string> Collateral, decimal InsuranceFund,
    ScenarioNode? Rules, ScenarioNode? Fees);

/// <summary>A market; its terms are read when prices are known.</summary>
internal sealed record ScenarioMarket(string Name, string Index, string Pool, ScenarioNode Node);

/// <summary>An account with what is deposited for it at the start.</summary>
internal sealed record ScenarioAccount(string Name, string Pool, string? Owner, IReadOnlyList<(string Asset, decimal Amount)> Deposits,
    IReadOnlyList<(string Market, decimal Amount)> Isolated);

/// <summary>What one source reports over time, so long after it observed it; a null price is silence.</summary>
internal sealed record PricePath(string Index, string Source, IReadOnlyList<(long Ns, decimal? Price)> Points, bool Linear,
    decimal Confidence, long DelayNs)
{
    /// <summary>The price at a time since the start; null before the first point and in silence.</summary>
    public decimal? At(long ns)
    {
        int next = 0;
        int high = Points.Count;
        while (next < high)
        {
            int middle = (next + high) / 2;
            (next, high) = Points[middle].Ns <= ns ? (middle + 1, high) : (next, middle);
        }
        if (next == 0)
        {
            return null;
        }
        (long fromNs, decimal? from) = Points[next - 1];
        if (!Linear || from is null || next == Points.Count || Points[next].Price is not { } to)
        {
            return from;
        }
        return from + ((to - from) * (ns - fromNs) / (Points[next].Ns - fromNs));
    }
}

/// <summary>A scenario file, checked as far as it can be without running it.</summary>
internal sealed partial class Scenario
{
    private static readonly string[] Known =
    [
        "$schema", "name", "description", "verdict", "incident", "sources", "historical", "assumed", "start", "heartbeat", "duration",
        "assets", "indexes", "pools", "surfaces", "markets", "accounts", "positions", "books", "prices", "actors", "events", "controls",
        "bites", "expect",
    ];

    private Scenario(ScenarioNode root, string directory)
    {
        root.Object(Known);
        Root = root;
        Name = root.Need("name").Text();
        StartNs = root.Find("start") is { } start ? ParseTime(start) : 1_700_000_000_000_000_000;
        HeartbeatNs = root.Find("heartbeat")?.Span() ?? 10_000_000_000;
        DurationNs = root.Need("duration").Span();
        if (HeartbeatNs < 100_000_000 || DurationNs / HeartbeatNs > 2_000_000)
        {
            throw root.Find("heartbeat") is { } h
                ? h.Error("at least 100ms, and at most 2,000,000 heartbeats in the duration")
                : root.Need("duration").Error("at most 2,000,000 heartbeats of 10s; name a longer heartbeat");
        }
        Indexes = [.. root.Items("indexes").Select(ReadIndex)];
        Unique(Indexes.Select(i => i.Name), "indexes");
        Assets = root.Find("assets") is null
            ? [new ScenarioAsset("USD", 6, null, 0, null, null)]
            : [.. root.Items("assets").Select(ReadAsset)];
        Unique(Assets.Select(a => a.Name), "assets");
        Pools = root.Find("pools") is null
            ? [new ScenarioPool("main", Assets[0].Name, [.. Assets.Skip(1).Where(a => a.Index is not null).Select(a => a.Name)], 0, null,
                null)]
            : [.. root.Items("pools").Select(ReadPool)];
        Unique(Pools.Select(p => p.Name), "pools");
        Surfaces = [.. root.Items("surfaces").Select(ReadSurface)];
        Unique(Surfaces.Select(s => s.Name), "surfaces");
        Markets = [.. root.Items("markets").Select(ReadMarket)];
        ListedLater = [.. root.Items("events").Select(ListingOf).OfType<ScenarioNode>().Select(ReadMarket)];
        Unique(MarketNames, "markets");
        AddedSources =
            [.. root.Items("events").Where(e => e.Find("addSource") is not null).Select(e => ReadAddedSource(e.Need("addSource")))];
        Accounts = [.. root.Items("accounts").SelectMany(ReadAccounts)];
        Unique(Accounts.Select(a => a.Name), "accounts");
        Prices = [.. root.Items("prices").SelectMany(p => ReadPrices(p, directory))];
        foreach (ScenarioIndex index in Indexes)
        {
            if (FirstPrice(index.Name) is null)
            {
                throw new ScenarioException($"prices: index {index.Name} has no price; name at least one point for it");
            }
        }
        Off = root.Find("controls") is { } controls ? [.. controls.Object("off").Items("off").Select(ReadControl)] : [];
        Expectations = root.Items("expect");
        Verdict = root.Find("verdict")?.Text();
        if (Expectations.Count == 0)
        {
            throw new ScenarioException("expect: expected at least one expectation, found none; a run that expects nothing shows nothing");
        }
        Bites = root.Find("bites") is { } bites
            ? ([.. bites.Object("without", "fails").Need("without").Items().Select(ReadControl)],
                [.. bites.Need("fails").Items().Select(f => f.Text())])
            : null;
    }

    public ScenarioNode Root { get; }

    public string Name { get; }

    /// <summary>In words, what the venue does.</summary>
    public string? Verdict { get; }

    /// <summary>The scenario's time zero, nanoseconds since 1970.</summary>
    public long StartNs { get; }

    public long HeartbeatNs { get; }

    public long DurationNs { get; }

    public IReadOnlyList<ScenarioAsset> Assets { get; }

    public IReadOnlyList<ScenarioIndex> Indexes { get; }

    public IReadOnlyList<ScenarioPool> Pools { get; }

    public IReadOnlyList<ScenarioMarket> Markets { get; }

    public IReadOnlyList<ScenarioAccount> Accounts { get; }

    public IReadOnlyList<PricePath> Prices { get; }

    public IReadOnlyList<ScenarioNode> Expectations { get; }

    /// <summary>Controls that are switched off.</summary>
    public IReadOnlyList<string> Off { get; }

    /// <summary>With which controls off it must go wrong, and which expectations then fail.</summary>
    public (IReadOnlyList<string> Without, IReadOnlyList<string> Fails)? Bites { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ScenarioException">It cannot be read, or something in it is wrong: the message names it.</exception>
    public static Scenario Read(string file)
    {
        try
        {
            using JsonDocument document =
                JsonDocument.Parse(File.ReadAllText(file),
                    new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return new Scenario(new ScenarioNode(document.RootElement.Clone(), ""), Path.GetDirectoryName(Path.GetFullPath(file))!);
        }
        catch (JsonException e)
        {
            throw new ScenarioException($"{file}: not JSON, line {e.LineNumber + 1}, position {e.BytePositionInLine + 1}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioException($"{file}: cannot be read ({e.Message})", e);
        }
        catch (ScenarioException e)
        {
            throw new ScenarioException($"{file}: {e.Message}", e);
        }
    }

    /// <summary>The first price any source of an index has.</summary>
    public decimal? FirstPrice(string index) =>
        Prices.Where(p => p.Index == index).SelectMany(p => p.Points).Where(p => p.Price is not null).OrderBy(p => p.Ns).FirstOrDefault()
            .Price;

    /// <summary>The largest price of an index, of either sign.</summary>
    public decimal LargestPrice(string index) =>
        Prices.Where(p => p.Index == index).SelectMany(p => p.Points).Max(p => Math.Abs(p.Price ?? 0));

    /// <summary>Checks that a name is one of a kind's.</summary>
    public static string Member(ScenarioNode node, IEnumerable<string> names, string kind)
    {
        string name = node.Text();
        string[] all = [.. names];
        return all.Contains(name) ? name : throw node.Error($"the name of {kind} ({string.Join(", ", all)})");
    }

    private static void Unique(IEnumerable<string> names, string where)
    {
        string? twice = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null)
        {
            throw new ScenarioException($"{where}: the name '{twice}' is given twice");
        }
    }

    private static string NameOf(ScenarioNode node)
    {
        string name = node.Need("name").Text();
        return name.Length is > 0 and <= 24 && name.All(c => c is > ' ' and <= '~')
            ? name
            : throw node.Need("name").Error("1 to 24 printable ASCII characters without spaces");
    }

    private static string ReadControl(ScenarioNode node) =>
        ControlSwitches.CanBeOff(node.Text())
            ? node.Text()
            : throw node.Error($"a control that can be switched off: {string.Join(", ", ControlSwitches.All)}");

    private static long ParseTime(ScenarioNode node) =>
        DateTimeOffset.TryParse(node.Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            && time.Year >= 1971
            ? time.ToUnixTimeMilliseconds() * 1_000_000 : throw node.Error("a time such as 2020-03-12T00:00:00Z");

    private static ScenarioIndex ReadIndex(ScenarioNode node)
    {
        node.Object("name", "decimals", "sources", "quorum", "maxAge", "absentAfter", "quarantine", "confirm", "wide", "maxConfidence",
            "slow", "allowNegative", "floor", "cap", "jumpFloor", "bondPool", "reward", "outlier", "slash", "outlierLimit", "bondWindow");
        ScenarioNode sources = node.Need("sources");
        var list = new List<ScenarioSource>();
        if (sources.IsNumber)
        {
            int count = sources.Whole(1, 16);
            list.AddRange(Enumerable.Range(1, count).Select(i => new ScenarioSource($"source{i}", 1, 0, null, null)));
        }
        else
        {
            foreach (ScenarioNode s in sources.Items())
            {
                list.Add(s.IsText ? new ScenarioSource(s.Text(), 1, 0, null, null) : ReadSource(s));
            }
        }
        if (list.Count is 0 or > 16)
        {
            throw sources.Error("1 to 16 sources");
        }
        Unique(list.Select(s => s.Name), sources.Path);
        return new ScenarioIndex(NameOf(node), node.Find("decimals")?.Whole(0, 9) ?? 6, list, node);
    }

    private static ScenarioSource ReadSource(ScenarioNode s)
    {
        s.Object("name", "weight", "maxJump", "floor", "cap");
        return new ScenarioSource(NameOf(s), (uint)(s.Find("weight")?.Whole(1, 1_000_000) ?? 1), s.Find("maxJump")?.Ppm(1_000) ?? 0,
            s.Find("floor")?.Number(), s.Find("cap")?.Number());
    }

    private ScenarioAsset ReadAsset(ScenarioNode node)
    {
        node.Object("name", "decimals", "index", "haircut", "cap", "poolCap");
        string? index = node.Find("index") is { } i ? Member(i, Indexes.Select(x => x.Name), "an index") : null;
        return new ScenarioAsset(NameOf(node), node.Find("decimals")?.Whole(0, 9) ?? (index is null ? 6 : 8), index,
            node.Find("haircut")?.Ppm() ?? (index is null ? 0 : 100_000), node.Find("cap")?.Number(0, 1e15m),
            node.Find("poolCap")?.Number(0, 1e15m));
    }

    private ScenarioPool ReadPool(ScenarioNode node)
    {
        node.Object("name", "settlement", "collateral", "insuranceFund", "rules", "fees");
        string settlement = node.Find("settlement") is { } s ? Member(s, Assets.Select(a => a.Name), "an asset") : Assets[0].Name;
        IReadOnlyList<string> collateral = node.Find("collateral") is { } c
            ? [.. c.Items()
                .Select(x => Member(x, Assets.Where(a => a.Index is not null).Select(a => a.Name), "an asset that has an index"))]
            : [.. Assets.Where(a => a.Index is not null && a.Name != settlement).Select(a => a.Name)];
        return new ScenarioPool(NameOf(node), settlement, collateral, node.Find("insuranceFund")?.Number(0, 1e15m) ?? 0, node.Find("rules"),
            node.Find("fees"));
    }

    private ScenarioMarket ReadMarket(ScenarioNode node)
    {
        node.Object(ScenarioTerms.Fields);
        string pool = node.Find("pool") is { } p ? Member(p, Pools.Select(x => x.Name), "a pool") : Pools[0].Name;
        return new ScenarioMarket(NameOf(node), Member(node.Need("index"), Indexes.Select(x => x.Name), "an index"), pool, node);
    }

    private IEnumerable<ScenarioAccount> ReadAccounts(ScenarioNode node)
    {
        node.Object("name", "pool", "owner", "deposits", "count", "isolated");
        string pool = node.Find("pool") is { } p ? Member(p, Pools.Select(x => x.Name), "a pool") : Pools[0].Name;
        var deposits = new List<(string, decimal)>();
        if (node.Find("deposits") is { } d)
        {
            foreach (string asset in d.Names())
            {
                ScenarioPool terms = Pools.Single(x => x.Name == pool);
                if (asset != terms.Settlement && !terms.Collateral.Contains(asset))
                {
                    throw d.Need(asset)
                        .Error($"a deposit of an asset of pool {pool} ({string.Join(", ", terms.Collateral.Prepend(terms.Settlement))})");
                }
                deposits.Add((asset, d.Need(asset).Number(0, 1e15m)));
            }
        }
        string name = NameOf(node);
        int count = node.Find("count")?.Whole(1, 10_000) ?? 0;
        string? owner = node.Find("owner")?.Text();
        IReadOnlyList<(string, decimal)> isolated = node.Find("isolated") is { } modes ? ReadIsolated(modes, pool) : [];
        return count == 0
            ? [new ScenarioAccount(name, pool, owner, deposits, isolated)]
            : Enumerable.Range(1, count).Select(i => new ScenarioAccount($"{name}{i}", pool, owner, deposits, isolated));
    }
}
