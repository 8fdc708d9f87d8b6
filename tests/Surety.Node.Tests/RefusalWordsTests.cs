using System;
using System.Linq;
using System.Runtime.CompilerServices;
using Surety.Node.Instruments;
using Surety.Protocol.Commands;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Node.Tests;

/// <summary>Refusals speak of prices, amounts, names and times, and say what to do.</summary>
public class RefusalWordsTests
{
    private static readonly InstrumentList List = InstrumentList.Of(new TestVenue().State);

    public static TheoryData<RefusalCode> Codes => new(Enum.GetValues<RefusalCode>().Where(c => c != RefusalCode.None));

    [Theory]
    [MemberData(nameof(Codes))]
    public void No_refusal_speaks_of_ticks_lots_atoms_nanoseconds_or_bytes(RefusalCode code)
    {
        byte[][] records =
        [
            [], Record(CommandKind.PlaceOrder, new PlaceOrder()), Record(CommandKind.PlaceTrigger, new PlaceTrigger()),
            Record(CommandKind.AmendOrder, new AmendOrder()), Record(CommandKind.CancelOrder, new CancelOrder()),
            Record(CommandKind.Withdraw, new Withdraw { Asset = 1 }), Record(CommandKind.Deposit, new Deposit()),
            Record(CommandKind.ReportPrice, new ReportPrice()), Record(CommandKind.ListMarket, new ListMarket()),
            Record(CommandKind.ChangeMarket, new ChangeMarket()),
            Record(CommandKind.ListContract, new ListContract()), Record(CommandKind.AddKey, new AddKey()),
            Record(CommandKind.CreateIndex, new CreateIndex()), Record(CommandKind.SetQuoteProtection, new SetQuoteProtection()),
            new byte[CommandHeader.Size],
        ];
        foreach (byte[] record in records)
        {
            foreach (long detail in (long[])[0, 1, 98, 8_001, 123_456_789, 1_584_000_000_000_000_000, long.MaxValue, -5])
            {
                string words = RefusalWords.Of(code, detail, record, List);
                Assert.DoesNotMatch(@"(?i)\b(ticks?|lots|atoms?|ns|bytes?|units?|ppm)\b", words);
                Assert.DoesNotContain("refused with code", words, StringComparison.Ordinal);
                Assert.True(words.Length is > 15 and < 300, words);
            }
        }
    }

    [Fact]
    public void Prices_amounts_and_money_are_those_of_the_command_and_its_market()
    {
        byte[] order = Record(CommandKind.PlaceOrder, new PlaceOrder { Market = Future });
        Assert.Equal("price: it is further from the mark price than BTC-TOMORROW allows; the limit is 8080 USD now",
            RefusalWords.Of(RefusalCode.PriceBeyondBand, 8_080, order, List));
        Assert.Equal("amount: an order in BTC-TOMORROW is from 0.001 BTC to 100 BTC",
            RefusalWords.Of(RefusalCode.LotsOutOfRange, 100_000, order, List));
        Assert.Equal("price: BTC-TOMORROW takes prices only from -1000 to 60000 USD",
            RefusalWords.Of(RefusalCode.PriceOutOfRange, 60_000, order, List));
        Assert.Equal("margin: 1.5 USD short of initial margin; add collateral, close something, or ask for less",
            RefusalWords.Of(RefusalCode.InitialMarginShort, 1_500_000, order, List));
        Assert.Equal("fill_or_kill: only 0.25 BTC can be filled within the limit",
            RefusalWords.Of(RefusalCode.CannotFill, 250, order, List));
        Assert.Equal("post_only: the order would trade at once at 7999 USD; give a price further away, or leave reject_post_only out",
            RefusalWords.Of(RefusalCode.WouldTake, 7_999, order, List));
        Assert.Equal("balance: 0.5 BTC short; ask for less",
            RefusalWords.Of(RefusalCode.InsufficientBalance, 50_000_000, Record(CommandKind.Withdraw, new Withdraw { Asset = 1 }), List));
        Assert.Equal(
            "expired: the request lapsed 1.25 s before its turn came, so nothing was done; send it again, with a later valid_until",
                RefusalWords.Of(RefusalCode.CommandExpired, 1_250_000_000, order, List));
        Assert.Equal("quotes: market-maker protection holds them until 2020-03-12 08:00:00.000 UTC; set it again to end the freeze",
            RefusalWords.Of(RefusalCode.QuotesFrozen, 1_584_000_000_000_000_000, order, List));
        Assert.Equal("post_only: the order would trade at once at 7999 USD; give a price further away, or leave reject_post_only out",
            RefusalWords.Of(RefusalCode.WouldTake, 7_999, Record(CommandKind.AmendOrder, new AmendOrder { OrderId = 7 }), List,
            id => id == 7 ? Future : -1));
        Assert.Equal("the field MinPriceTicks", CommandSubject.FieldAt(Record(CommandKind.ChangeMarket, new ChangeMarket()), 96));
        Assert.Equal("the field ClientOrderId", CommandSubject.FieldAt(order, 48));
        Assert.Equal("a field", CommandSubject.FieldAt(default, 48));
    }

    private static byte[] Record<T>(CommandKind kind, T command)
        where T : unmanaged
    {
        var record = new byte[Unsafe.SizeOf<T>()];
        CommandCodec.Write(kind, ref command, record);
        return record;
    }
}
