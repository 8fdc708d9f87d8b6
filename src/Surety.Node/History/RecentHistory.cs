using System;
using System.Collections.Generic;
using System.Threading;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Node.History;

/// <summary>
/// What happened lately, in memory: live and ended orders, trades, candles, funding, and what happened to accounts and markets. Made from
/// the events of durable commands; saved beside each state snapshot, and brought up to date from the journal behind it. Everything
/// older is the archive's.
/// </summary>
public sealed partial class RecentHistory : IOutboxReader
{
    private const int MostTrades = 200_000;
    private const int MostOrders = 100_000;
    private const int MostEvents = 100_000;
    private const int MostOperatorCommands = 5_000;
    private const int MostQuoteRefusals = 10_000;
    private const int MostMinutes = 20_160;
    private const int MostHours = 24 * 31;
    private const long HourMs = 3_600_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, OrderRow> _orders = [];
    private readonly Dictionary<uint, Dictionary<ulong, OrderRow>> _live = [];
    private readonly Ring<OrderRow> _ended = new(MostOrders);
    private readonly Stack<OrderRow> _free = new();
    private static readonly OrderRow Blank = new();
    private readonly Ring<TradeRow> _trades = new(MostTrades);
    private readonly Ring<EventRow> _events = new(MostEvents);
    private readonly Ring<OperatorRow> _operator = new(MostOperatorCommands);
    private readonly Heads<uint> _endedOf = new();
    private readonly Heads<uint> _tradesOfAccount = new();
    private readonly Heads<int> _tradesOfMarket = new();
    private readonly Heads<uint> _eventsOfAccount = new();
    private readonly Heads<int> _eventsOfMarket = new();
    private readonly Dictionary<int, CandleSeries> _candles = [];
    private readonly Dictionary<int, CandleSeries> _indexes = [];
    private readonly Dictionary<int, Ring<FundingRow>> _funding = [];
    private readonly Dictionary<int, (long Mark, long Index)> _marks = [];
    private readonly Dictionary<int, uint> _marketTrades = [];
    private readonly Queue<(ulong Sequence, RefusalCode Code, long Detail)> _quoteRefusals = [];

    private readonly Dictionary<int, long> _listed = [];

    /// <summary>The index of a market.</summary>
    internal Func<int, int>? IndexOf { get; set; }

    /// <summary>The last command it knows of.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>Commands, refusals and trades since this process began.</summary>
    public (long Commands, long Refusals, long Trades) Counts { get; private set; }

    /// <summary>Told of each changed order, each trade and each event, on the outbox's thread.</summary>
    public Action<OrderRow>? OrderChanged { get; set; }

    /// <summary>Told of each trade.</summary>
    public Action<TradeRow>? Traded { get; set; }

    /// <summary>Told of each thing that happened to an account or market.</summary>
    public Action<EventRow>? Happened { get; set; }

    /// <inheritdoc/>
    public void Executed(in ExecutedCommand command)
    {
        lock (_gate)
        {
            LastSequence = command.Outcome.Sequence;
            (long commands, long refusals, long trades) = Counts;
            Counts = (commands + 1, refusals + (command.Outcome.Code == RefusalCode.None ? 0 : 1), trades);
            NoteOperator(in command);
            EventReader events = command.Read();
            while (events.MoveNext())
            {
                Take(in command, ref events);
            }
            SettleCash(in command);
        }
    }

    /// <inheritdoc/>
    public void Sealed(in BlockHeader header) => SaveIfDue(in header);

    /// <inheritdoc/>
    public void RoundEnded()
    {
    }

    private void Take(in ExecutedCommand command, ref EventReader events)
    {
        long timeNs = command.Outcome.TimeNs;
        switch (events.Kind)
        {
            case EventKind.OrderPlaced:
                Place(in command, in events.As<OrderPlaced>());
                break;
            case EventKind.OrderAmended:
                ref readonly OrderAmended amended = ref events.As<OrderAmended>();
                if (_orders.TryGetValue(amended.OrderId, out OrderRow? order))
                {
                    order.PriceTicks = amended.PriceTicks;
                    order.Lots = order.FilledLots + amended.OpenLots;
                    order.Replaced = true;
                    Changed(order, in command);
                }
                break;
            case EventKind.OrderTriggered:
                if (_orders.TryGetValue(events.As<OrderTriggered>().TriggerId, out OrderRow? trigger))
                {
                    trigger.State = OrderState.Triggered;
                }
                break;
            case EventKind.OrderEnded:
                End(in command, in events.As<OrderEnded>());
                break;
            case EventKind.Trade:
                Trade(in command, in events.As<Trade>());
                break;
            case EventKind.MarkChanged:
                Mark(timeNs, in events.As<MarkChanged>());
                break;
            case EventKind.IndexChanged:
                ref readonly IndexChanged index = ref events.As<IndexChanged>();
                Of(_indexes, index.Index).Add(timeNs / 1_000_000, index.Price, 0);
                break;
            case EventKind.CommandAccepted:
                ref readonly CommandAccepted accepted = ref events.As<CommandAccepted>();
                if (accepted.Kind is CommandKind.ListMarket or CommandKind.ListContract)
                {
                    Listed((int)accepted.Created, command.Outcome.Sequence, timeNs);
                }
                break;
            case EventKind.CommandRefused:
                ref readonly CommandRefused refused = ref events.As<CommandRefused>();
                if (refused.Kind == CommandKind.MassQuote)
                {
                    _quoteRefusals.Enqueue((command.Outcome.Sequence, refused.Code, refused.Detail));
                    if (_quoteRefusals.Count > MostQuoteRefusals)
                    {
                        _quoteRefusals.Dequeue();
                    }
                }
                break;
            case EventKind.IcebergRefilled or EventKind.SourceRewarded:
                break;
            case EventKind.BalanceChanged:
                NoteBalance(in events.As<BalanceChanged>());
                Note(timeNs, in events);
                break;
            default:
                BookOutside(in events);
                Note(timeNs, in events);
                TellState(command.Outcome.Sequence, timeNs, in events);
                break;
        }
    }

    private void Place(in ExecutedCommand command, in OrderPlaced placed)
    {
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(command.Record);
        OrderRow order = _free.TryPop(out OrderRow? free) ? free : new OrderRow();
        order.Become(Blank);
        order.OrderId = placed.OrderId;
        order.ClientOrderId = placed.ClientOrderId;
        order.Account = placed.Header.Account;
        order.Market = placed.Market;
        order.Side = (placed.Flags & OrderFlags.Sell) != 0 ? Side.Sell : Side.Buy;
        order.Flags = placed.Flags;
        order.PriceTicks = placed.PriceTicks;
        order.Lots = placed.Lots;
        order.CreatedNs = command.Outcome.TimeNs;
        order.Label = command.Label ?? "";
        order.Parent = placed.Parent;
        if (placed.Parent != 0 && _orders.TryGetValue(placed.Parent, out OrderRow? parent))
        {
            order.Label = parent.Label;
            order.Kind = parent.Kind is OrderKind.StopMarket or OrderKind.TakeMarket or OrderKind.TrailingStop
                ? OrderKind.Market
                : OrderKind.Limit;
            order.TimeInForce = order.Kind == OrderKind.Market || parent.Kind == OrderKind.Twap
                ? TimeInForce.ImmediateOrCancel
                : parent.TimeInForce;
        }
        else if (header.Account == placed.Header.Account)
        {
            Describe(order, command.Record, header.Kind);
        }
        _orders[order.OrderId] = order;
        LiveOf(order.Account)[order.OrderId] = order;
        Changed(order, in command);
    }

    private static void Describe(OrderRow order, ReadOnlySpan<byte> record, CommandKind kind)
    {
        if (kind == CommandKind.PlaceOrder)
        {
            ref readonly PlaceOrder place = ref CommandCodec.View<PlaceOrder>(record);
            order.Kind = (place.Options & OrderOptions.Market) != 0 ? OrderKind.Market : OrderKind.Limit;
            order.TimeInForce = place.TimeInForce;
            order.DisplayLots = place.DisplayLots;
        }
        else if (kind == CommandKind.PlaceTrigger)
        {
            ref readonly PlaceTrigger place = ref CommandCodec.View<PlaceTrigger>(record);
            bool market = (place.Options & OrderOptions.Market) != 0;
            order.Kind = place.Kind switch
            {
                TriggerKind.Stop => market ? OrderKind.StopMarket : OrderKind.StopLimit,
                TriggerKind.TakeProfit => market ? OrderKind.TakeMarket : OrderKind.TakeLimit,
                _ => OrderKind.TrailingStop,
            };
            order.State = OrderState.Untriggered;
            order.PriceTicks = place.PriceTicks;
            order.TriggerTicks = place.TriggerTicks;
            order.TrailTicks = place.TrailTicks;
            order.TriggerSource = place.Source;
            order.TimeInForce = place.GoodTillNs == 0 ? TimeInForce.GoodTillCancelled : TimeInForce.GoodTillTime;
            order.Lots = place.Lots;
        }
        else if (kind == CommandKind.PlaceTwap)
        {
            order.Kind = OrderKind.Twap;
            order.Lots = CommandCodec.View<PlaceTwap>(record).TotalLots;
        }
    }

    private void End(in ExecutedCommand command, in OrderEnded ended)
    {
        if (!_orders.TryGetValue(ended.OrderId, out OrderRow? order))
        {
            return;
        }
        order.EndReason = ended.Reason;
        order.Refused = ended.Code;
        order.State = order.State == OrderState.Triggered || ended.Reason == EndReason.Triggered ? OrderState.Triggered
            : ended.Reason == EndReason.Filled ? OrderState.Filled
            : ended.Reason == EndReason.Refused ? OrderState.Rejected : OrderState.Cancelled;
        LiveOf(order.Account).Remove(order.OrderId);
        if (_ended.Next - _ended.First == MostOrders)
        {
            OrderRow oldest = _ended[_ended.First];
            _orders.Remove(oldest.OrderId);
            _free.Push(oldest);
        }
        order.PreviousOfAccount = _endedOf.Push(order.Account, _ended.Next);
        _ended.Add(order);
        Changed(order, in command);
    }

    private void Trade(in ExecutedCommand command, in Trade trade)
    {
        (long mark, _) = _marks.GetValueOrDefault(trade.Market);
        var row = new TradeRow
        {
            TradeId = trade.TradeId,
            Sequence = command.Outcome.Sequence,
            TimeNs = command.Outcome.TimeNs,
            PriceTicks = trade.PriceTicks,
            Lots = trade.Lots,
            TakerOrder = trade.TakerOrder,
            MakerOrder = trade.MakerOrder,
            TakerFeeAtoms = trade.TakerFeeAtoms,
            MakerFeeAtoms = trade.MakerFeeAtoms,
            TakerAccount = trade.Header.Account,
            MakerAccount = trade.MakerAccount,
            Market = trade.Market,
            TakerSide = trade.TakerSide,
            Liquidation = trade.Liquidation,
            MarkTicks = mark,
            IndexUnits = IndexOf is { } indexOf && _indexes.TryGetValue(indexOf(trade.Market), out CandleSeries? index)
                && index.Minutes.Next > 0 ? index.Minutes[index.Minutes.Next - 1].Close : 0,
            TickDirection = DirectionOf(in trade),
            MarketSequence = _marketTrades[trade.Market] = _marketTrades.GetValueOrDefault(trade.Market) + 1,
        };
        BookFill(ref row);
        CountVolume(in row);
        row.PreviousOfMarket = _tradesOfMarket.Push(trade.Market, _trades.Next);
        row.PreviousOfTaker = _tradesOfAccount.Push(row.TakerAccount, _trades.Next);
        row.PreviousOfMaker = row.MakerAccount == row.TakerAccount
            ? row.PreviousOfTaker
            : _tradesOfAccount.Push(row.MakerAccount, _trades.Next);
        NoteFill(in row, _trades.Next);
        _trades.Add(in row);
        Of(_candles, trade.Market).Add(row.TimeNs / 1_000_000, trade.PriceTicks, trade.Lots);
        Counts = Counts with { Trades = Counts.Trades + 1 };
        Fill(trade.TakerOrder, in row, trade.TakerFeeAtoms, in command);
        Fill(trade.MakerOrder, in row, trade.MakerFeeAtoms, in command);
        Traded?.Invoke(row);
    }

    private byte DirectionOf(in Trade trade)
    {
        long before = _tradesOfMarket[trade.Market];
        if (!_trades.Has(before))
        {
            return 1;
        }
        TradeRow last = _trades[before];
        return trade.PriceTicks > last.PriceTicks
            ? (byte)0
            : trade.PriceTicks < last.PriceTicks
            ? (byte)2
            : last.TickDirection >= 2
            ? (byte)3
            : (byte)1;
    }

    private void Fill(ulong orderId, in TradeRow trade, long fee, in ExecutedCommand command)
    {
        if (_orders.TryGetValue(orderId, out OrderRow? order))
        {
            order.FilledLots += trade.Lots;
            order.FilledTicks += (Int128)trade.PriceTicks * trade.Lots;
            order.FeesAtoms += fee;
            order.IsLiquidation |= trade.Liquidation != 0 && orderId == trade.TakerOrder;
            Changed(order, in command);
        }
    }

    private void Changed(OrderRow order, in ExecutedCommand command)
    {
        order.UpdatedNs = command.Outcome.TimeNs;
        order.Sequence = command.Outcome.Sequence;
        OrderChanged?.Invoke(order);
    }

    private void Mark(long timeNs, in MarkChanged mark)
    {
        _marks[mark.Market] = (mark.MarkTicks, mark.IndexTicks);
        if (!_funding.TryGetValue(mark.Market, out Ring<FundingRow>? hours))
        {
            _funding[mark.Market] = hours = new Ring<FundingRow>(MostHours);
        }
        var row = new FundingRow
        {
            HourMs = timeNs / 1_000_000 / HourMs * HourMs,
            IndexTicks = mark.IndexTicks,
            MarkTicks = mark.MarkTicks,
            FundingIndex = mark.FundingIndex,
            RatePpb = mark.FundingPpb,
        };
        if (hours.Next > 0 && hours[hours.Next - 1].HourMs == row.HourMs)
        {
            hours[hours.Next - 1] = row;
        }
        else
        {
            hours.Add(in row);
        }
    }

    // What the operator did, and what was passed over. Price reports of the operator's own sources are not his decisions.
    private void NoteOperator(in ExecutedCommand command)
    {
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(command.Record);
        bool operates = header.Account == 0 && header.Kind is not (CommandKind.Tick or CommandKind.Exclusion or CommandKind.ReportPrice);
        if (operates || command.Outcome.Code == RefusalCode.Excluded)
        {
            _operator.Add(new OperatorRow(command.Record[..header.Length].ToArray(), command.Outcome, header.Account, header.Key));
        }
    }

    private void Note(long timeNs, in EventReader events)
    {
        ref readonly EventHeader header = ref events.As<EventHeader>();
        var row =
            new EventRow(header.Sequence, timeNs, header.Kind, header.Account, EventMarkets.MarketOf(in events), events.Current.ToArray());
        if (header.Account != 0)
        {
            row.PreviousOfAccount = _eventsOfAccount.Push(header.Account, _events.Next);
        }
        if (row.Market >= 0)
        {
            row.PreviousOfMarket = _eventsOfMarket.Push(row.Market, _events.Next);
        }
        _events.Add(row);
        Happened?.Invoke(row);
    }

    private Dictionary<ulong, OrderRow> LiveOf(uint account)
    {
        if (!_live.TryGetValue(account, out Dictionary<ulong, OrderRow>? live))
        {
            _live[account] = live = [];
        }
        return live;
    }

    private static CandleSeries Of(Dictionary<int, CandleSeries> series, int number)
    {
        if (!series.TryGetValue(number, out CandleSeries? one))
        {
            series[number] = one = new CandleSeries(MostMinutes);
        }
        return one;
    }
}

/// <summary>Which market an event is about.</summary>
internal static class EventMarkets
{
    /// <summary>Its number, or −1 for one that is about none.</summary>
    public static int MarketOf(in EventReader events) => events.Kind switch
    {
        EventKind.MarketStatusChanged => events.As<MarketStatusChanged>().Market,
        EventKind.AuctionIndicated => events.As<AuctionIndicated>().Market,
        EventKind.AuctionUncrossed => events.As<AuctionUncrossed>().Market,
        EventKind.TermsChanged => events.As<TermsChanged>().Market,
        EventKind.MarketSettled => events.As<MarketSettled>().Market,
        EventKind.PositionSettled => events.As<PositionSettled>().Market,
        EventKind.PositionTransferred => events.As<PositionTransferred>().Market,
        EventKind.MarginCallPosition => events.As<MarginCallPosition>().Market,
        EventKind.QuotesPulled => events.As<QuotesPulled>().Market,
        EventKind.ContractPaid => events.As<ContractPaid>().Market,
        EventKind.ContractEnded => events.As<ContractEnded>().Market,
        EventKind.ContractExercised or EventKind.ContractAssigned => events.As<ContractExercised>().Market,
        EventKind.ContractExerciseRequested or EventKind.ContractExerciseLapsed => events.As<ContractExerciseRequested>().Market,
        EventKind.ContractListed when events.As<ContractListed>().Code == RefusalCode.None => events.As<ContractListed>().Market,
        EventKind.LiquidationStarted => events.As<LiquidationStarted>().IsolatedMarket.Number,
        EventKind.LiquidationEnded => events.As<LiquidationEnded>().IsolatedMarket.Number,
        _ => -1,
    };
}
