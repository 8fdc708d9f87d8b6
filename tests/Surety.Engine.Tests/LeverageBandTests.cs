using Surety.Engine.State;

namespace Surety.Engine.Tests;

public class LeverageBandTests
{
    [Fact]
    public void A_leverage_that_waits_to_fall_may_wait_over_the_turn_of_the_week()
    {
        const long Unit = 600_000_000_000;
        // The clock of ten bits turns here; the overflow of its difference once stopped the venue at an ordinary fill.
        long turn = 1_678_000_000_000_000_000 / Unit / 1024 * 1024 * Unit;
        for (long before = 1; before < 12; before++)
        {
            uint waiting = LeverageBand.After(LeverageBand.Opened(900), 500, turn - (before * Unit));
            for (long after = 0; after < 12; after++)
            {
                uint later = LeverageBand.After(waiting, 500, turn + (after * Unit));
                Assert.Equal(LeverageBand.Of(LeverageBand.Opened(before + after < 7 ? 900 : 500)), LeverageBand.Of(later));
            }
        }
    }
}
