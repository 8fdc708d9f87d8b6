using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>What a market trades.</summary>
public enum MarketKind : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>A future without an end, settled in the pool's settlement asset.</summary>
    LinearPerpetual = 1,
    /// <summary>A future that ends, settled in the pool's settlement asset.</summary>
    LinearFuture = 2,

    /// <summary>What a text says: docs/terms.md. Options are contracts of a shape that is recognised.</summary>
    Contract = 3,
}

/// <summary>What a contract's market has beyond its shape.</summary>
[System.Flags]
public enum ContractFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The holder may take intrinsic value before expiry.</summary>
    American = 1,

    /// <summary>Crossing <see cref="Market.BarrierTicks"/> ends it.</summary>
    Barrier = 2,

    /// <summary>The barrier is crossed from below.</summary>
    BarrierIsUp = 4,

    /// <summary>It observes more than one index: each of them moves it.</summary>
    ManyIndexes = 8,

    /// <summary>Its volatility surface is in doubt: opening needs more margin.</summary>
    SurfaceInDoubt = 16,
}

/// <summary>What may happen in a market.</summary>
public enum MarketStatus : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Orders trade.</summary>
    Trading = 1,

    /// <summary>Orders may only reduce positions.</summary>
    ReduceOnly = 2,

    /// <summary>Cancels only.</summary>
    Halted = 3,

    /// <summary>Settled for good.</summary>
    Expired = 4,

    /// <summary>A call auction: limit orders gather without trading until it uncrosses at one price.</summary>
    Auction = 5,
}

/// <summary>Why a market does less than trade. Several may hold at once; the status is that of the strictest.</summary>
[System.Flags]
public enum MarketCauses : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The operator halted it. Lifting the halt leads through a call auction.</summary>
    OperatorHalt = 1,

    /// <summary>The operator lets it only reduce.</summary>
    OperatorReduceOnly = 2,

    /// <summary>Something that moves the mark is wide or stale, or the volatility surface in doubt: reduce-only.</summary>
    OracleDoubt = 4,

    /// <summary>The index is quarantined or absent, or in doubt for longer than the market's grace: halted.</summary>
    OracleLost = 8,

    /// <summary>The index moved further within the horizon than the dynamic band allows: call auction.</summary>
    PriceBand = 16,

    /// <summary>The pool's insurance fund lost more in an hour than its limit: reduce-only.</summary>
    FundLoss = 32,

    /// <summary>
    /// More was liquidated in a minute than the pool's limit: call auction, so that liquidations do not feed on themselves.
    /// </summary>
    LiquidationRate = 64,

    /// <summary>Too many of the venue's commands were refused in a minute: reduce-only.</summary>
    RefusalRate = 128,

    /// <summary>What halts.</summary>
    Halting = OperatorHalt | OracleLost,

    /// <summary>What calls an auction.</summary>
    Auctioning = PriceBand | LiquidationRate,

    /// <summary>What leaves only reductions.</summary>
    Reducing = OperatorReduceOnly | OracleDoubt | FundLoss | RefusalRate,
}

/// <summary>Margin rates from a notional upward.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct MarginTier
{
    /// <summary>Notional from which the rates apply, settlement atoms; the first tier's is 0.</summary>
    public long FromNotionalAtoms;

    /// <summary>Initial margin, parts per million.</summary>
    public int InitialPpm;
    /// <summary>Maintenance margin, parts per million.</summary>
    public int MaintenancePpm;

    /// <summary>Subtracted after the rate, so that margin is continuous where tiers meet.</summary>
    public long InitialDeductionAtoms;

    /// <summary>What makes maintenance margin continuous where the tier begins, settlement atoms.</summary>
    public long MaintenanceDeductionAtoms;
}

/// <summary>A market's terms, its prices and its totals.</summary>
[StructLayout(LayoutKind.Sequential, Size = 1024)]
public struct Market
{
    /// <summary>The most margin tiers.</summary>
    public const int MaxTiers = 8;

    /// <summary>The most ticks between a market's lowest and highest price.</summary>
    public const long MaxPriceSpan = 1 << 20;

    /// <summary>The largest value a position may reach at the highest price, atoms: sums over an account then fit 64 bits.</summary>
    public const long MaxPositionValue = 1L << 55;

    // What every margin computation reads comes first, in one cache line.
    /// <summary>The mark price.</summary>
    public long MarkTicks;

    /// <summary>Settlement atoms that one lot gains when the price rises one tick.</summary>
    public long AtomsPerTickLot;

    /// <summary>Cumulative funding of one long lot, settlement atoms.</summary>
    public long FundingIndex;

    /// <summary>Notional is not counted at less than this price, so that margin does not vanish near zero.</summary>
    public long MarginFloorTicks;

    /// <summary>Initial margin demanded by the market's open interest, parts per million; 0 while it is small.</summary>
    public int OpenInterestPpm;

    /// <summary>How many of them, 1 to 8.</summary>
    public ushort TierCount;
    /// <summary>Its status.</summary>
    public MarketStatus Status;
    /// <summary>Its kind.</summary>
    public MarketKind Kind;
    /// <summary>The pool.</summary>
    public ushort Pool;
    /// <summary>The index.</summary>
    public ushort Index;

    /// <summary>1 once an index price has been applied.</summary>
    public ushort HasMark;

    /// <summary>Long lots of all accounts.</summary>
    public long OpenInterestLots;

    /// <summary>An option's strike, ticks; 0 for what has none. Margin is on strike and price together.</summary>
    public long StrikeTicks;

    /// <summary>Margin tiers, the first from 0.</summary>
    public Eight<MarginTier> Tiers;

    /// <summary>Its name.</summary>
    public ShortName Name;
    /// <summary>
    /// What the rest of the world sees for the instrument: the index; for a dated future within its settlement window what the window's
    /// mean will be if the index stands; for a contract its model price.
    /// </summary>
    public long IndexTicks;

    /// <summary>The last trade's price.</summary>
    public long LastTicks;

    /// <summary>1 once there was a trade.</summary>
    public ushort HasLast;

    /// <summary>1 while an index that moves the mark is in doubt, rather than its volatility surface alone.</summary>
    public ushort IndexInDoubt;

    /// <summary>How far mark may stand from index, parts per million.</summary>
    public int BasisCapPpm;

    /// <summary>The smoothed distance of the middle of the impact prices from the index, ticks · 2^16.</summary>
    public long BasisTicks16;

    /// <summary>When the basis was sampled last.</summary>
    public long BasisTimeNs;

    /// <summary>Time constant of the smoothing, milliseconds.</summary>
    public int BasisWindowMs;

    /// <summary>How far from mark a liquidation may trade, parts per million.</summary>
    public int LiquidationBoundPpm;

    /// <summary>How far from mark a market order may trade when it names no protection price, parts per million.</summary>
    public int MarketOrderBoundPpm;

    /// <summary>Interest component of funding for eight hours, parts per million.</summary>
    public int FundingInterestPpm;

    /// <summary>Largest funding for eight hours either way, parts per million.</summary>
    public int FundingCapPpm;

    /// <summary>The rate at which funding accrues now, for eight hours, parts per billion; set each hour from the hour before.</summary>
    public int FundingRatePpb;

    /// <summary>Accrued funding smaller than an atom a lot, in 1/(10^9 · 28,800,000) of one.</summary>
    public long FundingRemainder;

    /// <summary>Up to when funding has accrued, milliseconds since 1970.</summary>
    public long FundingTimeMs;
    /// <summary>The lowest price, ticks.</summary>
    public long MinPriceTicks;
    /// <summary>The highest price, ticks.</summary>
    public long MaxPriceTicks;
    /// <summary>Lots of the largest order.</summary>
    public long MaxOrderLots;
    /// <summary>Lots of the largest position.</summary>
    public long MaxPositionLots;

    /// <summary>Index units in a tick.</summary>
    public long IndexUnitsPerTick;

    /// <summary>Open interest at which <see cref="OpenInterestPpm"/> begins and where it reaches 100%, settlement atoms.</summary>
    public long OpenInterestLowerAtoms;

    /// <summary>Open interest at which initial margin is all of the notional, settlement atoms.</summary>
    public long OpenInterestUpperAtoms;

    /// <summary>When a dated future settles; 0 for a perpetual.</summary>
    public long ExpiryNs;

    /// <summary>Index price · milliseconds since the settlement window began, divided by 2^10.</summary>
    public long SettlementSum;

    /// <summary>Milliseconds that the sum covers.</summary>
    public long SettlementMs;
    /// <summary>When it was added to last.</summary>
    public long SettlementTimeNs;
    /// <summary>Trades since the listing.</summary>
    public long TradeCount;
    /// <summary>Lots traded since the listing.</summary>
    public long VolumeLots;

    /// <summary>Why the market does less than trade.</summary>
    public MarketCauses Causes;

    /// <summary>An order may not pay more, or ask less, than mark by this, parts per million.</summary>
    public int OrderBandPpm;

    /// <summary>Length of the dynamic band's look back, milliseconds.</summary>
    public int BandHorizonMs;

    /// <summary>Width of the dynamic band in standard deviations of the horizon, thousandths.</summary>
    public int BandSigmaMilli;

    /// <summary>The dynamic band is never narrower, parts per million.</summary>
    public int BandFloorPpm;

    /// <summary>The dynamic band is never wider, parts per million.</summary>
    public int BandCapPpm;

    /// <summary>Length of a call auction, milliseconds.</summary>
    public int AuctionMs;

    /// <summary>How long the index may be in doubt before reduce-only becomes a halt, milliseconds.</summary>
    public int OracleGraceMs;

    /// <summary>Open interest may reach this many times the external depth.</summary>
    public int DepthMultiple;

    /// <summary>Open interest may reach this many times the pool's insurance fund, above <see cref="OpenInterestFreeAtoms"/>.</summary>
    public int FundMultiple;

    /// <summary>The most open interest, settlement atoms; 0 for none.</summary>
    public long OpenInterestCapAtoms;

    /// <summary>What other venues' books hold within 2% of the index, settlement atoms; 0 where it is not known.</summary>
    public long ExternalDepthAtoms;

    /// <summary>Open interest that needs no insurance fund, settlement atoms.</summary>
    public long OpenInterestFreeAtoms;

    /// <summary>Notional on each side whose average price is the impact price, settlement atoms.</summary>
    public long ImpactAtoms;

    /// <summary>The most lots of open interest, from the caps above at the last price.</summary>
    public long OpenInterestCapLots;

    /// <summary>When the auction that runs will uncross; 0 when none runs.</summary>
    public long AuctionEndNs;

    /// <summary>Since when something that moves the mark is in doubt; 0 when all of it is good.</summary>
    public long OracleDoubtNs;

    /// <summary>The index's range since the window began, and in the window before: together at least the horizon.</summary>
    public long WindowNs;

    /// <summary>The low since the window began.</summary>
    public long WindowLowTicks;
    /// <summary>The high since the window began.</summary>
    public long WindowHighTicks;
    /// <summary>The low in the window before.</summary>
    public long EarlierLowTicks;
    /// <summary>The high in the window before.</summary>
    public long EarlierHighTicks;

    /// <summary>Sum of the hour's premium samples, parts per billion, and how many there are.</summary>
    public long PremiumSumPpb;

    /// <summary>How many samples those are.</summary>
    public int PremiumSamples;

    /// <summary>Hours since 1970 to which the samples belong.</summary>
    public int PremiumHour;

    /// <summary>When the premium was sampled last.</summary>
    public long PremiumNs;

    /// <summary>What the insurance fund has spent on this market in the window that began at <see cref="FundWindowNs"/>.</summary>
    public long FundSpentAtoms;

    /// <summary>When that window, of a day, began.</summary>
    public long FundWindowNs;

    /// <summary>Zero.</summary>
    public long Reserved2;

    /// <summary>The clearing ledger: realised profits paid out and funding paid in, negative when it has paid out more.</summary>
    public long ClearingAtoms;

    /// <summary>The index itself, ticks; of a contract the first that it observes.</summary>
    public long UnderlyingTicks;

    /// <summary>The least and the most that a contract can still pay, ticks; both hold zero. They shrink as it pays.</summary>
    public long LeastTicks;

    /// <summary>The most that a contract can still pay, ticks.</summary>
    public long MostTicks;
    /// <summary>The barrier of a contract; 0 for none.</summary>
    public long BarrierTicks;

    /// <summary>Annual volatility that the contract is marked at, parts per million; 0 while there is none.</summary>
    public int VolatilityPpm;

    /// <summary>Delta of one long lot to the underlying, parts per million.</summary>
    public int DeltaPpm;

    /// <summary>The volatility surface that it is marked from, plus one; 0 for none.</summary>
    public ushort SurfacePlusOne;

    /// <summary>1 a future, 2 a call, 3 a put, 0 something else: Surety.Terms.Analysis.ContractShape.</summary>
    public ushort Shape;

    /// <summary>What kind of contract it is.</summary>
    public ContractFlags Flags;
    /// <summary>Zero.</summary>
    public ushort Reserved1;

    /// <summary>
    /// When the contract was marked last, milliseconds since 1970: models take time from here, so that a restart changes nothing.
    /// </summary>
    public long MarkMs;

    /// <summary>Long lots whose exercise waits for a price.</summary>
    public long ExerciseLots;

    /// <summary>The minute in which the market's liquidated notional is counted, and how much there was, settlement atoms.</summary>
    public long LiquidationMinuteNs;

    /// <summary>That notional, settlement atoms.</summary>
    public long LiquidatedAtoms;

    /// <inheritdoc cref="SurfacePlusOne"/>
    public OptionalId Surface { readonly get => OptionalId.OfPlusOne(SurfacePlusOne); set => SurfacePlusOne = value.PlusOne16(); }
}
