using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Surety.Engine.Accounts;
using Surety.Engine.Auditing;
using Surety.Engine.Governance;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>One owner does not fill the venue, what is empty comes back, and what is full grows.</summary>
public class OwnerLimitTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const long NsPerHour = 3_600_000_000_000;

    [Fact]
    public void One_owner_who_takes_all_keys_sub_accounts_triggers_and_TWAPs_he_can_leaves_most_to_the_others()
    {
        var venue = new TestVenue(change: box => (box.Value.MaxAccounts, box.Value.MaxKeys) = (64, 256));
        int triggersFree = venue.State.Derived.TriggerSlots.Capacity;
        var refused = new List<RefusalCode>
        {
            Fill(() => venue.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade }, A)),
            Fill(() => venue.Send(CommandKind.CreateSubAccount, new CreateSubAccount(), A)),
            Fill(() => venue.Send(CommandKind.PlaceTrigger, Stop(), A)),
            Fill(() => venue.Send(CommandKind.PlaceTwap, Twap(), A)),
            Fill(() => venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 }, A)),
        };
        // Over his sub-accounts it is the same limit.
        foreach (uint sub in SubAccounts(venue, A))
        {
            venue.Must(CommandKind.Transfer, new Transfer { ToAccount = sub, AmountAtoms = 100 * Dollar }, A);
            refused.Add(Fill(() => venue.Send(CommandKind.PlaceTrigger, Stop(), sub, KeyOf(A))));
        }
        Assert.All(refused, code => Assert.Equal(RefusalCode.OwnerLimit, code));
        OwnerCounts counts = venue.State.Derived.Owners.Of(A);
        Assert.InRange(counts.Keys, 8, 64);
        Assert.InRange(counts.SubAccounts, 8, 32);
        Assert.InRange(counts.Triggers, 8, Math.Max(8, triggersFree / 32));
        // The others trade.
        venue.Must(CommandKind.PlaceTrigger, Stop(), B);
        venue.Must(CommandKind.PlaceTwap, Twap(), B);
        venue.Must(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade }, B);
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), B);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 }, B);
        venue.Trade(B, B + 1, 8_000, 5);
        Assert.Null(Audit.FindViolation(venue.Engine));
        Same(venue);
    }

    [Fact]
    public void Twenty_three_greedy_owners_leave_a_trigger_to_the_twenty_fourth()
    {
        var venue = new TestVenue(24, box => box.Value.OrdersPerAccount = 1_000);
        for (uint i = 0; i < 23; i++)
        {
            uint greedy = A + i;
            Assert.Equal(RefusalCode.OwnerLimit, Fill(() => venue.Send(CommandKind.PlaceTrigger, Stop(), greedy)));
        }
        venue.Must(CommandKind.PlaceTrigger, Stop(), A + 23);
    }

    [Fact]
    public void An_owner_bids_with_eight_accounts_for_what_is_liquidated_and_not_with_all_there_are_bids_for()
    {
        var venue = new TestVenue(change: box => box.Value.MaxAccounts = 1_024);
        RefusalCode code = RefusalCode.None;
        int bids = 0;
        while (code == RefusalCode.None)
        {
            venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
            uint sub = (uint)venue.State.Counts.Accounts - 1;
            code = venue.Send(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { MaxNotionalAtoms = Dollar }, sub, KeyOf(A));
            bids += code == RefusalCode.None ? 1 : 0;
        }
        Assert.Equal((RefusalCode.OwnerLimit, 8), (code, bids));
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { MaxNotionalAtoms = Dollar }, B);
    }

    [Fact]
    public void A_sub_account_or_key_beyond_the_free_ones_costs_a_unit_of_the_settlement_asset()
    {
        var venue = new TestVenue(change: box => box.Value.MaxKeys = 4_096);
        long before = venue.State.Accounts[(int)A].Balances[0];
        long fees = venue.State.Pools[0].FeesAtoms;
        for (int i = 0; i < 4; i++)
        {
            venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        }
        for (int i = 0; i < 7; i++)
        {
            venue.Must(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade }, A);
        }
        Assert.Equal(before, venue.State.Accounts[(int)A].Balances[0]);
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        venue.Must(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade }, A);
        Assert.Equal(before - (2 * Dollar), venue.State.Accounts[(int)A].Balances[0]);
        Assert.Equal(fees + (2 * Dollar), venue.State.Pools[0].FeesAtoms);
        Assert.Null(Audit.FindViolation(venue.Engine));
        // Who has nothing gets the free ones and no more.
        venue.Must(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
        uint poor = (uint)venue.State.Counts.Accounts - 1;
        uint key = venue.State.Derived.KeyRows.NumberOf(venue.State.Counts.Keys - 1);
        for (int i = 0; i < 4; i++)
        {
            venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), poor, key);
        }
        Assert.Equal(RefusalCode.InsufficientBalance, venue.Send(CommandKind.CreateSubAccount, new CreateSubAccount(), poor, key));
    }

    [Fact]
    public void A_revoked_keys_row_is_given_again_after_it_rested_under_a_number_that_was_never_used()
    {
        var venue = new TestVenue();
        uint old = Key(venue, A);
        venue.Must(CommandKind.CancelAll, new CancelAll(), A, old);
        byte[] captured = Signed(venue, A, old, 50);
        venue.Must(CommandKind.RevokeKey, new RevokeKey { RevokedKey = old }, A);
        uint early = Key(venue, A);
        Assert.Equal(venue.State.Counts.Keys - 1, KeyRows.RowOf(early));
        Wait(venue, 25);
        uint again = Key(venue, A);
        Assert.Equal(KeyRows.RowOf(old), KeyRows.RowOf(again));
        Assert.NotEqual(old, again);
        // What the earlier key signed names a key that is no more, though owner and public key are the same.
        Assert.Equal(RefusalCode.UnknownKey, venue.SendRecord(Restamp(venue, captured)));
        venue.Must(CommandKind.CancelAll, new CancelAll(), A, again);
        Assert.Equal(RefusalCode.UnknownKey, venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = old }, A));
        Same(venue);
    }

    [Fact]
    public void An_expired_keys_row_comes_back_without_anybody_revoking_it()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade, KeyExpiresNs = venue.TimeNs + NsPerHour }, A);
        int row = venue.State.Counts.Keys - 1;
        Wait(venue, 24);
        Assert.NotEqual(row, KeyRows.RowOf(Key(venue, B)));
        Wait(venue, 2);
        Assert.Equal(row, KeyRows.RowOf(Key(venue, B)));
        Assert.Equal(1, venue.State.Derived.Owners.Of(A).Keys);
        Same(venue);
    }

    [Fact]
    public void A_row_whose_generations_are_used_up_is_never_given_again()
    {
        var venue = new TestVenue();
        uint key = Key(venue, A);
        int row = KeyRows.RowOf(key);
        venue.Must(CommandKind.SetOwnerLimits, new SetOwnerLimits { KeyRestMinutes = 1 });
        for (int generation = 1; generation <= 256; generation++)
        {
            venue.Must(CommandKind.RevokeKey, new RevokeKey { RevokedKey = key }, A);
            venue.Wait(61_000);
            key = Key(venue, A);
            Assert.Equal(generation < 256, KeyRows.RowOf(key) == row);
        }
        Assert.Equal(Protocol.Rows.Key.UsedUp, venue.State.Keys[row].Status);
        Same(venue);
    }

    [Fact]
    public void The_operators_keys_stay_in_their_rows_because_indexes_name_them()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.RevokeKey, new RevokeKey { RevokedKey = 3 });
        Wait(venue, 48);
        Assert.NotEqual(3, KeyRows.RowOf(Key(venue, A)));
    }

    [Fact]
    public void A_closed_sub_account_takes_nothing_and_its_row_becomes_the_same_owners_next_one()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        uint sub = (uint)venue.State.Counts.Accounts - 1;
        venue.Must(CommandKind.Transfer, new Transfer { ToAccount = sub, AmountAtoms = Dollar }, A);
        Assert.Equal(RefusalCode.AccountNotEmpty, Close(venue, sub));
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = Dollar }, sub, KeyOf(A));
        // What a failed withdrawal gives back must find its account.
        Assert.Equal(RefusalCode.AccountNotEmpty, Close(venue, sub));
        venue.Must(CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = venue.State.Withdrawals[0].Id, Paid = 1 });
        Assert.Equal(RefusalCode.NotOwner, venue.Send(CommandKind.CloseSubAccount, new CloseSubAccount { Closed = sub }, B));
        Assert.Equal(RefusalCode.None, Close(venue, sub));
        Assert.Equal(RefusalCode.AccountClosed, Close(venue, sub));
        Assert.Equal(RefusalCode.AccountClosed, venue.Send(CommandKind.PlaceOrder, Limit(Side.Buy, 8_000, 1), sub, KeyOf(A)));
        Assert.Equal(RefusalCode.AccountClosed, venue.Send(CommandKind.Deposit, new Deposit { ToAccount = sub, AmountAtoms = 1 }));
        Assert.Equal(RefusalCode.AccountClosed, venue.Send(CommandKind.Transfer, new Transfer { ToAccount = sub, AmountAtoms = 1 }, A));
        int accounts = venue.State.Counts.Accounts;
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), B);
        Assert.Equal(accounts + 1, venue.State.Counts.Accounts);
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        Assert.Equal(accounts + 1, venue.State.Counts.Accounts);
        venue.Must(CommandKind.Transfer, new Transfer { ToAccount = sub, AmountAtoms = Dollar }, A);
        Same(venue);
    }

    [Fact]
    public void Room_grows_by_the_operators_command_and_what_was_full_takes_more()
    {
        var venue = new TestVenue(12, box => (box.Value.MaxOrders, box.Value.OrdersPerAccount) = (64, 100));
        RefusalCode code = RefusalCode.None;
        for (int i = 0; code is RefusalCode.None or RefusalCode.OwnerLimit; i++)
        {
            code = venue.Place(A + (uint)(i % 12), Limit(Side.Buy, 7_000 - i, 1));
        }
        Assert.Equal(RefusalCode.VenueFull, code);
        Assert.Equal(RefusalCode.ScopeMissing,
            venue.Send(CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)TableId.Orders, Capacity = 128 }, A));
        Assert.Equal(RefusalCode.CapacityOutOfRange,
            venue.Send(CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)TableId.Orders, Capacity = 129 }));
        Assert.Equal(RefusalCode.CapacityOutOfRange,
            venue.Send(CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)TableId.Orders, Capacity = 64 }));
        Assert.Equal(RefusalCode.InvalidField,
            venue.Send(CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)TableId.Venue, Capacity = 2 }));
        venue.Must(CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)TableId.Orders, Capacity = 128 });
        venue.Placed(A, Limit(Side.Buy, 6_000, 1));
        Assert.Null(Audit.FindViolation(venue.Engine));
        Same(venue);
    }

    [Fact]
    public void An_owners_factor_multiplies_his_limits_and_nobody_elses()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.SetOwnerLimits, new SetOwnerLimits { SubAccounts = 2 });
        Assert.Equal(2, Count(() => venue.Send(CommandKind.CreateSubAccount, new CreateSubAccount(), A)));
        venue.Must(CommandKind.SetOwnerLimits, new SetOwnerLimits { Owner = OptionalId.Of(A), Factor = 3 });
        Assert.Equal(4, Count(() => venue.Send(CommandKind.CreateSubAccount, new CreateSubAccount(), A)));
        Assert.Equal(2, Count(() => venue.Send(CommandKind.CreateSubAccount, new CreateSubAccount(), B)));
        Assert.Equal(RefusalCode.InvalidField,
            venue.Send(CommandKind.SetOwnerLimits, new SetOwnerLimits { Owner = OptionalId.Of(A), Factor = 1_001 }));
        Assert.Equal(RefusalCode.InvalidField, venue.Send(CommandKind.SetOwnerLimits, new SetOwnerLimits { Keys = -1 }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_venue_that_grows_in_the_middle_of_a_random_day_goes_on_the_same_from_any_of_its_states(ulong seed)
    {
        var venue =
            new TestVenue(8,
                box => (box.Value.MaxAccounts, box.Value.MaxKeys, box.Value.MaxOrders, box.Value.MaxTriggers, box.Value.MaxTwaps,
                box.Value.MaxWithdrawals, box.Value.BlockCommands) = (16, 32, 64, 16, 16, 16, 50));
        venue.Must(CommandKind.SetOwnerLimits, new SetOwnerLimits { KeyRestMinutes = 3 });
        var random = new Random((int)seed);
        TableId[] tables = [TableId.Accounts, TableId.Keys, TableId.Orders, TableId.Triggers, TableId.Twaps, TableId.Withdrawals];
        long price = 8_000;
        int grown = 0;
        for (int i = 0; i < 1_500; i++)
        {
            uint account = A + (uint)random.Next(8);
            switch (random.Next(20))
            {
                case 0:
                    venue.Wait(1_000 * random.Next(1, 90));
                    price = Math.Clamp(price + random.Next(-150, 151), 5_000, 11_000);
                    venue.Price(price);
                    break;
                case 1:
                    Capacity(venue, tables[random.Next(tables.Length)], random, ref grown);
                    break;
                case 2:
                    venue.Send(CommandKind.AddKey,
                        new AddKey { Scopes = KeyScopes.Trade, KeyExpiresNs = random.Next(2) == 0 ? 0 : venue.TimeNs + 60_000_000_000 },
                        account);
                    break;
                case 3:
                    venue.Send(CommandKind.RevokeKey,
                        new RevokeKey
                        {
                            RevokedKey =
                        venue.State.Derived.KeyRows.NumberOf(random.Next(12, venue.State.Counts.Keys + 1) % venue.State.Counts.Keys)
                        },
                            account);
                    break;
                case 4:
                    venue.Send(CommandKind.CreateSubAccount, new CreateSubAccount(), account);
                    break;
                case 5:
                    venue.Send(CommandKind.CloseSubAccount, new CloseSubAccount { Closed = (uint)random.Next(venue.State.Counts.Accounts) },
                        account);
                    break;
                case 6 or 7:
                    venue.Send(CommandKind.PlaceTrigger, Stop(price - random.Next(50, 400)), account);
                    break;
                case 8:
                    venue.Send(CommandKind.PlaceTwap, Twap(), account);
                    break;
                case 9:
                    venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = random.Next(1, 1_000) }, account);
                    break;
                case 10:
                    venue.Send(CommandKind.CancelAll, new CancelAll(), account);
                    break;
                case 11:
                    venue.Send(CommandKind.Transfer,
                        new Transfer
                        {
                            ToAccount = (uint)random.Next(venue.State.Counts.Accounts),
                            AmountAtoms = random.Next(1, 500)
                        * Dollar
                        }, account);
                    break;
                default:
                    venue.Place(account,
                        Limit(random.Next(2) == 0 ? Side.Buy : Side.Sell, price + random.Next(-60, 61), random.Next(1, 3_000)));
                    break;
            }
        }
        Assert.True(grown > 5, $"seed {seed}: grown {grown} times");
        Assert.Null(Audit.FindViolation(venue.Engine));
        string? difference = Restarts.FirstDifference(venue.State.Genesis, venue.Records, 61, 6);
        Assert.True(difference is null, difference);
    }

    [Fact]
    public void Refused_commands_of_one_owner_do_not_restrict_the_markets_and_those_of_many_do()
    {
        var venue = new TestVenue(110);
        var unknown = new CancelOrder { OrderId = 77 };
        for (int i = 0; i < 120_010; i++)
        {
            venue.Send(CommandKind.CancelOrder, unknown, A);
        }
        Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
        Assert.Equal(1_200, venue.State.Counts.Refusals);
        for (int i = 0; i < 1_199; i++)
        {
            for (uint trader = 1; trader <= 100; trader++)
            {
                venue.Send(CommandKind.CancelOrder, unknown, A + trader);
            }
        }
        Assert.Equal(MarketStatus.ReduceOnly, venue.State.Markets[0].Status);
    }

    [Fact]
    public void A_command_that_is_replayed_expired_or_of_a_stranger_counts_for_no_breaker()
    {
        var venue = new TestVenue();
        byte[] captured = Signed(venue, A, KeyOf(A), 0);
        venue.SendRecord(Restamp(venue, captured));
        long before = venue.State.Counts.Refusals;
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(RefusalCode.NonceUsed, venue.SendRecord(Restamp(venue, captured)));
            Assert.Equal(RefusalCode.KeyNotOfAccount, venue.Send(CommandKind.CancelAll, new CancelAll(), A, KeyOf(B)));
            Assert.Equal(RefusalCode.UnknownKey, venue.Send(CommandKind.CancelAll, new CancelAll(), A, 1_000));
            Assert.Equal(RefusalCode.CommandExpired,
                venue.Send(CommandKind.CancelAll, new CancelAll { Header = new CommandHeader { ExpiresNs = 1 } }, A));
        }
        Assert.Equal(before, venue.State.Counts.Refusals);
    }

    private static void Capacity(TestVenue venue, TableId table, Random random, ref int grown)
    {
        VenueLimits limits = venue.State.Limits[0];
        int now = table switch
        {
            TableId.Accounts => limits.MaxAccounts,
            TableId.Keys => limits.MaxKeys,
            TableId.Orders => limits.MaxOrders,
            TableId.Triggers => limits.MaxTriggers,
            TableId.Twaps => limits.MaxTwaps,
            _ => limits.MaxWithdrawals,
        };
        if (now < 512
            && venue.Send(CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)table, Capacity = now + random.Next(1, now + 1) })
            == RefusalCode.None)
        {
            grown++;
        }
    }

    private static RefusalCode Close(TestVenue venue, uint sub) =>
        venue.Send(CommandKind.CloseSubAccount, new CloseSubAccount { Closed = sub }, A);

    private static PlaceTrigger Stop(long ticks = 7_000) =>
        new()
        {
            Side = Side.Sell,
            Kind = TriggerKind.Stop,
            Source = TriggerSource.Mark,
            TriggerTicks = ticks,
            PriceTicks = ticks - 100,
            Lots = 1
        };

    private static PlaceTwap Twap() => new()
    {
        Side = Side.Buy,
        TotalLots = 100,
        PriceTicks = 8_000,
        Slices = 10,
        IntervalNs = 60_000_000_000,
    };

    private static uint Key(TestVenue venue, uint account)
    {
        venue.Must(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade }, account);
        return (uint)venue.Events<CommandAccepted>(EventKind.CommandAccepted)[0].Created;
    }

    private static void Wait(TestVenue venue, int hours)
    {
        venue.Wait(hours * 3_600_000L);
    }

    private static IEnumerable<uint> SubAccounts(TestVenue venue, uint owner)
    {
        for (uint account = 0; account < venue.State.Counts.Accounts; account++)
        {
            if (account != owner && venue.State.Accounts[(int)account].Owner == owner)
            {
                yield return account;
            }
        }
    }

    private static RefusalCode Fill(Func<RefusalCode> send)
    {
        RefusalCode code = RefusalCode.None;
        for (int i = 0; i < 10_000 && code == RefusalCode.None; i++)
        {
            code = send();
        }
        return code;
    }

    private static int Count(Func<RefusalCode> send)
    {
        int count = 0;
        while (send() == RefusalCode.None)
        {
            count++;
        }
        return count;
    }

    private static byte[] Signed(TestVenue venue, uint account, uint key, ulong ahead)
    {
        var command =
            new CancelAll
            {
                Header =
                new CommandHeader { Account = account, Key = key, Nonce = venue.State.Keys[KeyRows.RowOf(key)].HighestNonce + ahead + 1 }
            };
        var record = new byte[CommandCodec.SizeOf(CommandKind.CancelAll)];
        CommandCodec.Write(CommandKind.CancelAll, ref command, record);
        return record;
    }

    private static byte[] Restamp(TestVenue venue, byte[] record)
    {
        byte[] stamped = [.. record];
        ref CommandHeader header = ref MemoryMarshal.AsRef<CommandHeader>(stamped.AsSpan());
        (header.Sequence, header.TimeNs) = (venue.Ledger.LastSequence + 1, venue.TimeNs);
        return stamped;
    }

    private static void Same(TestVenue venue)
    {
        string? difference = Restarts.FirstDifference(venue.State.Genesis, venue.Records, Math.Max(venue.Records.Count / 7, 1), 3);
        Assert.True(difference is null, difference);
    }
}
