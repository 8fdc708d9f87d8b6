using System;
using Surety.Core.Hashing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <content>How the venue comes to be: indexes, pools and markets with terms at the ends of their ranges.</content>
internal sealed partial class ExtremesVenue
{
    private void AddIndex(int i)
    {
        // Prices of a handful, of thousands, up to 2^50, and on both sides of zero.
        (long low, long high) = i switch
        {
            0 => (0L, 1L << 50),
            1 => (-(1L << 30), 1L << 30),
            2 => (0L, 20L),
            _ => (-(1L << 50), 1L << 50),
        };
        var index = new CreateIndex
        {
            Name = ShortName.From($"EDGE_{i}"),
            Decimals = (ushort)(i * 3),
            Quorum = 2,
            MaxAgeMs = 3_600_000,
            MinPrice = low,
            MaxPrice = high,
            JumpFloor = i == 2 ? 1 : 1 + _random.Below(1L << 40),
            QuarantinePpm = _random.Chance(700) ? 1_000_000_000 : 0,
            WidePpm = _random.Chance(700) ? 1_000_000_000 : 0,
            ConfidencePpm = 1_000_000_000,
            BondPoolPlusOne = (ushort)_random.Below(2),
            RewardAtoms = _random.Chance(500) ? 1L << 40 : 0,
        };
        Venue.Must(CommandKind.CreateIndex, index);
        ushort number = (ushort)(Venue.State.Counts.Indexes - 1);
        for (uint key = 1; key <= 3; key++)
        {
            Venue.Must(CommandKind.SetPriceSource, new SetPriceSource
            {
                Index = number,
                SourceKey = key,
                Weight = 1 + (uint)_random.Below(1_000_000),
                JumpPpm = 1_000_000_000,
            });
        }
        _indexes.Add((number, low, high, Between(Math.Max(low, -1_000_000) + 1, Math.Min(high, 1L << 45) - 1)));
        ReportAll();
    }

    private void AddPools()
    {
        Venue.Must(CommandKind.CreateAsset, new CreateAsset
        {
            Name = ShortName.From("FINE"),
            Decimals = 12,
            CollateralCapAtoms = Asset.MaxAmountAtoms,
        });
        Venue.Must(CommandKind.CreateAsset, new CreateAsset
        {
            Name = ShortName.From("WHOLE"),
            Decimals = 12,
            HaircutPpm = 1_000_000,
            PriceIndex = OptionalId.Of(1),
            CollateralCapAtoms = Asset.MaxAmountAtoms,
            PoolCapAtoms = Asset.MaxAmountAtoms,
        });
        Venue.Must(CommandKind.CreateAsset, new CreateAsset
        {
            Name = ShortName.From("SMALL"),
            Decimals = 12,
            HaircutPpm = 1,
            PriceIndex = OptionalId.Of(3),
            CollateralCapAtoms = Asset.MaxAmountAtoms,
            PoolCapAtoms = Asset.MaxAmountAtoms,
        });
        for (ushort pool = 1; pool < Pools; pool++)
        {
            CreatePool terms = PoolTerms();
            terms.Name = ShortName.From($"edge{pool}");
            (terms.Collateral[0], terms.CollateralCount) = ((ushort)(pool == 1 ? 0 : 2), 4);
            (terms.Collateral[1], terms.Collateral[2], terms.Collateral[3]) = (1, 3, 4);
            if (pool == 2)
            {
                // The finest settlement: BTC has too few decimals against it.
                (terms.Collateral[1], terms.Collateral[2], terms.CollateralCount) = (3, 4, 3);
            }
            terms.LiquidationFeePpm = 100_000;
            terms.FeeTiers[0] = new FeeTier { MakerPpm = -100_000, TakerPpm = 100_000 };
            terms.FeeTierCount = 1;
            terms.Rules.ScanPpm = pool == 1 ? 400_000 : 0;
            terms.Rules.LiquidationRatePpm = _random.Chance(500) ? 1 : PoolRules.Off;
            terms.Rules.TakeoverChargePpm = 100_000;
            terms.Rules.BidDelayMs = _random.Chance(500) ? PoolRules.Off : 1_000;
            terms.Rules.DebtRatePpm = 1_000_000;
            terms.Rules.FreeAtoms = Asset.MaxAmountAtoms;
            (terms.Rules.TransferMarginPpm, terms.Rules.OutflowPpm) = (PoolRules.Off, _random.Chance(500) ? PoolRules.Off : 0);
            Venue.Must(CommandKind.CreatePool, terms);
            _markets[pool] = [];
            _accounts[pool] = [];
            for (int i = 0; i < Traders; i++)
            {
                _accounts[pool].Add(((uint)Venue.State.Counts.Accounts, (uint)Venue.State.Counts.Keys));
                Venue.Must(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer, Pool = pool });
            }
        }
    }

    private MarketTerms EdgeTerms(string name, ushort pool, int which, long expiryNs)
    {
        MarketTerms terms = Listing(name, expiryNs).Terms;
        (ushort index, long low, long high, long price) = _indexes[which % _indexes.Count];
        (terms.Pool, terms.Index) = (pool, index);
        terms.IndexUnitsPerTick = which % _indexes.Count == 3 ? 1 : Math.Max(Math.Min(high, 1L << 46) >> (int)_random.Below(30), 1);
        long at = price / terms.IndexUnitsPerTick;
        long span = Market.MaxPriceSpan - 1;
        terms.MinPriceTicks = Math.Max(at - _random.Below(span), low / terms.IndexUnitsPerTick);
        terms.MaxPriceTicks = terms.MinPriceTicks + (_random.Chance(500) ? span : 1 + _random.Below(span));
        terms.MarginFloorTicks = 1 + _random.Below(_random.Chance(500) ? 3 : span);
        long magnitude = Math.Max(Math.Max(Math.Abs(terms.MinPriceTicks), Math.Abs(terms.MaxPriceTicks)), terms.MarginFloorTicks);
        // The whole value that a position may have: many small lots, or few large ones.
        long most = Market.MaxPositionValue / magnitude;
        terms.MaxPositionLots = Math.Clamp(1L << (int)_random.Below(41), 1, Math.Max(most, 1));
        terms.AtomsPerTickLot = Math.Clamp(most / terms.MaxPositionLots, 1, 1L << 40);
        terms.MaxOrderLots = _random.Chance(500) ? terms.MaxPositionLots : Math.Max(terms.MaxPositionLots / 3, 1);
        (terms.OpenInterestLowerAtoms, terms.OpenInterestUpperAtoms) = _random.Chance(500) ? ((1L << 61), 1L << 62) : (1, 2);
        terms.BasisCapPpm = (int)_random.Below(2) * 100_000;
        terms.BasisWindowMs = 1 + (int)_random.Below(10_000);
        terms.LiquidationBoundPpm = _random.Chance(500) ? 500_000 : 1;
        terms.MarketOrderBoundPpm = 500_000;
        terms.FundingCapPpm = (int)_random.Below(2) * 100_000;
        terms.FundingInterestPpm = (int)_random.Below(20_001) - 10_000;
        terms.OracleGraceMs = (int)_random.Below(2) * 86_400_000;
        terms.ImpactAtoms = _random.Chance(300) ? 1L << 50 : 0;
        terms.OpenInterestCapAtoms = _random.Chance(200) ? 1L << 61 : 0;
        (terms.ExternalDepthAtoms, terms.DepthMultiple) = _random.Chance(300)
            ? (1L << (int)_random.Below(62), (ushort)_random.Below(65_536))
            : (0, (ushort)0);
        (terms.OpenInterestFreeAtoms, terms.FundMultiple) = _random.Chance(300)
            ? (1L << (int)_random.Below(62), (ushort)_random.Below(65_536))
            : (0, (ushort)0);
        if (_random.Chance(500))
        {
            (terms.AuctionMs, terms.BandHorizonMs, terms.BandFloorPpm, terms.BandCapPpm, terms.BandSigmaMilli) =
                (1 + (int)_random.Below(100_000), 60_000, 0, 10_000_000, 100_000);
        }
        terms.TierCount = 3;
        terms.Tiers[0] = new ListedTier { InitialPpm = 2 + (int)_random.Below(20_000), MaintenancePpm = 1 };
        terms.Tiers[1] =
            new ListedTier { FromNotionalAtoms = 1L << (int)(1 + _random.Below(54)), InitialPpm = 100_000, MaintenancePpm = 50_000 };
        terms.Tiers[2] = new ListedTier { FromNotionalAtoms = (1L << 55) - 1, InitialPpm = 1_000_000, MaintenancePpm = 1_000_000 };
        return terms;
    }

    private void AddPlain(ushort pool, int i)
    {
        long expiry = i % 2 == 0 ? 0 : Venue.TimeNs + (long)(1 + _random.Below(30 * 86_400)) * 1_000_000_000;
        if (Send(CommandKind.ListMarket, new ListMarket { Terms = EdgeTerms($"P{pool}-{Venue.State.Counts.Markets}", pool, i, expiry) })
            == RefusalCode.None)
        {
            _markets[pool].Add(Venue.State.Counts.Markets - 1);
        }
    }

    private void AddContract(ushort pool, int i)
    {
        long expiryMs = (Venue.TimeNs / Ms / 1_000 * 1_000) + ((1 + _random.Below(20)) * 3_600_000);
        string end =
            DateTime.UnixEpoch.AddMilliseconds(expiryMs)
                .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        string pay = (i % 6) switch
        {
            0 => "max(mean(S, 30m) - 8000, 0)",
            1 => "max(8000 - mean(S, 30m), 0)",
            2 => "if S >= 8000 then 60000 else 0",
            3 => "max(9000 - S, 0)",
            4 => "min(S, 20000)",
            _ => "max(S - 7000, 0)",
        };
        string extra = (i % 6) switch
        {
            3 => "holder may take max(9000 - S, 0)\n",
            4 => $"schedule H = every 30m from {DateTime.UnixEpoch.AddMilliseconds(expiryMs - 3_600_000):yyyy-MM-dd'T'HH:mm:ss'Z'} "
                + $"to {DateTime.UnixEpoch.AddMilliseconds(expiryMs - 1_800_000):yyyy-MM-dd'T'HH:mm:ss'Z'}\nat "
                + $"H pay if S >= 8000 then 300 else -100\n",
            5 => "when S >= 12000 pay 50 and end\n",
            _ => "",
        };
        string settle = Venue.State.Assets[Venue.State.Pools[pool].Collateral[0]].Name.ToString();
        string text = $"contract C\nobserve S = index BTC_USD in 1 .. 60000\nsettle {settle}\nexpiry {end}\n{extra}at expiry pay {pay}\n";
        MarketTerms terms = EdgeTerms($"C{pool}-{Venue.State.Counts.Markets}", pool, 0, expiryMs * Ms);
        terms.Kind = MarketKind.Contract;
        (terms.MinPriceTicks, terms.MaxPriceTicks, terms.IndexUnitsPerTick) = (-9_000, 200_000, 100);
        long most = Market.MaxPositionValue / 220_000;
        terms.MaxPositionLots = 1L << (int)_random.Below(36);
        terms.AtomsPerTickLot = Math.Clamp(most / terms.MaxPositionLots, 1, 1L << 37);
        terms.MaxOrderLots = terms.MaxPositionLots;
        terms.MarginFloorTicks = 1;
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        var piece = new WriteContractText { Length = (ushort)bytes.Length };
        bytes.CopyTo(piece.Bytes);
        Send(CommandKind.WriteContractText, piece);
        if (Send(CommandKind.ListContract, new ListContract { Terms = terms, TextHash = Hash256.Of(bytes) }) == RefusalCode.None)
        {
            _markets[pool].Add(Venue.State.Counts.Markets - 1);
        }
    }
}
