using System.Collections.Generic;
using Surety.Engine.Accounts;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// After a price is applied, and before anything else happens, nobody in the pools it touches is left below maintenance.
/// This first version looks at every account of the pool.
/// </summary>
internal sealed class Enforcement(VenueState state, AccountMargin margin, Liquidator liquidator)
{
    private readonly Queue<int> _pools = new();

    /// <summary>A pool's prices have changed.</summary>
    public void Require(int pool)
    {
        if (!_pools.Contains(pool))
        {
            _pools.Enqueue(pool);
        }
    }

    /// <summary>Acts on the accounts of one pool that are below maintenance; false when no pool waits.</summary>
    public bool Next()
    {
        if (!_pools.TryPeek(out int pool))
        {
            return false;
        }
        if (!ActOnFirst(pool))
        {
            _pools.Dequeue();
        }
        return true;
    }

    // Liquidations move other accounts too (a fill, a deleveraging), so the pool is walked until a walk finds nobody.
    private bool ActOnFirst(int pool)
    {
        bool acted = false;
        int accounts = state.Venue[0].Accounts;
        for (uint account = 0; account < (uint)accounts; account++)
        {
            if (state.Accounts[(int)account].Pool != pool)
            {
                continue;
            }
            int first = (int)account * state.PositionsPerAccount;
            bool cross = false;
            for (int row = first; row < first + state.PositionsPerAccount; row++)
            {
                ref readonly Position position = ref state.Positions[row];
                if (position.Lots == 0)
                {
                    continue;
                }
                if (!position.IsIsolated)
                {
                    cross = true;
                }
                else if (!margin.Isolated(row).CoversMaintenance)
                {
                    liquidator.Liquidate(account, row);
                    acted = true;
                }
            }
            if (cross && !margin.Cross(account).CoversMaintenance)
            {
                liquidator.Liquidate(account, isolatedRow: -1);
                acted = true;
            }
        }
        return acted;
    }
}
