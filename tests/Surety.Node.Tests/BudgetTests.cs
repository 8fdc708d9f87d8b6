using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Gateway.Api;
using Surety.Gateway.Web;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Node.Telemetry;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Node.Tests;

/// <summary>What the node counts and bounds: challenges, memory for slow readers, addresses, room in tables, clocks.</summary>
public class BudgetTests
{
    private const long Second = 1_000_000_000;
    private const long Hour = 3_600 * Second;

    [Theory]
    [InlineData(RefusalCode.UnknownAccount, true)]
    [InlineData(RefusalCode.InitialMarginShort, true)]
    [InlineData(RefusalCode.NonceUsed, false)]
    [InlineData(RefusalCode.KeyNotOfAccount, false)]
    [InlineData(RefusalCode.None, false)]
    public void An_owner_pays_for_what_he_sent_and_not_for_copies_that_a_stranger_sends(RefusalCode code, bool waits)
    {
        var budget = new RefusalBudget(1, 10, account => account);
        var command = new PlaceOrder { Header = { Account = 7 } };
        Span<byte> record = stackalloc byte[CommandCodec.MaxRecordBytes];
        int length = CommandCodec.Write(CommandKind.PlaceOrder, ref command, record);
        for (int i = 0; i < 20; i++)
        {
            budget.Executed(new ExecutedCommand { Record = record[..length], Events = [], Outcome = new Outcome(code, 0, 0, 0, 0) });
        }
        Assert.Equal(waits, budget.WaitMs(7) > 0);
        Assert.Equal(0, budget.WaitMs(8));
    }

    [Fact]
    public void Two_hundred_thousand_challenges_cost_no_memory_and_the_next_one_still_logs_in()
    {
        long now = 1_000_000;
        var challenges = new Challenges(() => now);
        for (int i = 0; i < 200_000; i++)
        {
            challenges.Make("7");
        }
        Assert.Equal(0, challenges.Remembered);
        string mine = challenges.Make("7");
        Assert.True(challenges.IsOpen(mine, "7"));
        Assert.False(challenges.IsOpen(mine, "8"));
        Assert.True(challenges.Use(mine));
        Assert.False(challenges.IsOpen(mine, "7"));
        Assert.False(challenges.Use(mine));
        string late = challenges.Make("7");
        now += Challenges.LifeMs + 1;
        Assert.False(challenges.IsOpen(late, "7"));
        Assert.False(challenges.IsOpen(new Challenges(() => now).Make("7"), "7"));
        Assert.False(challenges.IsOpen("not base64!", "7"));
        Assert.False(challenges.IsOpen("AAAA", "7"));
        now += 20_000;
        Assert.True(challenges.Use(challenges.Make("7")));
        Assert.Equal(1, challenges.Remembered);
    }

    [Fact]
    public void A_challenge_is_used_by_its_text_whatever_way_it_is_written()
    {
        var challenges = new Challenges(() => 0);
        for (int i = 0; i < 50; i++)
        {
            string challenge = challenges.Make("1");
            Assert.True(challenges.Use(challenge));
            Assert.False(challenges.IsOpen(challenge.Replace('-', '+').Replace('_', '/'), "1"));
        }
    }

    [Fact]
    public async Task Both_buffers_of_a_reader_count_towards_his_limit()
    {
        using var connection = new RpcConnection(10_000, new OutgoingBudget(1 << 20));
        connection.Send(new byte[6_000]);
        await connection.TakeAsync(CancellationToken.None);
        // The first 6,000 are being written and not yet read.
        connection.Send(new byte[3_000]);
        Assert.Null(connection.CloseReason);
        connection.Send(new byte[3_000]);
        Assert.Contains("wait to be read", connection.CloseReason, StringComparison.Ordinal);
    }

    [Fact]
    public void One_address_holds_an_eighth_of_the_memory_for_plain_answers_and_the_one_that_holds_most_is_cut_off()
    {
        var answers = new PlainAnswers(8_000);
        Assert.NotNull(answers.Enter("one", 600));
        Assert.Null(answers.Enter("one", 600));
        PlainAnswers.Held large = answers.Enter("large", 5_000)!;
        Assert.False(answers.HasRoom("large"));
        Assert.True(answers.HasRoom("one"));
        Assert.NotNull(answers.Enter("two", 900));
        Assert.NotNull(answers.Enter("three", 900));
        Assert.Equal(7_400, answers.Used);
        // Not the one that comes last, and not who holds little.
        PlainAnswers.Held last = answers.Enter("four", 900)!;
        Assert.True(SpinWait.SpinUntil(() => large.Cut.IsCancellationRequested, 5_000));
        Assert.False(last.Cut.IsCancellationRequested);
        Assert.Equal(3_300, answers.Used);
        answers.Leave(large);
        answers.Leave(last);
        answers.Leave(last);
        Assert.Equal(2_400, answers.Used);
    }

    [Fact]
    public void A_batch_whose_answers_are_too_long_is_answered_whole_whatever_ids_it_has()
    {
        string much = new('x', RpcDispatcher.MostBatchBytes / 4);
        var big = new RpcMethod("public/big", "", KeyScopes.None, 1, [], c =>
        {
            c.Reply(json => json.WriteStringValue(much));
            return Task.CompletedTask;
        });
        var dispatcher =
            new RpcDispatcher([big], new RateLimits(new RateLimit(1_000, 1_000, 5)), null!, isTest: true, (_, _) => { },
                (method, e) => Assert.Fail($"{method}: {e}"), (_, _) => "");
        string requests = string.Join(',', Enumerable.Range(0, 5).Select(i => $$"""{"id":{{i}},"method":"public/big"}"""));
        byte[]? answer = null;
        dispatcher.Handle(Encoding.UTF8.GetBytes($$"""[{{requests}},{"id":"\ud800","method":"public/big"},{"\ud800":1,"id":"last","method":"public/big"}]"""), new Stranger(), bytes => answer = bytes.ToArray());
        using JsonDocument answers = JsonDocument.Parse(answer);
        Assert.Equal([0, 1, 2, 3, 4], answers.RootElement.EnumerateArray().Take(5).Select(a => a.GetProperty("id").GetInt32()));
        Assert.All(answers.RootElement.EnumerateArray().Skip(3),
            a => Assert.Equal("too_many_requests", a.GetProperty("error").GetProperty("message").GetString()));
        Assert.All(answers.RootElement.EnumerateArray().Skip(5), a => Assert.False(a.TryGetProperty("id", out _)));
    }

    [Fact]
    public void When_memory_for_all_readers_is_used_up_the_one_who_holds_most_is_closed_and_it_is_given_back()
    {
        var budget = new OutgoingBudget(1 << 20);
        var connections = Enumerable.Range(0, 20).Select(_ => new RpcConnection(1 << 20, budget)).ToList();
        connections[0].Send(new byte[2_000]);
        for (int round = 0; round < 40; round++)
        {
            for (int i = 1; i < connections.Count; i++)
            {
                connections[i].Send(new byte[i * 1_000]);
                Assert.InRange(budget.Used, 0, 3 << 20);
            }
        }
        Assert.Null(connections[0].CloseReason);
        Assert.Null(connections[1].CloseReason);
        Assert.NotNull(connections[^1].CloseReason);
        Assert.InRange(budget.Used, 0, budget.Most);
        // One that was told to end takes up nothing more from that moment on.
        RpcConnection last = connections[^1];
        last.Send(new byte[100_000]);
        Assert.Equal(0, last.Waiting);
        connections.ForEach(c => c.Dispose());
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void An_IPv6_customer_is_one_address_with_all_of_his_64_bits()
    {
        Assert.Equal(Addresses.NameOf(IPAddress.Parse("2001:db8:1:2:3:4:5:6")), Addresses.NameOf(IPAddress.Parse("2001:db8:1:2:ffff::1")));
        Assert.NotEqual(Addresses.NameOf(IPAddress.Parse("2001:db8:1:2::1")), Addresses.NameOf(IPAddress.Parse("2001:db8:1:3::1")));
        Assert.Equal("10.0.0.1", Addresses.NameOf(IPAddress.Parse("::ffff:10.0.0.1")));
        var counts = new AddressCounts();
        Assert.True(counts.TryEnter("a", 2) && counts.TryEnter("a", 2));
        Assert.False(counts.TryEnter("a", 2));
        Assert.True(counts.TryEnter("b", 2));
        counts.Leave("a");
        Assert.True(counts.TryEnter("a", 2));
        counts.Leave("a");
        counts.Leave("a");
        counts.Leave("b");
        Assert.Equal(0, counts.Addresses);
    }

    [Fact]
    public void An_owners_sub_accounts_have_the_allowances_of_four_keys_together()
    {
        var limits = new RateLimits(new RateLimit(1, 1_000), ownerOf: account => account < 30 ? 10 : account);
        int granted = 0;
        for (uint account = 10; account < 30; account++)
        {
            for (int i = 0; i < 100; i++)
            {
                granted += limits.Take($"key:{account}", account, 10, isOrder: true).Granted ? 1 : 0;
            }
        }
        Assert.InRange(granted, RateLimits.KeysToAnOwner * 100, (RateLimits.KeysToAnOwner * 100) + 2);
        Assert.True(limits.Take("key:99", 99, 10, isOrder: true).Granted);
    }

    [Fact]
    public void Forgetting_senders_gives_nobody_a_new_allowance()
    {
        var limits = new RateLimits(new RateLimit(1, 100_000));
        Assert.True(limits.Take("address:me", null, 100_000, false).Granted);
        for (int i = 0; i < 250_000; i++)
        {
            limits.Take("address:" + i, null, 1, false);
        }
        Assert.False(limits.Take("address:me", null, 50_000, false).Granted);
    }

    [Fact]
    public void The_operator_is_told_of_a_table_when_it_is_four_fifths_full_and_not_again_at_each_look()
    {
        Genesis genesis = Genesis.Default("x", default, 0);
        genesis.MaxAccounts = 64;
        genesis.MaxKeys = 64;
        var state = new IndexedState(in genesis);
        var watch = new CapacityWatch();
        Assert.Empty(watch.News(state));
        while (CapacityWatch.Read(state)[0].Taken < 52)
        {
            state.OpenAccount((uint)state.Counts.Accounts, 0, AccountFlags.None);
        }
        Assert.Equal(("accounts", 52, 64), Assert.Single(watch.News(state)));
        Assert.Empty(watch.News(state));
        while (CapacityWatch.Read(state)[0].Taken < 60)
        {
            state.OpenAccount((uint)state.Counts.Accounts, 0, AccountFlags.None);
        }
        Assert.Single(watch.News(state));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(23, true)]
    [InlineData(25, false)]
    [InlineData(40 * 24, false)]
    public void A_start_much_later_than_the_last_command_needs_the_operators_word(int hoursLater, bool starts)
    {
        string? error = StartClock.FindError(1_000_000 * Hour / 1_000, (1_000_000 * Hour / 1_000) + (hoursLater * Hour), 24, 2);
        Assert.Equal(starts, error is null);
        if (error is not null)
        {
            Assert.Contains("--accept-clock", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(40 * 86_400, false)]
    public void A_venue_whose_time_is_ahead_of_the_clock_does_not_start_and_the_message_names_the_ways_back(int secondsAhead, bool starts)
    {
        long now = 1_700_000_000 * Second;
        string? error = StartClock.FindError(now + (secondsAhead * Second), now, 24, 2);
        Assert.Equal(starts, error is null);
        if (error is not null)
        {
            Assert.Contains("restore a backup", error, StringComparison.Ordinal);
            Assert.Contains("--accept-clock", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_wall_clock_that_jumps_while_the_venue_runs_is_reported_and_not_followed()
    {
        long wall = 1_000 * Second;
        long monotonic = 50 * Second;
        var clock = new VenueClock(0, () => wall, () => monotonic);
        Pass(10);
        Assert.Equal(0, clock.JumpedNs);
        long before = clock.NowNs();
        wall += 40 * 24 * Hour;
        for (int i = 0; i < 1_000; i++)
        {
            Pass(60);
        }
        // Sixteen hours later it has not come a second nearer to the wrong day.
        Assert.InRange(clock.NowNs() - before, 60_000 * Second, 60_000 * Second);
        Assert.Equal(40 * 24 * Hour, clock.JumpedNs);
        wall -= 40 * 24 * Hour;
        Pass(1);
        Assert.Equal(0, clock.JumpedNs);
        // A clock that is corrected little by little is followed.
        for (int i = 0; i < 100; i++)
        {
            wall += Second / 10;
            Pass(60);
        }
        Assert.Equal(wall, clock.NowNs());

        void Pass(int seconds)
        {
            wall += seconds * Second;
            monotonic += seconds * Second;
            clock.NowNs();
        }
    }

    [Fact]
    public void The_settings_of_limits_say_what_is_wrong_with_them()
    {
        var bad =
            new NodeSettings
            {
                Limits = new LimitSettings { ChannelsTotal = 0, OutgoingTotalBytes = 1, RefusedPerSecond = 0 },
                Clock = new ClockSettings { ForwardHours = 0 }
            };
        string problems = string.Join('\n', SettingsFile.Problems(bad));
        foreach (
            string name in (IEnumerable<string>)["limits.channelsTotal", "limits.outgoingTotalBytes", "limits.refusedPerSecond",
                "clock.forwardHours"])
        {
            Assert.Contains(name, problems, StringComparison.Ordinal);
        }
    }

    private sealed class Stranger : RpcPeer;
}
