using Surety.Core.Numerics;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;

namespace Surety.Engine.Tests;

/// <summary>Random commands of every kind that a trader, a source or custody sends: most sensible, some not.</summary>
internal sealed class RandomStream(TestVenue venue, int traders, ulong seed)
{
    private SplitMix _random = new(seed);
    private long _price = 8_000;
    private ulong _clientOrder;

    /// <summary>Sends one command.</summary>
    public void Step()
    {
        venue.TimeNs += _random.Below(50_000_000);
        uint account = TestVenue.FirstTrader + (uint)_random.Below(traders);
        long mark = venue.State.Markets[0].MarkTicks;
        var side = (Side)_random.Below(2);
        var market = (ushort)_random.Below(2);
        switch (_random.Below(100))
        {
            case < 34:
                venue.Send(CommandKind.PlaceOrder, Order(mark, side, market), account);
                break;
            case < 52:
                if (Own(account) is var amended and not 0)
                {
                    Order order = venue.State.Orders[OrderIds.Slot(amended)];
                    venue.Send(CommandKind.AmendOrder,
                        new AmendOrder
                        {
                            OrderId = amended,
                            PriceTicks = Near(mark, order.Side),
                            TotalLots = _random.Chance(600) ? 0 : 1 + _random.Below(4_000),
                        }, account);
                }
                break;
            case < 62:
                venue.Send(CommandKind.CancelOrder,
                    new CancelOrder { OrderId = _random.Chance(100) ? OrderIds.ByClient(_clientOrder) : Own(account) }, account);
                break;
            case < 63:
                venue.Send(CommandKind.CancelAll, new CancelAll { MarketPlusOne = (uint)_random.Below(4) }, account);
                break;
            case < 68:
                var quote = new MassQuote { Count = 2 };
                quote.Entries[0] = new QuoteEntry
                {
                    Market = 0,
                    BidTicks = Near(mark, Side.Buy),
                    BidLots = _random.Below(300),
                    AskTicks = Near(mark, Side.Sell),
                    AskLots = _random.Below(300),
                };
                quote.Entries[1] = new QuoteEntry
                {
                    Market = 1,
                    BidTicks = Near(mark, Side.Buy),
                    BidLots = _random.Below(300),
                    AskTicks = Near(mark, Side.Sell),
                    AskLots = _random.Below(300),
                };
                venue.Send(CommandKind.MassQuote, quote, account);
                break;
            case < 69:
                venue.Send(CommandKind.SetQuoteProtection,
                    new SetQuoteProtection
                    {
                        Market = market,
                        WindowNs = _random.Below(2) * 1_000_000_000,
                        LotsLimit = 200,
                        DeltaLimit = 150,
                        FreezeNs = 500_000_000
                    }, account);
                break;
            case < 73:
                venue.Send(CommandKind.PlaceTrigger, new PlaceTrigger
                {
                    Market = market,
                    Side = side,
                    Kind = (TriggerKind)_random.Below(3),
                    Source = (TriggerSource)_random.Below(3),
                    TriggerTicks = Near(mark, (Side)_random.Below(2)),
                    TrailTicks = _random.Chance(300) ? 1 + _random.Below(200) : 0,
                    PriceTicks = Near(mark, side),
                    Lots = 1 + _random.Below(500),
                    Options = _random.Chance(500) ? OrderOptions.Market : OrderOptions.ReduceOnly,
                    OneCancelsOther = _random.Chance(200) ? Own(account) : 0,
                    GoodTillNs = _random.Chance(300) ? venue.TimeNs + _random.Below(20_000_000_000) : 0,
                }, account);
                break;
            case < 74:
                venue.Send(CommandKind.PlaceTwap,
                    new PlaceTwap
                    {
                        Market = market,
                        Side = side,
                        PriceTicks = mark,
                        TotalLots = 50 + _random.Below(500),
                        Slices = 2 + (int)_random.Below(10),
                        IntervalNs = 1_000_000 + _random.Below(2_000_000_000)
                    }, account);
                break;
            case < 78:
                venue.Send(CommandKind.Deposit, new Deposit
                {
                    ToAccount = account,
                    Asset = (ushort)_random.Below(2),
                    AmountAtoms = 1 + _random.Below(200 * TestVenue.Dollar),
                });
                break;
            case < 81:
                venue.Send(CommandKind.Withdraw,
                    new Withdraw { Asset = (ushort)_random.Below(2), AmountAtoms = 1 + _random.Below(20_000 * TestVenue.Dollar) }, account);
                break;
            case < 83:
                venue.Send(CommandKind.ConfirmWithdrawal,
                    new ConfirmWithdrawal
                    {
                        WithdrawalId = venue.State.Withdrawals[(int)_random.Below(8)].Id,
                        Paid = (uint)_random.Below(2)
                    });
                break;
            case < 84:
                venue.Send(CommandKind.SetMarginMode, new SetMarginMode { Market = market, Isolated = (ushort)_random.Below(2) }, account);
                break;
            case < 86:
                venue.Send(CommandKind.AdjustIsolatedMargin,
                    new AdjustIsolatedMargin
                    {
                        Market = market,
                        AmountAtoms = _random.Below(10_000 * TestVenue.Dollar) - (3_000 * TestVenue.Dollar)
                    }, account);
                break;
            case < 87:
                venue.Send(CommandKind.Transfer,
                    new Transfer { ToAccount = (uint)_random.Below(traders), AmountAtoms = _random.Below(100 * TestVenue.Dollar) },
                    account);
                break;
            default:
                Report();
                break;
        }
    }

    private void Report()
    {
        // A walk with jumps, kept around 8,000 so that the stream never runs dry.
        _price += (_random.Below(41) - 20 + ((8_000 - _price) / 100)) * (_random.Chance(20) ? 90 : 1);
        uint key = 1 + (uint)_random.Below(3);
        ulong sequence = venue.State.Indexes[0].Sources[(int)key - 1].Sequence + 1;
        venue.Send(CommandKind.ReportPrice,
            new ReportPrice { Price = (_price * 100) + _random.Below(400), ObservedNs = venue.TimeNs, ReportSequence = sequence }, 0, key);
    }

    private PlaceOrder Order(long mark, Side side, ushort market)
    {
        var order = new PlaceOrder
        {
            Market = market,
            Side = side,
            PriceTicks = Near(mark, side),
            Lots = 1 + _random.Below(_random.Chance(50) ? 60_000 : 2_000),
            TimeInForce = (TimeInForce)_random.Below(5),
            SelfTrade = (SelfTradePrevention)_random.Below(4),
            Options = _random.Chance(150) ? (OrderOptions)_random.Below(16) : OrderOptions.None,
            ClientOrderId = _random.Chance(300) ? ++_clientOrder : 0,
        };
        order.DisplayLots = _random.Chance(100) ? 1 + (order.Lots / 5) : 0;
        order.GoodTillNs = order.TimeInForce == TimeInForce.GoodTillTime ? venue.TimeNs + _random.Below(10_000_000_000) : 0;
        return order;
    }

    private long Near(long mark, Side side)
    {
        long distance = _random.Below(120) - 15;
        return side == Side.Buy ? mark - distance : mark + distance;
    }

    private ulong Own(uint account)
    {
        int slot = venue.State.Derived.FirstOrderOf[account];
        for (long skip = _random.Below(4); skip > 0 && slot >= 0 && venue.State.Derived.Links[slot].AccountNext >= 0; skip--)
        {
            slot = venue.State.Derived.Links[slot].AccountNext;
        }
        return slot < 0 ? 0 : venue.State.Orders[slot].Id;
    }
}
