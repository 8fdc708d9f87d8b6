using System.Linq;
using Surety.Engine.Auditing;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using static Surety.Engine.Tests.BookVenue;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>The state machine of withdrawals: what each step needs, and that each happens once.</summary>
public class WithdrawalTests
{
    [Fact]
    public void Twenty_approvals_and_twenty_confirmations_pay_a_withdrawal_once()
    {
        var book = new BookVenue();
        ulong id = book.Ask(1_000);
        Assert.Equal(99_000 * Dollar, book.Balance());
        RefusalCode[] approvals = [.. Enumerable.Range(0, 20).Select(_ => book.Approve(id, book.Second))];
        Assert.Equal(RefusalCode.None, approvals[0]);
        Assert.All(approvals[1..], code => Assert.Equal(RefusalCode.WithdrawalDecided, code));
        RefusalCode[] payments = [.. Enumerable.Range(0, 20).Select(_ => book.Pay(id))];
        Assert.Equal(RefusalCode.None, payments[0]);
        Assert.All(payments[1..], code => Assert.Equal(RefusalCode.UnknownWithdrawal, code));
        Assert.Equal(1_000 * Dollar, book.Venue.State.Assets[0].WithdrawnAtoms);
        Assert.Equal(1_000 * Dollar, book.Venue.State.Addresses[0].PaidAtoms);
        Assert.Equal(99_000 * Dollar, book.Balance());
        Assert.Null(Audit.FindViolation(book.Venue.Engine));
    }

    [Fact]
    public void Money_asked_for_is_gone_from_the_balance_at_once_and_cannot_be_asked_for_or_moved_again()
    {
        var book = new BookVenue();
        book.Ask(60_000);
        Assert.Equal(RefusalCode.InsufficientBalance, book.Venue.Send(CommandKind.Withdraw, Out(60_000), A));
        Assert.Equal(RefusalCode.InsufficientBalance, book.Venue.Send(CommandKind.Withdraw, Out(60_000), A, book.Second));
        book.Venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        uint sub = (uint)book.Venue.State.Counts.Accounts - 1;
        Assert.Equal(RefusalCode.InsufficientBalance,
            book.Venue.Send(CommandKind.Transfer, new Transfer { ToAccount = sub, AmountAtoms = 60_000 * Dollar }, A));
    }

    [Fact]
    public void The_key_that_asked_does_not_approve_nor_does_the_same_pair_added_twice()
    {
        var book = new BookVenue();
        uint twin = book.AddKey(A, pair: 7);
        uint again = book.AddKey(A, pair: 7);
        book.Venue.Wait(Day);
        ulong id = book.Ask(10, key: twin);
        Assert.Equal(RefusalCode.ApproverIsRequester, book.Approve(id, twin));
        Assert.Equal(RefusalCode.ApproverIsRequester, book.Approve(id, again));
        Assert.Equal(RefusalCode.None, book.Approve(id, book.Second));
    }

    [Fact]
    public void A_key_that_makes_its_own_second_key_neither_approves_by_it_nor_asks_by_it_before_the_delay_has_passed()
    {
        var book = new BookVenue();
        uint made = book.AddKey(A, by: book.Second);
        ulong id = book.Ask(10, key: book.Second);
        Assert.Equal(RefusalCode.KeyTooYoung, book.Approve(id, made));
        // The other way round: the new key asks, and the old one would approve.
        Assert.Equal(RefusalCode.KeyTooYoung, book.Venue.Send(CommandKind.Withdraw, Out(10), A, made));
        Assert.Equal(Day * 1_000_000, book.Venue.LastDetail);
        book.Venue.Wait(Day - 1);
        Assert.Equal(RefusalCode.KeyTooYoung, book.Venue.Send(CommandKind.Withdraw, Out(10), A, made));
        book.Venue.Wait(1);
        Assert.Equal(RefusalCode.None, book.Venue.Send(CommandKind.Withdraw, Out(10), A, made));
    }

    [Fact]
    public void An_address_waits_its_delay_and_only_its_owner_for_its_asset_uses_it()
    {
        var book = new BookVenue();
        book.Venue.Must(CommandKind.AllowAddress, Address("new"), A);
        Assert.Equal(RefusalCode.AddressNotActive, book.Venue.Send(CommandKind.Withdraw, Out(1, address: 1), A));
        Assert.Equal(Day * 1_000_000, book.Venue.LastDetail);
        book.Venue.Wait(Day);
        Assert.Equal(RefusalCode.None, book.Venue.Send(CommandKind.Withdraw, Out(1, address: 1), A));
        Assert.Equal(RefusalCode.UnknownAddress, book.Venue.Send(CommandKind.Withdraw, Out(1), B));
        Assert.Equal(RefusalCode.UnknownAddress, book.Venue.Send(CommandKind.Withdraw, Out(1, address: 77), A));
        Assert.Equal(RefusalCode.UnknownAddress, book.Venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 }, A));
        Assert.Equal(RefusalCode.UnknownAddress,
            book.Venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1, AddressPlusOne = uint.MaxValue }, A));
        book.Venue.Deposit(A, 100, asset: 1);
        Assert.Equal(RefusalCode.UnknownAddress,
            book.Venue.Send(CommandKind.Withdraw, new Withdraw { Asset = 1, AmountAtoms = 1, Address = OptionalId.Of(0) }, A));
    }

    [Fact]
    public void An_address_removed_after_the_request_is_not_paid_even_when_it_is_allowed_again()
    {
        var book = new BookVenue();
        ulong id = book.Ask(1_000);
        book.Venue.Must(CommandKind.RemoveAddress, new RemoveAddress { Address = 0 }, A);
        Assert.Equal(RefusalCode.AddressRemoved, book.Approve(id, book.Second));
        Assert.Equal(RefusalCode.AddressRemoved, book.Venue.Send(CommandKind.Withdraw, Out(1), A));
        book.Venue.Must(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms { ConfirmSeconds = 604_800 });
        book.Venue.Must(CommandKind.AllowAddress, Address("home"), A);
        Assert.Equal(RefusalCode.AddressRemoved, book.Approve(id, book.Second));
        Assert.Equal(RefusalCode.AddressNotActive, book.Venue.Send(CommandKind.Withdraw, Out(1), A));
        Assert.Equal(RefusalCode.None, book.Cancel(id));
        Assert.Equal(100_000 * Dollar, book.Balance());
    }

    [Fact]
    public void A_row_of_the_book_is_never_given_to_another_destination_and_an_owner_has_so_many()
    {
        var book = new BookVenue(addressesPerOwner: 3);
        book.Venue.Must(CommandKind.RemoveAddress, new RemoveAddress { Address = 0 }, A);
        book.Venue.Must(CommandKind.AllowAddress, Address("second"), A);
        book.Venue.Must(CommandKind.AllowAddress, Address("home"), B);
        book.Venue.Must(CommandKind.AllowAddress, Address("home", asset: 1), A);
        Assert.Equal(["home", "second", "home", "home"],
            Enumerable.Range(0, 4).Select(row => book.Venue.State.Addresses[row].Text.ToString()));
        Assert.Equal([A, A, B, A], Enumerable.Range(0, 4).Select(row => book.Venue.State.Addresses[row].Owner));
        Assert.Equal(RefusalCode.AddressBookFull, book.Venue.Send(CommandKind.AllowAddress, Address("fourth"), A));
        Assert.Equal(RefusalCode.AddressInBook, book.Venue.Send(CommandKind.AllowAddress, Address("second"), A));
        Assert.Equal(RefusalCode.None, book.Venue.Send(CommandKind.AllowAddress, Address("home"), A));
        Assert.Equal(0uL, book.Venue.Events<CommandAccepted>(EventKind.CommandAccepted)[0].Created);
        Assert.Equal(RefusalCode.UnknownAddress, book.Venue.Send(CommandKind.RemoveAddress, new RemoveAddress { Address = 2 }, A));
        Assert.Equal(RefusalCode.None, book.Venue.Send(CommandKind.AllowAddress, Address("fourth"), B));
    }

    [Fact]
    public void Every_owner_can_fill_his_book_when_all_others_have()
    {
        var book = new BookVenue(addressesPerOwner: 2, seasoned: false);
        for (int account = book.Venue.State.Counts.Accounts; account < book.Venue.State.Genesis.MaxAccounts; account++)
        {
            book.Venue.Must(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
        }
        for (uint account = 0; account < (uint)book.Venue.State.Counts.Accounts; account++)
        {
            // The operator's account, the fund, which has no key, and all others.
            uint key = account <= FirstTrader + 3 ? KeyOf(account) : account + 3;
            for (int i = 0; account != 1 && i < 3; i++)
            {
                Assert.Equal(i < 2 ? RefusalCode.None : RefusalCode.AddressBookFull,
                    book.Venue.Send(CommandKind.AllowAddress, Address($"a{account}-{i}"), account, key));
            }
        }
    }

    [Fact]
    public void Another_owner_s_withdrawal_is_not_approved_or_cancelled()
    {
        var book = new BookVenue();
        uint other = book.AddKey(B);
        book.Venue.Wait(Day);
        ulong id = book.Ask(10);
        Assert.Equal(RefusalCode.UnknownWithdrawal, book.Approve(id, other, account: B));
        Assert.Equal(RefusalCode.UnknownWithdrawal, book.Cancel(id, B));
        Assert.Equal(RefusalCode.KeyNotOfAccount, book.Approve(id, other));
        Assert.Equal(RefusalCode.ScopeMissing, book.Approve(id, book.AddKey(A, KeyScopes.Trade | KeyScopes.Admin)));
    }

    [Fact]
    public void What_is_not_approved_in_time_comes_back_by_itself_and_at_the_same_moment_after_a_restart()
    {
        var book = new BookVenue();
        ulong first = book.Ask(1_000);
        book.Venue.Wait(Hour / 2);
        ulong second = book.Ask(2_000);
        Assert.Equal(RefusalCode.None, book.Approve(second, book.Second));
        book.Venue.Wait((Hour / 2) - 1);
        Assert.Equal(97_000 * Dollar, book.Balance());
        book.Venue.Wait(1);
        Assert.Equal(98_000 * Dollar, book.Balance());
        Assert.Equal(WithdrawalStatus.Expired, book.Told().Single().Status);
        Assert.Equal(RefusalCode.UnknownWithdrawal, book.Approve(first, book.Second));
        // Approved, it waits for custody and for nothing else: custody may have sent it.
        book.Venue.Wait(40 * Day);
        Assert.Equal(WithdrawalStatus.Approved, book.Row(second).Status);
        Assert.Equal(RefusalCode.None, book.Pay(second));
        Assert.Null(Restarts.FirstDifference(book.Venue.State.Genesis, book.Venue.Records, 1, 8));
    }

    [Fact]
    public void Of_cancel_and_approve_the_first_wins()
    {
        var book = new BookVenue();
        ulong approved = book.Ask(10);
        Assert.Equal(RefusalCode.None, book.Approve(approved, book.Second));
        Assert.Equal(RefusalCode.WithdrawalDecided, book.Cancel(approved));
        ulong cancelled = book.Ask(10);
        Assert.Equal(RefusalCode.None, book.Cancel(cancelled, key: book.Second));
        Assert.Equal(RefusalCode.UnknownWithdrawal, book.Approve(cancelled, book.Second));
        Assert.Equal(RefusalCode.UnknownWithdrawal, book.Cancel(cancelled));
        Assert.Equal(99_990 * Dollar, book.Balance());
    }

    [Fact]
    public void Custody_pays_only_what_is_approved_and_may_return_anything_under_way()
    {
        var book = new BookVenue();
        ulong id = book.Ask(10);
        Assert.Equal(RefusalCode.WithdrawalDecided, book.Pay(id));
        Assert.Equal(RefusalCode.None, book.Pay(id, paid: false));
        Assert.Equal(RefusalCode.UnknownWithdrawal, book.Pay(id, paid: false));
        ulong other = book.Ask(10);
        Assert.NotEqual(id, other);
        Assert.Equal(RefusalCode.None, book.Approve(other, book.Second));
        Assert.Equal(RefusalCode.None, book.Pay(other, paid: false));
        Assert.Equal(RefusalCode.UnknownWithdrawal, book.Pay(other));
        Assert.Equal(100_000 * Dollar, book.Balance());
        Assert.Equal(RefusalCode.ScopeMissing,
            book.Venue.Send(CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = book.Ask(10), Paid = 1 }, A));
    }

    [Fact]
    public void What_a_revoked_key_asked_for_can_only_be_cancelled()
    {
        var book = new BookVenue();
        uint third = book.AddKey(A);
        book.Venue.Wait(Day);
        ulong id = book.Ask(10, key: third);
        book.Venue.Must(CommandKind.RevokeKey, new RevokeKey { RevokedKey = third }, A);
        Assert.Equal(RefusalCode.RequesterGone, book.Approve(id, book.Second));
        Assert.Equal(RefusalCode.None, book.Cancel(id));
        // Approved before, it is custody's.
        ulong approved = book.Ask(10, key: book.Second);
        Assert.Equal(RefusalCode.None, book.Approve(approved, KeyOf(A)));
        book.Venue.Must(CommandKind.RevokeKey, new RevokeKey { RevokedKey = book.Second }, A);
        Assert.Equal(RefusalCode.None, book.Pay(approved));
    }

    [Fact]
    public void Giving_the_second_key_up_waits_and_demanding_it_acts_at_once()
    {
        var book = new BookVenue();
        book.Venue.Must(CommandKind.SetWithdrawalRule, new SetWithdrawalRule { SecondKey = 0 }, A);
        Assert.Equal(WithdrawalStatus.Requested, book.Row(book.Ask(1)).Status);
        book.Venue.Wait(Day / 2);
        // Asked for once more, it does not begin to wait again.
        book.Venue.Must(CommandKind.SetWithdrawalRule, new SetWithdrawalRule { SecondKey = 0 }, A);
        book.Venue.Wait((Day / 2) - 1);
        Assert.Equal(WithdrawalStatus.Requested, book.Row(book.Ask(2)).Status);
        book.Venue.Wait(1);
        ulong id = book.Ask(3);
        Assert.Equal([WithdrawalStatus.Requested, WithdrawalStatus.Approved], book.Told().Select(w => w.Status));
        Assert.Equal(WithdrawalStatus.Approved, book.Row(id).Status);
        book.Venue.Must(CommandKind.SetWithdrawalRule, new SetWithdrawalRule { SecondKey = 1 }, A);
        Assert.Equal(WithdrawalStatus.Requested, book.Row(book.Ask(4)).Status);
        Assert.Equal(RefusalCode.ScopeMissing,
            book.Venue.Send(CommandKind.SetWithdrawalRule, new SetWithdrawalRule(), A,
            book.AddKey(A, KeyScopes.Withdraw | KeyScopes.Trade)));
    }

    [Fact]
    public void A_shorter_delay_waits_for_the_longer_one_and_hastens_nothing_that_waits_already()
    {
        var book = new BookVenue();
        book.Venue.Must(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms
        {
            AddressDelaySeconds = 1,
            KeyDelaySeconds = 1,
            ConfirmSeconds = 3_600,
        });
        book.Venue.Must(CommandKind.AllowAddress, Address("waits"), A);
        uint young = book.AddKey(A);
        book.Venue.Wait(10_000);
        Assert.Equal(RefusalCode.AddressNotActive, book.Venue.Send(CommandKind.Withdraw, Out(1, address: 1), A));
        Assert.Equal(RefusalCode.KeyTooYoung, book.Venue.Send(CommandKind.Withdraw, Out(1), A, young));
        book.Venue.Wait(Day - 10_001);
        book.Venue.Must(CommandKind.AllowAddress, Address("last-of-the-old"), A);
        book.Venue.Wait(1);
        book.Venue.Must(CommandKind.AllowAddress, Address("first-of-the-new"), A);
        book.Venue.Wait(1_000);
        Assert.Equal(RefusalCode.AddressNotActive, book.Venue.Send(CommandKind.Withdraw, Out(1, address: 2), A));
        Assert.Equal(RefusalCode.None, book.Venue.Send(CommandKind.Withdraw, Out(1, address: 3), A));
        // Longer acts at once, and a change that still waits is replaced, not kept.
        book.Venue.Must(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms
        {
            AddressDelaySeconds = 0,
            KeyDelaySeconds = 86_400,
            ConfirmSeconds = 3_600,
        });
        Assert.Equal(RefusalCode.KeyTooYoung, book.Venue.Send(CommandKind.Withdraw, Out(1), A, book.AddKey(A)));
        book.Venue.Must(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms
        {
            AddressDelaySeconds = 172_800,
            KeyDelaySeconds = 86_400,
            ConfirmSeconds = 3_600,
        });
        Assert.Equal(0, book.Venue.State.WithdrawalTerms[0].NextFromNs);
        Assert.Equal(RefusalCode.InvalidField,
            book.Venue.Send(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms { ConfirmSeconds = 59 }));
        Assert.Equal(RefusalCode.ScopeMissing,
            book.Venue.Send(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms { ConfirmSeconds = 60 }, A));
    }

    [Fact]
    public void Losses_and_doubt_since_the_request_hold_the_approval_until_they_are_over()
    {
        var book = new BookVenue();
        book.Venue.Trade(A, B, 8_000, 10_000);
        ulong id = book.Ask(85_000);
        book.Venue.Price(7_000);
        Assert.Equal(RefusalCode.TransferMarginShort, book.Approve(id, book.Second));
        book.Venue.Price(8_000);
        book.Venue.Wait(10 * 60_000);
        // No report for ten minutes: the price is in doubt.
        Assert.Equal(RefusalCode.PriceInDoubt, book.Approve(id, book.Second));
        Assert.Equal(WithdrawalStatus.Requested, book.Row(id).Status);
        Assert.Equal(RefusalCode.None, book.Cancel(id));
    }

    [Fact]
    public void An_owner_has_eight_withdrawals_under_way_whichever_account_asks()
    {
        var book = new BookVenue();
        book.Venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        uint sub = (uint)book.Venue.State.Counts.Accounts - 1;
        book.Venue.Must(CommandKind.Transfer, new Transfer { ToAccount = sub, AmountAtoms = 1_000 * Dollar }, A);
        ulong first = book.Ask(1);
        for (int i = 1; i < OwnerWithdrawals.MostPending; i++)
        {
            book.Ask(1, i % 2 == 0 ? A : sub, KeyOf(A));
        }
        Assert.Equal(RefusalCode.TooManyWithdrawals, book.Venue.Send(CommandKind.Withdraw, Out(1), sub, KeyOf(A)));
        Assert.Equal(RefusalCode.None, book.Cancel(first));
        Assert.Equal(RefusalCode.None, book.Venue.Send(CommandKind.Withdraw, Out(1), sub, KeyOf(A)));
    }

    [Fact]
    public void What_comes_back_in_a_later_hour_is_no_credit_beside_that_hour_s_own_and_in_the_same_hour_it_frees_what_it_took()
    {
        CreatePool pool = PoolTerms();
        pool.Rules.FreeAtoms = Dollar;
        var book = new BookVenue(pool: pool);
        ulong taken = book.Ask(70_000);
        Assert.Equal(RefusalCode.OutflowLimit, book.Venue.Send(CommandKind.Withdraw, Out(20_000), A));
        Assert.Equal(RefusalCode.None, book.Cancel(taken));
        book.Ask(70_000);
        book.Venue.Wait(Hour);
        Assert.Equal(100_000 * Dollar, book.Balance());
        Assert.Equal(RefusalCode.OutflowLimit, book.Venue.Send(CommandKind.Withdraw, Out(80_000), A));
        Assert.Equal(RefusalCode.None, book.Venue.Send(CommandKind.Withdraw, Out(70_000), A));
    }

    [Fact]
    public void A_venue_without_an_address_book_has_the_directory_of_before_and_no_book()
    {
        var venue = new TestVenue();
        TableId[] ofBooks = [TableId.Addresses, TableId.KeyOrigins, TableId.WithdrawalTerms, TableId.OwnerWithdrawals];
        Assert.DoesNotContain(venue.State.Tables, t => ofBooks.Contains(t.Id));
        Assert.Equal(ofBooks, new BookVenue().Venue.State.Tables.Select(t => t.Id).Where(ofBooks.Contains));
        Assert.Equal(new BookVenue().Venue.State.Tables.Select(t => t.Id).Order(), new BookVenue().Venue.State.Tables.Select(t => t.Id));
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1, Address = OptionalId.Of(98) }, A);
        ulong id = venue.Events<CommandAccepted>(EventKind.CommandAccepted)[0].Created;
        Assert.Equal(RefusalCode.WithdrawalDecided,
            venue.Send(CommandKind.ApproveWithdrawal, new ApproveWithdrawal { WithdrawalId = id }, A));
        venue.Must(CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = id, Paid = 1 });
        Assert.Null(Audit.FindViolation(venue.Engine));
    }
}
