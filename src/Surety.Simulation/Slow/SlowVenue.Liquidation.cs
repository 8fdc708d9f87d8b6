using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Engine.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Slow;

/// <content>
/// Liquidation by docs/liquidation.md, of accounts without coins: orders cancelled, positions reduced through the book, a solvent account
/// restored and an insolvent one closed by deleveraging, its deficit paid by the fund's cash, by gains, and by all. The fund takes no
/// inventory and has no fence, and there are no bids. The leverage that ranks who gives is told.
/// </content>
public sealed partial class SlowVenue
{
    private const int MostSteps = 256;
    private SlowDeleveraging? _queue;

    /// <summary>The account of the insurance fund.</summary>
    public uint Fund { get; init; }

    /// <summary>
    /// Acts on each account below maintenance, in the order of their numbers, until none is left. Returns those acted on.
    /// </summary>
    public List<uint> Liquidate()
    {
        var acted = new List<uint>();
        _queue = null;
        for (bool again = true; again && acted.Count < 1_000;)
        {
            again = false;
            List<uint> below = [.. _accounts.Keys.Order().Where(a => IsBelow(a))];
            foreach (uint account in below.Where(IsBelow))
            {
                SlowHealth before = Health(account);
                Liquidate(account);
                acted.Add(account);
                again |= Health(account) != before;
            }
        }
        return acted;
    }

    private SlowHealth Health(uint account) => Margin.Cross(account);

    private bool IsBelow(uint account) => Health(account) is var health && health.Equity < health.Need.Maintenance;

    private void Liquidate(uint account)
    {
        _orders.RemoveAll(o => o.Account == account);
        ReduceThroughBook(account);
        if (!IsBelow(account))
        {
            return;
        }
        if (Health(account).Equity > 0)
        {
            Restore(account);
        }
        else
        {
            Close(account);
        }
    }

    private SlowNeed Risk(uint account, int market) => SlowMargin.Need(_markets[market], Lots(account, market), default);

    // The market with the largest maintenance margin, the first of equals; −1 for none.
    private int Largest(uint account, HashSet<int> besides)
    {
        int found = -1;
        for (int market = 0; market < _markets.Count; market++)
        {
            bool counts = Lots(account, market) != 0 && !besides.Contains(market);
            found = counts && (found < 0 || Risk(account, market).Maintenance > Risk(account, found).Maintenance) ? market : found;
        }
        return found;
    }

    private BigInteger NotionalOf(uint account) => Enumerable.Range(0, _markets.Count).Aggregate(
        BigInteger.Zero, (sum, market) => sum + SlowMargin.Notional(_markets[market], Lots(account, market)));

    // No worse than the market's bound from mark or index, nor than the price at which the lots cost their share of what it is worth.
    private void ReduceThroughBook(uint account)
    {
        var done = new HashSet<int>();
        BigInteger atLeast = 1;
        for (int step = 0; step < MostSteps; step++)
        {
            SlowHealth health = Health(account);
            int number = health.Equity >= health.Need.Initial ? -1 : Largest(account, done);
            if (number < 0)
            {
                return;
            }
            Market market = _markets[number];
            Side side = Lots(account, number) > 0 ? Side.Sell : Side.Buy;
            BigInteger notional = NotionalOf(account);
            BigInteger worth = health.Equity - Fee(account, notional, maker: false);
            BigInteger perLot = SlowMargin.Notional(market, 1) / market.AtomsPerTickLot;
            const long Span = Protocol.Rows.Market.MaxPriceSpan;
            BigInteger distance = Clamp(Whole.Floor(worth * perLot, BigInteger.Max(notional, 1)), -Span, Span);
            BigInteger measure = BigInteger.Max(BigInteger.Abs(market.MarkTicks), market.MarginFloorTicks);
            BigInteger away = Whole.Floor(measure * market.LiquidationBoundPpm, Whole.Million);
            BigInteger bound = side == Side.Sell ? Math.Max(market.MarkTicks, market.IndexTicks) - away
                : Math.Min(market.MarkTicks, market.IndexTicks) + away;
            bound = Clamp(bound, market.MinPriceTicks, market.MaxPriceTicks);
            BigInteger limit = side == Side.Sell ? BigInteger.Max(bound, market.MarkTicks - distance)
                : BigInteger.Min(bound, market.MarkTicks + distance);
            if (limit < market.MinPriceTicks || limit > market.MaxPriceTicks)
            {
                done.Add(number);
                continue;
            }
            BigInteger lots = LotsFor(account, number, health.Need.Initial - health.Equity, Risk(account, number).Initial, 0, ref atLeast);
            long wanted = (long)BigInteger.Min(lots, market.MaxOrderLots);
            var taker = new Resting { Id = 0, Account = account, Market = number, Side = side, Price = (long)limit, Lots = wanted };
            while (taker.Lots > 0 && Best(taker) is { } maker)
            {
                TryFill(taker, maker, [], liquidation: true);
            }
            Charge(account, Whole.Ceiling(SlowMargin.Notional(market, taker.Filled) * _pool.LiquidationFeePpm, Whole.Million));
            if (taker.Lots > 0)
            {
                done.Add(number);
            }
        }
    }

    // As many lots as bring it half way from maintenance to initial margin, at mark.
    private void Restore(uint account)
    {
        BigInteger atLeast = 1;
        while (true)
        {
            SlowHealth health = Health(account);
            BigInteger target = BigInteger.Max((health.Need.Maintenance / 2) + (health.Need.Initial / 2), health.Need.Maintenance);
            int number = health.Equity >= target ? -1 : Largest(account, []);
            if (number < 0)
            {
                return;
            }
            BigInteger share = Whole.Floor(BigInteger.Max(health.Equity, 0) * Whole.Million, BigInteger.Max(NotionalOf(account), 1));
            BigInteger ppm = BigInteger.Min(BigInteger.Min(share, _pool.Rules.TakeoverChargePpm), _pool.LiquidationFeePpm);
            BigInteger cost = Whole.Floor(SlowMargin.Notional(_markets[number], Lots(account, number)) * ppm, Whole.Million);
            SlowNeed need = Risk(account, number);
            BigInteger lots = LotsFor(account, number, target - health.Equity, (need.Maintenance / 2) + (need.Initial / 2), cost,
                ref atLeast);
            Deleverage(account, number, (long)lots * Math.Sign(Lots(account, number)), 0);
            Charge(account, Whole.Ceiling(SlowMargin.Notional(_markets[number], lots) * _pool.LiquidationFeePpm, Whole.Million));
        }
    }

    private void Close(uint account)
    {
        BigInteger deficit = BigInteger.Max(-Health(account).Equity, 0);
        BigInteger paid = account == Fund ? 0 : BigInteger.Min(deficit, FundCash());
        Move(Fund, account, paid);
        deficit -= paid;
        for (int number = Largest(account, []); number >= 0; number = Largest(account, []))
        {
            deficit = Deleverage(account, number, Lots(account, number), deficit);
        }
        BigInteger missing = BigInteger.Max(-Health(account).Equity, 0);
        paid = account == Fund ? 0 : BigInteger.Min(missing, FundCash());
        Move(Fund, account, paid);
        Share(account, missing - paid);
    }

    // By all others, in proportion to what they are worth; roundings come out even in the end.
    private void Share(uint account, BigInteger deficit)
    {
        List<uint> others = [.. _accounts.Keys.Order().Where(a => a != account && Health(a).Equity > 0)];
        BigInteger total = others.Aggregate(BigInteger.Zero, (sum, a) => sum + Health(a).Equity);
        BigInteger left = BigInteger.Min(deficit, total);
        foreach (uint other in others.TakeWhile(_ => left > 0))
        {
            BigInteger worth = Health(other).Equity;
            BigInteger share = BigInteger.Min(Whole.Ceiling(left * worth, total), BigInteger.Min(left, worth));
            total -= worth;
            left -= share;
            Move(other, account, share);
        }
    }

    // Every lot at mark; the gains of those who give pay the charge. Returns what of it they did not.
    private BigInteger Deleverage(uint account, int number, long lots, BigInteger charge)
    {
        _queue ??= new SlowDeleveraging(this, (int)_accounts.Keys.Max() + 1);
        Market market = _markets[number];
        BigInteger shares = 0;
        for (long left = lots; left != 0;)
        {
            (int row, long gives, _, _) = _queue.Next(number, longs: lots < 0);
            long closed = Math.Min(gives, Math.Abs(left)) * Math.Sign(left);
            Position given = Position(row);
            BigInteger gain = Whole.Floor(SlowMargin.Unrealised(market, given) * Math.Abs(closed), Math.Abs(given.Lots));
            BigInteger open = charge - shares;
            BigInteger share = BigInteger.Min(closed == left ? open : Whole.Ceiling(open * Math.Abs(closed), Math.Abs(left)),
                BigInteger.Max(gain, 0));
            BigInteger value = (BigInteger)closed * market.MarkTicks * market.AtomsPerTickLot;
            BookCost((uint)(row / _markets.Count), number, closed, value + share, 0);
            shares += share;
            left -= closed;
        }
        BookCost(account, number, -lots, -(((BigInteger)lots * market.MarkTicks * market.AtomsPerTickLot) + shares), 0);
        CountOpenInterest(number);
        return charge - shares;
    }

    // Lots whose margin, less what they cost, makes up for a shortfall; at least so many, twice as many each time.
    private BigInteger LotsFor(uint account, int market, BigInteger shortfall, BigInteger need, BigInteger cost, ref BigInteger atLeast)
    {
        BigInteger held = Math.Abs(Lots(account, market));
        BigInteger relief = BigInteger.Max(BigInteger.Max(need - cost, need / 8), 1);
        BigInteger lots = Clamp(Whole.Ceiling(held * Clamp(shortfall, 0, relief), relief), BigInteger.Min(atLeast, held), held);
        atLeast *= 2;
        return lots;
    }

    private BigInteger FundCash() => Health(Fund) is var fund
        ? BigInteger.Max(BigInteger.Min(_accounts[Fund].Balances[0], fund.Equity - fund.Need.Initial), 0) : 0;

    // To the fund, never more than the account is worth.
    private void Charge(uint account, BigInteger atoms) =>
        Move(account, Fund, account == Fund ? 0 : Clamp(atoms, 0, BigInteger.Max(Health(account).Equity, 0)));

    private void Move(uint from, uint to, BigInteger atoms)
    {
        Deposit(from, 0, -(long)atoms);
        Deposit(to, 0, (long)atoms);
    }

    private static BigInteger Clamp(BigInteger value, BigInteger least, BigInteger most) =>
        BigInteger.Min(BigInteger.Max(value, least), most);
}
