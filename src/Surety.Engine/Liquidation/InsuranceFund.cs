using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Breakers;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// What a pool's insurance fund may spend and hold. It is ring-fenced by market: a part of its equity a day, no more, however
/// large the need, because a fund that one market can empty protects none of the others.
/// </summary>
internal sealed class InsuranceFund(VenueState state, AccountMargin margin, Custody custody, MarketGate gate)
{
    private const long NsPerDay = 86_400_000_000_000;

    /// <summary>The fund's account.</summary>
    public uint AccountOf(int pool) => state.Pools[pool].InsuranceAccount;

    /// <summary>What the fund may still pay for a market today, settlement atoms.</summary>
    public long AvailableAtoms(int marketNumber)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        long cash = CashAtoms(market.Pool);
        long spent = state.TimeNs - market.FundWindowNs < NsPerDay ? market.FundSpentAtoms : 0;
        long limit = Rounding.PpmFloor(Math.Min(cash + spent, Asset.MaxAmountAtoms), state.Pools[market.Pool].Rules.FundMarketPpm);
        return Math.Clamp(limit - spent, 0, cash);
    }

    /// <summary>All the fund could pay: its balance, as far as its own margin does not need it.</summary>
    public long CashAtoms(int pool)
    {
        uint fund = AccountOf(pool);
        Health health = margin.Cross(fund);
        return Math.Max(Math.Min(state.Accounts[(int)fund].Balances[0], health.EquityAtoms - health.InitialAtoms), 0);
    }

    /// <summary>Pays an amount to a unit that is in deficit, on a market's account (or, with −1, the whole pool's).</summary>
    public void Cover(uint account, int isolatedRow, int marketNumber, long atoms)
    {
        if (atoms <= 0)
        {
            return;
        }
        int pool = state.Accounts[(int)account].Pool;
        Spend(pool, marketNumber, atoms);
        custody.Change(AccountOf(pool), 0, -atoms, BalanceReason.InsuranceCover, account);
        custody.ChangeUnit(account, isolatedRow, atoms, BalanceReason.InsuranceCover, AccountOf(pool));
    }

    /// <summary>Counts what the fund pays against its limits.</summary>
    public void Spend(int pool, int marketNumber, long atoms)
    {
        if (marketNumber >= 0)
        {
            ref Market market = ref state.Markets.Write(marketNumber);
            if (state.TimeNs - market.FundWindowNs >= NsPerDay)
            {
                (market.FundWindowNs, market.FundSpentAtoms) = (state.TimeNs, 0);
            }
            market.FundSpentAtoms += atoms;
        }
        gate.CountFundLoss(pool, atoms, CashAtoms(pool));
    }

    /// <summary>Lots of a market that the fund may take on a side now: within its ring fence, its margin and the position limit.</summary>
    public long RoomLots(int marketNumber, long signedLots)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        uint fund = AccountOf(market.Pool);
        int row = state.FindPosition(fund, marketNumber);
        long held = row < 0 ? 0 : state.Positions[row].Lots;
        if (row < 0 && state.Derived.MarketOfPosition.AsSpan((int)fund * state.PositionsPerAccount, state.PositionsPerAccount).IndexOf((ushort)0) < 0)
        {
            return 0;
        }
        long limitAtoms = Rounding.PpmFloor(Math.Clamp(margin.Cross(fund).EquityAtoms, 0, Asset.MaxAmountAtoms), state.Pools[market.Pool].Rules.FundMarketPpm);
        long most = Math.Min(limitAtoms / MarginTiers.NotionalAtoms(in market, 1), market.MaxPositionLots);
        return Math.Clamp(signedLots > 0 ? most - held : most + held, 0, Math.Abs(signedLots));
    }
}
