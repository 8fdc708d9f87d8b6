using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Venues;
using Surety.Scenarios;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>A small venue whose price sources sign, and what a node that follows it makes of it.</summary>
internal sealed class VectorVenue
{
    public const uint Taker = TestVenue.FirstTrader;
    public const uint Maker = TestVenue.FirstTrader + 1;
    public const uint Other = TestVenue.FirstTrader + 2;
    public const uint Isolated = TestVenue.FirstTrader + 3;

    private static readonly VectorSigner[] Sources = [.. Enumerable.Range(0, 4).Select(i => new VectorSigner($"source {i}"))];
    private ulong _reports = 1_000_000;

    private VectorVenue(TestVenue venue)
    {
        Venue = venue;
        Venue.Sign = Signed;
    }

    public TestVenue Venue { get; }

    /// <summary>The sources report a price, a dollar to either side and with unequal confidences, in hundredths of a dollar.</summary>
    public void Report(long dollars) => Report(0, dollars * 100, 100);

    /// <summary>The sources report on an index, so far to either side.</summary>
    public void Report(ushort index, long units, long apart)
    {
        _reports++;
        long[] away = [-apart, 0, apart];
        long[] confidences = [300, 100, 200];
        for (uint key = 1; key <= 3; key++)
        {
            Venue.Must(CommandKind.ReportPrice, new ReportPrice
            {
                Index = index,
                Price = units + away[key - 1],
                Confidence = index == 0 ? confidences[key - 1]
                    : 0,
                ObservedNs = Venue.TimeNs,
                ReportSequence = _reports,
            }, 0, key);
        }
    }

    /// <summary>A record with its key's signature, as a source or anybody who has its key makes it.</summary>
    public byte[] Signed(uint key, byte[] record) => key is >= 1 and <= 3 ? SignedBy(Sources[key], record) : record;

    public byte[] SignedBy(VectorSigner signer, byte[] record)
    {
        var message = new byte[SignedMessage.PrefixBytes + record.Length];
        int size = SignedMessage.Write(Venue.State.GenesisHash, CommandCodec.SignedPart(record), message);
        return [.. record, .. signer.Sign(message.AsSpan(0, size))];
    }

    /// <summary>
    /// Everything again, as a node follows it, that makes a certificate of each margin call; the ledger stands right behind the last.
    /// </summary>
    public (Ledger Ledger, List<MarginCallCertificate> Certificates) Follow()
    {
        var ledger = new Ledger(Venue.State.GenesisRef);
        var found = new List<MarginCallCertificate>();
        var calls = new MarginCalls { Certified = (_, _, certificate) => found.Add(certificate!) };
        foreach (byte[] record in Venue.Records)
        {
            (RefusalCode code, bool isSealed) = ledger.Apply(record);
            calls.Executed(ledger, record, code, marginCalled: true, termsChanged: false);
            if (isSealed)
            {
                calls.BlockSealed(ledger);
            }
        }
        if (ledger.SealNow())
        {
            calls.BlockSealed(ledger);
        }
        return (ledger, found);
    }

    /// <summary>
    /// A taker with a coin, a perpetual and a future, and one with an isolated position; then a price that makes both be called in one
    /// block.
    /// </summary>
    public static VectorVenue Called()
    {
        var venue = new TestVenue(
            traders: 4, change: box => (box.Value.BlockMs, box.Value.PositionsPerAccount) = (1_000, 4),
            sourceKeys: key => Sources[key].PublicKey);
        var made = new VectorVenue(venue);
        CreatePool second = TestVenue.PoolTerms("second");
        second.CollateralCount = 1;
        venue.Must(CommandKind.CreatePool, second);
        venue.Must(
            CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("ETH_USD"), Decimals = 2, Quorum = 2, MaxAgeMs = 60_000 });
        venue.Deposit(Taker, 1_0000_0000, asset: 1);
        venue.Wait(61_000);
        made.Report(8_010);
        made.Report(8_000);
        venue.Must(CommandKind.SetMarginMode, new SetMarginMode { Market = TestVenue.Perpetual, Isolated = 1 }, Isolated);
        venue.Trade(Taker, Maker, 8_000, 60_000);
        venue.Trade(Taker, Maker, 8_000, 40_000, TestVenue.Future);
        venue.Must(
            CommandKind.AdjustIsolatedMargin,
            new AdjustIsolatedMargin { Market = TestVenue.Perpetual, AmountAtoms = 5_000 * TestVenue.Dollar }, Isolated);
        venue.Trade(Isolated, Maker, 8_000, 10_000);
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Buy, 7_060, 20_000), Other);
        venue.Wait(2_000);
        return made;
    }

    /// <summary>The same after the price that makes two accounts be called.</summary>
    public static VectorVenue Crashed()
    {
        VectorVenue made = Called();
        made.Report(7_100);
        return made;
    }

    /// <summary>
    /// A taker who is short of calls and long of puts of two expiries, one of them American, beside a perpetual and a future: in a pool
    /// that nets by scenarios where a scan range is given; then a price that makes him be called.
    /// </summary>
    public static VectorVenue OfModels(int scanPpm)
    {
        var options = new OptionsVenue(
            scanPpm, genesis: box => (box.Value.BlockMs, box.Value.PositionsPerAccount, box.Value.MaxMarkets) = (1_000, 8, 8),
            sourceKeys: key => Sources[key].PublicKey);
        var made = new VectorVenue(options.Venue);
        TestVenue venue = made.Venue;
        long start = venue.TimeNs / 1_000_000;
        int[] markets =
        [
            options.List(OptionsVenue.Call(9_000, start + (40 * OptionsVenue.Day)), start + (40 * OptionsVenue.Day)),
            options.List(OptionsVenue.Put(7_000, start + (5 * OptionsVenue.Day)), start + (5 * OptionsVenue.Day)),
            options.List(
                $"contract C\nobserve S = index BTC_USD in 1 .. 400000\nsettle USD\nexpiry "
                    + $"{System.DateTime.UnixEpoch.AddMilliseconds(start + (40 * OptionsVenue.Day)):yyyy-MM-dd'T'HH:mm:ss'Z'}\nholder "
                    + $"may take max(9500 - S, 0)\nat expiry pay max(9500 - S, 0)\n",
                start + (40 * OptionsVenue.Day)),
        ];
        venue.Deposit(Taker, 1_0000_0000, asset: 1);
        venue.Wait(61_000);
        made.Report(8_000);
        for (ushort node = 1; node <= 6; node++)
        {
            made.Report(node, 7_500 + (node * 100), 20);
        }
        venue.Trade(Maker, Taker, venue.State.Markets[markets[0]].MarkTicks, 50_000, markets[0]);
        venue.Trade(Taker, Maker, venue.State.Markets[markets[1]].MarkTicks, 10_000, markets[1]);
        venue.Trade(Maker, Taker, venue.State.Markets[markets[2]].MarkTicks, 5_000, markets[2]);
        venue.Trade(Taker, Maker, 8_000, 4_000);
        venue.Trade(Maker, Taker, 8_000, 2_000, TestVenue.Future);
        venue.Wait(2_000);
        return made;
    }
}
