using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using Surety.Core.Hashing;
using Surety.Engine;
using Surety.Engine.Auditing;
using Surety.Engine.State;
using Surety.Journal;
using Surety.Node.Sequencing;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Node.Tests;

/// <summary>An assertion that fires all the same leaves a venue that can be opened again, and that others can verify.</summary>
public sealed class ExclusionTests : IDisposable
{
    // Its own start and nonces, so that the faults asked for here meet no other test's commands.
    private const long StartNs = 1_590_000_000_000_000_000;
    private const ulong Poison = 777_777_777;
    private const long DueNs = StartNs + 1_000_000;
    private readonly string _root = Path.Combine(Path.GetTempPath(), "surety-exclusion-" + Guid.NewGuid().ToString("N"));
    private readonly SigningKey _operator = SigningKey.FromSeed("operator"u8);
    private readonly SigningKey _trader = SigningKey.FromSeed("trader"u8);
    private long _timeNs = StartNs;
    private ulong _nonce;

    public void Dispose()
    {
        SuretyEngine.Fault = null;
        SuretyEngine.TimerFault = null;
        _operator.Dispose();
        _trader.Dispose();
        File.Delete(_root + ".head");
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_command_that_stops_the_engine_is_passed_over_and_the_venue_goes_on_and_verifies(bool snapshot)
    {
        SuretyEngine.Fault = header => header.Nonce == Poison;
        using (Venue venue = Create())
        {
            if (snapshot)
            {
                venue.SealBlock();
                venue.TakeSnapshot();
            }
            Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
            Assert.Throws<InvariantViolationException>(() => Poisonous(venue));
        }
        var told = new List<(ulong Sequence, RefusalCode Code)>();
        using (Venue venue = Venue.Open(_root, (ledger, _, code, _) => told.Add((ledger.LastSequence, code))))
        {
            // Each once, though the journal was executed twice.
            Assert.Equal(told.Select(t => t.Sequence).Distinct(), told.Select(t => t.Sequence));
            Assert.Equal([RefusalCode.Excluded, RefusalCode.None], told.TakeLast(2).Select(t => t.Code));
            Assert.Equal(MarketStatus.Halted, venue.Ledger.Engine.State.Markets[0].Status);
            // The fault comes at the command's end: nothing of it may be left.
            Assert.Equal(4, venue.Ledger.Engine.State.Counts.Accounts);
            Assert.Null(Audit.FindViolation(venue.Ledger.Engine));
            Submit(venue, CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
            Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
            venue.SealBlock();
            if (snapshot)
            {
                venue.TakeSnapshot();
            }
        }
        Hash256 root;
        using (Venue venue = Venue.Open(_root))
        {
            root = venue.Ledger.Last.StateRoot;
        }
        VerificationResult result = new JournalVerification { AuditBlocks = true }.Run(_root);
        Assert.True(result.Holds, result.Problem);
        Assert.Equal(root, result.StateRoot);
    }

    [Fact]
    public void Something_due_that_stops_the_engine_is_set_aside_whatever_command_time_passes_with()
    {
        SuretyEngine.TimerFault = timer => timer.Kind == TimerKind.MarketExpiry && timer.DueNs == DueNs;
        using (Venue venue = Create(expiryNs: DueNs))
        {
            _timeNs = DueNs + 5;
            Assert.Throws<InvariantViolationException>(() =>
                Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer }));
        }
        for (int opened = 0; opened < 2; opened++)
        {
            using Venue venue = Venue.Open(_root);
            Assert.Equal((1, DueNs), (venue.Ledger.Engine.State.Counts.SetAsideCount, venue.Ledger.Engine.State.Counts.SetAside[0].DueNs));
            _timeNs += 1_000_000;
            Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
            Assert.Equal(MarketStatus.Halted, venue.Ledger.Engine.State.Markets[0].Status);
            venue.SealBlock();
            venue.TakeSnapshot();
        }
        VerificationResult result = new JournalVerification { AuditBlocks = true }.Run(_root);
        Assert.True(result.Holds, result.Problem);
    }

    [Fact]
    public void An_operator_cannot_exclude_a_command_that_does_no_harm()
    {
        SuretyEngine.Fault = header => header.Nonce == Poison;
        using (Venue venue = Create())
        {
            Assert.Throws<InvariantViolationException>(() => Poisonous(venue));
        }
        using (Venue venue = Venue.Open(_root))
        {
            Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
            venue.SealBlock();
        }
        Assert.True(new JournalVerification().Run(_root).Holds);
        // To a verifier whose engine carries the command out, the exclusion is censorship.
        SuretyEngine.Fault = null;
        VerificationResult result = new JournalVerification().Run(_root);
        Assert.False(result.Holds);
        Assert.Contains("yet it can be carried out", result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_stops_the_engine_without_an_exclusion_behind_it_does_not_verify()
    {
        using (Venue venue = Create())
        {
            Poisonous(venue);
            Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
            venue.SealBlock();
        }
        Assert.True(new JournalVerification().Run(_root).Holds);
        SuretyEngine.Fault = header => header.Nonce == Poison;
        Assert.Contains("without excluding it", new JournalVerification().Run(_root).Problem, StringComparison.Ordinal);
        Assert.Throws<JournalDamagedException>(() => Venue.Open(_root));
    }

    [Fact]
    public async System.Threading.Tasks.Task The_sender_is_told_that_the_venue_stopped_and_a_sequencer_goes_on_with_the_venue_opened_again()
    {
        SuretyEngine.Fault = header => header.Nonce == Poison;
        Venue venue = Create();
        byte[] poison = Record(venue, CommandKind.CreateSubAccount, new CreateSubAccount(), _trader, Poison, account: 2, key: 1);
        byte[] before = Record(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer }, _operator, ++_nonce, 0, 0);
        byte[] after = Record(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer }, _operator, ++_nonce, 0, 0);
        using var outbox = new Outbox([]);
        using (var sequencer = new Sequencer(venue, outbox))
        {
            sequencer.Start();
            // Two commands of one round: the first is carried out, and its sender too is told once.
            _ = sequencer.SubmitAsync([before]);
            await Assert.ThrowsAsync<VenueStoppedException>(() => sequencer.SubmitAsync([poison]));
            Assert.IsType<InvariantViolationException>(sequencer.Failure);
        }
        using var reopened = new Outbox([]);
        using var again = new Sequencer(Venue.Open(_root), reopened);
        again.Start();
        Assert.Equal(RefusalCode.None, (await again.SubmitAsync([after]))[0].Code);
        Assert.Equal(5, await again.ReadAsync(ledger => ledger.Engine.State.Counts.Accounts));
    }

    [Fact]
    public async System.Threading.Tasks.Task A_whole_node_whose_engine_stopped_opens_itself_again_goes_on_tells_the_operator_and_verifies()
    {
        SuretyEngine.Fault = header => header.Nonce == Poison;
        var log = new ListLog();
        var seal = new Settings.SealSettings { Head = _root + ".head" };
        byte[] before;
        byte[] poison;
        byte[] resume;
        byte[] after;
        using (Venue venue = Create())
        {
            before = Record(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer }, _operator, ++_nonce, 0, 0);
            poison = Record(venue, CommandKind.CreateSubAccount, new CreateSubAccount(), _trader, Poison, account: 2, key: 1);
            resume = Record(venue, CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading }, _operator, ++_nonce,
                0, 0);
            after = Record(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer }, _operator, ++_nonce, 0, 0);
        }
        await using (var node =
            new VenueNode(_root, new Settings.NodeSettings { Clock = new Settings.ClockSettings { Accept = true }, Seal = seal }, log))
        {
            Assert.Equal(RefusalCode.None, (await node.Commands.SubmitAsync(before))[0].Code);
            Sequencer stopped = node.Sequencer;
            await Assert.ThrowsAsync<VenueStoppedException>(() => stopped.SubmitAsync([poison]));
            for (int i = 0; i < 600 && (ReferenceEquals(node.Sequencer, stopped) || !node.Venue.IsReady); i++)
            {
                await System.Threading.Tasks.Task.Delay(50);
            }
            Assert.True(node.Venue.IsReady);
            Assert.Contains(log.Lines,
                l => l.StartsWith("Critical: command", StringComparison.Ordinal) && l.Contains("is excluded", StringComparison.Ordinal));
            Assert.Equal(MarketStatus.Halted, node.Catalog.Current.All[0].Status);
            ulong excluded = await node.Venue.ReadAsync(l => l.Engine.State.Counts.Excluded);
            History.OperatorRow told = node.History.OperatorCommands(10).Single(r => r.Outcome.Code == RefusalCode.Excluded);
            Assert.Equal((excluded, 2u), (told.Outcome.Sequence, told.Account));
            Assert.Equal(RefusalCode.None, (await node.Commands.SubmitAsync(resume))[0].Code);
            Assert.Equal(RefusalCode.None, (await node.Commands.SubmitAsync(after))[0].Code);
            // Four from its making, one before, one after; not the sub-account.
            Assert.Equal(5, await node.Venue.ReadAsync(l => l.Engine.State.Counts.Accounts));
        }
        await using (var node = new VenueNode(_root, new Settings.NodeSettings { Seal = seal }, log))
        {
            Assert.Equal(5, await node.Venue.ReadAsync(l => l.Engine.State.Counts.Accounts));
            Assert.Contains(node.History.OperatorCommands(10), r => r.Outcome.Code == RefusalCode.Excluded);
        }
        Assert.DoesNotContain(log.Lines,
            l => l.StartsWith("Error: ", StringComparison.Ordinal) && l.Contains("should not", StringComparison.Ordinal));
        VerificationResult result = new JournalVerification { AuditBlocks = true }.Run(_root);
        Assert.True(result.Holds, result.Problem);
    }

    private sealed class ListLog : Microsoft.Extensions.Logging.ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

        public IEnumerable<string> Lines => _lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state,
            Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
    }

    private Venue Create(long expiryNs = 0)
    {
        Genesis genesis = Genesis.Default("exclusion", _operator.PublicKey, StartNs);
        genesis.MaxAccounts = 64;
        genesis.MaxKeys = 128;
        genesis.MaxOrders = 256;
        genesis.MaxTriggers = 64;
        genesis.MaxTwaps = 64;
        genesis.MaxWithdrawals = 64;
        genesis.BlockCommands = 8;
        Venue venue = Venue.Create(_root, in genesis);
        Submit(venue, CommandKind.CreateIndex, new CreateIndex
        {
            Name = ShortName.From("BTC_USD"),
            Decimals = 2,
            Quorum = 1,
            MaxAgeMs = 60_000,
        });
        Submit(venue, CommandKind.CreateAsset, new CreateAsset
        {
            Name = ShortName.From("USD"),
            Decimals = 6,
            CollateralCapAtoms = Asset.MaxAmountAtoms,
        });
        Submit(venue, CommandKind.CreatePool, new CreatePool { Name = ShortName.From("main"), CollateralCount = 1, FeeTierCount = 1 });
        ListMarket listing = Scenarios.TestVenue.Listing("BTC", expiryNs);
        Submit(venue, CommandKind.ListMarket, listing);
        Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer, PublicKey = _trader.PublicKey });
        return venue;
    }

    // A sub-account is opened for the trader, then the engine stops: half of a command.
    private void Poisonous(Venue venue) =>
        Assert.Equal(RefusalCode.None,
            Send(venue, CommandKind.CreateSubAccount, new CreateSubAccount(), _trader, Poison, account: 2, key: 1));

    private void Submit<T>(Venue venue, CommandKind kind, T command)
        where T : unmanaged =>
        Assert.Equal(RefusalCode.None, Send(venue, kind, command, _operator, ++_nonce, 0, 0));

    private RefusalCode Send<T>(Venue venue, CommandKind kind, T command, SigningKey with, ulong nonce, uint account, uint key)
        where T : unmanaged => venue.Submit(Record(venue, kind, command, with, nonce, account, key), ++_timeNs);

    private static byte[] Record<T>(Venue venue, CommandKind kind, T command, SigningKey with, ulong nonce, uint account, uint key)
        where T : unmanaged
    {
        ref CommandHeader header = ref Unsafe.As<T, CommandHeader>(ref command);
        (header.Nonce, header.Account, header.Key) = (nonce, account, key);
        var record = new byte[Unsafe.SizeOf<T>() + CommandHeader.SignatureSize];
        with.Sign(venue.Ledger.Engine.State.GenesisHash, record, CommandCodec.Write(kind, ref command, record));
        return record;
    }
}
