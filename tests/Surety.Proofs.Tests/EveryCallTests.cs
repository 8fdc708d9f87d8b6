using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Signing;
using Surety.Scenarios;

namespace Surety.Proofs.Tests;

/// <summary>
/// A venue in which much happens in every block: coins, isolated positions, options, trades by those who are called, prices of several
/// indices that move up and down between and within blocks. Every certificate that is made of it must hold.
/// </summary>
public sealed class EveryCallTests : IDisposable
{
    private const int Traders = 24;
    private readonly SigningKey[] _sources = [.. Enumerable.Range(0, 4).Select(i => SigningKey.FromSeed([(byte)i]))];
    private ulong _reports = 1_000_000;

    public void Dispose() => Array.ForEach(_sources, s => s.Dispose());

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 100_000)]
    [InlineData(4, 100_000)]
    [InlineData(5, 0)]
    [InlineData(6, 0)]
    [InlineData(7, 100_000)]
    [InlineData(8, 100_000)]
    [InlineData(9, 0)]
    [InlineData(10, 100_000)]
    [InlineData(11, 200_000)]
    [InlineData(12, 50_000)]
    public void Every_certificate_holds_that_a_node_makes_of_a_venue_at_random(int seed, int scanPpm)
    {
        TestVenue venue = Play(new SplitMix((ulong)seed), scanPpm);
        var ledger = new Ledger(venue.State.GenesisRef);
        (int held, int models, int without) = (0, 0, 0);
        var calls = new MarginCalls
        {
            Certified = (sequence, account, made) =>
            {
                if (made is null)
                {
                    without++;
                    return;
                }
                MarginCallCertificate? read = MarginCallCertificate.Read(made.ToBytes(), out string reason);
                Assert.True(read is not null, reason);
                CertificateVerdict verdict = read!.Check(ledger.Last.Hash(), account);
                Assert.True(verdict.Holds, $"account {account}, command {sequence}: {verdict.Reason}");
                held++;
                models += System.Runtime.InteropServices.MemoryMarshal.Read<MarginCalled>(made.Events[0].Record.Span).Models > 0 ? 1 : 0;
            },
        };
        foreach (byte[] record in venue.Records)
        {
            (RefusalCode code, bool isSealed) = ledger.Apply(record);
            calls.Executed(ledger, record, code, marginCalled: true, termsChanged: false);
            if (isSealed)
            {
                calls.BlockSealed(ledger);
            }
        }
        Assert.True(held >= 15 && models >= 10 && without == 0, $"{held} certificates, {models} of models, {without} calls without");
    }

    private TestVenue Play(SplitMix random, int scanPpm)
    {
        var options = new OptionsVenue(
            scanPpm, Traders, genesis: box => (box.Value.BlockMs, box.Value.PositionsPerAccount, box.Value.MaxMarkets) = (3_000, 8, 8),
            sourceKeys: key => _sources[key].PublicKey);
        TestVenue venue = options.Venue;
        venue.Sign = (key, record) => key is >= 1 and <= 3 ? Signed(venue, key, record) : record;
        long start = venue.TimeNs / 1_000_000;
        options.List(OptionsVenue.Call(9_000, start + (40 * OptionsVenue.Day)), start + (40 * OptionsVenue.Day));
        options.List(OptionsVenue.Put(7_000, start + (5 * OptionsVenue.Day)), start + (5 * OptionsVenue.Day));
        options.List(OptionsVenue.Put(8_000, start + (40 * OptionsVenue.Day)), start + (40 * OptionsVenue.Day));
        venue.Wait(61_000);
        long price = 8_000;
        Report(venue, 0, price * 100, random, 300, all: true);
        for (ushort node = 1; node <= 6; node++)
        {
            Report(venue, node, 7_500 + (node * 100), random, 20, all: true);
        }
        for (uint account = TestVenue.FirstTrader; account < TestVenue.FirstTrader + Traders; account++)
        {
            if (random.Below(2) == 0)
            {
                venue.Deposit(account, 1_0000_0000 * (1 + random.Below(4)), asset: 1);
            }
            if (random.Below(4) == 0)
            {
                venue.Must(CommandKind.SetMarginMode, new SetMarginMode { Market = TestVenue.Perpetual, Isolated = 1 }, account);
                venue.Must(
                    CommandKind.AdjustIsolatedMargin,
                    new AdjustIsolatedMargin { Market = TestVenue.Perpetual, AmountAtoms = 20_000 * TestVenue.Dollar }, account);
            }
        }
        for (int step = 0; step < 900; step++)
        {
            uint one = TestVenue.FirstTrader + (uint)random.Below(Traders);
            uint other = TestVenue.FirstTrader + (uint)random.Below(Traders);
            int market = (int)random.Below(5);
            long mark = Math.Max(venue.State.Markets[market].MarkTicks, 1);
            switch (random.Below(12))
            {
                case < 6:
                    Side side = random.Below(2) == 0 ? Side.Buy : Side.Sell;
                    long lots = 1 + random.Below(market < 2 ? 30_000 : 8_000);
                    venue.Place(one, TestVenue.Limit(side, mark, lots, market: market));
                    venue.Place(
                        other,
                        TestVenue.Limit(
                            side == Side.Buy ? Side.Sell : Side.Buy, mark, lots, TimeInForce.ImmediateOrCancel, market: market));
                    break;
                case < 8:
                    price = Math.Clamp(price + random.Below(401) - 200, 4_000, 14_000);
                    Report(venue, 0, price * 100, random, 300);
                    break;
                case 8:
                    price = Math.Clamp(price + ((random.Below(2) == 0 ? 1 : -1) * random.Below(900)), 4_000, 14_000);
                    Report(venue, 0, price * 100, random, 300);
                    break;
                case 9:
                    Report(venue, (ushort)(1 + random.Below(6)), 6_000 + random.Below(5_000), random, 20);
                    break;
                case 10:
                    venue.Send(CommandKind.CancelAll, new CancelAll { Market = OptionalId.None }, one);
                    break;
                default:
                    venue.TimeNs += random.Below(2_500) * 1_000_000;
                    venue.SendTick();
                    break;
            }
        }
        venue.Wait(4_000);
        return venue;
    }

    // Not always by every source, so that medians rest on reports of different ages.
    private void Report(TestVenue venue, ushort index, long units, SplitMix random, long apart, bool all = false)
    {
        _reports++;
        for (uint key = 1; key <= 3; key++)
        {
            if (all || random.Below(8) != 0)
            {
                venue.Send(
                    CommandKind.ReportPrice,
                    new ReportPrice
                    {
                        Index = index,
                        Price = units + random.Below(apart) - (apart / 2),
                        Confidence = random.Below(apart),
                        ObservedNs = venue.TimeNs,
                        ReportSequence = _reports
                    },
                    0, key);
            }
        }
    }

    private byte[] Signed(TestVenue venue, uint key, byte[] record)
    {
        var signed = new byte[record.Length + CommandHeader.SignatureSize];
        record.CopyTo(signed, 0);
        _sources[key].Sign(venue.State.GenesisHash, signed, record.Length);
        return signed;
    }
}
