using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Cli.Demo;

/// <summary>
/// The people of the demo, from one seed: market makers around the index, longs who bought with leverage before the fall,
/// shorts, arbitrageurs, and a crowd of small traders. They see what a client sees, and act once a minute.
/// </summary>
internal sealed class Traders
{
    private const long Dollar = 1_000_000;
    private const int Makers = 12;
    private const int Longs = 1_100;
    private const int Shorts = 500;
    private const int Arbitrageurs = 40;
    private const int Crowd = 500;
    private const int ProviderDiscountPpm = 10_000;

    private readonly DemoVenue _venue;
    private readonly int _markets;
    private readonly bool _hasUsdc;
    private readonly List<Client> _makers = [];
    private readonly List<Leveraged> _leveraged = [];
    private readonly List<Client> _arbitrageurs = [];
    private readonly List<Client> _crowd = [];
    private readonly List<Client> _providers = [];
    private readonly int _providersWanted;
    private SplitMix _random;
    private ulong _clientOrder;
    private long _lastIndex;

    public Traders(DemoVenue venue, ulong seed, int providers)
    {
        _venue = venue;
        _providersWanted = providers;
        _random = new SplitMix(seed ^ 0xD1CE);
        _markets = venue.State.Counts.Markets;
        _hasUsdc = venue.IndexOf("USDC_USD") >= 0;
    }

    /// <summary>Accounts opened.</summary>
    public int Count => _makers.Count + _leveraged.Count + _arbitrageurs.Count + _crowd.Count + _providers.Count;

    /// <summary>Top-ups paid by longs who defended their position.</summary>
    public int TopUps { get; private set; }

    /// <summary>Opens and funds everybody's account, and the insurance fund.</summary>
    public void Arrive()
    {
        for (int i = 0; i < Makers; i++)
        {
            _makers.Add(_venue.Open($"maker {i}"));
        }
        for (int i = 0; i < Longs + Shorts; i++)
        {
            bool isLong = i < Longs;
            _leveraged.Add(new Leveraged(_venue.Open($"trader {i}"), isLong)
            {
                Market = (int)_random.Below(_markets),
                Leverage = isLong ? 2 + (int)_random.Below(14) : 1 + (int)_random.Below(4),
                EntryMinute = 5 + (int)_random.Below(isLong ? 300 : 420),
                Deposit = (1_000 + _random.Below(isLong ? 40_000 : 110_000)) * Dollar,
                TopsUp = _random.Chance(250),
                HasStop = _random.Chance(200),
            });
        }
        for (int i = 0; i < Arbitrageurs; i++)
        {
            _arbitrageurs.Add(_venue.Open($"arbitrageur {i}"));
        }
        for (int i = 0; i < Crowd; i++)
        {
            _crowd.Add(_venue.Open($"crowd {i}"));
        }
        // Last, so that everything else is the same with and without them.
        for (int i = 0; i < _providersWanted; i++)
        {
            _providers.Add(_venue.Open($"provider {i}"));
        }
        _venue.Execute(1_000_000_000);

        Deposit(_venue.State.Pools[0].InsuranceAccount, 0, 3_000_000 * Dollar);
        foreach (Client maker in _makers)
        {
            Deposit(maker.Account, 0, 6_000_000 * Dollar);
            _venue.Send(maker, CommandKind.SetQuoteProtection, new SetQuoteProtection
            {
                Market = 0,
                WindowNs = 60_000_000_000,
                LotsLimit = 4_000,
                DeltaLimit = 3_000,
                FreezeNs = 120_000_000_000,
            });
        }
        for (int i = 0; i < _leveraged.Count; i++)
        {
            Leveraged trader = _leveraged[i];
            // One in eight brings coins instead of dollars, in 2023 one in two USDC.
            if (_hasUsdc && i % 2 == 0)
            {
                Deposit(trader.Client.Account, 2, trader.Deposit);
            }
            else if (i % 8 == 1)
            {
                Deposit(trader.Client.Account, 1, Math.Max(trader.Deposit / 80, 1));
            }
            else
            {
                Deposit(trader.Client.Account, 0, trader.Deposit);
            }
        }
        foreach (Client arbitrageur in _arbitrageurs)
        {
            Deposit(arbitrageur.Account, 0, 400_000 * Dollar);
        }
        foreach (Client one in _crowd)
        {
            Deposit(one.Account, 0, (5_000 + _random.Below(20_000)) * Dollar);
        }
        foreach (Client provider in _providers)
        {
            Deposit(provider.Account, 0, 5_000_000 * Dollar);
        }
        _venue.Execute(60_000_000_000);
        if (_providers.Count > 0)
        {
            foreach (Client provider in _providers)
            {
                _venue.Send(provider, CommandKind.PlaceBackstopBid,
                    new PlaceBackstopBid { DiscountPpm = ProviderDiscountPpm, MaxNotionalAtoms = 10_000_000 * Dollar });
            }
            _venue.Execute(1_000_000);
        }
    }

    /// <summary>Makers replace their quotes: wider and smaller the faster the market moves, leaning against what they hold.</summary>
    public void Quote()
    {
        IndexedState state = _venue.State;
        long index = state.Markets[0].IndexTicks;
        long move = _lastIndex == 0 ? 0 : Math.Abs(index - _lastIndex) * 10_000 / Math.Max(_lastIndex, 1);
        _lastIndex = index;
        for (int i = 0; i < _makers.Count; i++)
        {
            // In a rush some stay away.
            if (move > 60 && _random.Chance(600))
            {
                _venue.Send(_makers[i], CommandKind.CancelAll, new CancelAll());
                continue;
            }
            var quote = new MassQuote();
            for (int market = 0; market < _markets; market++)
            {
                ref readonly Market terms = ref state.Markets[market];
                if (terms.Status != MarketStatus.Trading || terms.HasMark == 0)
                {
                    continue;
                }
                long fair = terms.IndexTicks;
                int row = state.FindPosition(_makers[i].Account, market);
                long held = row < 0 ? 0 : state.Positions[row].Lots;
                long unit = fair / 10_000;
                long half = Math.Max(1, unit * (4 + (3 * i) + Math.Min(move, 150)));
                long lean = Math.Clamp(held / 4_000, -20, 20) * unit;
                long lots = Math.Max(20, (400 + (150 * i)) / (1 + (move / 15)));
                quote.Entries[(int)quote.Count++] = new QuoteEntry
                {
                    Market = (ushort)market,
                    BidTicks = Math.Max(1, fair - half - lean),
                    BidLots = held > 150_000 ? 0 : lots,
                    AskTicks = Math.Min(terms.MaxPriceTicks, fair + half - lean),
                    AskLots = held < -150_000 ? 0 : lots,
                };
            }
            if (quote.Count > 0)
            {
                _venue.Send(_makers[i], CommandKind.MassQuote, quote);
            }
        }
    }

    /// <summary>Everyone else's minute.</summary>
    public void Trade(int minute)
    {
        foreach (Leveraged trader in _leveraged)
        {
            if (minute == trader.EntryMinute)
            {
                Enter(trader);
            }
            else if (minute > trader.EntryMinute && (minute + (int)trader.Client.Account) % 10 == 0)
            {
                Defend(trader);
            }
        }
        foreach (Client arbitrageur in _arbitrageurs)
        {
            if (_random.Chance(250))
            {
                Arbitrage(arbitrageur);
            }
        }
        int active = 55 + (int)_random.Below(30);
        for (int i = 0; i < active; i++)
        {
            Wander(_crowd[(int)_random.Below(_crowd.Count)]);
        }
    }

    private void Deposit(uint account, ushort asset, long atoms) =>
        _venue.Send(_venue.Operator, CommandKind.Deposit, new Deposit { ToAccount = account, Asset = asset, AmountAtoms = atoms });

    private void Enter(Leveraged trader)
    {
        int market = trader.Market;
        if (_venue.State.Markets[market].Status != MarketStatus.Trading)
        {
            market = 0;
        }
        ref readonly Market terms = ref _venue.State.Markets[market];
        Health health = _venue.Venue.Ledger.Engine.Margin.Cross(trader.Client.Account);
        long lots = Math.Min(health.EquityAtoms * trader.Leverage / Math.Max(MarginTiers.NotionalAtoms(in terms, 1), 1), 40_000);
        if (lots < 1)
        {
            return;
        }
        trader.Market = market;
        Side side = trader.IsLong ? Side.Buy : Side.Sell;
        if (lots > 3_000)
        {
            // Large ones work their order.
            _venue.Send(trader.Client, CommandKind.PlaceTwap, new PlaceTwap
            {
                Market = (ushort)market,
                Side = side,
                TotalLots = lots,
                Slices = 12,
                IntervalNs = 120_000_000_000,
                PriceTicks = trader.IsLong ? terms.IndexTicks * 102 / 100 : terms.IndexTicks * 98 / 100,
                ClientOrderId = ++_clientOrder,
            });
        }
        else
        {
            _venue.Send(trader.Client, CommandKind.PlaceOrder, new PlaceOrder
            {
                Market = (ushort)market,
                Side = side,
                Lots = lots,
                Options = OrderOptions.Market,
                TimeInForce = TimeInForce.ImmediateOrCancel,
                NoProtection = 1,
                ClientOrderId = ++_clientOrder,
            });
        }
        if (trader.HasStop)
        {
            bool trailing = trader.Client.Account % 3 == 0;
            _venue.Send(trader.Client, CommandKind.PlaceTrigger, new PlaceTrigger
            {
                Market = (ushort)market,
                Side = trader.IsLong ? Side.Sell : Side.Buy,
                Kind = trailing ? TriggerKind.TrailingStop : TriggerKind.Stop,
                Source = trader.Client.Account % 2 == 0 ? TriggerSource.Mark : TriggerSource.Last,
                TriggerTicks = trailing ? 0 : trader.IsLong ? terms.IndexTicks * 94 / 100 : terms.IndexTicks * 106 / 100,
                TrailTicks = trailing ? terms.IndexTicks / 20 : 0,
                Lots = lots,
                Options = OrderOptions.Market | OrderOptions.ReduceOnly,
            });
        }
    }

    private void Defend(Leveraged trader)
    {
        Health health = _venue.Venue.Ledger.Engine.Margin.Cross(trader.Client.Account);
        if (health.MaintenanceAtoms == 0)
        {
            return;
        }
        if (health.EquityAtoms < 2 * health.MaintenanceAtoms)
        {
            if (trader.TopsUp && trader.Defences < 2)
            {
                trader.Defences++;
                TopUps++;
                Deposit(trader.Client.Account, 0, Math.Max(trader.Deposit / 2, Dollar));
            }
        }
        else if (!trader.IsLong && _random.Chance(15))
        {
            // Shorts take profit, a part at a time.
            int row = _venue.State.FindPosition(trader.Client.Account, trader.Market);
            long held = row < 0 ? 0 : _venue.State.Positions[row].Lots;
            if (held < 0)
            {
                _venue.Send(trader.Client, CommandKind.PlaceOrder, new PlaceOrder
                {
                    Market = (ushort)trader.Market,
                    Side = Side.Buy,
                    Lots = Math.Max(1, -held / 3),
                    Options = OrderOptions.Market | OrderOptions.ReduceOnly,
                    TimeInForce = TimeInForce.ImmediateOrCancel,
                    NoProtection = 1,
                });
            }
        }
    }

    private void Arbitrage(Client client)
    {
        int market = (int)_random.Below(_markets);
        ref readonly Market terms = ref _venue.State.Markets[market];
        if (terms.Status != MarketStatus.Trading || terms.HasLast == 0)
        {
            return;
        }
        long gap = (terms.LastTicks - terms.IndexTicks) * 10_000 / Math.Max(terms.IndexTicks, 1);
        if (Math.Abs(gap) < 12)
        {
            return;
        }
        bool buy = gap < 0;
        _venue.Send(client, CommandKind.PlaceOrder, new PlaceOrder
        {
            Market = (ushort)market,
            Side = buy ? Side.Buy : Side.Sell,
            Lots = 100 + _random.Below(900),
            PriceTicks = buy ? terms.IndexTicks - (terms.IndexTicks / 2_000) : terms.IndexTicks + (terms.IndexTicks / 2_000),
            TimeInForce = TimeInForce.ImmediateOrCancel,
        });
    }

    // Small orders: a limit near the market, sometimes an iceberg or a market order; later moved or cancelled by its client id.
    private void Wander(Client client)
    {
        int market = (int)_random.Below(_markets);
        ref readonly Market terms = ref _venue.State.Markets[market];
        if (terms.Status != MarketStatus.Trading || terms.HasMark == 0)
        {
            return;
        }
        int open = _venue.State.Derived.FirstOrderOf[client.Account];
        long draw = _random.Below(100);
        if (open >= 0 && draw < 55)
        {
            ref readonly Order order = ref _venue.State.Orders[open];
            long index = _venue.State.Markets[order.Market].IndexTicks;
            if (draw < 20)
            {
                _venue.Send(client, CommandKind.CancelOrder,
                    new CancelOrder { OrderId = order.ClientOrderId != 0 ? OrderIds.ByClient(order.ClientOrderId) : order.Id });
            }
            else
            {
                _venue.Send(client, CommandKind.AmendOrder, new AmendOrder { OrderId = order.Id, PriceTicks = Near(index, order.Side) });
            }
            return;
        }
        var side = (Side)_random.Below(2);
        bool isMarket = draw >= 92;
        long lots = 1 + _random.Below(120);
        _venue.Send(client, CommandKind.PlaceOrder, new PlaceOrder
        {
            Market = (ushort)market,
            Side = side,
            Lots = lots,
            DisplayLots = !isMarket && draw > 86 && lots > 10 ? lots / 4 : 0,
            PriceTicks = isMarket ? 0 : Near(terms.IndexTicks, side),
            Options = isMarket ? OrderOptions.Market : OrderOptions.None,
            NoProtection = isMarket ? (byte)1 : (byte)0,
            TimeInForce = isMarket ? TimeInForce.ImmediateOrCancel : draw % 3 == 0 ? TimeInForce.Day : TimeInForce.GoodTillCancelled,
            SelfTrade = (SelfTradePrevention)_random.Below(4),
            ClientOrderId = ++_clientOrder,
        });
    }

    private long Near(long index, Side side)
    {
        long distance = 1 + _random.Below(Math.Max(index / 100, 2));
        return Math.Max(1, side == Side.Buy ? index - distance : index + distance);
    }

    private sealed class Leveraged(Client client, bool isLong)
    {
        public Client Client { get; } = client;

        public bool IsLong { get; } = isLong;

        public int Market { get; set; }

        public int Leverage { get; init; }

        public int EntryMinute { get; init; }

        public long Deposit { get; init; }

        public bool TopsUp { get; init; }

        public bool HasStop { get; init; }

        public int Defences { get; set; }
    }
}
