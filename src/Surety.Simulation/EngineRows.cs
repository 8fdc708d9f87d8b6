using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Engine;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Protocol.Rows;
using Surety.Simulation.Slow;
using Surety.Terms.Execution;

namespace Surety.Simulation;

/// <summary>An engine's rows as they lie in its tables, for the slow computations; nothing that the engine derives from them.</summary>
public sealed class EngineRows(IndexedState state) : VenueRows
{
    /// <inheritdoc/>
    public override int PositionsPerAccount => state.PositionsPerAccount;

    /// <inheritdoc/>
    public override Account Account(uint number) => state.Accounts[(int)number];

    /// <inheritdoc/>
    public override Position Position(int row) => state.Positions[row];

    /// <inheritdoc/>
    public override Market Market(int number) => state.Markets[number];

    /// <inheritdoc/>
    public override Pool Pool(int number) => state.Pools[number];

    /// <inheritdoc/>
    public override Asset Asset(int number) => state.Assets[number];

    /// <inheritdoc/>
    public override PriceIndex Index(int number) => state.Indexes[number];

    /// <inheritdoc/>
    public override ContractFacts Contract(int market)
    {
        ContractProgram program = state.Derived.Contracts.ProgramOf(market)!;
        bool american = (state.Markets[market].Flags & ContractFlags.American) != 0;
        AggregateState counted = state.Contracts[market].State.Aggregates[0];
        long mean = counted.Weight == 0 ? 0 : state.Derived.Contracts.ToTicks(in state.Markets[market],
            Terms.FixedPoint.Mean(counted.Value, counted.Weight));
        return new ContractFacts(program.Contract.ExpiryMs, american ? 0 : program.Analysis.WindowMs, counted.Weight, mean);
    }

    /// <inheritdoc/>
    public override IEnumerable<Order> LiveOrders() =>
        Enumerable.Range(0, state.Orders.Rows).Select(slot => state.Orders[slot]).Where(order => order.Id != 0);

    /// <summary>
    /// The first account or isolated position of which the engine computes another margin than the slow computation; null for none.
    /// </summary>
    public static string? FirstDifference(SuretyEngine engine)
    {
        var rows = new EngineRows(engine.State);
        var slow = new SlowMargin(rows);
        for (uint account = 0; account < engine.State.Counts.Accounts; account++)
        {
            if ((engine.State.Accounts[(int)account].Flags & AccountFlags.Open) != 0
                && Difference(engine.Margin.Cross(account), slow.Cross(account)) is { } found)
            {
                return $"account {account}: {found}";
            }
            int first = (int)account * rows.PositionsPerAccount;
            for (int row = first; row < first + rows.PositionsPerAccount; row++)
            {
                Position position = rows.Position(row);
                if (position.Market.Exists && position.IsIsolated
                    && Difference(engine.Margin.Isolated(row), slow.Isolated(account, position)) is { } apart)
                {
                    return $"account {account}, market {position.Market.Number}: {apart}";
                }
            }
        }
        return null;
    }

    private static string? Difference(Health engine, SlowHealth slow)
    {
        (string What, BigInteger Engine, BigInteger Slow)[] all =
        [
            ("equity", engine.EquityAtoms, slow.Equity), ("opening", engine.OpeningAtoms, slow.Opening),
            ("initial", engine.InitialAtoms, slow.Need.Initial), ("maintenance", engine.MaintenanceAtoms, slow.Need.Maintenance),
        ];
        (string what, BigInteger fast, BigInteger other) = all.FirstOrDefault(a => a.Engine != a.Slow);
        return what is null ? null : $"{what} {fast}, slow {other}";
    }
}
