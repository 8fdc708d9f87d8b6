using Surety.Assurance.Attackers;

namespace Surety.Assurance.Tests;

public class AttackTests(ITestOutputHelper output)
{
    private const int Tries = 600;

    // The best that was found when a version was released; docs/assurance.md has them. A release in which one grows is worse.
    [Theory]
    [InlineData(AttackGoal.Profit, 0)]
    [InlineData(AttackGoal.Liquidations, 0)]
    [InlineData(AttackGoal.FundLoss, 0)]
    [InlineData(AttackGoal.Halts, 0)]
    [InlineData(AttackGoal.OthersAccounts, 0)]
    public void No_plan_that_is_found_comes_nearer_to_its_goal_than_before(AttackGoal goal, long before)
    {
        AttackResult found = AttackSearch.For(goal, seed: 1, Tries);
        output.WriteLine($"{goal}: {found.Best}, nearest {found.Nearness}\n{string.Join('\n', found.Plan)}");
        Assert.Null(found.Broken);
        Assert.True(found.Best <= before, $"{goal}: {found.Best} by {string.Join("; ", found.Plan)}");
    }

    // A search that never finds anything could be of nothing.
    [Theory]
    [InlineData(AttackGoal.Profit)]
    [InlineData(AttackGoal.Liquidations)]
    [InlineData(AttackGoal.FundLoss)]
    public void Where_the_attackers_source_outweighs_the_honest_ones_the_search_finds_what_can_be_gained(AttackGoal goal)
    {
        AttackResult found = AttackSearch.For(goal, seed: 1, Tries, isWeak: true);
        Assert.True(found.Best > 0, $"nothing was found, nearest {found.Nearness}: {string.Join("; ", found.Plan)}");
    }

    [Fact]
    public void A_search_from_a_seed_is_the_same_again()
    {
        AttackResult one = AttackSearch.For(AttackGoal.Profit, seed: 3, 40);
        AttackResult two = AttackSearch.For(AttackGoal.Profit, seed: 3, 40);
        Assert.Equal((one.Best, string.Join(';', one.Plan)), (two.Best, string.Join(';', two.Plan)));
    }
}
