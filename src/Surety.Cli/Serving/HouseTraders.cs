using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Node;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Cli.Serving;

/// <summary>
/// Counterparties: makers who quote every market around its fair price, a crowd that takes, and people with too much leverage
/// whom a fall liquidates. They trade through the node like anyone else, once a second.
/// </summary>
internal sealed class HouseTraders : IDisposable
{
    private const int Makers = 8;
    private const int OptionMakers = 3;
    private const int Crowd = 24;
    private const int Leveraged = 40;
    private const long Usdc = 1_000_000;
    private readonly VenueNode _node;
    private readonly string _seed;
    private readonly List<(uint Account, DelegatedKey Key)> _people = [];
    private SplitMix _random = new((ulong)Environment.TickCount64);
    private int _second;

    public HouseTraders(VenueNode node)
    {
        _node = node;
        // A secret of this venue: its directory gives these keys, and nothing else does.
        using SigningKey seed = node.Vault.FindKey("house-traders") ?? node.Vault.MakeKey("house-traders");
        _seed = Convert.ToHexStringLower(seed.PublicKey.ToBytes()) + node.Vault.Read("house-traders.pem");
    }

    private static int Everyone => Makers + OptionMakers + Crowd + Leveraged;

    /// <summary>Opens their accounts, right after the venue was set up and before anyone else can.</summary>
    public async Task ArriveAsync()
    {
        for (int i = 0; i < Everyone; i++)
        {
            SigningKey key = SigningKey.FromSeed(Encoding.UTF8.GetBytes($"{_seed} {i}"));
            uint account = (uint)(2 + i);
            if (_node.Venue.State.Counts.Accounts <= account)
            {
                await _node.Operator.SubmitAsync(CommandKind.OpenAccount,
                    new OpenAccount { PublicKey = key.PublicKey, Scopes = KeyScopes.Customer });
                long money = i < Makers + OptionMakers
                    ? 20_000_000
                    : i < Makers + OptionMakers + Crowd
                    ? 50_000
                    : 400 + _random.Below(2_000);
                await _node.Operator.SubmitAsync(CommandKind.Deposit, new Deposit { ToAccount = account, AmountAtoms = money * Usdc });
            }
            _people.Add((account, _node.Signing.Hold(key, "house-traders")));
        }
    }

    /// <summary>Trades until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            while (await timer.WaitForNextTickAsync(stop))
            {
                try
                {
                    List<byte[]> commands = await ThinkAsync();
                    if (commands.Count > 0)
                    {
                        await _node.Commands.SubmitAsync([.. commands]);
                    }
                }
                catch (Exception e) when (e is VenueStoppedException or QueueFullException)
                {
                    // Next second.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    public void Dispose() => _people.ForEach(p => p.Key.Dispose());

    private async Task<List<byte[]>> ThinkAsync()
    {
        _second++;
        Seen seen = await _node.Venue.ReadAsync(l => new Seen(l.Engine, Everyone));
        var commands = new List<byte[]>();
        int[] futures =
            [.. Enumerable.Range(0, seen.Markets.Length).Where(m => seen.Markets[m].Kind != MarketKind.Contract && seen.CanQuote(m))];
        int[] options =
            [.. Enumerable.Range(0, seen.Markets.Length)
                .Where(m => seen.Markets[m].Kind == MarketKind.Contract && seen.CanQuote(m) && seen.Markets[m].MarkTicks > 0)];
        for (int i = 0; i < Makers; i++)
        {
            Quote(commands, i, futures, seen, i);
        }
        for (int i = 0; i < OptionMakers && options.Length > 0; i++)
        {
            int from = _second * 14 % options.Length;
            Quote(commands, Makers + i,
                [.. Enumerable.Range(0, Math.Min(14, options.Length)).Select(k => options[(from + k) % options.Length]).Distinct()], seen,
                i);
        }
        for (int n = 0; n < 5 && futures.Length > 0; n++)
        {
            Wander(commands, Makers + OptionMakers + (int)_random.Below(Crowd),
                _random.Below(6) == 0 && options.Length > 0 ? options : futures, seen);
        }
        for (int n = 0; n < 3 && futures.Length > 0; n++)
        {
            await Gamble(commands, Makers + OptionMakers + Crowd + (int)_random.Below(Leveraged), futures, seen);
        }
        return commands;
    }

    private void Quote(List<byte[]> commands, int who, int[] markets, Seen seen, int rung)
    {
        var quote = new MassQuote { Header = { Account = _people[who].Account } };
        foreach (int m in markets.Take(MassQuote.MaxEntries))
        {
            (MarketKind kind, _, long mark, long fair, long most, _) = seen.Markets[m];
            bool option = kind == MarketKind.Contract;
            fair = option ? mark : fair;
            long unit = Math.Max(fair / (option ? 200 : 20_000), 1);
            long half = Math.Max(1, unit * (1 + (2 * rung)));
            long held = seen.Lots(who, m);
            long lean = Math.Clamp(held / (option ? 20 : 3_000), -20, 20) * unit;
            long lots = (option ? 20 : 300) + (rung * (option ? 20 : 250)) + _random.Below(100);
            quote.Entries[(int)quote.Count++] = new QuoteEntry
            {
                Market = (ushort)m,
                BidTicks = Math.Clamp(fair - half - lean, 1, most - 1),
                BidLots = fair - half - lean < 1 || held > 100_000 ? 0 : lots,
                AskTicks = Math.Clamp(fair + half - lean, 2, most),
                AskLots = held < -100_000 ? 0 : lots,
            };
        }
        if (quote.Count > 0)
        {
            Span<byte> record = stackalloc byte[CommandCodec.MaxRecordBytes];
            int length = CommandCodec.WriteMassQuote(ref quote, record);
            commands.Add(_people[who].Key.Sign(_node.Venue.State, record[..length]));
        }
    }

    // Small orders: most take, some wait near the market until they are cancelled.
    private void Wander(List<byte[]> commands, int who, int[] markets, Seen seen)
    {
        int m = markets[_random.Below(markets.Length)];
        (MarketKind kind, _, long mark, _, long most, _) = seen.Markets[m];
        var side = (Side)_random.Below(2);
        bool takes = _random.Below(10) < 6;
        long near = Math.Max(mark / 2_000, 1) * (1 + _random.Below(20));
        long price = side == Side.Buy == takes ? mark + near : mark - near;
        if (_random.Below(4) == 0)
        {
            Add(commands, who, CommandKind.CancelAll, default(CancelAll));
        }
        Add(commands, who, CommandKind.PlaceOrder, new PlaceOrder
        {
            Market = (ushort)m,
            Side = side,
            Lots = 1 + _random.Below(kind == MarketKind.Contract ? 5 : 60),
            PriceTicks = Math.Clamp(price, 1, most),
            TimeInForce = takes ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancelled,
        });
    }

    // Longs with ten to eighteen times their money; who lost it all brings new money now and then.
    private async Task Gamble(List<byte[]> commands, int who, int[] futures, Seen seen)
    {
        long equity = seen.Equity[who];
        if (seen.HasPosition(who))
        {
            return;
        }
        if (equity < 150 * Usdc)
        {
            await _node.Operator.SubmitAsync(CommandKind.Deposit,
                new Deposit { ToAccount = _people[who].Account, AmountAtoms = (400 + _random.Below(2_000)) * Usdc });
            return;
        }
        int m = futures[_random.Below(futures.Length)];
        (_, _, long mark, _, long most, long atoms) = seen.Markets[m];
        long lots = Math.Min(equity * (10 + _random.Below(8)) / Math.Max(mark * atoms, 1), 3_000);
        Side side = _random.Below(4) == 0 ? Side.Sell : Side.Buy;
        if (lots > 0)
        {
            Add(commands, who, CommandKind.PlaceOrder, new PlaceOrder
            {
                Market = (ushort)m,
                Side = side,
                Lots = lots,
                PriceTicks = Math.Clamp(side == Side.Buy ? mark + (mark / 100) : mark - (mark / 100), 1, most),
                TimeInForce = TimeInForce.ImmediateOrCancel,
            });
        }
    }

    private void Add<T>(List<byte[]> commands, int who, CommandKind kind, T command)
        where T : unmanaged => commands.Add(_node.Signing.Sign(_people[who].Key, _people[who].Account, kind, command));

    /// <summary>What they look at, copied on the sequencer's thread.</summary>
    private sealed class Seen
    {
        private readonly Dictionary<(int Who, int Market), long> _lots = [];

        public Seen(Surety.Engine.SuretyEngine engine, int people)
        {
            IndexedState state = engine.State;
            Markets = new (MarketKind, MarketStatus, long, long, long, long)[state.Counts.Markets];
            for (int m = 0; m < Markets.Length; m++)
            {
                ref readonly Market market = ref state.Markets[m];
                Markets[m] =
                    (market.Kind, market.HasMark == 0 ? MarketStatus.Halted : market.Status, market.MarkTicks, market.IndexTicks,
                        market.MaxPriceTicks, market.AtomsPerTickLot);
            }
            Equity = new long[people];
            for (int who = 0; who < people && who + 2 < state.Counts.Accounts; who++)
            {
                Health health = engine.Margin.Cross((uint)(who + 2));
                Equity[who] = health.EquityAtoms;
                int first = (who + 2) * state.PositionsPerAccount;
                for (int row = first; row < first + state.PositionsPerAccount; row++)
                {
                    if (state.Derived.MarketOfPosition[row] != 0 && state.Positions[row].Lots != 0)
                    {
                        _lots[(who, state.Derived.MarketOfPosition[row] - 1)] = state.Positions[row].Lots;
                    }
                }
            }
        }

        public (MarketKind Kind, MarketStatus Status, long MarkTicks, long FairTicks, long MaxTicks, long AtomsPerTickLot)[] Markets
        {
            get;
        }

        public long[] Equity { get; }

        public bool CanQuote(int market) => Markets[market].Status == MarketStatus.Trading;

        public long Lots(int who, int market) => _lots.GetValueOrDefault((who, market));

        public bool HasPosition(int who) => _lots.Keys.Any(k => k.Who == who);
    }
}
