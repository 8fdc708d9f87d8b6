using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using Surety.Gateway.Web;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Protocol.Blocks;

namespace Surety.Gateway.Api;

/// <summary>
/// Who listens to what. What happened is gathered on the outbox's thread and published when a round ends; books, tickers and portfolios
/// are read from the state, at most every 100 ms, raw books as soon as one reading is done and something changed since.
/// </summary>
public sealed partial class Channels : IOutboxReader, IDisposable
{
    /// <summary>Prices a side of a published book has at most.</summary>
    public const int BookDepth = 1_000;

    private const int IntervalMs = 100;
    private const int PortfolioIntervals = 10;

    /// <summary>The most books, tickers and portfolios that are read in one question to the sequencer.</summary>
    public const int MostReadings = 16;

    private readonly VenueReader _venue;
    private readonly InstrumentCatalog _catalog;
    private readonly Sessions _sessions;
    private readonly LimitSettings _limits;
    private readonly ChannelWriter _writer;
    private readonly Lock _gate = new();
    private readonly Dictionary<ChannelAddress, Channel> _channels = [];
    private readonly AddressCounts _perAddress = new();
    private readonly AddressCounts _perOwner = new();
    private readonly Lock _dirtyGate = new();
    private readonly BlockingCollection<Happenings> _rounds = [];
    private readonly Thread _publisher;
    private Happenings _round = new([], [], [], [], []);
    private readonly HashSet<int> _dirtyMarkets = [];
    private readonly HashSet<uint> _dirtyAccounts = [];
    private readonly Timer _timer;
    private int _private;
    private bool _any;
    private int _reading;
    private int _rawReading;
    private int _interval;

    internal Channels(VenueReader venue, InstrumentCatalog catalog, RecentHistory history, BlockStore blocks, Sessions sessions,
        LimitSettings limits)
    {
        (_venue, _catalog, _sessions, _limits) = (venue, catalog, sessions, limits);
        _writer = new ChannelWriter(venue, catalog, history, blocks);
        history.OrderChanged = OrderChanged;
        history.Traded += Traded;
        history.Happened = Happened;
        history.StateChanged = StateChanged;
        _publisher = new Thread(PublishRounds) { IsBackground = true, Name = "channels" };
        _publisher.Start();
        _timer = new Timer(_ => PublishInterval(), null, IntervalMs, IntervalMs);
    }

    /// <summary>Told of an exception in publishing: the channels go on.</summary>
    public Action<Exception>? Unexpected { get; init; }

    /// <summary>Channels with a subscriber.</summary>
    public int Count => _channels.Count;

    /// <summary>Subscribes a connection to all of the names, or to none of them.</summary>
    /// <param name="connection">Who listens.</param>
    /// <param name="names">The channels.</param>
    /// <param name="session">On whose behalf; null for public channels only.</param>
    /// <param name="snapshots">Whether channels of what happens begin with what there is. Without it they tell only of what is new: a
    /// client that counts would count it again after each reconnection.</param>
    /// <exception cref="RpcException">A channel does not exist, or is not for this session.</exception>
    public List<string> Subscribe(RpcConnection connection, IReadOnlyList<string> names, Session? session, bool snapshots = false)
    {
        var subscribed = new List<string>();
        lock (_gate)
        {
            if (names.Where(n => ChannelNames.Parse(n, _catalog.Current, session) is null).Select(n => ChannelNames.WhyNot(n, session))
                .ToList() is { Count: > 0 } problems)
            {
                throw RpcException.BadParam("channels", $"channels: {string.Join("; ", problems.Take(5))}; nothing was subscribed to");
            }
            var added = new List<ChannelAddress>();
            try
            {
                foreach (string name in names)
                {
                    if (ChannelNames.Parse(name, _catalog.Current, session) is not { } address || !address.IsFor(session))
                    {
                        continue;
                    }
                    bool isNew = !connection.Channels.ContainsKey(address);
                    if (isNew && connection.Channels.Count >= _limits.Channels)
                    {
                        throw new RpcException(11052, "subscribe_error_unsubscribed",
                            $"a connection may listen to {_limits.Channels} channels; open another one");
                    }
                    bool isFirst = !_channels.TryGetValue(address, out Channel? channel);
                    // Public and private ones by themselves: strangers who listen to much keep no customer from his own orders.
                    bool isPrivate = ChannelAddress.IsPrivate(address.Kind);
                    if (isFirst && (isPrivate ? _private : _channels.Count - _private) >= _limits.ChannelsTotal)
                    {
                        throw new RpcException(11052, "subscribe_error_unsubscribed",
                            $"the venue has {_limits.ChannelsTotal} different {(isPrivate ? "private" : "public")} channels, "
                            + $"its limit; listen to one that others listen to, or try again later");
                    }
                    if (isNew && !_perAddress.TryEnter(Addresses.NameOf(connection.Address), _limits.ChannelsPerAddress))
                    {
                        throw new RpcException(11052, "subscribe_error_unsubscribed",
                            $"one address may listen to {_limits.ChannelsPerAddress} channels over all connections; end some");
                    }
                    if (isNew && isPrivate && !_perOwner.TryEnter(OwnerOf(session!), _limits.ChannelsPerOwner))
                    {
                        _perAddress.Leave(Addresses.NameOf(connection.Address));
                        throw new RpcException(11052, "subscribe_error_unsubscribed",
                            $"one owner may listen to {_limits.ChannelsPerOwner} private channels "
                            + $"over all connections and sub-accounts; end some");
                    }
                    channel ??= new Channel(address);
                    _channels[address] = channel;
                    _private += isFirst && isPrivate ? 1 : 0;
                    connection.Channels[address] = isPrivate ? session : null;
                    if (isNew)
                    {
                        channel.Subscribers.Add(connection);
                        added.Add(address);
                    }
                    if ((snapshots || !ChannelWriter.IsCounted(channel.Kind)) && !channel.Newcomers.Contains(connection))
                    {
                        channel.Newcomers.Add(connection);
                    }
                    subscribed.Add(name);
                }
            }
            catch (RpcException)
            {
                // A limit: who is refused listens to none of them.
                added.ForEach(a => Leave(connection, a));
                throw;
            }
            _any = _channels.Count > 0;
        }
        return subscribed;
    }

    /// <summary>
    /// A connection logged in or out: its private channels go on with the new session where that one may listen to them, as after a
    /// refresh, and end otherwise.
    /// </summary>
    public void Renew(RpcConnection connection, Session? session)
    {
        lock (_gate)
        {
            var ended = new List<ChannelAddress>();
            foreach (ChannelAddress address in connection.Channels.Keys.Where(a => ChannelAddress.IsPrivate(a.Kind)).ToList())
            {
                if (address.IsFor(session))
                {
                    connection.Channels[address] = session;
                }
                else
                {
                    ended.Add(address);
                }
            }
            End(connection, ended,
                session is null
                ? "the session was logged out"
                : "the connection logged in with another account or without the scope to read");
        }
    }

    /// <summary>
    /// Sends what newcomers of event channels need and reads what those of books and tickers need; called after the subscription was
    /// answered.
    /// </summary>
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
        lock (_gate)
        {
            List<ChannelAddress> ended = [.. connection.Channels.Keys.Where(a => names is null || names.Contains(a.Name))];
            ended.ForEach(a => Leave(connection, a));
            return [.. ended.Select(a => a.Name)];
        }
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
            _round = new([], [], [], [], []);
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

    internal void StateChanged(MarketStateRow row)
    {
        if (_any)
        {
            _round.States.Add(row);
        }
    }

    // On its own thread, so that a channel with many listeners keeps no order waiting.
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

    // Private channels whose session may not be used any more: its key was revoked, switched off, expired, or has other networks now.
    private void EndStale()
    {
        foreach (RpcConnection connection in _channels.Values.Where(c => ChannelAddress.IsPrivate(c.Kind)).SelectMany(c => c.Subscribers)
            .Distinct().ToList())
        {
            foreach (IGrouping<string?, ChannelAddress> group in connection.Channels.Where(c => c.Value is not null)
                .GroupBy(c => _sessions.Problem(c.Value!, connection.Address), c => c.Key).Where(g => g.Key is not null).ToList())
            {
                End(connection, [.. group], group.Key!);
            }
        }
    }

    private void End(RpcConnection connection, List<ChannelAddress> ended, string reason)
    {
        if (ended.Count == 0)
        {
            return;
        }
        ended.ForEach(a => Leave(connection, a));
        connection.Send(JsonSerializer.SerializeToUtf8Bytes(new
        {
            jsonrpc = "2.0",
            method = "subscription_ended",
            @params = new { channels = ended.Select(a => a.Name), code = 13009, reason },
        }));
    }

    private static string OwnerOf(Session session) => session.Owner.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void Leave(RpcConnection connection, ChannelAddress address)
    {
        // Sessions that follow each other on a channel are of the same owner: the account is a part of its address.
        if (connection.Channels.Remove(address, out Session? session) && session is not null)
        {
            _perOwner.Leave(OwnerOf(session));
        }
        _perAddress.Leave(Addresses.NameOf(connection.Address));
        Channel channel = _channels[address];
        channel.Subscribers.Remove(connection);
        channel.Newcomers.Remove(connection);
        if (channel.Subscribers.Count == 0)
        {
            _channels.Remove(address);
            _private -= ChannelAddress.IsPrivate(address.Kind) ? 1 : 0;
            _any = _channels.Count > 0;
        }
    }

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
            due = [.. _channels.Values.Where(c => ChannelWriter.WaitsForState(c)
                || (ChannelWriter.IsOfState(c.Kind) && (c.Newcomers.Count > 0 || c.IsRaw)))];
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
            EndStale();
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
                due = [.. _channels.Values.Where(c => ChannelWriter.WaitsForState(c)
                    || (ChannelWriter.IsOfState(c.Kind) && (c.Newcomers.Count > 0 || IsDue(c, all))))];
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
}

/// <summary>What happened in a round.</summary>
internal sealed record Happenings(List<OrderRow> Orders, List<TradeRow> Trades, List<EventRow> Events, List<BlockHeader> Blocks,
    List<MarketStateRow> States)
{
    public bool IsEmpty => Orders.Count + Trades.Count + Events.Count + Blocks.Count + States.Count == 0;
}
