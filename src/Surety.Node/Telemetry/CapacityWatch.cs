using System.Collections.Generic;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Node.Telemetry;

/// <summary>How full the tables are that customers fill, and when the operator should make room.</summary>
public sealed class CapacityWatch
{
    /// <summary>From this part on the operator is told, and again at each further five hundredths.</summary>
    public const double WarnAt = 0.8;

    private const double Step = 0.05;
    private readonly Dictionary<TableId, double> _told = [];

    /// <summary>Rows taken and rows there are, of each table that can grow. Safe on any thread.</summary>
    public static IReadOnlyList<(TableId Table, string Name, int Taken, int Room)> Read(IndexedState state)
    {
        DerivedState derived = state.Derived;
        return
        [
            (TableId.Accounts, "accounts", state.Counts.Accounts, state.Limits[0].MaxAccounts),
            (TableId.Keys, "keys", state.Counts.Keys - derived.KeyRows.Free, state.Limits[0].MaxKeys),
            (TableId.Orders, "orders", derived.OrderSlots.Taken, derived.OrderSlots.Capacity),
            (TableId.Triggers, "triggers", derived.TriggerSlots.Taken, derived.TriggerSlots.Capacity),
            (TableId.Twaps, "twaps", derived.TwapSlots.Taken, derived.TwapSlots.Capacity),
            (TableId.Withdrawals, "withdrawals", derived.WithdrawalSlots.Taken, derived.WithdrawalSlots.Capacity),
        ];
    }

    /// <summary>What to tell the operator that he was not told before.</summary>
    public IEnumerable<(string Name, int Taken, int Room)> News(IndexedState state)
    {
        foreach ((TableId table, string name, int taken, int room) in Read(state))
        {
            double part = (double)taken / room;
            double told = _told.GetValueOrDefault(table, WarnAt - Step);
            if (part < WarnAt)
            {
                _told.Remove(table);
            }
            else if (part >= told + Step || (told < WarnAt && part >= WarnAt))
            {
                _told[table] = part;
                yield return (name, taken, room);
            }
        }
    }
}
