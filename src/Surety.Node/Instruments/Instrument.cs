using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Protocol.Rows;
using Surety.Terms;

namespace Surety.Node.Instruments;

/// <summary>
/// A market in the words of the API: names, and prices and amounts as decimal numbers. A price is ticks times the tick size, in the
/// quote currency; an amount is lots times the lot size, in the base currency.
/// </summary>
public sealed class Instrument
{
    /// <summary>Decimals in which lot sizes are held.</summary>
    public const int AmountDecimals = 12;

    private readonly long _tickUnits;
    private readonly long _lotUnits;

    private Instrument(IndexedState state, int number)
    {
        ref readonly Market market = ref state.Markets[number];
        ref readonly PriceIndex index = ref state.Indexes[market.Index];
        ref readonly Asset asset = ref state.Assets[state.Pools[market.Pool].Collateral[0]];
        Number = number;
        Name = market.Name.ToString();
        IndexNumber = market.Index;
        IndexName = index.Name.ToString().ToLowerInvariant();
        PriceDecimals = index.Decimals;
        Settle = asset.Name.ToString();
        MoneyDecimals = asset.Decimals;
        Pool = market.Pool;
        AtomsPerTickLot = market.AtomsPerTickLot;
        MinPriceTicks = market.MinPriceTicks;
        MaxPriceTicks = market.MaxPriceTicks;
        MaxOrderLots = market.MaxOrderLots;
        ExpiryMs = market.ExpiryNs / 1_000_000;
        IsActive = market.Status != MarketStatus.Expired;
        Status = market.Status;
        MarketKind = market.Kind;
        InitialPpm = market.Tiers[0].InitialPpm;
        MaintenancePpm = market.Tiers[0].MaintenancePpm;
        _tickUnits = market.IndexUnitsPerTick;
        Int128 lot = (Int128)market.AtomsPerTickLot * FixedDecimal.PowerOfTen(PriceDecimals) * FixedDecimal.PowerOfTen(AmountDecimals)
            / FixedDecimal.PowerOfTen(MoneyDecimals) / _tickUnits;
        _lotUnits = lot > 0 && lot <= long.MaxValue ? (long)lot : FixedDecimal.PowerOfTen(AmountDecimals);
        InstrumentName? known = InstrumentName.TryParse(Name, out InstrumentName? parsed) ? parsed : null;
        string pair = known?.Pair ?? index.Name.ToString();
        Base = pair.Split('_')[0];
        Quote = pair.Contains('_', StringComparison.Ordinal) ? pair.Split('_')[1] : Settle;
        // A name alone makes no option: a perpetual may be called like one.
        IsOption = market.Kind == MarketKind.Contract && known is { Kind: InstrumentKind.Call or InstrumentKind.Put };
        IsCall = IsOption && known?.Kind == InstrumentKind.Call;
        FeeTier fees = state.Pools[market.Pool].FeeTiers[0];
        (MakerPpm, TakerPpm) = (fees.MakerPpm, fees.TakerPpm);
        IsPerpetual = market.Kind == MarketKind.LinearPerpetual;
        if (market.Kind == MarketKind.Contract && market.StrikeTicks != 0 && (market.Flags & ContractFlags.Barrier) == 0)
        {
            StrikeUnits = (Int128)market.StrikeTicks * _tickUnits;
            WindowMs = (market.Flags & ContractFlags.American) != 0 ? 0 : state.Derived.Contracts.ProgramOf(number)?.Analysis.WindowMs ?? 0;
        }
        StrikeText = IsOption ? FixedPoint.Format(known!.Strike) : null;
    }

    /// <summary>The market's number in the ledger.</summary>
    public int Number { get; }

    /// <summary>Its name, as BTC_USDC-PERPETUAL.</summary>
    public string Name { get; }

    /// <summary>The number of the index that it follows.</summary>
    public int IndexNumber { get; }

    /// <summary>That index's name, in small letters.</summary>
    public string IndexName { get; }

    /// <summary>Decimals in which its prices are written: those of the index.</summary>
    public int PriceDecimals { get; }

    /// <summary>Decimals of the settlement asset: an atom is the last of them.</summary>
    public int MoneyDecimals { get; }

    /// <summary>The number of the risk pool that it is in.</summary>
    public int Pool { get; }

    /// <summary>What is traded, as BTC.</summary>
    public string Base { get; }

    /// <summary>What it is priced in, as USDC.</summary>
    public string Quote { get; }

    /// <summary>The asset that profits and losses are paid in.</summary>
    public string Settle { get; }

    /// <summary>Whether it never settles.</summary>
    public bool IsPerpetual { get; }

    /// <summary>Whether it is an option: a contract that is named like one.</summary>
    public bool IsOption { get; }

    /// <summary>Whether it is a call.</summary>
    public bool IsCall { get; }

    /// <summary>Whether it has not expired.</summary>
    public bool IsActive { get; }

    /// <summary>What it allows now.</summary>
    public MarketStatus Status { get; }

    /// <summary>What it is in the ledger.</summary>
    public MarketKind MarketKind { get; }

    /// <summary>An option's strike, decimal; null for what is none.</summary>
    public string? StrikeText { get; }

    /// <summary>The strike of an option that one volatility explains, index units; 0 for what has none.</summary>
    public Int128 StrikeUnits { get; }

    /// <summary>How long before its expiry the mean begins that it settles on, milliseconds.</summary>
    public long WindowMs { get; }

    /// <summary>When it settles, milliseconds since 1970; 0 for a perpetual.</summary>
    public long ExpiryMs { get; }

    /// <summary>What one lot gains when the price rises by one tick, atoms of the settlement asset.</summary>
    public long AtomsPerTickLot { get; }

    /// <summary>The lowest price of an order, ticks.</summary>
    public long MinPriceTicks { get; }

    /// <summary>The highest price of an order, ticks.</summary>
    public long MaxPriceTicks { get; }

    /// <summary>The largest order, lots.</summary>
    public long MaxOrderLots { get; }

    /// <summary>The maker's fee of the pool's first tier, parts per million; negative for a rebate.</summary>
    public int MakerPpm { get; }

    /// <summary>The taker's fee of the pool's first tier, parts per million.</summary>
    public int TakerPpm { get; }

    /// <summary>Initial margin of the first tier, parts per million of the notional.</summary>
    public int InitialPpm { get; }

    /// <summary>Maintenance margin of the first tier, parts per million of the notional.</summary>
    public int MaintenancePpm { get; }

    /// <summary>"option", "future": a perpetual is a future that does not settle.</summary>
    public string Kind => IsOption ? "option" : MarketKind == MarketKind.Contract ? "contract" : "future";

    /// <summary>Index units in a tick.</summary>
    public long TickUnits => _tickUnits;

    /// <summary>Base currency in a lot, 12 decimals.</summary>
    public long LotUnits => _lotUnits;

    /// <summary>A market as it stands.</summary>
    public static Instrument Of(IndexedState state, int number) => new(state, number);

    /// <summary>A price in index units, to be written with <see cref="PriceDecimals"/>.</summary>
    public Int128 Price(long ticks) => (Int128)ticks * _tickUnits;

    /// <summary>An amount, to be written with <see cref="AmountDecimals"/>.</summary>
    public Int128 Amount(long lots) => (Int128)lots * _lotUnits;

    /// <summary>Reads a price; what is wrong with it, or null.</summary>
    public string? TryTicks(string text, out long ticks)
    {
        ticks = 0;
        if (!TryParse(text, PriceDecimals, out long units) || units % _tickUnits != 0)
        {
            return $"expected a multiple of the tick size {DecimalText.ToText(_tickUnits, PriceDecimals)}, found {Short(text)}";
        }
        ticks = units / _tickUnits;
        return null;
    }

    /// <summary>Reads an amount; what is wrong with it, or null.</summary>
    public string? TryLots(string text, out long lots)
    {
        lots = 0;
        if (!TryParse(text, AmountDecimals, out long units) || units % _lotUnits != 0)
        {
            return $"expected a multiple of the contract size {DecimalText.ToText(_lotUnits, AmountDecimals)} below "
                + $"{DecimalText.ToText(Amount(MaxOrderLots + 1), AmountDecimals)}, found {Short(text)}";
        }
        lots = units / _lotUnits;
        return null;
    }

    /// <summary>Reads a plain or exponential decimal number exactly.</summary>
    public static bool TryParse(string text, int decimals, out long scaled)
    {
        if (text.Contains('e', StringComparison.OrdinalIgnoreCase) && text.Length < 32
            && decimal.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture,
                out decimal number))
        {
            text = number.ToString("0.############################", System.Globalization.CultureInfo.InvariantCulture);
        }
        return FixedDecimal.TryParse(text, decimals, out scaled);
    }

    /// <summary>A text that a client sent, for a message: at most 40 characters of it.</summary>
    public static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";

    /// <summary>"buy" or "sell".</summary>
    public static string Direction(Side side) => side == Side.Buy ? "buy" : "sell";
}
