using Surety.Engine.Auditing;
using Surety.Protocol.Commands;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>No single owner can use up the hour's outflow.</summary>
public class OutflowTests
{
    private const uint Hog = FirstTrader;
    private const uint Saver = FirstTrader + 1;
    private const long Million = 1_000_000 * Dollar;

    [Fact]
    public void One_who_takes_out_all_he_may_and_brings_it_back_again_and_again_keeps_nobody_from_leaving()
    {
        TestVenue venue = WithSavers();
        for (int round = 0; round < 20; round++)
        {
            long got = TakeAll(venue, Hog);
            venue.TimeNs += 1_000_000_000;
            Assert.Equal(RefusalCode.None, Withdraw(venue, Saver + (uint)(round % 8), 20_000 * Dollar));
            if (got > 0)
            {
                venue.Deposit(Hog, got);
            }
        }
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Each_owner_may_take_out_a_quarter_of_what_he_holds_even_when_all_that_comes_first_is_gone()
    {
        TestVenue venue = WithSavers();
        // Three owners take what comes first; then everyone else is left with his own quarter, and has it.
        for (uint account = Hog; account < Hog + 3; account++)
        {
            TakeAll(venue, account);
        }
        for (uint saver = Hog + 3; saver < Hog + 9; saver++)
        {
            long got = TakeAll(venue, saver);
            Assert.True(got >= 275_000 * Dollar - 8, $"{saver} had {got}");
        }
    }

    [Fact]
    public void What_came_in_within_the_hour_may_leave_again_and_what_left_counts_until_it_is_back()
    {
        TestVenue venue = WithSavers();
        venue.Deposit(Hog, 5 * Million);
        Assert.Equal(RefusalCode.None, Withdraw(venue, Hog, 5 * Million));
        Assert.Equal(0, venue.State.Assets[0].OutflowAtoms + venue.State.Assets[0].OutflowShareAtoms);
        long out1 = TakeAll(venue, Hog);
        Assert.Equal(RefusalCode.OutflowLimit, Withdraw(venue, Hog, 1));
        venue.Deposit(Hog, out1);
        Assert.InRange(TakeAll(venue, Hog), out1 - (out1 / 1_000), out1);
    }

    [Fact]
    public void All_together_take_out_at_most_twice_the_hour_s_part()
    {
        TestVenue venue = WithSavers();
        long held = venue.State.Assets[0].DepositedAtoms;
        long sum = 0;
        for (int round = 0; round < 3; round++)
        {
            for (uint account = Hog; account < Hog + 9; account++)
            {
                sum += TakeAll(venue, account);
            }
        }
        Assert.InRange(sum, held / 4, held / 2);
        venue.Wait(3_660_000);
        Assert.True(TakeAll(venue, Hog) > 0);
    }

    [Fact]
    public void Sub_accounts_have_no_shares_of_their_own()
    {
        TestVenue venue = WithSavers();
        uint sub = (uint)venue.State.Counts.Accounts;
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), Hog);
        TakeAll(venue, Hog);
        venue.Must(CommandKind.Transfer, new Transfer { ToAccount = sub, AmountAtoms = Million / 2 }, Hog);
        Assert.Equal(RefusalCode.OutflowLimit,
            venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 10_000 * Dollar }, sub, KeyOf(Hog)));
    }

    private static RefusalCode Withdraw(TestVenue venue, uint account, long atoms) =>
        venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = atoms }, account);

    // Asks for everything, then for what is left of the hour.
    private static long TakeAll(TestVenue venue, uint account)
    {
        long all = venue.State.Accounts[(int)account].Balances[0];
        if (all == 0 || Withdraw(venue, account, all) == RefusalCode.None)
        {
            return all;
        }
        long left = venue.LastDetail;
        if (left > 0)
        {
            Assert.Equal(RefusalCode.None, Withdraw(venue, account, left));
        }
        return left;
    }

    // A hog of 3.3 millions, eight savers of 1.1 each; an hour ago.
    private static TestVenue WithSavers()
    {
        var venue = new TestVenue(9, box => box.Value.MaxWithdrawals = 4_096);
        venue.Deposit(Hog, 32 * Million / 10);
        for (uint saver = Saver; saver < Saver + 8; saver++)
        {
            venue.Deposit(saver, Million);
        }
        venue.Wait(3_660_000);
        return venue;
    }
}
