using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Cli.Commands;
using Surety.Engine.Auditing;
using Surety.Engine.State;
using Surety.Engine.Tests;
using Surety.Gateway;
using Surety.Gateway.Api;
using Surety.Node;
using Surety.Node.Archive;
using Surety.Node.Proving;
using Surety.Node.Settings;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Venues;
using Surety.Replay.Verification;
using Surety.Scenarios;

namespace Surety.Cli.Tests;

/// <summary>
/// What the engine accepts, everything that follows it can follow: a random day with every product, then every kind of command with its
/// fields replaced by extremes, through a whole node, live and opened again, and through everything that reads a journal.
/// </summary>
public sealed class ProjectionTests : IDisposable
{
    private static readonly long[] Extremes =
    [
        0, 1, 2, 7, -1, 9, 10, 100, 1_000, 1_000_000, 1_000_001, long.MaxValue, long.MinValue, int.MaxValue, int.MinValue, ushort.MaxValue,
        1L << 40, -(1L << 40), 1L << 50, -(1L << 50), (1L << 50) - 1, 1L << 55, 1L << 61, 1L << 62,
    ];

    private static readonly string[] Names =
    [
        "A", "X-PERPETUAL", "BTC_USD-27MAR20-8000-C", "BTC_USD-27MAR20-0d5-P", "ETH-31FEB99", "ANY_any-PERPETUAL", "a--__--a",
        "123456789012345678901234", "none", "raw", "USD", "any", "a.b", "a/b", "a'b", "PERPETUAL", "Q_Q_Q-1JAN70",
    ];

    private readonly string _root = Path.Combine(Path.GetTempPath(), "surety-projections-" + Guid.NewGuid().ToString("N"));
    private readonly ConcurrentQueue<string> _unexpected = new();
    private readonly Dictionary<CommandKind, (int Accepted, int Sent)> _kinds = [];
    private readonly Dictionary<uint, ulong> _nonces = [];
    private ulong _reports = 10_000_000;

    public void Dispose()
    {
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    [Theory]
    [InlineData(1)]
    public async Task Every_command_that_the_engine_accepts_can_be_followed_by_every_projection_and_opened_again(ulong seed)
    {
        // An address book without delays.
        var products = new ManyProducts(seed, box => (box.Value.AddressesPerOwner, box.Value.ConfirmSeconds) = (4, 3_600));
        for (int i = 0; i < 1_500; i++)
        {
            products.Step();
        }
        products.Venue.Must(CommandKind.SetFees, new SetFees { FeeTierCount = 1, ActivateNs = products.Venue.TimeNs + 3_600_000_000_000 });
        // What the random day has none of.
        uint person = TestVenue.FirstTrader;
        MarketTerms options = OptionsVenue.Terms("BTC_USD", 0);
        products.Venue.Send(CommandKind.ScheduleListings, new ScheduleListings
        {
            Terms = options,
            StrikeStep = 500_00,
            StrikesEachSide = 1,
            Weeks = 1,
            Surface = OptionalId.Of(0),
        });
        products.Venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), person);
        products.Venue.Must(CommandKind.CloseSubAccount, new CloseSubAccount { Closed = (uint)products.Venue.State.Counts.Accounts - 1 },
            person);
        products.Venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), person);
        products.Venue.Send(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Trade }, person);
        products.Venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = (uint)products.Venue.State.Counts.Keys - 1 }, person);
        products.Venue.Send(CommandKind.Transfer,
            new Transfer { ToAccount = (uint)products.Venue.State.Counts.Accounts - 1, AmountAtoms = 1 }, person);
        products.Venue.Must(CommandKind.LinkOwners, new LinkOwners { Owner = person, With = person + 1 });
        products.Venue.Must(CommandKind.GrowCapacity,
            new GrowCapacity { Table = (uint)TableId.Triggers, Capacity = products.Venue.State.Limits[0].MaxTriggers + 16 });
        products.Venue.Must(CommandKind.SetOwnerLimits, new SetOwnerLimits { Keys = 60 });
        products.Venue.Must(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms { ConfirmSeconds = 3_000 });
        Withdrawals(products.Venue, person + 2);
        List<byte[]> records = products.Venue.Records;
        var random = new Random((int)seed);
        // Blocks come often: snapshots and proofs wait for the next one.
        Genesis genesis = products.Venue.State.Genesis;
        (genesis.BlockMs, genesis.BlockCommands) = (500, 1_024);
        using (Venue venue = Venue.Create(_root, in genesis))
        {
            foreach (byte[] record in records)
            {
                Count(record, venue.Submit(record, TimeOf(record)));
            }
            venue.SealBlock();
            venue.TakeSnapshot();
            ILookup<CommandKind, byte[]> byKind = records.ToLookup(r => CommandCodec.View<CommandHeader>(r).Kind);
            for (int i = 0; i < 3_000; i++)
            {
                byte[] record = Mutated(byKind, random, venue.Ledger.Engine.State);
                Count(record, venue.Submit(record, venue.Ledger.Engine.State.TimeNs + (random.Next(50) * 1_000_000L)));
            }
            Assert.Null(Audit.FindViolation(venue.Ledger.Engine));
        }

        ReadTheJournal();

        // Live: what comes now is followed as it comes, with listeners to every channel.
        await using (VenueGateway gateway = Open())
        {
            VenueNode node = gateway.Node;
            using RpcConnection listener = Listen(gateway);
            ILookup<CommandKind, byte[]> byKind = records.ToLookup(r => CommandCodec.View<CommandHeader>(r).Kind);
            for (int i = 0; i < 400; i++)
            {
                byte[] record = await node.Venue.ReadAsync(l => Mutated(byKind, random, l.Engine.State));
                Count(record, (await node.Commands.SubmitAsync(record))[0].Code);
            }
            await node.Snapshots.TakeAsync();
            await AskEverything(gateway);
        }
        Assert.True(_unexpected.IsEmpty, string.Join("\n", _unexpected.Distinct().Take(20)));
        // A yes to a price in quarantine, a bond, a transfer and isolated collateral in doubtful prices are a matter of luck here.
        CommandKind[] missing =
            [.. Enum.GetValues<CommandKind>()
                .Where(k =>
                CommandCodec.SizeOf(k) != 0
                    && k is not (CommandKind.Tick or CommandKind.Exclusion or CommandKind.ConfirmIndexPrice or CommandKind.PostBond
                    or CommandKind.Transfer or CommandKind.AdjustIsolatedMargin))
            .Where(k => _kinds.GetValueOrDefault(k).Accepted == 0)];
        Assert.True(missing.Length == 0,
            $"never accepted: {string.Join(", ", missing.Select(k => $"{k} of {_kinds.GetValueOrDefault(k).Sent}"))}");

        // Opened again.
        await using (VenueGateway gateway = Open())
        {
            await AskEverything(gateway);
        }
        Assert.True(_unexpected.IsEmpty, string.Join("\n", _unexpected.Distinct().Take(20)));
        VerificationResult result = new JournalVerification().Run(_root);
        Assert.True(result.Holds, result.Problem);
    }

    // One that is cancelled and one that another key confirms; a rule; an address that comes and goes.
    private static void Withdrawals(TestVenue venue, uint account)
    {
        venue.Deposit(account, 1_000_000);
        venue.Must(CommandKind.AddKey,
            new AddKey { Scopes = KeyScopes.Customer, PublicKey = PublicKey.From([.. Enumerable.Repeat((byte)7, 64)]) }, account);
        uint second = (uint)venue.Events<CommandAccepted>(EventKind.CommandAccepted)[^1].Created;
        venue.Must(CommandKind.AllowAddress, new AllowAddress { Text = AddressText.From("0xabc") }, account);
        foreach (CommandKind end in (CommandKind[])[CommandKind.CancelWithdrawal, CommandKind.ApproveWithdrawal])
        {
            venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1, Address = OptionalId.Of(0) }, account);
            ulong id = venue.Events<CommandAccepted>(EventKind.CommandAccepted)[^1].Created;
            venue.Must(end, new CancelWithdrawal { WithdrawalId = id }, account, second);
            if (end == CommandKind.ApproveWithdrawal)
            {
                venue.Must(CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = id, Paid = 1 });
            }
        }
        venue.Must(CommandKind.RemoveAddress, new RemoveAddress(), account);
        venue.Must(CommandKind.SetWithdrawalRule, new SetWithdrawalRule { SecondKey = 1 }, account);
    }

    // Everything that executes the journal again; before the node's clock makes it years longer.
    private void ReadTheJournal()
    {
        ulong last = 0;
        foreach (ArchiveBatch batch in JournalReplay.Batches(_root, 0))
        {
            last = batch.IsEmpty ? last : batch.Last;
        }
        Assert.NotEmpty(MarginCalls.Certify(_root, null).ToList());
        Assert.NotNull(BlockStore.Rebuild(_root, last / 2));
        foreach (string what in (string[])["trades", "positions", "funding", "blocks", "movements", "events"])
        {
            string file = Path.Combine(_root, what + ".csv");
            Command export = OperationCommands.Create().Single(c => c.Name == "export");
            Assert.Equal(0,
                export.Parse([_root, what, "--out", file]).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        }
        using var console = new CapturedConsole();
        Command inspect = InspectCommand.Create();
        foreach (
            string what in (string[])["venue", "accounts", "positions", "contracts", "books", "blocks", "account 2", "account 0", "book 0",
                "command 100"])
        {
            Assert.Equal(0,
                inspect.Parse([_root, .. what.Split(' ')]).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        }
    }

    private VenueGateway Open() =>
        new(_root,
            new NodeSettings
            {
                Clock = new ClockSettings { Accept = true },
                Seal = new SealSettings { Head = _root + ".head" },
                Limits = new LimitSettings
                {
                    UnitsPerSecond = 1_000_000,
                    UnitsBurst = 10_000_000,
                    Channels = 100_000,
                    OutgoingBytes = 256 << 20
                }
            }, new Errors(_unexpected));

    private static RpcConnection Listen(VenueGateway gateway)
    {
        var connection = new RpcConnection(256 << 20) { Address = IPAddress.Loopback };
        var names = new List<string> { "surety.events", "surety.blocks", "platform_state", "trades.any.any.100ms" };
        foreach (string market in gateway.Node.Catalog.Current.All.Select(i => i.Name))
        {
            names.AddRange(
                [$"book.{market}.100ms", $"book.{market}.none.10.100ms", $"ticker.{market}.100ms", $"quote.{market}",
                    $"perpetual.{market}.100ms", $"trades.{market}.100ms", $"chart.trades.{market}.1"]);
        }
        names.AddRange(gateway.Node.Catalog.Current.Indexes.Select(i => $"deribit_price_index.{i}"));
        foreach (string name in names)
        {
            try
            {
                gateway.Channels.Subscribe(connection, [name], null);
            }
            catch (RpcException e) when (e.Code == -32602)
            {
                // Not every market has every channel.
            }
        }
        gateway.Channels.Welcome();
        return connection;
    }

    // Every public method, about each market, currency and index there is.
    private async Task AskEverything(VenueGateway gateway)
    {
        VenueNode node = gateway.Node;
        string[] markets = [.. node.Catalog.Current.All.Select(i => i.Name)];
        string[] currencies = [.. node.Catalog.Current.Currencies.Select(c => c.Name), "any"];
        string[] indexes = [.. node.Catalog.Current.Indexes];
        Assert.All(markets.Concat(currencies).Concat(indexes), name => Assert.Matches("^[A-Za-z0-9][A-Za-z0-9_-]*$", name));
        foreach (RpcMethod method in gateway.Methods.Where(m => m.Scope == KeyScopes.None && !m.NeedsConnection))
        {
            foreach (string market in method.Params.Any(p => p.Name == "instrument_name") ? markets : [""])
            {
                foreach (string currency in method.Params.Any(p => p.Name == "currency") ? currencies : [""])
                {
                    foreach (string index in method.Params.Any(p => p.Name == "index_name") ? indexes : [""])
                    {
                        await Ask(gateway, method, market, currency, index);
                    }
                }
            }
        }
    }

    private async Task Ask(VenueGateway gateway, RpcMethod method, string market, string currency, string index)
    {
        long now = gateway.Node.Venue.Released.TimeNs / 1_000_000;
        var parameters = new Dictionary<string, object>
        {
            ["instrument_name"] = market,
            ["currency"] = currency,
            ["index_name"] = index,
            ["resolution"] = "60",
            ["start_timestamp"] = now - 86_400_000,
            ["end_timestamp"] = now,
            ["start_timestamp_ms"] = now - 86_400_000,
            ["count"] = 1_000,
            ["depth"] = 10_000,
            ["length"] = "8h",
            ["sequence"] = 50,
            ["height"] = 1,
            ["key"] = 0,
            ["account"] = 2,
            ["start_seq"] = 1,
            ["end_seq"] = 1_000,
        };
        var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        JsonElement asked = JsonSerializer.SerializeToElement(parameters.Where(p => p.Value is not "").ToDictionary());
        gateway.Dispatcher.Call(method.Name, default, asked, new Person { Address = IPAddress.Loopback },
            a => answered.TrySetResult(Encoding.UTF8.GetString(a.Span)));
        string answer = await answered.Task.WaitAsync(TimeSpan.FromSeconds(60));
        using JsonDocument json = JsonDocument.Parse(answer);
        if (json.RootElement.TryGetProperty("error", out JsonElement error) && error.GetProperty("code").GetInt32() == 11094)
        {
            _unexpected.Enqueue($"{method.Name} {asked}");
        }
    }

    private void Count(byte[] record, RefusalCode code)
    {
        CommandKind kind = CommandCodec.View<CommandHeader>(record).Kind;
        (int accepted, int sent) = _kinds.GetValueOrDefault(kind);
        _kinds[kind] = (accepted + (code == RefusalCode.None ? 1 : 0), sent + 1);
    }

    private static long TimeOf(byte[] record) => CommandCodec.View<CommandHeader>(record).TimeNs;

    // A command that was sent before, of any kind alike, with a fresh nonce and up to three fields replaced.
    private byte[] Mutated(ILookup<CommandKind, byte[]> byKind, Random random, VenueState state)
    {
        CommandKind[] kinds = [.. byKind.Select(k => k.Key).Where(k => k is not (CommandKind.Tick or CommandKind.RevokeKey))];
        CommandKind kind = kinds[random.Next(kinds.Length)];
        byte[][] these = [.. byKind[kind]];
        byte[] record = [.. these[random.Next(these.Length)]];
        Span<byte> body = record.AsSpan(CommandHeader.Size);
        for (int n = random.Next(4); n > 0 && body.Length >= 8; n--)
        {
            int size = 1 << random.Next(4);
            int at = random.Next(body.Length / size) * size;
            Span<byte> value = new byte[8];
            BitConverter.TryWriteBytes(value, Extremes[random.Next(Extremes.Length)]);
            value[..size].CopyTo(body[at..]);
        }
        bool named = kind is CommandKind.CreateAsset or CommandKind.CreatePool or CommandKind.CreateIndex or CommandKind.ListMarket
            or CommandKind.ListContract or CommandKind.ScheduleListings;
        if (named && random.Next(4) != 0)
        {
            string name = random.Next(3) == 0
                ? Names[random.Next(Names.Length)]
                : "N" + random.Next(1_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture);
            body[..ShortName.Size].Clear();
            Encoding.ASCII.GetBytes(name, body);
        }
        if (kind == CommandKind.ReportPrice)
        {
            ref ReportPrice report = ref MemoryMarshal.AsRef<ReportPrice>(record.AsSpan());
            (report.ReportSequence, report.ObservedNs) = (++_reports, state.TimeNs);
        }
        if (kind is CommandKind.ChangeMarket or CommandKind.SetFees && random.Next(4) != 0)
        {
            ref long activate = ref kind == CommandKind.SetFees
                ? ref MemoryMarshal.AsRef<SetFees>(record.AsSpan()).ActivateNs
                : ref MemoryMarshal.AsRef<ChangeMarket>(record.AsSpan()).ActivateNs;
            activate = state.TimeNs + 3_700_000_000_000;
        }
        ref CommandHeader header = ref MemoryMarshal.AsRef<CommandHeader>(record.AsSpan());
        ulong highest = state.Keys[(int)header.Key].HighestNonce;
        header.Nonce = _nonces[header.Key] = Math.Max(_nonces.GetValueOrDefault(header.Key), highest) + 1;
        (header.ExpiresNs, header.TimeNs) = (0, 0);
        return record;
    }

    private sealed class Person : RpcPeer;

    private sealed class Errors(ConcurrentQueue<string> unexpected) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                unexpected.Enqueue(formatter(state, exception) + exception);
            }
        }
    }
}
