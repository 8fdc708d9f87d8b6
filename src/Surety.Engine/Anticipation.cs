using System;
using Surety.Engine.Accounts;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine;

/// <content>Hints to the processor about commands to come.</content>
public sealed partial class SuretyEngine
{
    /// <summary>Whether the orders and positions have outgrown a core's own cache, so that <see cref="Anticipate"/> pays.</summary>
    public bool AnticipationPays => State.Orders.Pages.Length + State.Positions.Pages.Length > 1 << 20;

    /// <summary>
    /// Brings what a command some places further on will read nearer to the processor. A hint for whoever has a batch in
    /// hand: it reads, it changes nothing. Call it for a command twice, with <paramref name="close"/> false when it is about
    /// eight places away and true when it is about four.
    /// </summary>
    public void Anticipate(ReadOnlySpan<byte> record, bool close)
    {
        if (record.Length < CommandHeader.Size + 8)
        {
            return;
        }
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (header.Kind is CommandKind.AmendOrder or CommandKind.CancelOrder)
        {
            int slot = OrderIds.Slot(CommandCodec.View<CancelOrder>(record).OrderId);
            if (slot >= State.Orders.Capacity)
            {
                return;
            }
            ref readonly Order order = ref State.Orders[slot];
            if (!close)
            {
                Prefetch.Line(in order);
                Prefetch.Line(in State.Derived.Links[slot < State.Derived.Links.Length ? slot : 0]);
                if (KeyRows.RowOf(header.Key) < State.Keys.Capacity)
                {
                    Prefetch.Line(in State.Keys[KeyRows.RowOf(header.Key)]);
                }
                if (header.Account < (uint)State.Accounts.Capacity)
                {
                    Prefetch.Line(in State.Accounts[(int)header.Account]);
                }
            }
            else if (State.Derived.Books[order.Market] is { } book)
            {
                book.PrefetchPrice(order.PriceTicks);
                if (header.Kind == CommandKind.AmendOrder && record.Length >= CommandHeader.Size + 16)
                {
                    book.PrefetchPrice(CommandCodec.View<AmendOrder>(record).PriceTicks);
                }
                PrefetchNeighbours(slot);
            }
        }
        else if (header.Account < (uint)State.Accounts.Capacity && KeyRows.RowOf(header.Key) < State.Keys.Capacity)
        {
            int row = (int)header.Account * State.PositionsPerAccount;
            Prefetch.Line(in State.Keys[KeyRows.RowOf(header.Key)]);
            Prefetch.Line(in State.Accounts[(int)header.Account]);
            Prefetch.Line(in State.Derived.MarketOfPosition[row]);
            for (int i = 0; i < State.PositionsPerAccount; i += close ? 1 : 2)
            {
                Prefetch.Line(in State.Positions[row + i]);
                Prefetch.Line(in State.Derived.OpenOrders[row + i]);
            }
        }
    }

    private void PrefetchNeighbours(int slot)
    {
        OrderLinks[] links = State.Derived.Links;
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
