using System;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Pipeline;

/// <summary>Hints to the processor about commands to come.</summary>
internal sealed class Anticipation(IndexedState state)
{
    /// <summary>Whether the orders and positions have outgrown a core's own cache, so that <see cref="Prepare"/> pays.</summary>
    public bool Pays => state.Orders.Pages.Length + state.Positions.Pages.Length > 1 << 20;

    /// <summary>
    /// Brings what a command some places further on will read nearer to the processor. A hint for a caller with a batch in
    /// hand: it reads, it changes nothing. Call it for a command twice, with <paramref name="close"/> false when it is about
    /// eight places away and true when it is about four.
    /// </summary>
    public void Prepare(ReadOnlySpan<byte> record, bool close)
    {
        if (record.Length < CommandHeader.Size + 8)
        {
            return;
        }
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (header.Kind is CommandKind.AmendOrder or CommandKind.CancelOrder)
        {
            int slot = OrderIds.Slot(CommandCodec.View<CancelOrder>(record).OrderId);
            if (slot >= state.Orders.Capacity)
            {
                return;
            }
            ref readonly Order order = ref state.Orders[slot];
            if (!close)
            {
                Prefetch.Line(in order);
                Prefetch.Line(in state.Derived.Links[slot < state.Derived.Links.Length ? slot : 0]);
                if (KeyRows.RowOf(header.Key) < state.Keys.Capacity)
                {
                    Prefetch.Line(in state.Keys[KeyRows.RowOf(header.Key)]);
                }
                if (header.Account < (uint)state.Accounts.Capacity)
                {
                    Prefetch.Line(in state.Accounts[(int)header.Account]);
                }
            }
            else if (state.Derived.Books[order.Market] is { } book)
            {
                book.PrefetchPrice(order.PriceTicks);
                if (header.Kind == CommandKind.AmendOrder && record.Length >= CommandHeader.Size + 16)
                {
                    book.PrefetchPrice(CommandCodec.View<AmendOrder>(record).PriceTicks);
                }
                PrefetchNeighbours(slot);
            }
        }
        else if (header.Account < (uint)state.Accounts.Capacity && KeyRows.RowOf(header.Key) < state.Keys.Capacity)
        {
            int row = (int)header.Account * state.PositionsPerAccount;
            Prefetch.Line(in state.Keys[KeyRows.RowOf(header.Key)]);
            Prefetch.Line(in state.Accounts[(int)header.Account]);
            Prefetch.Line(in state.Derived.MarketOfPosition[row]);
            for (int i = 0; i < state.PositionsPerAccount; i += close ? 1 : 2)
            {
                Prefetch.Line(in state.Positions[row + i]);
                Prefetch.Line(in state.Derived.OpenOrders[row + i]);
            }
        }
    }

    private void PrefetchNeighbours(int slot)
    {
        OrderLinks[] links = state.Derived.Links;
        if (slot < links.Length)
        {
            OrderLinks link = links[slot];
            if (link.Next >= 0)
            {
                Prefetch.Line(in links[link.Next]);
            }
            if (link.Previous >= 0)
            {
                Prefetch.Line(in links[link.Previous]);
            }
        }
    }
}
