using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;

namespace Surety.Node.Api;

/// <summary>
/// Who listens to what. What happened is gathered on the outbox's thread and published when a round ends; books, tickers and portfolios
/// are read from the state, at most every 100 ms, raw books as soon as one reading is done and something changed since.
/// </summary>
public sealed class Channels : IOutboxReader, IDisposable
{
    /// <summary>Prices a side of a published book has at most.</summary>
    public const int BookDepth = 1_000;

    private const int IntervalMs = 100;
    private const int PortfolioIntervals = 10;

    private readonly VenueNode _node;
    private readonly ChannelWriter _writer;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Channel> _channels = new(StringComparer.Ordinal);
    private readonly Lock _dirtyGate = new();
    private readonly BlockingCollection<Happenings> _rounds = [];
    private readonly Thread _publisher;
    private Happenings _round = new([], [], [], []);
    private readonly HashSet<int> _dirtyMarkets = [];
    private readonly HashSet<uint> _dirtyAccounts = [];
    private readonly Timer _timer;
    private bool _any;
    private int _reading;
    private int _rawReading;
    private int _interval;

    internal Channels(VenueNode node)
    {
        _node = node;
        _writer = new ChannelWriter(node);
        _publisher = new Thread(PublishRounds) { IsBackground = true, Name = "channels" };
        _publisher.Start();
        _timer = new Timer(_ => PublishInterval(), null, IntervalMs, IntervalMs);
    }

    /// <summary>Told of an exception in publishing: the channels go on.</summary>
    public Action<Exception>? Unexpected { get; init; }

    /// <summary>Channels that somebody listens to.</summary>
    public int Count => _channels.Count;

    /// <summary>Subscribes a connection to all of the names, or to none of them.</summary>
    /// <param name="connection">Who listens.</param>
    /// <param name="names">The channels.</param>
    /// <param name="session">Who is logged in.</param>
    /// <param name="snapshots">Whether channels of what happens begin with what there is. Without it they tell only of what is new: a client that counts would count it again after each reconnection.</param>
    /// <exception cref="RpcException">A channel does not exist, or is not for this session.</exception>
    public List<string> Subscribe(RpcConnection connection, IReadOnlyList<string> names, Session? session, bool snapshots = false)
    {
        var subscribed = new List<string>();
        lock (_gate)
        {
            if (names.Where(n => ChannelNames.Parse(n, _node.Catalog.Current, session) is null).Select(n => ChannelNames.WhyNot(n, session)).ToList() is { Count: > 0 } problems)
            {
                throw RpcException.BadParam("channels", $"channels: {string.Join("; ", problems.Take(5))}; nothing was subscribed to");
            }
            foreach (string name in names)
            {
                string key = KeyOf(name, session);
                if (!_channels.TryGetValue(key, out Channel? channel))
                {
                    channel = ChannelNames.Parse(name, _node.Catalog.Current, session);
                    if (channel is null)
                    {
                        continue;
                    }
                    _channels[key] = channel;
                }
                if (!channel.Subscribers.Contains(connection))
                {
                    if (connection.Channels.Count >= _node.Settings.Limits.Channels)
                    {
                        throw new RpcException(11052, "subscribe_error_unsubscribed", $"a connection may listen to {_node.Settings.Limits.Channels} channels; open another one");
                    }
                    channel.Subscribers.Add(connection);
                    connection.Channels.Add(key);
                }
                if (snapshots || !ChannelWriter.IsCounted(channel.Kind))
                {
                    channel.Newcomers.Add(connection);
                }
                subscribed.Add(name);
            }
            _any = _channels.Count > 0;
        }
        return subscribed;
    }

    /// <summary>Sends what newcomers of event channels need and reads what those of books and tickers need; called after the subscription was answered.</summary>
    public void Welcome()
    {
        lock (_gate)
        {
            foreach (Channel channel in _channels.Values.Where(c => c.Newcomers.Count > 0))
            {
                _writer.Welcome(channel);
            }
        }
        ReadRaw();
    }

    /// <summary>Ends subscriptions; with no names, all of the connection's.</summary>
    public List<string> Unsubscribe(RpcConnection connection, IReadOnlyList<string>? names)
    {
        var ended = new List<string>();
        lock (_gate)
        {
            foreach (string key in connection.Channels.ToList())
            {
                Channel channel = _channels[key];
                if (names is null || names.Contains(channel.Name))
                {
                    channel.Subscribers.Remove(connection);
                    channel.Newcomers.Remove(connection);
                    connection.Channels.Remove(key);
                    ended.Add(channel.Name);
                    if (channel.Subscribers.Count == 0)
                    {
                        _channels.Remove(key);
                    }
                }
            }
            _any = _channels.Count > 0;
        }
        return ended;
    }

    /// <inheritdoc/>
    public void Executed(in ExecutedCommand command)
    {
    }

    /// <inheritdoc/>
    public void Sealed(in BlockHeader header)
    {
        if (_any)
        {
            _round.Blocks.Add(header);
        }
    }

    /// <inheritdoc/>
    public void RoundEnded()
    {
        if (!_round.IsEmpty)
        {
            _rounds.Add(_round);
            _round = new([], [], [], []);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _rounds.CompleteAdding();
        _publisher.Join();
        _rounds.Dispose();
    }

    internal void OrderChanged(OrderRow order)
    {
        if (_any)
        {
            _round.Orders.Add(order.Copy());
            MarkDirty(order.Market, order.Account);
        }
    }

    internal void Traded(TradeRow trade)
    {
        if (_any)
        {
            _round.Trades.Add(trade);
            MarkDirty(trade.Market, trade.TakerAccount);
        }
    }

    internal void Happened(EventRow row)
    {
        if (_any)
        {
            _round.Events.Add(row);
            MarkDirty(row.Market, row.Account);
        }
    }

    // On its own thread, so that a channel with many listeners keeps nobody's order waiting.
    private void PublishRounds()
    {
        foreach (Happenings round in _rounds.GetConsumingEnumerable())
        {
            try
            {
                lock (_gate)
                {
                    foreach (Channel channel in _channels.Values)
                    {
                        _writer.PublishEvents(channel, round);
                    }
                }
                ReadRaw();
            }
            catch (Exception e)
            {
                Unexpected?.Invoke(e);
            }
        }
    }

    private void MarkDirty(int market, uint account)
    {
        lock (_dirtyGate)
        {
            if (market >= 0)
            {
                _dirtyMarkets.Add(market);
            }
            _dirtyAccounts.Add(account);
        }
    }

    private static string KeyOf(string name, Session? session) =>
        name.StartsWith("user.", StringComparison.Ordinal) && session is not null ? $"{session.Account}|{name}" : name;

    // Raw books and tickers: one reading at a time, of those that changed.
    private void ReadRaw()
    {
        if (Interlocked.Exchange(ref _rawReading, 1) != 0)
        {
            return;
        }
        List<Channel> due;
        lock (_gate)
        {
            due = [.. _channels.Values.Where(c => ChannelWriter.WaitsForState(c) || (ChannelWriter.IsOfState(c.Kind) && (c.Newcomers.Count > 0 || c.IsRaw)))];
        }
        if (due.Count == 0)
        {
            Volatile.Write(ref _rawReading, 0);
            return;
        }
        _ = Read(due, () => Volatile.Write(ref _rawReading, 0));
    }

    private void PublishInterval()
    {
        List<Channel> due;
        lock (_gate)
        {
            if (!_any || Interlocked.Exchange(ref _reading, 1) != 0)
            {
                return;
            }
            bool all = ++_interval % PortfolioIntervals == 0;
            foreach (Channel channel in _channels.Values)
            {
                _writer.PublishGathered(channel);
            }
            lock (_dirtyGate)
            {
                due = [.. _channels.Values.Where(c => ChannelWriter.WaitsForState(c) || (ChannelWriter.IsOfState(c.Kind) && (c.Newcomers.Count > 0 || IsDue(c, all))))];
                _dirtyMarkets.Clear();
                _dirtyAccounts.Clear();
            }
        }
        if (due.Count == 0)
        {
            Volatile.Write(ref _reading, 0);
            return;
        }
        _ = Read(due, () => Volatile.Write(ref _reading, 0));
    }

    private bool IsDue(Channel channel, bool all) => channel.Kind switch
    {
        ChannelKind.Book or ChannelKind.BookDepth => _dirtyMarkets.Contains(channel.Market) || all,
        ChannelKind.UserPortfolio => all || _dirtyAccounts.Contains(channel.Account),
        _ => true,
    };

    private async Task Read(List<Channel> due, Action done)
    {
        try
        {
            List<(Channel Channel, object View)> views = await _node.Sequencer.ReadAsync(ledger => Views(ledger, due));
            lock (_gate)
            {
                ulong sequence = _node.Released.Sequence;
                foreach ((Channel channel, object view) in views)
                {
                    _writer.PublishView(channel, view, sequence);
                }
            }
        }
        catch (Exception e) when (e is VenueStoppedException or QueueFullException)
        {
            // Published when the venue goes on.
        }
        catch (Exception e)
        {
            Unexpected?.Invoke(e);
        }
        finally
        {
            done();
        }
    }

    // On the sequencer's thread: copies, and one reading of a market for all its channels of a kind.
    private static List<(Channel, object)> Views(Ledger ledger, List<Channel> due)
    {
        var books = new Dictionary<int, BookView>();
        var markets = new Dictionary<int, MarketView>();
        var views = new List<(Channel, object)>(due.Count);
        foreach (Channel channel in due)
        {
            object view;
            switch (channel.Kind)
            {
                case ChannelKind.Book or ChannelKind.BookDepth:
                    if (!books.TryGetValue(channel.Market, out BookView? book))
                    {
                        books[channel.Market] = book = BookView.Of(ledger.Engine.State, channel.Market, ledger.LastSequence, BookDepth);
                    }
                    view = book;
                    break;
                case ChannelKind.UserChanges:
                    view = ChangesView.Of(ledger, channel.Account);
                    break;
                case ChannelKind.UserPortfolio:
                    view = AccountView.Of(ledger.Engine, channel.Account);
                    break;
                case ChannelKind.IndexPrice:
                    view = (ledger.Engine.State.Indexes[channel.Index].Price, ledger.Engine.State.Indexes[channel.Index].TimeNs);
                    break;
                default:
                    if (!markets.TryGetValue(channel.Market, out MarketView? market))
                    {
                        markets[channel.Market] = market = MarketView.Of(ledger.Engine, channel.Market, ledger.LastSequence);
                    }
                    view = market;
                    break;
            }
            views.Add((channel, view));
        }
        return views;
    }
}

/// <summary>What happened in a round.</summary>
internal sealed record Happenings(List<OrderRow> Orders, List<TradeRow> Trades, List<EventRow> Events, List<BlockHeader> Blocks)
{
    public bool IsEmpty => Orders.Count + Trades.Count + Events.Count + Blocks.Count == 0;
}
