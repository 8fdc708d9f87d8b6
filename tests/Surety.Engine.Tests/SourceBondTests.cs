using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>Who may hold a source's bond, and how it leaves.</summary>
public class SourceBondTests
{
    private const uint A = FirstTrader;
    private const long DayNs = 86_400_000_000_000;
    private const long WindowNs = 600_000_000_000;

    [Fact]
    public void A_stranger_cannot_take_over_a_source_s_bond_with_a_single_atom()
    {
        (TestVenue venue, uint treasury) = WithTreasury();
        Assert.Equal(RefusalCode.NotOwner, Post(venue, A, 1));
        Assert.Equal(RefusalCode.None, Post(venue, treasury, 1_000 * Dollar));
        Assert.Equal((treasury, 1_000 * Dollar), (Source(venue).BondAccount, Source(venue).BondAtoms));
        // Nor ask back what is not its own.
        Assert.Equal(RefusalCode.NotOwner, Post(venue, A, -1));
    }

    [Fact]
    public void Bond_that_is_asked_back_stays_at_stake_for_a_day_and_a_window_and_then_leaves_by_itself()
    {
        (TestVenue venue, uint treasury) = WithTreasury();
        Assert.Equal(RefusalCode.None, Post(venue, treasury, 1_000 * Dollar));
        Assert.Equal(RefusalCode.None, Post(venue, treasury, -600 * Dollar));
        Assert.Equal(RefusalCode.AmountOutOfRange, Post(venue, treasury, -401 * Dollar));
        Assert.Equal((1_000 * Dollar, 600 * Dollar), (Source(venue).BondAtoms, Source(venue).UnbondingAtoms));
        Pass(venue, DayNs + WindowNs - 1);
        Assert.Equal(1_000 * Dollar, Source(venue).BondAtoms);
        Assert.Equal(99_000 * Dollar, venue.State.Accounts[(int)treasury].Balances[0]);
        Pass(venue, 1);
        Assert.Equal((400 * Dollar, 0L, 0L), (Source(venue).BondAtoms, Source(venue).UnbondingAtoms, Source(venue).UnbondedNs));
        Assert.Equal(99_600 * Dollar, venue.State.Accounts[(int)treasury].Balances[0]);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_source_that_asks_for_its_bond_and_then_lies_still_loses_by_it()
    {
        (TestVenue venue, uint treasury) = WithTreasury();
        Assert.Equal(RefusalCode.None, Post(venue, treasury, 1_000 * Dollar));
        Assert.Equal(RefusalCode.None, Post(venue, treasury, -1_000 * Dollar));
        for (ulong i = 2; i < 14; i++)
        {
            venue.TimeNs += 1_000_000_000;
            for (uint key = 3; key >= 1; key--)
            {
                venue.Must(CommandKind.ReportPrice,
                    new ReportPrice { Index = 1, Price = key == 1 ? 10_500 : 10_000, ObservedNs = venue.TimeNs, ReportSequence = i }, 0,
                    key);
            }
        }
        Assert.Equal((950 * Dollar, 950 * Dollar), (Source(venue).BondAtoms, Source(venue).UnbondingAtoms));
        Pass(venue, DayNs + WindowNs);
        Assert.Equal(99_950 * Dollar, venue.State.Accounts[(int)treasury].Balances[0]);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_bond_does_not_keep_its_source_in_office_nor_leaves_at_once_when_it_is_dismissed()
    {
        (TestVenue venue, uint treasury) = WithTreasury();
        Assert.Equal(RefusalCode.None, Post(venue, treasury, 1_000 * Dollar));
        var dismissal = new SetPriceSource { Index = 1, SourceKey = 1 };
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.SetPriceSource, dismissal));
        Assert.Equal(RefusalCode.NotASource, venue.Send(CommandKind.SetPriceSource, dismissal));
        venue.TimeNs += 1_000_000_000;
        Assert.Equal(RefusalCode.NotASource,
            venue.Send(CommandKind.ReportPrice,
            new ReportPrice { Index = 1, Price = 10_000, ObservedNs = venue.TimeNs, ReportSequence = 9 }, 0, 1));
        Assert.Equal(RefusalCode.NotASource, Post(venue, treasury, 1));
        Assert.Equal((1_000 * Dollar, 3), (Source(venue).BondAtoms, (int)venue.State.Indexes[1].SourceCount));
        Pass(venue, DayNs + WindowNs);
        Assert.Equal(2, venue.State.Indexes[1].SourceCount);
        Assert.Equal(100_000 * Dollar, venue.State.Accounts[(int)treasury].Balances[0]);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_restored_venue_pays_the_bond_at_the_same_time()
    {
        (TestVenue venue, uint treasury) = WithTreasury();
        Assert.Equal(RefusalCode.None, Post(venue, treasury, 1_000 * Dollar));
        Assert.Equal(RefusalCode.None, Post(venue, treasury, -1_000 * Dollar));
        venue.Ledger.SealNow();
        var restored = new IndexedState(venue.State.Genesis);
        restored.Restore(table => venue.State.Tables.Single(t => t.Id == table).Pages);
        var ledger = new Ledger(new SuretyEngine(restored), venue.Ledger.Last);
        int from = venue.Records.Count;
        Pass(venue, DayNs + WindowNs);
        foreach (byte[] record in venue.Records.Skip(from))
        {
            ledger.Apply(record);
        }
        Assert.Equal(0, restored.Indexes[1].Sources[0].BondAtoms);
        Assert.Equal(venue.State.UpdateRoot(), restored.UpdateRoot());
    }

    private static RefusalCode Post(TestVenue venue, uint account, long atoms) =>
        venue.Send(CommandKind.PostBond, new PostBond { Index = 1, SourceKey = 1, AmountAtoms = atoms }, account,
            account < FirstTrader + 4 ? null : 0);

    private static PriceSource Source(TestVenue venue) => venue.State.Indexes[1].Sources[0];

    private static void Pass(TestVenue venue, long ns)
    {
        venue.TimeNs += ns;
        venue.SendTick();
    }

    // A second index with bonds, the operator's keys 1 to 3 as sources, and an account of the operator's own to bond from.
    private static (TestVenue Venue, uint Treasury) WithTreasury()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.CreateIndex, new CreateIndex
        {
            Name = ShortName.From("OTHER"),
            Decimals = 2,
            Quorum = 2,
            MaxAgeMs = 60_000,
            BondPool = OptionalId.Of(0),
        });
        for (uint key = 1; key <= 3; key++)
        {
            venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 1, SourceKey = key, Weight = 1 });
        }
        uint treasury = (uint)venue.State.Counts.Accounts;
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount());
        venue.Deposit(treasury, 100_000 * Dollar);
        return (venue, treasury);
    }
}
