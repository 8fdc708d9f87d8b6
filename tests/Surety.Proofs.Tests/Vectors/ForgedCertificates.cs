using System.Collections.Generic;
using System.Text.Json.Nodes;
using Surety.Engine.Blocks;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// What a lying venue may state of an account that it calls: one term at a time is another one than the state has, sums and roots follow,
/// and the reader trusts the header.
/// </summary>
internal sealed class ForgedCertificates(Ledger ledger, MarginCallCertificate cross, MarginCallCertificate isolated, Vector of)
{
    private const int Call = 0;
    private const int Perpetual = 1;
    private const int Future = 2;
    private const int Coin = 3;

    public IEnumerable<Vector> All()
    {
        yield return Of("lie-none", "a block made again with nothing changed", New());
        yield return Position("lie-lots", "more lots than the account has", (ref MarginCallPosition e) => e.Lots += 1_000);
        yield return Position(
            "lie-cost", "a higher cost than the account paid", (ref MarginCallPosition e) => e.EntryCostAtoms += TestVenue.Dollar, Future);
        yield return Position(
            "lie-entry-funding", "an earlier funding than the position has settled",
            (ref MarginCallPosition e) => e.EntryFundingIndex -= 1_000, Future);
        yield return Position("lie-funding", "more funding than the market has", (ref MarginCallPosition e) => e.FundingIndex += 1_000);
        yield return Position(
            "lie-mark", "a mark ten ticks lower, within what the index allows", (ref MarginCallPosition e) => e.MarkTicks -= 10);
        yield return Position(
            "lie-units", "lots that are worth more than the market's", (ref MarginCallPosition e) => e.AtomsPerTickLot += 1);
        yield return Position("lie-floor", "a margin floor above the mark", (ref MarginCallPosition e) => e.MarginFloorTicks = 20_000);
        yield return Position(
            "lie-rate", "a higher rate of maintenance than the tier's", (ref MarginCallPosition e) => e.MaintenancePpm += 1_000);
        yield return Position(
            "lie-tier", "the rate and deduction of the next tier",
            (ref MarginCallPosition e) => (e.MaintenancePpm, e.DeductionAtoms) = (50_000, 25_000 * TestVenue.Dollar));
        yield return Position("lie-deduction", "a smaller deduction than the tier's", (ref MarginCallPosition e) => e.DeductionAtoms -= 1);
        yield return Position(
            "lie-basis-cap", "a mark further from the index than the market allows, and a wider cap",
            (ref MarginCallPosition e) => (e.MarkTicks, e.BasisCapPpm) = (e.MarkTicks - 100, 50_000));
        yield return Position(
            "lie-index-units", "other index units in a tick, and the mark that follows",
            (ref MarginCallPosition e) => (e.IndexUnitsPerTick, e.MarkTicks) = (101, 7_030));
        yield return Position(
            "lie-index-price", "another index price than the reports say", (ref MarginCallPosition e) => e.IndexPrice -= 100);
        yield return Position(
            "lie-market", "another market's position", (ref MarginCallPosition e) => e.Market = TestVenue.Perpetual, Future);
        yield return Position("lie-other-index", "an index that the market does not follow", (ref MarginCallPosition e) => e.Index = 1);
        yield return Position(
            "lie-account-of-position", "a position of another account",
            (ref MarginCallPosition e) => e.Header.Account = VectorVenue.Maker);
        yield return Position(
            "lie-command-of-position", "a position of another command", (ref MarginCallPosition e) => e.Header.Sequence--);
        yield return Of(
            "lie-balance", "a lower balance than the account has",
            New().Event(Call, (ref MarginCalled c) => c.BalanceAtoms -= TestVenue.Dollar).AddUp());
        yield return Of(
            "lie-position-left-out", "a position left out, its profit with it",
            New().Drop(Future).Event(Call, (ref MarginCalled c) => c.Positions--).AddUp());
        yield return Of(
            "lie-position-twice", "a position twice", New().Repeat(Perpetual).Event(Call, (ref MarginCalled c) => c.Positions++).AddUp());
        yield return Of(
            "lie-coin-left-out", "a coin left out", New().Drop(Coin).Event(Call, (ref MarginCalled c) => c.Collaterals--).AddUp());
        yield return Of(
            "lie-coin-twice", "a coin twice, the balance lower by its value",
            New().Repeat(Coin).Event(
                Call, (ref MarginCalled c) => (c.Collaterals, c.BalanceAtoms) = (
                    2, c.BalanceAtoms - (5_000 * TestVenue.Dollar))).AddUp());
        yield return OfCoin("lie-coin-amount", "fewer coins than the account has", (ref MarginCallCollateral e) => e.AmountAtoms -= 1_000);
        yield return OfCoin("lie-coin-cap", "a lower cap than the asset's", (ref MarginCallCollateral e) => e.CapAtoms = 5_000_0000);
        yield return OfCoin(
            "lie-haircut", "a deeper haircut than asset and index have", (ref MarginCallCollateral e) => e.HaircutPpm += 50_000);
        yield return OfCoin("lie-no-haircut", "a smaller haircut than the asset's", (ref MarginCallCollateral e) => e.HaircutPpm = 90_000);
        yield return OfCoin("lie-coin-price", "a lower price than the reports say", (ref MarginCallCollateral e) => e.Price -= 100);
        yield return OfCoin("lie-scale", "a scale that makes coins worth a tenth", (ref MarginCallCollateral e) => e.ScaleDecimals++);
        yield return OfCoin("lie-coin-asset", "an asset that the pool does not take", (ref MarginCallCollateral e) => e.Asset = 2);
        yield return OfCoin("lie-coin-settled", "the settlement asset as a coin", (ref MarginCallCollateral e) => e.Asset = 0);
        yield return Of("lie-equity", "an equity that does not follow", New().Event(Call, (ref MarginCalled c) => c.EquityAtoms--));
        yield return Of(
            "lie-maintenance", "a maintenance margin that does not follow",
            New().Event(Call, (ref MarginCalled c) => c.MaintenanceAtoms++));
        yield return Of(
            "lie-covered", "an account that covers its maintenance margin",
            New().Event(Call, (ref MarginCalled c) => c.BalanceAtoms += 50_000 * TestVenue.Dollar).AddUp());
        yield return Of(
            "lie-overflow", "an amount beyond 64 bits", New().Event(Perpetual, (ref MarginCallPosition e) => e.Lots = long.MinValue));
        yield return Of("lie-time", "a call after the block's end", New().Event(Call, (ref MarginCalled c) => c.TimeNs += 3_000_000_000));
        yield return Of(
            "lie-sequence", "a call by a command of another block", New().Event(Call, (ref MarginCalled c) => c.Header.Sequence = 3));
        yield return Of(
            "lie-by-model", "a call by formula that says that it rests on a model",
            New().Event(Call, (ref MarginCalled c) => c.ByModel = 1));
        yield return Of(
            "lie-isolated", "an account's call that says that it is of one isolated position",
            New().Event(Call, (ref MarginCalled c) => c.IsolatedMarket = OptionalId.Of(0)));
        yield return Of(
            "state-closed", "an account that is not open",
            New().Page(TableId.Accounts, VectorVenue.Taker, (ref Account a) => a.Flags = AccountFlags.None));
        yield return Of(
            "state-pool", "an account of another pool than its markets",
            New().Page(TableId.Accounts, VectorVenue.Taker, (ref Account a) => a.Pool = 1));
        yield return Of(
            "state-market-pool", "a market of another pool than the account",
            New().Page(TableId.Markets, TestVenue.Perpetual, (ref Market m) => m.Pool = 1));
        yield return Of(
            "state-contract", "a market that is a contract, margined by another formula",
            New().Page(TableId.Markets, TestVenue.Perpetual, (ref Market m) => m.Kind = MarketKind.Contract));
        yield return Of(
            "state-scenarios", "a pool that nets positions by scenarios",
            New().Page(TableId.Pools, 0, (ref Pool p) => p.Rules.ScanPpm = 100_000));
        yield return Of(
            "state-collateral", "a pool that takes no coins", New().Page(TableId.Pools, 0, (ref Pool p) => p.CollateralCount = 1));
        yield return Of(
            "state-balance", "an account that has more after the block than is explained",
            New().Page(TableId.Accounts, VectorVenue.Taker, (ref Account a) => a.Balances[0] += 5));
        yield return Of(
            "state-coins", "an account that has more coins after the block than is explained",
            New().Page(TableId.Accounts, VectorVenue.Taker, (ref Account a) => a.Balances[1] += 5));
        yield return Of(
            "state-lots", "a position that has more lots after the block than is explained",
            New().Page(TableId.Positions, VectorVenue.Taker, (ref Position p) => p.Lots += 5, row: 1));
        yield return Of(
            "state-cost", "a position that has another cost after the block than is explained",
            New().Page(TableId.Positions, VectorVenue.Taker, (ref Position p) => p.EntryCostAtoms += 5, row: 1));
        yield return Of(
            "state-other-position", "a position after the block that the call did not have",
            New().Page(TableId.Positions, VectorVenue.Taker, (ref Position p) => (p.MarketPlusOne, p.Lots) = (3, 7), row: 2));
        yield return Of(
            "state-weight", "a source that has no weight", New().Page(TableId.Indexes, 0, (ref PriceIndex i) => i.Sources[0].Weight = 0));
        yield return Of(
            "state-report", "a source that has made no such report yet",
            New().Page(TableId.Indexes, 0, (ref PriceIndex i) => i.Sources[0].Sequence -= 1));
        yield return Of(
            "state-report-price", "a source whose last report says another price",
            New().Page(TableId.Indexes, 0, (ref PriceIndex i) => i.Sources[0].Price += 1));
        yield return Of(
            "state-quorum", "an index that needs more sources", New().Page(TableId.Indexes, 0, (ref PriceIndex i) => i.Quorum = 4));
        yield return Of(
            "isolated-lots", "more lots than the isolated position has",
            Isolated().Event(Perpetual, (ref MarginCallPosition e) => e.Lots += 1_000).AddUp(), VectorVenue.Isolated);
        yield return Of(
            "isolated-market", "another market's isolated position",
            Isolated().Event(Call, (ref MarginCalled c) => c.IsolatedMarket = OptionalId.Of(1)), VectorVenue.Isolated);
        yield return Of(
            "isolated-as-cross", "an isolated position as the account's own",
            Isolated().Event(Call, (ref MarginCalled c) => c.IsolatedMarket = OptionalId.None), VectorVenue.Isolated);
    }

    private ForgedBlock New() => new(ledger, cross);

    private ForgedBlock Isolated() => new(ledger, isolated);

    private Vector Position(string name, string what, ForgedBlock.Change<MarginCallPosition> change, int own = Perpetual) =>
        Of(name, what, New().Event(own, change).AddUp());

    private Vector OfCoin(string name, string what, ForgedBlock.Change<MarginCallCollateral> change) =>
        Of(name, what, New().Event(Coin, change).AddUp());

    private Vector Of(string name, string what, ForgedBlock forged, uint account = VectorVenue.Taker)
    {
        (MarginCallCertificate made, Core.Hashing.Hash256 block) = forged.Build();
        return new Vector(name, what, made.ToBytes(), new JsonObject { ["block"] = block.ToString(), ["account"] = account }, of);
    }
}
