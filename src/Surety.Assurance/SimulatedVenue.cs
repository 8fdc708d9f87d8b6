using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Simulation;
using Surety.Simulation.Faults;

namespace Surety.Assurance;

/// <summary>What a run was and found.</summary>
/// <param name="Broken">The first thing that was not as it must be; null for none.</param>
/// <param name="AtStep">The step it was found after.</param>
/// <param name="Commands">Commands that were told of.</param>
/// <param name="Blocks">Blocks that were told of.</param>
/// <param name="Restarts">Starts after crashes and failures of the disk.</param>
/// <param name="DamageFound">Damage that was recognised.</param>
/// <param name="Trades">Trades.</param>
/// <param name="Liquidations">Accounts below maintenance that were acted on.</param>
/// <param name="Operations">Operations of the disk.</param>
public sealed record SimulationResult(
    string? Broken, int AtStep, long Commands, long Blocks, int Restarts, int DamageFound, long Trades, long Liquidations, long Operations);

/// <summary>
/// A venue, its node, its disk, its network, clocks, sources and clients in one thread, all of it decided by the steps. Checked throughout:
/// every invariant of the state, that all that was acknowledged is there after every crash and comes to the same, that no request counts
/// twice, that an index stays within what honest sources say, that damage is recognised, and at the end that the journal alone leads to
/// the state that snapshots led to.
/// </summary>
public sealed class SimulatedVenue : IDisposable
{
    /// <summary>Clients.</summary>
    public const int Clients = 12;

    private const long StartNs = 1_600_000_000_000_000_000;
    private const int Honest = 3;
    private const int Sources = 4;
    private const int MostOnTheWay = 256;
    private const int CheckEvery = 64;
    private const uint Fund = 1;
    private const uint FirstClient = 2;
    private const long Dollar = Listings.Dollar;
    private const int MaxAgeMs = 60_000;

    private readonly SimulatedDisk _disk;
    private readonly Told _told;
    private readonly SimulatedNode _node;
    private readonly List<byte[]> _onTheWay = [];
    private readonly Dictionary<uint, ulong> _nonces = [];
    private readonly byte[] _record = new byte[CommandCodec.MaxRecordBytes];
    private byte[]? _last;
    private long _price = 8_000_00;
    private ulong _reports;

    private SimulatedVenue(ulong seed)
    {
        _disk = new SimulatedDisk(seed ^ 0xD15C);
        _told = new Told(new Honesty(1, Honest, MaxAgeMs * 1_000_000L));
        Genesis genesis = VenueBuilder.Unsigned("simulated", StartNs, 32, 64);
        (genesis.MaxOrders, genesis.MaxTriggers, genesis.MaxTwaps, genesis.MaxWithdrawals) = (2_048, 64, 16, 64);
        (genesis.MaxMarkets, genesis.MaxIndexes, genesis.BlockCommands, genesis.BlockMs) = (4, 4, 64, 20_000);
        _node = new SimulatedNode(_disk, _told, genesis, StartNs);
        Build();
    }

    /// <summary>Runs steps; stops at the first thing that is not as it must be.</summary>
    /// <param name="seed">Decides what the disk does where the steps leave it open.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="progress">Told now and then how many are done.</param>
    public static SimulationResult Run(ulong seed, IReadOnlyList<Step> steps, Action<int>? progress = null)
    {
        using var run = new SimulatedVenue(seed);
        int at = 0;
        for (; at < steps.Count && run._node.Broken is null; at++)
        {
            run.Do(steps[at]);
            if (at % CheckEvery == 0)
            {
                run._node.Check();
                progress?.Invoke(at);
            }
        }
        if (run._node.Broken is null)
        {
            run._node.Finish();
        }
        return new SimulationResult(run._node.Broken, at, run._told.Commands, run._told.Blocks, run._node.Restarts, run._node.DamageFound,
            run._told.Trades, run._told.Liquidations, run._disk.Operations);
    }

    /// <summary>
    /// Leaves out of a run that breaks all steps that it breaks without, as far as the time allows; what is left still breaks.
    /// </summary>
    public static List<Step> Minimise(ulong seed, IReadOnlyList<Step> steps, TimeSpan most)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        List<Step> left = [.. steps];
        for (int chunk = Math.Max(left.Count / 2, 1); chunk >= 1; chunk /= 2)
        {
            for (int from = 0; from < left.Count && clock.Elapsed < most;)
            {
                List<Step> without = [.. left.Take(from), .. left.Skip(from + chunk)];
                if (Run(seed, without).Broken is not null)
                {
                    left = without;
                }
                else
                {
                    from += chunk;
                }
            }
        }
        return left;
    }

    /// <inheritdoc/>
    public void Dispose() => _node.Dispose();

    private void Build()
    {
        var sender = new CommandSender(new NodeTarget(this), account => account == 0 ? 0 : account + Sources - 1) { TimeNs = StartNs };
        new VenueBuilder(sender)
            .Index("BTC_USD", decimals: 2, maxAgeMs: MaxAgeMs, minPrice: -1_000_00, jumpFloor: 100_00, quorum: Honest)
            .Sources(Sources)
            .Settlement("USD", 6)
            .Collateral("BTC", 8, index: 0, haircutPpm: 100_000, capAtoms: 100_00000000, poolCapAtoms: 1_000_000_00000000)
            .Pool(Listings.SmallPool())
            .Market(Listings.Small("BTC-PERPETUAL"))
            .Market(Listings.Small("BTC-TOMORROW", StartNs + 86_400_000_000_000))
            .Customers(Clients, 2_000 * Dollar)
            .Deposit(Fund, 500 * Dollar);
        foreach (uint key in Enumerable.Range(0, 64).Select(k => (uint)k))
        {
            _nonces[key] = sender.NextNonce(key) - 1;
        }
    }

    // While the venue is set up nothing fails.
    private sealed class NodeTarget(SimulatedVenue run) : ICommandTarget
    {
        public ulong LastSequence => run._told.LastSequence;

        public long LastDetail => 0;

        public RefusalCode Apply(ReadOnlySpan<byte> record)
        {
            run._node.Submit(record.ToArray());
            run._node.Round();
            run._node.Write();
            return run._told.LastCode;
        }
    }

    private void Do(Step step)
    {
        uint client = FirstClient + (step.A % Clients);
        switch (step.Kind)
        {
            case StepKind.Place:
                Place(client, step);
                break;
            case StepKind.Cancel:
                Send(CommandKind.CancelOrder, new CancelOrder { OrderId = OwnOrder(client, step.B) }, client);
                break;
            case StepKind.Credit:
                Send(CommandKind.Deposit,
                    new Deposit { ToAccount = client, Asset = (ushort)(step.C % 2), AmountAtoms = 1 + (step.B % (300 * Dollar)) }, 0);
                break;
            case StepKind.PayOut when step.C % 3 == 0:
                Send(CommandKind.Transfer,
                    new Transfer { ToAccount = FirstClient + (uint)(step.C / 3 % Clients), AmountAtoms = 1 + (step.B % (200 * Dollar)) },
                    client);
                break;
            case StepKind.PayOut when step.C % 3 == 1:
                Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 + (step.B % (400 * Dollar)) }, client);
                break;
            case StepKind.PayOut:
                ulong id = _node.State?.Withdrawals[(int)(step.B % 8)].Id ?? 0;
                Send(CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = id, Paid = (uint)(step.C / 3 % 2) }, 0);
                break;
            case StepKind.Isolate when step.C % 2 == 0:
                Send(CommandKind.SetMarginMode,
                    new SetMarginMode { Market = (ushort)(step.B % 2), Isolated = (ushort)(step.C / 2 % 2) }, client);
                break;
            case StepKind.Isolate:
                Send(CommandKind.AdjustIsolatedMargin,
                    new AdjustIsolatedMargin { Market = (ushort)(step.C / 2 % 2), AmountAtoms = (step.B % (200 * Dollar)) - (80 * Dollar) },
                    client);
                break;
            case StepKind.Report:
                Report(step);
                break;
            case StepKind.Lie:
                SendReport(Honest + 1, 1 + (step.B % 60_000_00));
                break;
            default:
                DoToMachines(step);
                break;
        }
    }

    private void DoToMachines(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Wait:
                long ns = 1 + (step.B % (step.C % 10 == 0 ? 40_000_000_000 : 2_000_000_000));
                (_node.WallNs, _node.MonotonicNs) = (_node.WallNs + ns, _node.MonotonicNs + ns);
                break;
            case StepKind.ClockJump:
                _node.WallNs += (step.B % 172_800_000_000_000) - 86_400_000_000_000;
                break;
            case StepKind.Deliver:
                for (long most = 1 + (step.B % 24); most > 0 && _onTheWay.Count > 0; most--)
                {
                    int at = step.C % 4 == 0 ? (int)((ulong)(step.B + most) % (ulong)_onTheWay.Count) : 0;
                    _node.Submit(_onTheWay[at]);
                    _onTheWay.RemoveAt(at);
                }
                break;
            case StepKind.Repeat when _last is { } last:
                OnTheWay(last);
                break;
            case StepKind.Lose when _onTheWay.Count > 0:
                _onTheWay.RemoveAt((int)(step.B % _onTheWay.Count));
                break;
            case StepKind.Flood when _last is { } last:
                for (int i = 0; i < 600; i++)
                {
                    _node.Submit(last);
                }
                break;
            case StepKind.Round:
                _node.Round();
                break;
            case StepKind.Write:
                _node.Write();
                break;
            default:
                Fail(step);
                break;
        }
    }

    private void Fail(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Snapshot:
                _node.Snapshot();
                break;
            case StepKind.LoseSnapshots:
                _node.Crash();
                _disk.Restart();
                foreach (string file in _node.Snapshots.Reverse().Take(1 + (int)(step.B % 3)))
                {
                    _disk.Delete(file);
                }
                _node.Start();
                break;
            case StepKind.Crash when step.C % 2 == 0:
                _node.Crash();
                _node.Start();
                break;
            case StepKind.Crash:
                _disk.CrashAt = _disk.Operations + 1 + (step.B % 12);
                break;
            case StepKind.Full:
                _disk.Room = _disk.Room == long.MaxValue ? step.B % 4_096 : long.MaxValue;
                if (_node.State is null && _disk.Room == long.MaxValue)
                {
                    _node.Start();
                }
                break;
            case StepKind.FlushFails:
                _disk.FailingFlushes = 1;
                break;
            case StepKind.Rot when _node.Stop():
                _node.Start(_disk.Rot(step.B % 3 == 0 ? ".snap" : step.B % 3 == 1 ? ".seg" : "durable"));
                break;
            default:
                break;
        }
    }

    private void Place(uint client, Step step)
    {
        var market = (ushort)(step.A / Clients % 2);
        long mark = _node.State?.Markets[market].MarkTicks ?? _price / 100;
        var side = (Side)(step.C % 2);
        long away = (step.B % 90) - 45;
        bool reduces = step.C / 2 % 8 == 0;
        Send(CommandKind.PlaceOrder,
            new PlaceOrder
            {
                Market = market,
                Side = side,
                PriceTicks = side == Side.Buy ? mark - away : mark + away,
                Lots = 1 + (step.B / 100 % (step.C / 16 % 10 == 0 ? 20_000 : 3_000)),
                TimeInForce = (TimeInForce)(step.C / 160 % 3),
                Options = reduces ? OrderOptions.ReduceOnly : OrderOptions.None,
                SelfTrade = (SelfTradePrevention)(step.C / 480 % 4),
            },
            client);
    }

    private ulong OwnOrder(uint client, long draw)
    {
        if (_node.State is not { } state)
        {
            return 0;
        }
        int slot = state.Derived.FirstOrderOf[client];
        for (long skip = draw % 4; skip > 0 && slot >= 0 && state.Derived.Links[slot].AccountNext >= 0; skip--)
        {
            slot = state.Derived.Links[slot].AccountNext;
        }
        return slot < 0 ? 0 : state.Orders[slot].Id;
    }

    // A walk, sometimes with a leap, drawn back to where it began so that no run ends with all accounts closed.
    private void Report(Step step)
    {
        long part = (step.B % 13) - 6;
        long leap = step.C % 30 == 0 ? 15 : 1;
        _price += (_price * part * leap / 1_000) + ((8_000_00 - _price) / 50);
        for (uint source = 1; source <= Honest; source++)
        {
            SendReport(source, _price + (source == 1 ? step.C % 300 : 0));
        }
    }

    private void SendReport(uint source, long price) =>
        Send(CommandKind.ReportPrice,
            new ReportPrice { Price = price, ObservedNs = _node.State?.TimeNs ?? _node.WallNs, ReportSequence = ++_reports }, 0, source);

    private void Send<T>(CommandKind kind, T command, uint account, uint? key = null)
        where T : unmanaged
    {
        uint signer = key ?? (account == 0 ? 0 : account + Sources - 1);
        ref CommandHeader header = ref System.Runtime.CompilerServices.Unsafe.As<T, CommandHeader>(ref command);
        (header.Account, header.Key, header.Nonce) = (account, signer, ++_nonces[signer]);
        int length = CommandCodec.Write(kind, ref command, _record);
        OnTheWay(_last = _record[..length]);
    }

    private void OnTheWay(byte[] record)
    {
        if (_onTheWay.Count < MostOnTheWay)
        {
            _onTheWay.Add(record);
        }
    }
}
