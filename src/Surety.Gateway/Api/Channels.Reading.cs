using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Surety.Engine.Blocks;
using Surety.Node.Sequencing;

namespace Surety.Gateway.Api;

/// <content>What channels of books, tickers and accounts read of the state.</content>
public sealed partial class Channels
{
    private async Task Read(List<Channel> due, Action done)
    {
        try
        {
            foreach (List<Channel> slice in Slices(due))
            {
                List<(Channel Channel, object View)> views = await _venue.ReadAsync(ledger => Views(ledger, slice));
                lock (_gate)
                {
                    ulong sequence = _venue.Released.Sequence;
                    foreach ((Channel channel, object view) in views)
                    {
                        _writer.PublishView(channel, view, sequence);
                    }
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

    /// <summary>
    /// Parts of what is due, each with a bounded number of readings of the state: however much is listened to, an order waits for one
    /// part at most, and the next part is asked for only when this one is published.
    /// </summary>
    internal static IEnumerable<List<Channel>> Slices(List<Channel> due)
    {
        var slice = new List<Channel>();
        int readings = 0;
        (int, long) last = (-1, -1);
        foreach ((Channel channel, (int, long) reading) in due.Select(c => (c, Reading(c))).OrderBy(c => c.Item2))
        {
            if (reading != last)
            {
                if (++readings > MostReadings)
                {
                    yield return slice;
                    slice = [];
                    readings = 1;
                }
                last = reading;
            }
            slice.Add(channel);
        }
        if (slice.Count > 0)
        {
            yield return slice;
        }
    }

    private static (int, long) Reading(Channel channel) => channel.Kind switch
    {
        ChannelKind.Book or ChannelKind.BookDepth => (0, channel.Market),
        ChannelKind.UserPortfolio => (1, channel.Account),
        ChannelKind.UserChanges => (4, channel.Account),
        ChannelKind.IndexPrice => (2, channel.Index),
        _ => (3, channel.Market),
    };

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
