using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>Lots that change hands outside the book.</summary>
internal static class PositionTransfers
{
    /// <summary>Moves lots of a position to another account at mark, where neither gains. The receiver has a free row.</summary>
    public static void AtMark(VenueState state, EventLog events, PositionKeeping keeping, int row, uint receiver, long lots, LiquidationOutcome cause)
    {
        int marketNumber = state.Positions[row].MarketPlusOne - 1;
        ref readonly Market market = ref state.Markets[marketNumber];
        long value = lots * market.MarkTicks * market.AtomsPerTickLot;
        int receiverRow = state.FindOrTakePosition(receiver, marketNumber);
        keeping.Trade(row, marketNumber, -lots, -value);
        keeping.Trade(receiverRow, marketNumber, lots, value);
        state.Markets.Write(marketNumber).OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
        events.Write(EventKind.PositionTransferred, receiver, new PositionTransferred
        {
            FromAccount = (uint)(row / state.PositionsPerAccount),
            Market = (ushort)marketNumber,
            Cause = cause,
            Lots = lots,
            CostAtoms = value,
        });
        state.ReleasePositionIfEmpty(receiverRow);
    }
}
