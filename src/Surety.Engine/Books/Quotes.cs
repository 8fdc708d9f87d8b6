using System;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <summary>
/// Two-sided quotes, replaced in bulk, with market-maker protection. Quotes only make: a side that would trade is refused
/// and the rest of the command goes on; each refused side has its own event.
/// </summary>
internal sealed class Quotes(IndexedState state, EventLog events, RestingOrders resting, OrderChecks checks, OrderEntry entry)
{
    public Refusal Mass(uint account, ReadOnlySpan<QuoteEntry> quotes)
    {
        foreach (ref readonly QuoteEntry quote in quotes)
        {
            Refusal refusal = checks.CheckMarket(account, quote.Market, reduceOnly: false);
            if (!refusal.IsNone)
            {
                return refusal;
            }
            if (quote.BidLots < 0 || quote.AskLots < 0)
            {
                return Refusal.LotsOutOfRange(state.Markets[quote.Market].MaxOrderLots);
            }
            int row = state.FindPosition(account, quote.Market);
            if (row >= 0 && state.QuoteProtections[row].FrozenUntilNs > state.TimeNs)
            {
                return Refusal.QuotesFrozen(state.QuoteProtections[row].FrozenUntilNs);
            }
        }

        // Point of no return: from here each side stands or falls alone.
        foreach (ref readonly QuoteEntry quote in quotes)
        {
            // Away first, so that a quote that moves up does not meet its own other side.
            int row = state.FindPosition(account, quote.Market);
            bool raising = row >= 0 && quote.AskLots > 0 && state.Positions[row].QuoteAsk is var ask and not 0
                && resting.Find(account, ask) is var slot and >= 0 && quote.AskTicks > state.Orders[slot].PriceTicks;
            if (raising)
            {
                Replace(account, quote.Market, Side.Sell, quote.AskTicks, quote.AskLots);
                Replace(account, quote.Market, Side.Buy, quote.BidTicks, quote.BidLots);
            }
            else
            {
                Replace(account, quote.Market, Side.Buy, quote.BidTicks, quote.BidLots);
                Replace(account, quote.Market, Side.Sell, quote.AskTicks, quote.AskLots);
            }
        }
        return Refusal.None;
    }

    public Refusal SetProtection(in SetQuoteProtection command)
    {
        if (command.Market >= state.Counts.Markets)
        {
            return Refusal.UnknownMarket(command.Market);
        }
        if (state.Accounts[(int)command.Header.Account].Pool != state.Markets[command.Market].Pool)
        {
            return Refusal.WrongPool(state.Markets[command.Market].Pool);
        }
        const long LongestNs = 86_400_000_000_000;
        if (command.WindowNs is < 0 or > LongestNs || command.FreezeNs is < 0 or > LongestNs
            || (command.WindowNs > 0 && (command.LotsLimit < 1 || command.DeltaLimit < 1)))
        {
            return Refusal.InvalidField(48);
        }
        int row = state.FindOrTakePosition(command.Header.Account, command.Market);
        if (row < 0)
        {
            return Refusal.TooManyPositions(state.PositionsPerAccount);
        }

        // Point of no return.
        ref Position position = ref state.Positions.Write(row);
        position.Flags = command.WindowNs > 0 ? position.Flags | PositionFlags.Protected : position.Flags & ~PositionFlags.Protected;
        state.QuoteProtections.Write(row) = command.WindowNs == 0 ? default : new QuoteProtection
        {
            WindowNs = command.WindowNs,
            LotsLimit = command.LotsLimit,
            DeltaLimit = command.DeltaLimit,
            FreezeNs = command.FreezeNs,
        };
        state.ReleasePositionIfEmpty(row);
        return Refusal.None;
    }

    /// <summary>Pulls all quotes of an account, because its protection in one market acted.</summary>
    public void Pull(uint account, int protectedRow)
    {
        events.Write(EventKind.QuotesPulled, account, new QuotesPulled
        {
            FrozenUntilNs = state.QuoteProtections[protectedRow].FrozenUntilNs,
            Market = (ushort)(state.Positions[protectedRow].Market.Number),
        });
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            PullSide(account, state.Positions[row].QuoteBid);
            PullSide(account, state.Positions[row].QuoteAsk);
        }
    }

    private void PullSide(uint account, ulong id)
    {
        if (resting.Find(account, id) is var slot and >= 0)
        {
            resting.End(slot, EndReason.QuoteProtection);
        }
    }

    private void Replace(uint account, ushort market, Side side, long price, long lots)
    {
        int row = state.FindPosition(account, market);
        ulong id = row < 0 ? 0 : side == Side.Buy ? state.Positions[row].QuoteBid : state.Positions[row].QuoteAsk;
        int slot = resting.Find(account, id);
        if (lots == 0)
        {
            if (slot >= 0)
            {
                resting.End(slot, EndReason.Cancelled);
            }
            return;
        }
        Refusal refusal;
        if (slot >= 0)
        {
            if (state.Orders[slot].PriceTicks == price && state.Orders[slot].OpenLots == lots)
            {
                return;
            }
            refusal = entry.Amend(slot, price, lots);
        }
        else
        {
            refusal = OrderChecks.CheckPriceAndLots(in state.Markets[market], price, lots);
            var order = new Incoming
            {
                LimitTicks = price,
                Lots = lots,
                Account = account,
                Market = market,
                Flags = OrderFlags.Quote | OrderChecks.FlagsOf(OrderOptions.PostOnly, side, SelfTradePrevention.CancelNewest),
                Side = side,
            };
            if (refusal.IsNone)
            {
                refusal = entry.Submit(ref order);
            }
            if (refusal.IsNone)
            {
                ref Position position = ref state.Positions.Write(order.Row);
                if (side == Side.Buy)
                {
                    position.QuoteBid = order.OrderId;
                }
                else
                {
                    position.QuoteAsk = order.OrderId;
                }
            }
        }
        if (!refusal.IsNone)
        {
            events.Write(EventKind.CommandRefused, account, new CommandRefused
            {
                Code = refusal.Code,
                Detail = refusal.Detail,
                Kind = CommandKind.MassQuote,
            });
        }
    }
}
