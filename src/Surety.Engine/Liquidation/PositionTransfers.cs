using System;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>Lots that change hands outside the book.</summary>
internal static class PositionTransfers
{
    /// <summary>Moves lots of a position to another account at mark, where neither gains. The receiver has a free row.</summary>
    public static void AtMark(IndexedState state, EventLog events, PositionKeeping keeping, int row, uint receiver, long lots,
        LiquidationOutcome cause)
    {
        int receiverRow = state.FindOrTakePosition(receiver, state.Positions[row].Market.Number);
        Move(state, events, keeping, row, receiverRow, lots, 0, cause);
        state.ReleasePositionIfEmpty(receiverRow);
    }

    /// <summary>Closes lots of a position against opposite lots of another at mark; the other side pays a share on top.</summary>
    public static void Between(IndexedState state, EventLog events, PositionKeeping keeping, int row, int otherRow, long lots,
        long share) =>
        Move(state, events, keeping, row, otherRow, lots, share, LiquidationOutcome.Deleveraged);

    private static void Move(IndexedState state, EventLog events, PositionKeeping keeping, int row, int receiverRow, long lots, long share,
        LiquidationOutcome cause)
    {
        int marketNumber = state.Positions[row].Market.Number;
        ref readonly Market market = ref state.Markets[marketNumber];
        Invariant.Assert(receiverRow >= 0 && state.Positions[receiverRow].Market.Number == marketNumber,
            "lots move to an account without a row for them");
        Invariant.Assert(Math.Sign(lots) == Math.Sign(state.Positions[row].Lots) && Math.Abs(lots) <= Math.Abs(state.Positions[row].Lots),
            "more lots move than the position has");
        Invariant.Assert(share >= 0, "one who gives up lots is paid for a loss of another");
        long value = lots * market.MarkTicks * market.AtomsPerTickLot;
        keeping.Trade(row, marketNumber, -lots, -(value + share));
        keeping.Trade(receiverRow, marketNumber, lots, value + share);
        state.Markets.Write(marketNumber).OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
        events.Write(EventKind.PositionTransferred, (uint)(receiverRow / state.PositionsPerAccount), new PositionTransferred
        {
            FromAccount = (uint)(row / state.PositionsPerAccount),
            Market = (ushort)marketNumber,
            Cause = cause,
            Lots = lots,
            CostAtoms = value + share,
            GainAtoms = -share,
        });
    }
}
