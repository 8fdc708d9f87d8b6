using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <content>Those who act by themselves at every heartbeat: makers, liquidators, withdrawers.</content>
internal sealed partial class ScenarioRun
{
    private readonly List<Quoter> _quoters = [];
    private readonly List<Withdrawer> _withdrawers = [];

    private sealed record Quoter(uint Account, string Market, decimal Depth, int Levels, decimal Spread, decimal Width, long From,
        long Until)
    {
        public decimal Factor { get; set; } = 1;
    }

    private sealed record Withdrawer(uint Account, string Asset, decimal? Amount, long Every, long From, long Until)
    {
        public long NextNs { get; set; }
    }

    private sealed record Arbitrageur(uint Account, string Market, decimal Edge, decimal Size, decimal Limit, long From, long Until);

    private readonly List<Arbitrageur> _arbitrageurs = [];

    private void ReadActors()
    {
        foreach (ScenarioNode node in _scenario.Root.Items("actors"))
        {
            switch (node.Need("kind").OneOf("maker", "liquidator", "backstop", "withdrawer", "arbitrageur"))
            {
                case "maker":
                    node.Object("kind", "account", "market", "depth", "levels", "spread", "width", "from", "until");
                    _quoters.Add(new Quoter(
                        node.Find("account") is null ? _venue.Accounts[ScenarioVenue.Maker] : Account(node), MarketName(node),
                        node.Need("depth").Number(0, 1e12m),
                        node.Find("levels")?.Whole(1, 50) ?? 10, node.Find("spread")?.Number(0, 0.5m) ?? 0.0005m,
                        node.Find("width")?.Number(0, 0.5m) ?? 0.02m,
                        node.Find("from")?.Span() ?? 0, node.Find("until")?.Span() ?? long.MaxValue));
                    break;
                case "liquidator":
                    node.Object("kind", "account", "market", "discount", "size", "from", "until");
                    decimal discount = node.Find("discount")?.Number(0, 0.5m) ?? 0.01m;
                    _quoters.Add(
                        new Quoter(Account(node), MarketName(node), node.Need("size").Number(0, 1e12m), 1, 2 * discount, discount,
                            node.Find("from")?.Span() ?? 0, node.Find("until")?.Span() ?? long.MaxValue));
                    break;
                case "backstop":
                    node.Object("kind", "account", "discount", "capacity", "from", "until");
                    Account(node);
                    break;
                case "arbitrageur":
                    node.Object("kind", "account", "market", "edge", "size", "limit", "from", "until");
                    decimal size = node.Need("size").Number(0, 1e12m);
                    _arbitrageurs.Add(new Arbitrageur(Account(node), MarketName(node), node.Find("edge")?.Number(0, 0.5m) ?? 0.002m, size,
                        node.Find("limit")?.Number(0, 1e12m) ?? 10 * size, node.Find("from")?.Span() ?? 0,
                        node.Find("until")?.Span() ?? long.MaxValue));
                    break;
                default:
                    node.Object("kind", "account", "asset", "amount", "every", "from", "until");
                    _withdrawers.Add(new Withdrawer(
                        Account(node), Scenario.Member(node.Need("asset"), _scenario.Assets.Select(a => a.Name), "an asset"),
                        node.Find("amount") is { } a && !(a.IsText && a.Text() == "max") ? a.Number(0, 1e15m) : null,
                        node.Find("every")?.Span() ?? _scenario.HeartbeatNs, node.Find("from")?.Span() ?? 0,
                        node.Find("until")?.Span() ?? long.MaxValue));
                    break;
            }
        }
    }

    // A maker's depth is spread evenly over its levels on each side, around mark, and is placed again at every heartbeat.
    private void Quote(long ns)
    {
        foreach (Quoter quoter in _quoters)
        {
            if (_venue.FindMarket(quoter.Market) is not { } terms)
            {
                continue;
            }
            ref readonly Market market = ref _venue.State.Markets[terms.Number];
            _venue.Send(CommandKind.CancelAll, new CancelAll { Market = OptionalId.Of((uint)terms.Number) }, quoter.Account);
            if (ns < quoter.From || ns >= quoter.Until || quoter.Factor <= 0
                || market.Status is not (MarketStatus.Trading or MarketStatus.Auction))
            {
                continue;
            }
            decimal mark = market.MarkTicks;
            for (int level = 0; level < quoter.Levels; level++)
            {
                decimal distance = (quoter.Spread / 2)
                    + (quoter.Levels == 1 ? 0 : (quoter.Width - (quoter.Spread / 2)) * level / (quoter.Levels - 1));
                decimal price = Math.Max(Math.Abs(mark), 1) * terms.Tick;
                long lots = (long)(quoter.Depth * quoter.Factor / quoter.Levels / price / terms.Lot);
                if (lots > 0)
                {
                    _venue.Send(CommandKind.PlaceOrder,
                        Order(terms, Side.Buy, (long)decimal.Floor(mark - (Math.Abs(mark) * distance)), lots), quoter.Account);
                    _venue.Send(CommandKind.PlaceOrder,
                        Order(terms, Side.Sell, (long)decimal.Ceiling(mark + (Math.Abs(mark) * distance)), lots), quoter.Account);
                }
            }
        }
    }

    // Buys what the book offers below the index by more than its edge, and sells what it bids above it, so much at a heartbeat,
    // until it holds its limit. A contract's value is its mark: its index is that of what it is written on.
    private void Arbitrage(long ns)
    {
        foreach (Arbitrageur a in _arbitrageurs.Where(a => ns >= a.From && ns < a.Until))
        {
            if (_venue.FindMarket(a.Market) is not { } terms
                || _venue.State.Markets[terms.Number] is not { Status: MarketStatus.Trading } market)
            {
                continue;
            }
            decimal value = market.Kind == MarketKind.Contract
                ? market.MarkTicks
                : _venue.State.Indexes[market.Index].Price / (decimal)terms.IndexUnitsPerTick;
            decimal lotValue = Math.Max(Math.Abs(value), 1) * terms.Tick * terms.Lot;
            int row = _venue.State.FindPosition(a.Account, terms.Number);
            long held = row < 0 ? 0 : _venue.State.Positions[row].Lots;
            long each = (long)(a.Size / lotValue);
            long most = (long)(a.Limit / lotValue);
            long buys = Math.Min(each, most - held);
            long sells = Math.Min(each, most + held);
            if (buys > 0)
            {
                _venue.Send(CommandKind.PlaceOrder,
                    Order(terms, Side.Buy, (long)decimal.Floor(value - (Math.Abs(value) * a.Edge)), buys, TimeInForce.ImmediateOrCancel),
                    a.Account);
            }
            if (sells > 0)
            {
                _venue.Send(CommandKind.PlaceOrder,
                    Order(terms, Side.Sell, (long)decimal.Ceiling(value + (Math.Abs(value) * a.Edge)), sells,
                    TimeInForce.ImmediateOrCancel), a.Account);
            }
        }
    }

    private string MarketName(ScenarioNode node) => Scenario.Member(node.Need("market"), _scenario.MarketNames, "a market");

    private void Withdraw(long ns)
    {
        foreach (Withdrawer w in _withdrawers.Where(w => ns >= Math.Max(w.From, w.NextNs) && ns < w.Until))
        {
            w.NextNs = ns + w.Every;
            Withdraw($"withdrawer {_venue.AccountName(w.Account)}", w.Account, w.Asset, w.Amount);
        }
    }
}
