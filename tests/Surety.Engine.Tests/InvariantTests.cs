using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Scenarios;

namespace Surety.Engine.Tests;

public class InvariantTests
{
    private const int Traders = 24;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_invariant_holds_under_a_quarter_of_a_million_random_commands(ulong seed)
    {
        TestVenue venue = Venue();
        var stream = new RandomStream(venue, Traders, seed);
        var seen = new HashSet<EventKind>();
        for (int i = 0; i < 250_000; i++)
        {
            stream.Step();
            if (i % 257 == 0)
            {
                Assert.True(Audit.FindViolation(venue.Engine) is null, $"seed {seed}, command {i}: {Audit.FindViolation(venue.Engine)}");
            }
            var events = new EventReader(venue.Engine.Events.Log.Bytes, venue.Ledger.EventsFrom);
            while (events.MoveNext())
            {
                seen.Add(events.Kind);
            }
            venue.Records.Clear();
        }
        // The stream is only worth something if it gets everywhere.
        Assert.True(venue.State.Counts.Trades > 20_000, $"only {venue.State.Counts.Trades} trades");
        EventKind[] wanted =
        [
            EventKind.Trade, EventKind.OrderAmended, EventKind.OrderTriggered, EventKind.QuotesPulled, EventKind.IcebergRefilled,
            EventKind.LiquidationEnded, EventKind.BalanceChanged, EventKind.MarkChanged, EventKind.CommandRefused,
        ];
        Assert.Empty(wanted.Except(seen));
    }

    [Fact]
    public void No_fill_takes_either_side_below_maintenance_and_no_order_of_its_own_takes_an_account_below_initial()
    {
        TestVenue venue = Venue();
        var stream = new RandomStream(venue, Traders, 77);
        int fills = 0;
        for (int i = 0; i < 60_000; i++)
        {
            Health[] before = Healths(venue);
            venue.Records.Clear();
            stream.Step();
            if (venue.Records.Count == 0)
            {
                continue;
            }
            byte[] record = venue.Records[^1];
            venue.Records.Clear();
            CommandKind kind = CommandCodec.View<CommandHeader>(record).Kind;
            if (kind is not (CommandKind.PlaceOrder or CommandKind.AmendOrder or CommandKind.MassQuote or CommandKind.CancelOrder))
            {
                continue;
            }
            // Fills change open interest, which stays below where it would change anyone's initial margin here.
            foreach (Trade trade in venue.Events<Trade>(EventKind.Trade))
            {
                fills++;
                foreach (uint account in new[] { trade.Header.Account, trade.MakerAccount })
                {
                    Health after = venue.Engine.Margin.Cross(account);
                    // One who was below before is held because of doubtful prices, and may only get better.
                    Assert.True(after.CoversMaintenance || !before[account].CoversMaintenance,
                        $"command {i}: account {account} is below maintenance after a fill");
                    Assert.True(after.CoversInitial || !before[account].CoversInitial,
                        $"command {i}: account {account} fell below initial margin by a fill");
                }
            }
        }
        Assert.True(fills > 1_000);
    }

    [Fact]
    public void Equal_commands_give_equal_headers_and_a_saved_state_goes_on_like_the_one_it_was_saved_from()
    {
        TestVenue venue = Venue();
        var stream = new RandomStream(venue, Traders, 5);
        for (int i = 0; i < 20_000; i++)
        {
            stream.Step();
        }
        venue.Ledger.SealNow();
        BlockHeader half = venue.Ledger.Last;
        var tables = venue.State.Tables.ToDictionary(t => t.Id, t => t.Pages.ToArray());
        int from = venue.Records.Count;
        for (int i = 0; i < 20_000; i++)
        {
            stream.Step();
        }
        venue.Ledger.SealNow();

        var again = new Ledger(venue.State.Genesis);
        for (int i = 0; i < venue.Records.Count; i++)
        {
            again.Apply(venue.Records[i]);
            if (i + 1 == from)
            {
                again.SealNow();
                Assert.Equal(half.Hash(), again.Last.Hash());
            }
        }
        again.SealNow();
        Assert.Equal(venue.Ledger.Last.Hash(), again.Last.Hash());

        var restored = new IndexedState(venue.State.Genesis);
        Assert.Equal(half.StateRoot, restored.Restore(id => tables[id]));
        var resumed = new Ledger(new SuretyEngine(restored), half);
        Assert.Null(Audit.FindViolation(resumed.Engine));
        for (int i = from; i < venue.Records.Count; i++)
        {
            resumed.Apply(venue.Records[i]);
        }
        resumed.SealNow();
        Assert.Equal(venue.Ledger.Last.Hash(), resumed.Last.Hash());
        // The root kept up to date piece by piece is the root of the whole, hashed from nothing.
        var whole = new IndexedState(venue.State.Genesis);
        Assert.Equal(venue.Ledger.Last.StateRoot, whole.Restore(id => venue.State.Tables.Single(t => t.Id == id).Pages));
    }

    [Fact]
    public void A_fixed_stream_has_the_state_root_it_always_had()
    {
        TestVenue venue = Venue();
        var stream = new RandomStream(venue, Traders, 2026);
        for (int i = 0; i < 5_000; i++)
        {
            stream.Step();
        }
        venue.Ledger.SealNow();
        Golden.Check("stream-root.txt", $"block {venue.Ledger.Last.Hash()}\nstate {venue.Ledger.Last.StateRoot}\n");
    }

    [Fact]
    public void Bytes_that_are_not_a_command_are_refused_and_change_no_bit()
    {
        TestVenue venue = Venue();
        var stream = new RandomStream(venue, Traders, 9);
        for (int i = 0; i < 2_000; i++)
        {
            stream.Step();
        }
        Hash256 before = venue.State.UpdateRoot();
        int events = venue.Engine.Events.Log.Length;
        var random = new SplitMix(4);
        int refused = 0;
        foreach (byte[] record in venue.Records)
        {
            byte[][] broken =
            [
                record[..(int)random.Below(record.Length)],
                [.. record, .. new byte[1 + random.Below(60)]],
                [.. record, .. new byte[1024]],
                Enumerable.Range(0, (int)random.Below(1_200)).Select(_ => (byte)random.Next()).ToArray(),
                Flip(record, 16 + (int)random.Below(4)),
                Flip(record, 28 + (int)random.Below(4)),
                // The sign of the time and of the expiry.
                Set(record, 15, 0x80),
                Set(record, 47, 0xFF),
            ];
            foreach (byte[] bytes in broken)
            {
                if (!CommandCodec.IsWellFormed(bytes))
                {
                    Assert.Equal(RefusalCode.Malformed, venue.Engine.Apply(bytes));
                    refused++;
                }
            }
        }
        Assert.True(refused > 14_000, $"{refused}");
        Assert.Equal(before, venue.State.UpdateRoot());
        Assert.Equal(events, venue.Engine.Events.Log.Length);

        static byte[] Set(byte[] record, int at, byte value)
        {
            byte[] changed = [.. record];
            changed[at] = value;
            return changed;
        }

        byte[] Flip(byte[] record, int at)
        {
            byte[] changed = [.. record];
            changed[at] ^= (byte)(1 << (int)random.Below(8));
            return changed;
        }
    }

    [Fact]
    public void Well_formed_nonsense_and_extreme_values_are_refused_without_a_wrap_and_leave_every_invariant_whole()
    {
        TestVenue venue = Venue();
        var random = new SplitMix(8);
        long[] extremes =
            [long.MinValue, long.MinValue + 1, -1, 0, 1, 60_000, 60_001, 1L << 40, 1L << 55, long.MaxValue - 1, long.MaxValue];
        CommandKind[] kinds = Enum.GetValues<CommandKind>().Where(k => CommandCodec.SizeOf(k) > 0 && k != CommandKind.Tick).ToArray();
        for (int i = 0; i < 300_000; i++)
        {
            CommandKind kind = kinds[random.Below(kinds.Length)];
            var record = new byte[CommandCodec.SizeOf(kind)];
            for (int at = CommandHeader.Size; at + 8 <= record.Length; at += 8)
            {
                long value = random.Chance(500)
                    ? extremes[random.Below(extremes.Length)]
                    : random.Chance(500)
                    ? (long)random.Next()
                    : random.Below(3);
                BitConverter.TryWriteBytes(record.AsSpan(at), value);
            }
            uint account = kind < CommandKind.CreateSubAccount || kind == CommandKind.ReportPrice
                ? 0
                : TestVenue.FirstTrader + (uint)random.Below(Traders);
            uint key = kind == CommandKind.ReportPrice ? 1 + (uint)random.Below(3) : TestVenue.KeyOf(account);
            var header = new CommandHeader
            {
                Kind = kind,
                Length = (ushort)record.Length,
                Account = account,
                Key = key,
                Nonce = venue.State.Keys[(int)key].HighestNonce + 1,
                TimeNs = venue.TimeNs,
                ExpiresNs = random.Chance(100) ? random.Below(long.MaxValue / 2) : 0,
                Sequence = venue.Ledger.LastSequence + 1,
            };
            if (kind is CommandKind.AmendOrder or CommandKind.CancelOrder && venue.State.Derived.FirstOrderOf[account] is var own and >= 0)
            {
                BitConverter.TryWriteBytes(record.AsSpan(CommandHeader.Size), venue.State.Orders[own].Id);
            }
            System.Runtime.InteropServices.MemoryMarshal.Write(record, in header);
            venue.Ledger.Apply(record);
            if (i % 2_000 == 0)
            {
                Assert.Null(Audit.FindViolation(venue.Engine));
            }
        }
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    private static TestVenue Venue()
    {
        var venue = new TestVenue(Traders, box => box.Value.BlockCommands = 1_000);
        venue.Deposit(1, 50_000 * TestVenue.Dollar);
        return venue;
    }

    private static Health[] Healths(TestVenue venue) =>
        Enumerable.Range(0, venue.State.Counts.Accounts).Select(a => venue.Engine.Margin.Cross((uint)a)).ToArray();
}
