using System;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <summary>Orders that wait for a price (stops, take-profits, trailing stops) or for time (TWAPs).</summary>
internal sealed class ConditionalOrders(IndexedState state, EventLog events, RestingOrders resting, OrderChecks checks, OrderEntry entry)
{
    /// <summary>Slices of a TWAP.</summary>
    public const int MaxSlices = 10_000;

    public Refusal Place(in PlaceTrigger command)
    {
        bool reduceOnly = (command.Options & OrderOptions.ReduceOnly) != 0;
        Refusal refusal = checks.CheckMarket(command.Header.Account, command.Market, reduceOnly);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        ref readonly Market market = ref state.Markets[command.Market];
        bool isMarket = (command.Options & OrderOptions.Market) != 0;
        bool trailing = command.Kind == TriggerKind.TrailingStop;
        if (command.Side > Side.Sell || command.Kind > TriggerKind.TrailingStop || command.Source > TriggerSource.Index
            || command.SelfTrade > SelfTradePrevention.Decrement
            || (command.Options & ~(OrderOptions.ReduceOnly | OrderOptions.Market)) != 0
            || trailing != (command.TrailTicks > 0) || command.TrailTicks < 0 || command.TrailTicks > Market.MaxPriceSpan)
        {
            return Refusal.InvalidOptions(106);
        }
        long reference = Reference(in market, command.Source, out bool known);
        if (trailing && !known)
        {
            return Refusal.NoMarkPrice;
        }
        long trigger = trailing ? reference + (command.Side == Side.Sell ? -command.TrailTicks : command.TrailTicks) : command.TriggerTicks;
        refusal =
            OrderChecks.CheckPriceAndLots(in market,
                isMarket ? Math.Clamp(trigger, market.MinPriceTicks, market.MaxPriceTicks) : command.PriceTicks, command.Lots);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (!trailing && (trigger < market.MinPriceTicks || trigger > market.MaxPriceTicks))
        {
            return Refusal.PriceOutOfRange(trigger < market.MinPriceTicks ? market.MinPriceTicks : market.MaxPriceTicks);
        }
        if (command.GoodTillNs != 0 && command.GoodTillNs <= state.TimeNs)
        {
            return Refusal.GoodTillPassed(command.GoodTillNs);
        }
        refusal = checks.CheckClientOrderId(command.Header.Account, command.ClientOrderId, command.OneCancelsOther);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        refusal = CheckRoom(command.Header.Account, command.Market, state.Derived.TriggerSlots, out int slot, out int row);
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        state.Derived.TriggerSlots.Take(slot);
        state.Derived.Owners.Of(command.Header.Account).Triggers++;
        ulong id = OrderIds.Make(OrderIds.TriggerKind, ++state.Venue.Write(0).Orders, slot);
        state.Triggers.Write(slot) = new Trigger
        {
            Id = id,
            ClientOrderId = command.ClientOrderId,
            TriggerTicks = trigger,
            TrailTicks = command.TrailTicks,
            PriceTicks = command.PriceTicks,
            Lots = command.Lots,
            ExpiresNs = command.GoodTillNs,
            OneCancelsOther = command.OneCancelsOther,
            Account = command.Header.Account,
            Market = command.Market,
            Options = command.Options,
            Side = command.Side,
            Kind = command.Kind,
            Source = command.Source,
            SelfTrade = command.SelfTrade,
        };
        state.Derived.TriggerBooks[command.Market]!.Add(slot);
        if (command.GoodTillNs != 0)
        {
            state.Derived.Timers.Add(command.GoodTillNs, TimerKind.OrderExpiry, id);
        }
        resting.LinkOther(command.OneCancelsOther, id);
        Admit(command.Header.Account, row, command.ClientOrderId, id, trigger, command.Lots, command.Market,
            OrderChecks.FlagsOf(command.Options, command.Side, command.SelfTrade));
        return Refusal.None;
    }

    public Refusal Place(in PlaceTwap command)
    {
        bool reduceOnly = (command.Options & OrderOptions.ReduceOnly) != 0;
        Refusal refusal = checks.CheckMarket(command.Header.Account, command.Market, reduceOnly);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        ref readonly Market market = ref state.Markets[command.Market];
        if (command.Side > Side.Sell || command.SelfTrade > SelfTradePrevention.Decrement
            || (command.Options & ~OrderOptions.ReduceOnly) != 0)
        {
            return Refusal.InvalidOptions(88);
        }
        if (command.Slices is < 2 or > MaxSlices || command.IntervalNs is < 1_000_000 or > 86_400_000_000_000)
        {
            return Refusal.InvalidField(72);
        }
        // The largest slice must be an order that the market takes.
        long largest = (command.TotalLots / command.Slices) + 1;
        refusal = OrderChecks.CheckPriceAndLots(in market, command.PriceTicks, command.TotalLots < command.Slices ? 0 : largest);
        if (refusal.IsNone)
        {
            refusal = checks.CheckClientOrderId(command.Header.Account, command.ClientOrderId, 0);
        }
        if (!refusal.IsNone)
        {
            return refusal;
        }
        refusal = CheckRoom(command.Header.Account, command.Market, state.Derived.TwapSlots, out int slot, out int row);
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        state.Derived.TwapSlots.Take(slot);
        state.Derived.Owners.Of(command.Header.Account).Twaps++;
        ulong id = OrderIds.Make(OrderIds.TwapKind, ++state.Venue.Write(0).Orders, slot);
        state.Twaps.Write(slot) = new Twap
        {
            Id = id,
            ClientOrderId = command.ClientOrderId,
            PriceTicks = command.PriceTicks,
            TotalLots = command.TotalLots,
            IntervalNs = command.IntervalNs,
            NextSliceNs = state.TimeNs,
            SlicesLeft = command.Slices,
            Account = command.Header.Account,
            Market = command.Market,
            Options = command.Options,
            Side = command.Side,
            SelfTrade = command.SelfTrade,
        };
        state.Derived.Timers.Add(state.TimeNs, TimerKind.TwapSlice, id);
        Admit(command.Header.Account, row, command.ClientOrderId, id, command.PriceTicks, command.TotalLots, command.Market,
            OrderChecks.FlagsOf(command.Options, command.Side, command.SelfTrade));
        return Refusal.None;
    }

    /// <summary>Turns the oldest trigger that a price has set off into its order; false when there is none.</summary>
    public bool FireNext(int marketNumber)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        if (market.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly))
        {
            // They wait: the first price after the market has reopened finds them.
            return false;
        }
        TriggerBook book = state.Derived.TriggerBooks[marketNumber]!;
        for (TriggerSource source = TriggerSource.Last; source <= TriggerSource.Index; source++)
        {
            long price = Reference(in market, source, out bool known);
            int slot = known ? book.NextDue(source, price) : -1;
            if (slot >= 0)
            {
                Fire(slot);
                return true;
            }
        }
        return false;
    }

    /// <summary>Trades a TWAP's slice that is due and sets the time of the next.</summary>
    public void Slice(ulong id)
    {
        int slot = OrderIds.Slot(id);
        if (state.Twaps[slot].Id != id || state.Twaps[slot].NextSliceNs > state.TimeNs)
        {
            return;
        }
        ref Twap twap = ref state.Twaps.Write(slot);
        long lots = (twap.TotalLots - twap.FilledLots) / twap.SlicesLeft;
        twap.SlicesLeft--;
        twap.NextSliceNs += twap.IntervalNs;
        ref readonly Market market = ref state.Markets[twap.Market];
        if (lots > 0 && market.Status == MarketStatus.Trading)
        {
            var order = new Incoming
            {
                Parent = id,
                LimitTicks = twap.PriceTicks,
                Lots = Math.Min(lots, market.MaxOrderLots),
                Account = twap.Account,
                Market = twap.Market,
                Flags = OrderChecks.FlagsOf(twap.Options, twap.Side, twap.SelfTrade),
                Side = twap.Side,
                TimeInForce = TimeInForce.ImmediateOrCancel,
                SelfTrade = twap.SelfTrade,
            };
            Refusal refusal = entry.Submit(ref order);
            twap.FilledLots += order.FilledLots;
            if (!refusal.IsNone)
            {
                events.Write(EventKind.OrderEnded, twap.Account, new OrderEnded
                {
                    OrderId = id,
                    RestLots = order.Lots,
                    Market = twap.Market,
                    Reason = EndReason.Refused,
                    Code = refusal.Code,
                });
            }
        }
        if (twap.SlicesLeft == 0 || twap.FilledLots == twap.TotalLots)
        {
            End(twap.Account, id, twap.FilledLots == twap.TotalLots ? EndReason.Filled : EndReason.NotImmediate);
        }
        else
        {
            state.Derived.Timers.Add(twap.NextSliceNs, TimerKind.TwapSlice, id);
        }
    }

    /// <summary>Ends a trigger or TWAP of the account; false when there is none.</summary>
    public bool End(uint account, ulong id, EndReason reason)
    {
        int slot = OrderIds.Slot(id);
        bool isTrigger = (id & OrderIds.KindMask) == OrderIds.TriggerKind;
        if (isTrigger)
        {
            if (slot >= state.Triggers.Capacity || state.Triggers[slot].Id != id || state.Triggers[slot].Account != account)
            {
                return false;
            }
            Trigger trigger = state.Triggers[slot];
            state.Derived.TriggerBooks[trigger.Market]!.Remove(slot);
            state.Triggers.Write(slot) = default;
            state.Derived.TriggerSlots.Release(slot);
            state.Derived.Owners.Of(account).Triggers--;
            Dismiss(account, trigger.Market, id, trigger.Lots, reason);
            return true;
        }
        if ((id & OrderIds.KindMask) != OrderIds.TwapKind || slot >= state.Twaps.Capacity || state.Twaps[slot].Id != id
            || state.Twaps[slot].Account != account)
        {
            return false;
        }
        Twap twap = state.Twaps[slot];
        state.Twaps.Write(slot) = default;
        state.Derived.TwapSlots.Release(slot);
        state.Derived.Owners.Of(account).Twaps--;
        Dismiss(account, twap.Market, id, twap.TotalLots - twap.FilledLots, reason);
        return true;
    }

    /// <summary>Ends all triggers and TWAPs of an account (or, with null, of everybody), in one market or (−1) in all.</summary>
    public int EndAll(uint? account, int market, EndReason reason)
    {
        if (account is { } one && state.Accounts[(int)one].ConditionalOrders == 0)
        {
            return 0;
        }
        int ended = 0;
        for (int slot = 0; slot < state.Triggers.PageCount * state.Triggers.RowsPerPage; slot++)
        {
            ref readonly Trigger trigger = ref state.Triggers[slot];
            if (trigger.Id != 0 && (account is null || trigger.Account == account) && (market < 0 || trigger.Market == market))
            {
                End(trigger.Account, trigger.Id, reason);
                ended++;
            }
        }
        for (int slot = 0; slot < state.Twaps.PageCount * state.Twaps.RowsPerPage; slot++)
        {
            ref readonly Twap twap = ref state.Twaps[slot];
            if (twap.Id != 0 && (account is null || twap.Account == account) && (market < 0 || twap.Market == market))
            {
                End(twap.Account, twap.Id, reason);
                ended++;
            }
        }
        return ended;
    }

    private static long Reference(in Market market, TriggerSource source, out bool known)
    {
        known = source == TriggerSource.Last ? market.HasLast != 0 : market.HasMark != 0;
        return source switch
        {
            TriggerSource.Last => market.LastTicks,
            TriggerSource.Mark => market.MarkTicks,
            _ => market.IndexTicks,
        };
    }

    private Refusal CheckRoom(uint account, int market, SlotMap slots, out int slot, out int row)
    {
        (slot, row) = (-1, -1);
        if (state.Accounts[(int)account].LiveOrders >= state.GenesisRef.OrdersPerAccount)
        {
            return Refusal.TooManyOrders(state.GenesisRef.OrdersPerAccount);
        }
        slot = slots.LowestFree();
        if (slot < 0)
        {
            return Refusal.VenueFull(slots.Capacity);
        }
        Refusal share = state.Derived.Owners.Check(account, slots == state.Derived.TriggerSlots ? OwnerRows.Triggers : OwnerRows.Twaps);
        if (!share.IsNone)
        {
            return share;
        }
        row = state.FindOrTakePosition(account, market);
        return row < 0 ? Refusal.TooManyPositions(state.PositionsPerAccount) : Refusal.None;
    }

    private void Admit(uint account, int row, ulong clientOrderId, ulong id, long price, long lots, ushort market, OrderFlags flags)
    {
        ref Account holder = ref state.Accounts.Write((int)account);
        holder.LiveOrders++;
        holder.ConditionalOrders++;
        state.Derived.OpenOrders[row].OrderCount++;
        resting.RememberClientOrder(account, clientOrderId, id);
        events.Write(EventKind.OrderPlaced, account, new OrderPlaced
        {
            OrderId = id,
            ClientOrderId = clientOrderId,
            PriceTicks = price,
            Lots = lots,
            Market = market,
            Flags = flags,
        });
    }

    private void Dismiss(uint account, ushort market, ulong id, long rest, EndReason reason)
    {
        ref Account holder = ref state.Accounts.Write((int)account);
        holder.LiveOrders--;
        holder.ConditionalOrders--;
        int row = state.FindPosition(account, market);
        state.Derived.OpenOrders[row].OrderCount--;
        events.Write(EventKind.OrderEnded, account, new OrderEnded { OrderId = id, RestLots = rest, Market = market, Reason = reason });
        state.ReleasePositionIfEmpty(row);
    }

    private void Fire(int slot)
    {
        Trigger trigger = state.Triggers[slot];
        End(trigger.Account, trigger.Id, EndReason.Triggered);
        // Before its order trades: it might meet the other half.
        entry.End(trigger.Account, trigger.OneCancelsOther, EndReason.OneCancelsOther, this);
        ref readonly Market market = ref state.Markets[trigger.Market];
        bool isMarket = (trigger.Options & OrderOptions.Market) != 0;
        var order = new Incoming
        {
            Parent = trigger.Id,
            LimitTicks = isMarket ? OrderChecks.ProtectionPrice(in market, trigger.Side) : trigger.PriceTicks,
            Lots = trigger.Lots,
            Account = trigger.Account,
            Market = trigger.Market,
            Flags = OrderChecks.FlagsOf(trigger.Options, trigger.Side, trigger.SelfTrade),
            Side = trigger.Side,
            // What lasts until a time lasts no longer for having been triggered.
            TimeInForce = isMarket
                ? TimeInForce.ImmediateOrCancel
                : trigger.ExpiresNs == 0
                ? TimeInForce.GoodTillCancelled
                : TimeInForce.GoodTillTime,
            ExpiresNs = isMarket ? 0 : trigger.ExpiresNs,
            SelfTrade = trigger.SelfTrade,
        };
        Refusal refusal = checks.CheckMarket(trigger.Account, trigger.Market, order.IsReduceOnly);
        if (refusal.IsNone)
        {
            refusal = entry.Submit(ref order);
        }
        events.Write(EventKind.OrderTriggered, trigger.Account, new OrderTriggered
        {
            TriggerId = trigger.Id,
            OrderId = order.OrderId,
            PriceTicks = order.LimitTicks,
        });
        if (!refusal.IsNone)
        {
            events.Write(EventKind.OrderEnded, trigger.Account, new OrderEnded
            {
                OrderId = trigger.Id,
                RestLots = trigger.Lots,
                Market = trigger.Market,
                Reason = EndReason.Refused,
                Code = refusal.Code,
            });
        }
    }
}
