using System;
using System.Text;
using Surety.Core.Hashing;
using Surety.Engine.Governance;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Simulation;

namespace Surety.Scenarios;

/// <summary>
/// <see cref="TestVenue"/> with a volatility surface on BTC_USD of two tenors by three moneyness nodes, ready to list contracts. One
/// tick is a dollar and one lot a thousandth of a contract.
/// </summary>
public sealed class OptionsVenue
{
    public const long Day = 86_400_000;
    public const int FirstOption = 2;
    private const int Nodes = 6;
    private ulong _reports = 1000;

    public OptionsVenue(int scanPpm = 0, int traders = 4, ChangePool? change = null, Action<TestVenue.GenesisBox>? genesis = null,
        Func<uint, PublicKey>? sourceKeys = null)
    {
        CreatePool pool = TestVenue.PoolTerms();
        pool.Rules.ScanPpm = scanPpm;
        pool.Rules.ProfitHaircutPpm = PoolRules.Off;
        change?.Invoke(ref pool);
        Venue = new TestVenue(traders, box =>
        {
            box.Value.MaxMarkets = 64;
            box.Value.MaxIndexes = 16;
            box.Value.PositionsPerAccount = 32;
            box.Value.BlockMs = 86_400_000;
            genesis?.Invoke(box);
        }, pool: pool, sourceKeys: sourceKeys);
        var surface = new CreateSurface { Underlying = 0, TenorCount = 2, MoneynessCount = 3 };
        surface.TenorMinutes[0] = 7 * 1440;
        surface.TenorMinutes[1] = 60 * 1440;
        surface.MoneynessMilli[0] = -500;
        surface.MoneynessMilli[2] = 500;
        for (ushort node = 0; node < Nodes; node++)
        {
            Venue.Must(CommandKind.CreateIndex, new CreateIndex
            {
                Name = ShortName.From($"BTC_VOL_{node}"),
                Decimals = 4,
                Quorum = 2,
                MaxAgeMs = 3_600_000,
                QuarantinePpm = 1_000_000_000,
            });
            for (uint source = 1; source <= 3; source++)
            {
                Venue.Must(CommandKind.SetPriceSource, new SetPriceSource
                {
                    Index = (ushort)(node + 1),
                    SourceKey = source,
                    Weight = 1,
                    JumpPpm = 1_000_000_000,
                });
            }
            surface.Nodes0[node] = (ushort)(node + 1);
        }
        Venue.Must(CommandKind.CreateSurface, surface);
        Volatility(8_000);
    }

    /// <summary>Changes the pool's terms.</summary>
    public delegate void ChangePool(ref CreatePool pool);

    public TestVenue Venue { get; }

    /// <summary>Terms of a contract's market on BTC_USD.</summary>
    public static MarketTerms Terms(string name, long expiryMs) => Listings.SmallContract(name, expiryMs * 1_000_000);

    public static string Call(long strike, long expiryMs, string extra = "") => Text($"max(mean(S, 30m) - {strike}, 0)", expiryMs, extra);

    public static string Put(long strike, long expiryMs, string extra = "") => Text($"max({strike} - mean(S, 30m), 0)", expiryMs, extra);

    public static string Text(string pay, long expiryMs, string extra = "") =>
        $"contract C\nobserve S = index BTC_USD in 1 .. 400000\nsettle USD\nexpiry "
            + $"{DateTime.UnixEpoch.AddMilliseconds(expiryMs):yyyy-MM-dd'T'HH:mm:ss'Z'}\n{extra}at expiry pay {pay}\n";

    /// <summary>Writes the text and lists its market; its number, or throws with the refusal.</summary>
    public int List(string text, long expiryMs, string? name = null) =>
        Try(text, Terms(name ?? $"C{Venue.State.Counts.Markets}", expiryMs)) is var code and not RefusalCode.None
        ? throw new InvalidOperationException(Refusals.Describe(code, Venue.LastDetail)) : Venue.State.Counts.Markets - 1;

    /// <summary>The same, giving the refusal.</summary>
    public RefusalCode Try(string text, MarketTerms terms, ushort surfacePlusOne = 1)
    {
        Write(text);
        return Venue.Send(CommandKind.ListContract, new ListContract
        {
            Terms = terms,
            TextHash = Hash256.Of(Encoding.UTF8.GetBytes(text)),
            SurfacePlusOne = surfacePlusOne,
        });
    }

    public void Write(string text) =>
        VenueBuilder.WriteText(Encoding.UTF8.GetBytes(text), piece => Venue.Must(CommandKind.WriteContractText, piece));

    /// <summary>All sources report one volatility for every node, in hundredths of a point: 8,000 for 80%.</summary>
    public void Volatility(long hundredths)
    {
        _reports++;
        for (ushort node = 0; node < Nodes; node++)
        {
            Node(node, hundredths);
        }
    }

    public void Node(ushort node, long hundredths)
    {
        _reports++;
        for (uint key = 1; key <= 3; key++)
        {
            Venue.Must(CommandKind.ReportPrice,
                new ReportPrice { Index = (ushort)(node + 1), Price = hundredths, ObservedNs = Venue.TimeNs, ReportSequence = _reports }, 0,
                key);
        }
    }

    /// <summary>Time passes to a moment with the price as it is reported each so often, so that it stays good.</summary>
    public void Until(long timeMs, long price, long everyMs = 50_000)
    {
        while (Venue.TimeNs / 1_000_000 < timeMs)
        {
            Venue.TimeNs = Math.Min(Venue.TimeNs + (everyMs * 1_000_000), timeMs * 1_000_000);
            Venue.Price(price);
        }
    }
}
