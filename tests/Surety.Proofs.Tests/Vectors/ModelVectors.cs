using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Surety.Core.Numerics;
using Surety.Engine.Blocks;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// Certificates of calls that rest on models: an account with options in a pool of standard margin, and in one that nets by scenarios;
/// then what a lying venue may state of marks, volatilities, nodes and scenario losses.
/// </summary>
internal static class ModelVectors
{
    // The call, five positions, a coin, then models in the order of positions, and nodes.
    private const int Call = 0;
    private const int FirstPosition = 1;
    private const int FirstModel = 7;

    public static IEnumerable<Vector> All() => [.. Of(0, "formula", models: 3), .. Of(100_000, "scenarios", models: 5)];

    private static IEnumerable<Vector> Of(int scanPpm, string kind, int models)
    {
        VectorVenue venue = VectorVenue.OfModels(scanPpm);
        venue.Report(10_800);
        (Ledger ledger, List<MarginCallCertificate> calls) = venue.Follow();
        MarginCallCertificate made = calls.Single();
        var own = new Vector(
            $"{kind}", $"calls and puts beside a perpetual and a future, margined by {(scanPpm == 0 ? "formula" : "scenarios")}",
            made.ToBytes(), Inputs(ledger.Last.Hash()));
        yield return own;
        ForgedBlock New() => new(ledger, made);
        Vector Lie(string name, string what, ForgedBlock forged)
        {
            (MarginCallCertificate lie, Core.Hashing.Hash256 block) = forged.Build();
            return new Vector($"{kind}-{name}", what, lie.ToBytes(), Inputs(block), own);
        }
        Vector Model(
            string name, string what, ForgedBlock.Change<MarginCallModel> change, int at = 0) => Lie(
                name, what, New().Event(FirstModel + at, change));
        int firstNode = FirstModel + models;
        yield return Lie(
            "mark", "a mark that is a tick higher than the formula's, announced so",
            New().Event(FirstPosition, (ref MarginCallPosition e) => Raise(ref e, 9_000)).Announced(2, 1));
        if (scanPpm != 0)
        {
            foreach (Vector vector in Scenarios(Model, Lie, New))
            {
                yield return vector;
            }
            yield break;
        }
        yield return Model("underlying", "another underlying than the index", (ref MarginCallModel m) => m.UnderlyingTicks += 10);
        yield return Model("volatility", "a higher volatility than the surface's", (ref MarginCallModel m) => m.VolatilityPpm += 10_000);
        yield return Model("delta", "another delta than the formula's", (ref MarginCallModel m) => m.DeltaPpm += 1);
        yield return Model("time", "marked a day earlier", (ref MarginCallModel m) => m.MarkMs -= OptionsVenue.Day);
        yield return Model("later", "marked after the call", (ref MarginCallModel m) => m.MarkMs += 10_000);
        yield return Model("window", "a longer mean than the text's", (ref MarginCallModel m) => m.WindowMs += 60_000);
        yield return Model("open", "a mean that has begun", (ref MarginCallModel m) => m.OpenPpm = 500_000);
        yield return Model("surface", "another surface", (ref MarginCallModel m) => m.Surface = OptionalId.Of(1));
        yield return Model("market", "a model of a market that the account is not in", (ref MarginCallModel m) => m.Market = 7);
        yield return Lie(
            "model-left-out", "a position's model left out", New().Drop(FirstModel).Event(Call, (ref MarginCalled c) => c.Models--));
        yield return Lie(
            "model-twice", "a position's model twice", New().Repeat(FirstModel).Event(Call, (ref MarginCalled c) => c.Models++));
        yield return Lie(
            "node-price", "a node that says more than its reports", New().Event(firstNode, (ref MarginCallNode n) => n.Price += 100));
        yield return Lie(
            "node-volatility", "a node whose volatility does not follow from its price",
            New().Event(firstNode, (ref MarginCallNode n) => n.VolatilityPpm += 1_000));
        yield return Lie("node-index", "a node that is another index", New().Event(firstNode, (ref MarginCallNode n) => n.Index = 2));
        yield return Lie("node-left-out", "a node left out", New().Drop(firstNode).Event(Call, (ref MarginCalled c) => c.Nodes--));
        yield return Lie("node-twice", "a node twice", New().Repeat(firstNode).Event(Call, (ref MarginCalled c) => c.Nodes++));
        yield return Lie(
            "not-by-model", "a call that says that it rests on no model", New().Event(Call, (ref MarginCalled c) => c.ByModel = 0));
        yield return Lie(
            "strike", "another strike than the market's in the state",
            New().Page(TableId.Markets, 2, (ref Market m) => m.StrikeTicks += 10));
        yield return Lie("shape", "a put where the state has a call", New().Page(TableId.Markets, 2, (ref Market m) => m.Shape = 3));
        yield return Lie(
            "barrier", "an option with a barrier", New().Page(TableId.Markets, 2, (ref Market m) => m.Flags |= ContractFlags.Barrier));
        yield return Lie(
            "expiry", "another expiry in the state", New().Page(TableId.Markets, 2, (ref Market m) => m.ExpiryNs += 86_400_000_000_000));
        yield return Lie(
            "surface-node", "a surface with another node in the state",
            New().Page(TableId.Surfaces, 0, (ref Surface s) => s.Nodes0[0] = 2));
        yield return Lie(
            "surface-tenor", "a surface with another tenor in the state",
            New().Page(TableId.Surfaces, 0, (ref Surface s) => s.TenorMinutes[0] += 1_000));
        yield return Lie(
            "text", "a text with another mean in the state",
            New().Page(TableId.ContractTexts, 2, (ref ContractText t) => Replace(ref t, (byte)'3', (byte)'4')));
        yield return Lie(
            "scan", "a pool of the other kind in the state", New().Page(TableId.Pools, 0, (ref Pool p) => p.Rules.ScanPpm = 100_000));
        yield return Model("losses", "scenario losses where scenarios do not count", (ref MarginCallModel m) => m.ScanPpm = 100_000);
        yield return Lie(
            "maintenance", "a short option that needs more than its formula",
            New().Event(FirstPosition, (ref MarginCallPosition e) => e.MaintenanceAtoms++));
    }

    private delegate Vector ModelLie(string name, string what, ForgedBlock.Change<MarginCallModel> change, int at = 0);

    private static IEnumerable<Vector> Scenarios(ModelLie model, Func<string, string, ForgedBlock, Vector> lie, Func<ForgedBlock> made)
    {
        yield return model("loss", "one lot that loses an atom more in one scenario", (ref MarginCallModel m) => m.Losses0[5]++);
        yield return model(
            "loss-extreme", "one lot that loses an atom more in an extreme scenario", (ref MarginCallModel m) => m.Losses1[15]++);
        yield return model(
            "loss-of-future", "the future that loses an atom more in one scenario", (ref MarginCallModel m) => m.Losses0[0]++, at: 4);
        yield return model("open-of-future", "a future whose settlement has begun", (ref MarginCallModel m) => m.OpenPpm = 500_000, at: 4);
        yield return model("value", "a lot that is worth an atom more", (ref MarginCallModel m) => m.ValuePerLot++);
        yield return model("lot-delta", "a lot with more delta", (ref MarginCallModel m) => m.DeltaPerLot++);
        yield return model("scan-range", "a wider scan range than the pool's", (ref MarginCallModel m) => m.ScanPpm = 200_000);
        yield return lie(
            "future-left-out", "the future's model left out", made().Drop(FirstModel + 4).Event(
                Call, (ref MarginCalled c) => c.Models--));
        yield return lie(
            "scan", "a pool of standard margin in the state", made().Page(TableId.Pools, 0, (ref Pool p) => p.Rules.ScanPpm = 0));
        yield return lie(
            "most-lots", "a market whose lots may be worth less in the state",
            made().Page(TableId.Markets, 2, (ref Market m) => m.MaxPositionLots = 1L << 40));
        yield return lie(
            "sum", "a maintenance margin that does not follow from the scenarios",
            made().Event(Call, (ref MarginCalled c) => c.MaintenanceAtoms++));
    }

    // A mark that is a tick higher, with the sums that follow.
    private static void Raise(ref MarginCallPosition e, long strike)
    {
        e.MarkTicks++;
        e.UnrealisedAtoms += e.Lots * e.AtomsPerTickLot;
        e.MaintenanceAtoms = Rounding.PpmCeiling(
            Math.Abs(e.Lots) * (e.MarkTicks + strike) * e.AtomsPerTickLot, e.MaintenancePpm) - e.DeductionAtoms;
    }

    private static void Replace(ref ContractText text, byte from, byte to)
    {
        int at = ((ReadOnlySpan<byte>)text.Bytes).IndexOf("mean(S, 30m)"u8) + 8;
        Assert.Equal(from, text.Bytes[at]);
        text.Bytes[at] = to;
    }

    private static JsonObject Inputs(Core.Hashing.Hash256 block) =>
        new() { ["block"] = block.ToString(), ["account"] = VectorVenue.Taker };
}
