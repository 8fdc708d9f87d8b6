using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Core.Numerics;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;

namespace Surety.Engine.Tests;

public class AgainstSlowVenueTests
{
    private const int Traders = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_engine_trades_exactly_as_the_slow_venue_does(ulong seed)
    {
        var fast = new TestVenue(Traders, box => box.Value.OrdersPerAccount = 4_096);
        for (uint a = 0; a < Traders; a++)
        {
            fast.Deposit(TestVenue.FirstTrader + a, 5_000_000_000 * TestVenue.Dollar);
        }
        var deposits = Enumerable.Range(0, Traders).ToDictionary(a => TestVenue.FirstTrader + (uint)a, a => (BigInteger)fast.State.Accounts[2 + a].Balances[0]);
        var slow = new SlowVenue(1_000);
        var random = new SplitMix(seed);
        int fills = 0;
        for (int i = 0; i < 15_000; i++)
        {
            uint account = TestVenue.FirstTrader + (uint)random.Below(Traders);
            long draw = random.Below(100);
            SlowVenue.Resting? own = slow.Orders.Count == 0 ? null : slow.Orders[(int)random.Below(slow.Orders.Count)];
            List<SlowVenue.Fill> expected;
            if (draw < 45 || own is null)
            {
                var side = (Side)random.Below(2);
                long price = Price(ref random, side);
                long lots = 1 + random.Below(100);
                bool immediate = random.Chance(200);
                Assert.Equal(RefusalCode.None, fast.Place(account, TestVenue.Limit(side, price, lots, immediate ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancelled)));
                ulong id = fast.Events<OrderPlaced>(EventKind.OrderPlaced)[0].OrderId;
                expected = slow.Place(new SlowVenue.Resting { Id = id, Account = account, Side = side, Price = price, Lots = lots }, immediate);
            }
            else if (draw < 85)
            {
                long price = Price(ref random, own.Side);
                long total = random.Chance(500) ? 0 : 1 + random.Below(150);
                if (fast.Send(CommandKind.AmendOrder, new AmendOrder { OrderId = own.Id, PriceTicks = price, TotalLots = total }, own.Account) == RefusalCode.AmendWouldNotChange)
                {
                    continue;
                }
                expected = slow.Amend(own.Id, price, total);
            }
            else
            {
                fast.Must(CommandKind.CancelOrder, new CancelOrder { OrderId = own.Id }, own.Account);
                slow.Cancel(own.Id);
                expected = [];
            }
            Assert.Equal(expected, fast.Events<Trade>(EventKind.Trade).Select(t => new SlowVenue.Fill(t.MakerOrder, t.TakerOrder, t.PriceTicks, t.Lots, t.TakerFeeAtoms, t.MakerFeeAtoms)));
            fills += expected.Count;
            fast.Records.Clear();
        }
        Assert.True(fills > 2_000);
        Assert.Equal(slow.Orders.Select(o => (o.Id, o.Price, o.Lots, o.Filled)).Order(), LiveOrders(fast).Order());
        ref readonly Market market = ref fast.State.Markets[TestVenue.Perpetual];
        foreach ((uint account, BigInteger deposit) in deposits)
        {
            Assert.Equal(slow.Lots.GetValueOrDefault(account), fast.Lots(account));
            BigInteger equity = deposit + slow.Cash.GetValueOrDefault(account) + (slow.Lots.GetValueOrDefault(account) * market.MarkTicks * market.AtomsPerTickLot);
            Assert.Equal(equity, fast.Engine.Margin.Cross(account).EquityAtoms);
        }
    }

    private static IEnumerable<(ulong, long, long, long)> LiveOrders(TestVenue venue) =>
        Enumerable.Range(0, venue.State.Orders.Capacity).Where(s => venue.State.Orders[s].Id != 0)
            .Select(s => (venue.State.Orders[s].Id, venue.State.Orders[s].PriceTicks, venue.State.Orders[s].OpenLots, venue.State.Orders[s].FilledLots));

    private static long Price(ref SplitMix random, Side side)
    {
        long distance = random.Below(30) - 10;
        return side == Side.Buy ? 8_000 - distance : 8_000 + distance;
    }
}
