using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using Surety.Core.Numerics;
using Surety.Engine;
using Surety.Engine.Indexes;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Simulation;
using Commands = Venue.Command;
using ModelCommand = Venue._ICommand;
using ModelTaking = Venue._ITaking;

namespace Surety.Formal.Tests;

/// <summary>
/// An engine and the model, of one pool with a fund, eight traders and two perpetuals on indexes of their own, and one stream of random
/// commands to both. After each command every refusal, fill, balance, position and price is compared.
/// </summary>
internal sealed class SideBySide
{
    private const int Traders = 8;
    private const uint FirstTrader = 2;
    private const uint Fund = 1;
    private const int Sources = 3;
    private const int Markets = 2;
    private const long StartNs = 1_584_000_000_000_000_000;

    private readonly SuretyEngine _engine;
    private readonly EngineTarget _target;
    private readonly CommandSender _sender;
    private readonly ModelVenue _model;
    private readonly List<(ulong Id, uint Account)> _orders = [];
    private readonly List<(ulong Engine, long Model)> _withdrawals = [];
    private readonly long[] _price = [8_000_00, 3_000_00];
    private readonly ulong[] _reports = new ulong[Markets * Sources];
    private SplitMix _random;
    private string? _first;
    private long _asked;
    private int _turn;

    public SideBySide(ulong seed, Func<Pool, Pool>? misread = null)
    {
        _random = new SplitMix(seed);
        Genesis genesis = VenueBuilder.Unsigned("formal", StartNs, 64, 256);
        (genesis.MaxOrders, genesis.OrdersPerAccount, genesis.MaxWithdrawals) = (4_096, 1_024, 64);
        _engine = new SuretyEngine(genesis);
        _target = new EngineTarget(_engine);
        _sender = new CommandSender(_target, account => account == 0 ? 0 : account + 2) { TimeNs = StartNs };
        var builder = new VenueBuilder(_sender);
        builder.Index(Index("ONE_USD")).Sources(Sources, jumpPpm: 300_000);
        builder.Index(Index("TWO_USD")).Sources(Sources, jumpPpm: 300_000);
        builder.Settlement("USD", 6).Pool(PoolTerms()).Market(Terms("ONE-PERP", 0, 1_000)).Market(Terms("TWO-PERP", 1, 2_000));
        builder.Customers(Traders, 0);
        _model = new ModelVenue(State, Traders + 1, misread);
        _sender.TimeNs += 1_000_000_000;
        // A fund that can pay, or one that is soon empty: then gains are charged, and last everyone shares.
        long fund = Dollars(seed % 2 == 0 ? 300 : 2);
        Keep(Credit(Fund, fund));
        for (uint a = FirstTrader; a < FirstTrader + Traders; a++)
        {
            Keep(Credit(a, Dollars(400)));
        }
        for (int i = 0; i < Markets * Sources; i++)
        {
            Keep(Report());
        }
    }

    /// <summary>Whether all markets trade: what breakers do is not in the model, and a stream ends there.</summary>
    public bool IsCovered => State.Markets[0].Status == MarketStatus.Trading && State.Markets[1].Status == MarketStatus.Trading;

    /// <summary>Commands that were compared.</summary>
    public long Steps { get; private set; }

    /// <summary>How often each answer came, by its name.</summary>
    public SortedDictionary<string, long> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>What happened in it.</summary>
    public Tally Seen { get; private set; }

    private IndexedState State => _engine.State;

    /// <summary>One random command to both. What differs, or null.</summary>
    public string? Step()
    {
        if (_first is not null)
        {
            return _first;
        }
        uint account = FirstTrader + (uint)_random.Below(Traders);
        switch (_random.Below(100))
        {
            case < 50:
                return Place(account);
            case < 62:
                (ulong id, uint owner) = _orders.Count == 0 ? (1, account) : _orders[(int)_random.Below(_orders.Count)];
                owner = _random.Chance(30) ? account : owner;
                return Both(CommandKind.CancelOrder, new CancelOrder { OrderId = id }, owner, Commands.create_Cancelled(id, owner - 1));
            case < 66:
                return Credit(account, _random.Chance(20) ? 0 : 1 + _random.Below(Dollars(40)));
            case < 70:
                return Withdraw(account);
            case < 73:
                return Confirm();
            case < 74:
                long given = _random.Below(Dollars(3));
                var transfer = new Transfer { ToAccount = Fund, AmountAtoms = given };
                return Both(CommandKind.Transfer, transfer, account, Commands.create_Transferred(account - 1, 0, given));
            default:
                return Report();
        }
    }

    private void Keep(string? difference) => _first ??= difference;

    private string? Place(uint account)
    {
        int market = (int)_random.Below(Markets);
        long mark = State.Markets[market].MarkTicks;
        bool buy = _random.Chance(500);
        long off = _random.Below((mark / 100) + 1) - (mark / 250);
        long price = _random.Chance(15) ? _random.Below(70_000)
            : _random.Chance(40) ? mark + _random.Below(mark / 4) - (mark / 8)
            : buy ? mark - off : mark + off;
        long lots = _random.Chance(10) ? _random.Below(3) * 100_000 : 1 + _random.Below(_random.Chance(300) ? 1_500 : 400);
        bool immediate = _random.Chance(200);
        bool wholly = !immediate && _random.Chance(60);
        bool post = _random.Chance(100);
        bool reduce = _random.Chance(90);
        var order = new PlaceOrder
        {
            Market = (ushort)market,
            Side = buy ? Side.Buy : Side.Sell,
            PriceTicks = price,
            Lots = lots,
            TimeInForce = immediate ? TimeInForce.ImmediateOrCancel : wholly ? TimeInForce.FillOrKill : TimeInForce.GoodTillCancelled,
            Options = (post ? OrderOptions.PostOnly : 0) | (reduce ? OrderOptions.ReduceOnly : 0),
        };
        return Both(CommandKind.PlaceOrder, order, account, null, (id, _) => Commands.create_Placed(
            global::Venue.Order.create(id, market, account - 1, buy, price, lots, immediate, wholly, post, reduce)));
    }

    private string? Withdraw(uint account)
    {
        long balance = Math.Max(State.Accounts[(int)account].Balances[0], 1);
        long atoms = _random.Chance(30) ? _random.Below(3) - 1 : 1 + _random.Below(_random.Chance(300) ? balance * 2 : 1 + (balance / 3));
        var withdraw = new Withdraw { AmountAtoms = atoms };
        string? difference = Both(CommandKind.Withdraw, withdraw, account, Commands.create_Withdrawn(account - 1, atoms));
        if ((long)_model.State.dtor_keeping.dtor_count > _asked)
        {
            ulong id = 0;
            for (int row = 0; row < State.Withdrawals.Rows; row++)
            {
                id = Math.Max(id, State.Withdrawals[row].Id);
            }
            _withdrawals.Add((id, ++_asked));
        }
        return difference;
    }

    private string? Confirm()
    {
        // What is under way mostly; what ended, or never was, too.
        int back = Math.Max(_withdrawals.Count - 1 - (int)_random.Below(6), 0);
        (ulong engine, long model) = _withdrawals.Count == 0 ? (99, 99) : _withdrawals[back];
        bool paid = _random.Chance(500);
        var confirm = new ConfirmWithdrawal { WithdrawalId = engine, Paid = paid ? 1u : 0u };
        return Both(CommandKind.ConfirmWithdrawal, confirm, 0, Commands.create_Confirmed(model, paid));
    }

    // Sources report in turn, so that none falls silent. Mostly small steps, sometimes a jump; sometimes what must be refused.
    private string? Report()
    {
        _sender.TimeNs += _random.Below(3_000) * 1_000_000;
        int turn = _turn++ % (Markets * Sources);
        int market = turn / Sources;
        uint key = 1 + (uint)(turn % Sources);
        long width = _price[market] / 100;
        long middle = market == 0 ? 8_000_00 : 3_000_00;
        if (turn % Sources == 0)
        {
            long jump = _random.Chance(120) ? (_random.Below(57) - 28) * width : 0;
            _price[market] += _random.Below(width + 1) - (width / 2) + ((middle - _price[market]) / 50) + jump;
            _price[market] = Math.Clamp(_price[market], middle / 3, middle * 3);
        }
        long price = _price[market] + _random.Below((width / 10) + 1);
        long observed = _sender.TimeNs;
        ulong sequence = ++_reports[turn];
        long confidence = _random.Below(width);
        switch (_random.Below(60))
        {
            case 0:
                observed += 2_000_000_000;
                break;
            case 1:
                observed -= 70_000_000_000;
                break;
            case 2:
                sequence--;
                break;
            case 3:
                price *= 2;
                break;
            case 4:
                confidence = price;
                break;
            case 5:
                price = 0;
                break;
            default:
                break;
        }
        var report = new ReportPrice
        {
            Index = (ushort)market,
            Price = price,
            Confidence = confidence,
            ObservedNs = observed,
            ReportSequence = sequence,
        };
        return Both(CommandKind.ReportPrice, report, 0, key, (_, takings) => Commands.create_Reported(
            global::Venue.Report.create(market, key, price, confidence, observed, sequence), takings));
    }

    private string? Credit(uint account, long atoms) => Both(
        CommandKind.Deposit, new Deposit { ToAccount = account, AmountAtoms = atoms }, 0, Commands.create_Deposited(account - 1, atoms));

    private string? Both<T>(CommandKind kind, T command, uint account, ModelCommand model)
        where T : unmanaged => Both(kind, command, account, null, (_, _) => model);

    // The model is told the number that an order got, and whom deleveraging asked.
    private string? Both<T>(
        CommandKind kind, T command, uint account, uint? key, Func<BigInteger, Dafny.ISequence<ModelTaking>, ModelCommand> said)
        where T : unmanaged
    {
        int from = _engine.Events.Log.Length > 1 << 20 ? 0 : _engine.Events.Log.Length;
        RefusalCode code = _sender.Send(kind, command, account, key);
        What what = ReadEvents(from);
        _model.Step(Commands.create_Passed(_sender.TimeNs));
        string answer = _model.Step(said(what.OrderId, ModelVenue.Seq(what.Takings)));
        if (kind == CommandKind.PlaceOrder && code == RefusalCode.None)
        {
            _orders.Add((what.OrderId, account));
            if (_orders.Count > 200)
            {
                _orders.RemoveRange(0, 100);
            }
        }
        if (!IsCovered)
        {
            return null;
        }
        Steps++;
        string name = code == RefusalCode.None ? "None" : code == RefusalCode.NoMarkPrice ? "MarketHasNoMark" : code.ToString();
        Answers[name] = (Answers.TryGetValue(name, out long before) ? before : 0) + 1;
        Seen += new Tally(what.Fills.Count, what.Acted.Count, what.Insolvent, what.Takings.Count, what.Shared);
        string? difference = name != answer ? Say($"the engine says {name}, the model {answer}") : Compare(what, code == RefusalCode.None);
        for (int m = 0; m < Markets; m++)
        {
            _model.TellRate(m, State.Markets[m].FundingRatePpb);
        }
        return difference is null ? null : Say($"step {Steps}, {kind} of account {account}: {difference}");
    }

    private sealed record What(ulong OrderId, List<ModelTaking> Takings, List<Trade> Fills, List<uint> Acted, long Insolvent, long Shared);

    private What ReadEvents(int from)
    {
        var what = new What(0, [], [], [], 0, 0);
        var reader = new EventReader(_engine.Events.Log.Bytes, from);
        while (reader.MoveNext())
        {
            switch (reader.Kind)
            {
                case EventKind.OrderPlaced:
                    what = what with { OrderId = reader.As<OrderPlaced>().OrderId };
                    break;
                case EventKind.Trade:
                    what.Fills.Add(reader.As<Trade>());
                    break;
                case EventKind.PositionTransferred:
                    PositionTransferred moved = reader.As<PositionTransferred>();
                    what.Takings.Add(global::Venue.Taking.create(moved.Header.Account - 1, Math.Abs(moved.Lots)));
                    break;
                case EventKind.LiquidationEnded:
                    LiquidationEnded ended = reader.As<LiquidationEnded>();
                    what.Acted.Add(ended.Header.Account);
                    what = what with { Insolvent = what.Insolvent + (ended.ResidualAtoms <= 0 ? 1 : 0) };
                    break;
                case EventKind.LossShared:
                    what = what with { Shared = what.Shared + reader.As<LossShared>().ShareAtoms };
                    break;
                default:
                    break;
            }
        }
        return what;
    }

    private string? Compare(What what, bool accepted)
    {
        global::Venue._IState model = _model.State;
        if (model.dtor_isAstray)
        {
            return "deleveraging took what the model would not give";
        }
        if (accepted)
        {
            string engineFills = string.Join("; ", what.Fills.Select(
                t => Say($"{t.MakerOrder} {t.PriceTicks} {t.Lots} {t.TakerFeeAtoms} {t.MakerFeeAtoms}")));
            string modelFills = model.dtor_fills.LongCount == 0 ? "" : string.Join("; ", model.dtor_fills.CloneAsArray().Select(
                f => Say($"{f.dtor_maker} {f.dtor_price} {f.dtor_lots} {f.dtor_takerFee} {f.dtor_makerFee}")));
            if (engineFills != modelFills && (what.Fills.Count != 0 || what.OrderId != 0))
            {
                return Say($"fills of the engine {engineFills}, of the model {modelFills}");
            }
            if (what.Acted.Count != 0 && !what.Acted.Select(a => (BigInteger)a - 1).SequenceEqual(model.dtor_acted.CloneAsArray()))
            {
                string acted = string.Join(",", model.dtor_acted.CloneAsArray().Select(a => a + 1));
                return Say($"acted on {string.Join(",", what.Acted)}, the model on {acted}");
            }
        }
        Accounts._IBooks books = _model.Books;
        for (uint a = Fund; a < FirstTrader + Traders; a++)
        {
            if (books.dtor_cash.Select(a - 1) != State.Accounts[(int)a].Balances[0])
            {
                return Say($"account {a} has {State.Accounts[(int)a].Balances[0]}, in the model {books.dtor_cash.Select(a - 1)}");
            }
            for (int m = 0; m < Markets; m++)
            {
                int row = State.FindPosition(a, m);
                Position p = row < 0 ? default : State.Positions[row];
                Accounts._IPosition q = books.dtor_markets.Select(m).dtor_positions.Select(a - 1);
                if (p.Lots != q.dtor_lots || p.EntryCostAtoms != q.dtor_cost || (p.Lots != 0 && p.FundingIndex != q.dtor_fundingIndex))
                {
                    return Say(
                        $"account {a} holds {p.Lots} at {p.EntryCostAtoms} in market {m}, in the model {q.dtor_lots} at {q.dtor_cost}");
                }
            }
        }
        return CompareMarkets(books, model);
    }

    private string? CompareMarkets(Accounts._IBooks books, global::Venue._IState model)
    {
        for (int m = 0; m < Markets; m++)
        {
            Market market = State.Markets[m];
            Accounts._IClearing clearing = books.dtor_markets.Select(m);
            global::Venue._IMarket terms = model.dtor_markets.Select(m);
            string own = Say(
                $"{market.FundingIndex} {market.FundingRemainder} {market.ClearingAtoms} ")
                    + Say($"{market.OpenInterestLots} {market.OpenInterestPpm}")
                + Say($" {market.MarkTicks} {State.Indexes[m].Price} {market.FundSpentAtoms}");
            string other = Say($"{clearing.dtor_fundingIndex} {terms.dtor_remainder} {clearing.dtor_owed} {clearing.dtor_longs}")
                + Say($" {terms.dtor_openInterestPpm} {terms.dtor_mark} {terms.dtor_index.dtor_price} {terms.dtor_fundSpent}");
            if (own != other)
            {
                return Say(
                    $"market {m}: funding, carried, clearing, open interest, its rate, mark, index, fund's: {own}; in the model {other}");
            }
        }
        string pool = Say($"{State.Pools[0].FeesAtoms} {State.Pools[0].HeldAtoms} {State.Assets[0].PendingWithdrawalAtoms}");
        string inModel = Say($"{books.dtor_fees} {books.dtor_held} {model.dtor_keeping.dtor_pending}");
        return pool == inModel ? null : Say($"fees, held and pending are {pool}, in the model {inModel}");
    }

    private static CreateIndex Index(string name) => new()
    {
        Name = ShortName.From(name),
        Decimals = 2,
        Quorum = 2,
        MaxAgeMs = 60_000,
        QuarantinePpm = 1_000_000_000,
        WidePpm = 1_000_000_000,
        ConfidencePpm = 50_000,
    };

    // The fund takes no inventory: it pays, within its fence and beyond it.
    private static CreatePool PoolTerms()
    {
        CreatePool pool = Listings.Pool("main", 1, (0, 100, 500), (1_000_000, -50, 300));
        pool.LiquidationFeePpm = 5_000;
        pool.Rules.LiquidationRatePpm = PoolRules.Off;
        pool.Rules.InventoryPpm = PoolRules.Off;
        pool.Rules.FundLossPpm = PoolRules.Off;
        pool.Rules.OutflowPpm = PoolRules.Off;
        pool.Rules.FreeAtoms = 1L << 50;
        return pool;
    }

    // The basis counts for nothing, so that the mark is the index.
    private static MarketTerms Terms(string name, ushort index, long atoms)
    {
        MarketTerms terms = Listings.Small(name);
        (terms.Index, terms.AtomsPerTickLot, terms.BasisCapPpm, terms.OrderBandPpm) = (index, atoms, 0, 60_000);
        (terms.OpenInterestLowerAtoms, terms.OpenInterestUpperAtoms) = (Dollars(20_000), Dollars(200_000));
        (terms.MinPriceTicks, terms.MaxOrderLots, terms.MaxPositionLots) = (1, 2_500, 3_000);
        terms.Tiers[1].FromNotionalAtoms = Dollars(4_000);
        return terms;
    }

    private static long Dollars(long dollars) => dollars * Listings.Dollar;

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// What happened in a stream: fills, liquidations, those of accounts worth nothing or less, takings, atoms that were shared.
/// </summary>
internal readonly record struct Tally(long Fills, long Liquidations, long Insolvent, long Takings, long Shared)
{
    public static Tally operator +(Tally a, Tally b) => new(
        a.Fills + b.Fills, a.Liquidations + b.Liquidations, a.Insolvent + b.Insolvent, a.Takings + b.Takings, a.Shared + b.Shared);
}
