using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Pricing.Integers;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using static Surety.Proofs.CertificateFlawException;

namespace Surety.Proofs;

/// <summary>
/// Checks one margin call: every term against the pages that the state has of it, every price against signed reports, the account against
/// what became of it in the block, and the arithmetic.
/// </summary>
internal sealed class CertificateCheck(MarginCallCertificate certificate, Hash256 block, uint? whose, List<string> lines)
{
    private readonly CertificateParts _parts = new(certificate, block);
    private SignedPrices _prices = null!;
    private MarginCalled _called;
    private Pool _pool;
    private ModelCheck _models = null!;
    private bool _isNetted;

    // The insurance fund's coins count at their price.
    private bool _atPrice;
    private readonly ScenarioSums _scenarios = new();

    private bool IsIsolated => _called.IsolatedMarket.Exists;

    /// <summary>Returns, or throws with the first flaw.</summary>
    public void Run()
    {
        _called = _parts.Next<MarginCalled>(EventKind.MarginCalled);
        (uint account, ulong sequence) = (_called.Header.Account, _called.Header.Sequence);
        Require(whose is null || whose == account, "the margin call is another account's");
        Require(
            sequence >= certificate.Header.FirstSequence && sequence - certificate.Header.FirstSequence < certificate.Header.CommandCount,
            "the margin call is not of this block");
        Require(_called.TimeNs <= certificate.Header.TimeNs, "the margin call is later than its block");
        List<MarginCallPosition> positions =
            [.. Enumerable.Range(0, _called.Positions).Select(_ => Own<MarginCallPosition>(EventKind.MarginCallPosition))];
        List<MarginCallCollateral> coins =
            [.. Enumerable.Range(0, _called.Collaterals).Select(_ => Own<MarginCallCollateral>(EventKind.MarginCallCollateral))];
        List<MarginCallModel> models =
            [.. Enumerable.Range(0, _called.Models).Select(_ => Own<MarginCallModel>(EventKind.MarginCallModel))];
        List<MarginCallNode> nodes = [.. Enumerable.Range(0, _called.Nodes).Select(_ => Own<MarginCallNode>(EventKind.MarginCallNode))];
        _parts.EndOwn();
        _prices = new SignedPrices(_parts, certificate.Reports, certificate.Header.Venue, _called);
        _models = new ModelCheck(_parts, _prices, _called, models, nodes);
        lines.Add(Say($"Block {certificate.Header.Height} of venue {certificate.Header.Venue}"));
        var when = DateTimeOffset.FromUnixTimeMilliseconds(_called.TimeNs / 1_000_000);
        lines.Add(Say($"Account {account}, command {sequence}, {when:yyyy-MM-dd HH:mm:ss.fff}Z"));
        lines.Add(Say($"balance {_called.BalanceAtoms}"));
        Account holder = _parts.After<Account>(TableId.Accounts, account)
            ?? throw new CertificateFlawException("the account's own row is not in it");
        Require((holder.Flags & AccountFlags.Open) != 0, "the account is not open");
        _atPrice = (holder.Flags & AccountFlags.InsuranceFund) != 0;
        Require(
            _called.ByModel == 1 || (_called.ByModel == 0 && models.Count == 0 && nodes.Count == 0),
            "it holds models of a call that rests on none");
        _isNetted = _called.ByModel == 1 && !IsIsolated && (models.Count == 0 || models[0].ScanPpm != 0);
        _pool = FindPool(holder.Pool, models);
        _models.CheckNodes();
        Require(
            !IsIsolated || (positions.Count == 1 && coins.Count == 0 && positions[0].Market == _called.IsolatedMarket.Number),
            "an isolated position is called with others");
        long sum = _called.BalanceAtoms;
        long needed = 0;
        foreach (MarginCallPosition position in positions)
        {
            (long unrealised, long margin) = CheckPosition(in position, holder.Pool);
            sum = checked(sum + unrealised);
            needed = checked(needed + margin);
        }
        int slot = 0;
        foreach (MarginCallCollateral coin in coins)
        {
            int place = SlotOf(coin.Asset);
            Require(place > slot, "a coin stands twice, or is none that the pool takes");
            slot = place;
            sum = checked(sum + CheckCollateral(in coin));
        }
        _models.EndAll();
        needed = _isNetted ? checked((long)_scenarios.Maintenance()) : needed;
        new AccountAfter(_parts, _called, in holder, in _pool, positions, coins).Check();
        _prices.EndAll();
        _parts.EndAll();
        Require(sum == _called.EquityAtoms, $"equity does not add up: {sum}, stated {_called.EquityAtoms}");
        Require(needed == _called.MaintenanceAtoms, $"maintenance does not add up: {needed}, stated {_called.MaintenanceAtoms}");
        lines.Add(Say($"equity {_called.EquityAtoms} against maintenance margin {_called.MaintenanceAtoms}"));
        Require(_called.EquityAtoms < _called.MaintenanceAtoms, "the account was not below maintenance");
    }

    private T Own<T>(EventKind kind)
        where T : unmanaged
    {
        T e = _parts.Next<T>(kind);
        EventHeader header = System.Runtime.CompilerServices.Unsafe.As<T, EventHeader>(ref e);
        Require(
            header.Account == _called.Header.Account && header.Sequence == _called.Header.Sequence,
            "an event of the margin call is of another account or command");
        return e;
    }

    // How many coins count, and whether positions are margined by formula or netted by scenarios, as the pool has it after the block or
    // had it before.
    private Pool FindPool(ushort number, List<MarginCallModel> models)
    {
        foreach (Pool pool in _parts.Rows<Pool>(TableId.Pools, number, "the account's pool"))
        {
            bool stands = _isNetted ? pool.Rules.ScanPpm != 0 && models.TrueForAll(m => m.ScanPpm == pool.Rules.ScanPpm)
                : (IsIsolated || pool.Rules.ScanPpm == 0) && models.TrueForAll(m => m.ScanPpm == 0);
            if (pool.CollateralCount is >= 1 and <= Pool.MaxCollateral && stands)
            {
                return pool;
            }
        }
        throw new CertificateFlawException("the pool nets positions by scenarios, and the call does not, or the other way round");
    }

    private (long Unrealised, long Margin) CheckPosition(in MarginCallPosition e, ushort pool)
    {
        Int128 funding = (Int128)e.FundingIndex - e.EntryFundingIndex;
        long unrealised = checked((long)(((Int128)e.Lots * e.MarkTicks * e.AtomsPerTickLot) - e.EntryCostAtoms - (e.Lots * funding)));
        Require(e.Lots != 0 && unrealised == e.UnrealisedAtoms, "an unrealised profit does not follow from its position");
        Require(
            e.IndexUnitsPerTick > 0 && e.MaintenancePpm is >= 0 and <= 1_000_000 && e.BasisCapPpm is >= 0 and <= 1_000_000,
            "a parameter is outside its range");
        List<Market> rows = _parts.Rows<Market>(TableId.Markets, e.Market, $"market {e.Market}");
        Market market = MarginTerms.Find(rows, in e, pool)
            ?? throw new CertificateFlawException($"a term of market {e.Market} is not the market's own");
        bool isContract = market.Kind == MarketKind.Contract;
        long margin = MaintenanceOf(in market, in e, isContract);
        Require(margin == e.MaintenanceAtoms, "a maintenance margin does not follow from its position");
        (long median, _, int sources) = _prices.Of(e.Index);
        Require(median == e.IndexPrice, $"the index price {e.IndexPrice} is not the median {median} of the signed reports");
        MarginCallModel? model = _models.Take(e.Market);
        Require(isContract || _isNetted == model is not null, $"market {e.Market} rests on no model, or one is missing");
        CheckMark(rows, in e, model);
        IntegerOption? option = null;
        if (isContract)
        {
            Require(model is not null, $"market {e.Market} is a contract, and does not carry what its model says");
            option = _models.CheckOption(in market, in e, model.Value);
        }
        else
        {
            long indexTicks = Rounding.DivNearest(e.IndexPrice, e.IndexUnitsPerTick);
            bool near = Math.Abs(e.MarkTicks - indexTicks) <= Rounding.PpmFloor(Math.Abs(indexTicks), e.BasisCapPpm) + 1;
            Require(near, "a mark price is further from its index than the market allows");
        }
        if (_isNetted)
        {
            Span<long> losses = stackalloc long[ScenarioGrid.Count];
            ModelCheck.CheckScenarios(in market, in e, model!.Value, option, losses);
            _scenarios.Add(e.Index, market.ExpiryNs, isContract, e.Lots, model.Value.ValuePerLot, model.Value.DeltaPerLot, losses);
        }
        string price = Say($"mark {e.MarkTicks} (index {e.IndexPrice} by {sources} signed reports)");
        lines.Add(Say($"market {e.Market}: {e.Lots} lots, {price}, unrealised {unrealised}, maintenance {margin}"));
        return (unrealised, margin);
    }

    // The tier's rate on notional; of an option on strike and price together, and of one that is held no more than its value.
    private static long MaintenanceOf(in Market market, in MarginCallPosition e, bool isContract)
    {
        Int128 lots = Int128.Abs(e.Lots);
        long price = Math.Max(Math.Abs(e.MarkTicks), e.MarginFloorTicks);
        long notional = checked((long)(lots * (price + market.StrikeTicks) * e.AtomsPerTickLot));
        long rate = Rounding.PpmCeiling(notional, e.MaintenancePpm) - e.DeductionAtoms;
        return isContract && e.Lots > 0 ? (long)Int128.Min(checked(lots * Math.Max(e.MarkTicks, 0) * e.AtomsPerTickLot), rate) : rate;
    }

    // The last mark that the block announced before the call, or where it announced none the one that stood before or stands after it.
    private void CheckMark(List<Market> rows, in MarginCallPosition e, MarginCallModel? model)
    {
        (ushort number, long mark, long funding) = (e.Market, e.MarkTicks, e.FundingIndex);
        List<MarkChanged> marks = _parts.Others<MarkChanged>(EventKind.MarkChanged, before: true, (m, _) => m.Market == number);
        Require(
            marks.Count > 0 ? marks[^1].MarkTicks == mark && marks[^1].FundingIndex == funding
                : rows.Any(m => m.MarkTicks == mark && m.FundingIndex == funding
                    && (m.Kind != MarketKind.Contract || m.MarkMs == model?.MarkMs)),
            $"the mark or the funding of market {number} is not what it had");
    }

    private int SlotOf(ushort asset)
    {
        for (int slot = 1; slot < _pool.CollateralCount; slot++)
        {
            if (_pool.Collateral[slot] == asset)
            {
                return slot;
            }
        }
        return 0;
    }

    private long CheckCollateral(in MarginCallCollateral e)
    {
        Require(e.HaircutPpm is >= 0 and <= 1_000_000 && e.ScaleDecimals <= 18, "a haircut or scale is outside its range");
        long whole = e.Price <= 0 ? 0
            : (long)Int128.Min(
                (Int128)Math.Min(e.AmountAtoms, e.CapAtoms) * e.Price / FixedDecimal.PowerOfTen((int)e.ScaleDecimals),
                Market.MaxPositionValue);
        Require(Rounding.PpmFloor(whole, 1_000_000 - e.HaircutPpm) == e.ValueAtoms, "a collateral value does not follow from its amount");
        (long median, long confidence, int sources) = _prices.Of(e.Index);
        Require(
            (_atPrice ? median : median - confidence) == e.Price,
            $"the collateral price {e.Price} is not that of the signed reports, {median} less {confidence}");
        CheckAsset(in e);
        string price = Say($"{e.Price} (by {sources} signed reports)");
        lines.Add(Say($"asset {e.Asset}: {e.AmountAtoms} atoms at {price} less {e.HaircutPpm} ppm, counts {e.ValueAtoms}"));
        return e.ValueAtoms;
    }

    private void CheckAsset(in MarginCallCollateral e)
    {
        (ushort number, int haircut) = (e.Index, e.HaircutPpm);
        List<PriceIndex> indexes = _parts.Rows<PriceIndex>(TableId.Indexes, number, $"index {number}");
        Asset settled = _parts.Rows<Asset>(TableId.Assets, _pool.Collateral[0], "the asset that the pool settles in")[0];
        bool stated = false;
        foreach (Asset asset in _parts.Rows<Asset>(TableId.Assets, e.Asset, $"asset {e.Asset}"))
        {
            bool sameUnits = asset.PriceIndex.Number == e.Index
                && asset.Decimals + indexes[0].Decimals - settled.Decimals == e.ScaleDecimals;
            stated |= sameUnits && _atPrice && e.CapAtoms == e.AmountAtoms && e.HaircutPpm == 0;
            stated |= sameUnits && !_atPrice && asset.CollateralCapAtoms == e.CapAtoms
                && (indexes.Any(i => Math.Min((long)asset.HaircutPpm + i.HaircutPpm, Rounding.Million) == haircut)
                    || (haircut >= asset.HaircutPpm
                        && _parts.Others<IndexChanged>(EventKind.IndexChanged, before: true, (i, _) => i.Index == number).Count > 0));
        }
        Require(stated, $"a term of asset {e.Asset} is not the asset's own");
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
