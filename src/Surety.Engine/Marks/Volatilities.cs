using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Pricing.Integers;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Marks;

/// <summary>Volatility surfaces: their creation, their state when a node moves, and the volatility of a strike and a time.</summary>
internal sealed class Volatilities(IndexedState state)
{
    public Refusal Create(in CreateSurface command, out ulong created)
    {
        created = 0;
        if (command.Underlying >= state.Counts.Indexes)
        {
            return Refusal.UnknownIndex(command.Underlying);
        }
        int nodes = command.TenorCount * command.MoneynessCount;
        if (command.TenorCount is < 1 or > 8 || command.MoneynessCount is < 1 or > 8 || nodes > Surface.MaxNodes || command.Reserved != 0)
        {
            return Refusal.InvalidField(50);
        }
        for (int i = 0; i < command.TenorCount; i++)
        {
            if (command.TenorMinutes[i] < 1 || command.TenorMinutes[i] > 10_000_000
                || (i > 0 && command.TenorMinutes[i] <= command.TenorMinutes[i - 1]))
            {
                return Refusal.InvalidField(56 + (4 * i));
            }
        }
        for (int i = 0; i < command.MoneynessCount; i++)
        {
            if (Math.Abs((long)command.MoneynessMilli[i]) > 10_000 || (i > 0 && command.MoneynessMilli[i] <= command.MoneynessMilli[i - 1]))
            {
                return Refusal.InvalidField(88 + (4 * i));
            }
        }
        var surface = new Surface
        {
            Underlying = command.Underlying,
            TenorCount = command.TenorCount,
            MoneynessCount = command.MoneynessCount,
            InDoubt = 1,
            TenorMinutes = command.TenorMinutes,
            MoneynessMilli = command.MoneynessMilli,
            Nodes0 = command.Nodes0,
            Nodes1 = command.Nodes1,
        };
        for (int i = 0; i < nodes; i++)
        {
            if (surface.Node(i) >= state.Counts.Indexes)
            {
                return Refusal.UnknownIndex(surface.Node(i));
            }
        }
        if (state.Counts.Surfaces == Surface.Most)
        {
            return Refusal.LimitReached(Surface.Most);
        }

        // Point of no return.
        int number = state.Venue.Write(0).Surfaces++;
        created = (ulong)number;
        state.Surfaces.Write(number) = surface;
        Refresh(number);
        return Refusal.None;
    }

    /// <summary>Whether an index is a node of a surface.</summary>
    public bool IsNode(int surface, int index)
    {
        ref readonly Surface s = ref state.Surfaces[surface];
        for (int i = 0; i < s.NodeCount; i++)
        {
            if (s.Node(i) == index)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Looks at all nodes: whether they have prices, whether they are good, whether they allow arbitrage.</summary>
    public void Refresh(int number)
    {
        ref Surface s = ref state.Surfaces.Write(number);
        bool all = true;
        bool good = true;
        for (int i = 0; i < s.NodeCount; i++)
        {
            ref readonly PriceIndex node = ref state.Indexes[s.Node(i)];
            all &= node.HasPrice == 1 && node.Price > 0;
            good &= node.State == PriceState.Good;
        }
        s.HasPrices = (ushort)(all ? 1 : 0);
        Span<int> volatilities = stackalloc int[Surface.MaxNodes];
        Span<int> tenors = stackalloc int[8];
        Span<int> moneyness = stackalloc int[8];
        Read(in s, tenors, moneyness, volatilities);
        s.HasArbitrage =
            (ushort)(all && VolatilityGrid.HasArbitrage(tenors[..s.TenorCount], moneyness[..s.MoneynessCount], volatilities[..s.NodeCount])
                ? 1
                : 0);
        s.InDoubt = (ushort)(all && good && s.HasArbitrage == 0 ? 0 : 1);
    }

    /// <summary>Annual volatility of a strike and a time to expiry, parts per million; 0 while the surface has no prices.</summary>
    public int VolatilityPpm(int surface, long underlying, long strike, long ms)
    {
        ref readonly Surface s = ref state.Surfaces[surface];
        if (s.HasPrices == 0 || underlying <= 0 || strike <= 0)
        {
            return 0;
        }
        Span<int> volatilities = stackalloc int[Surface.MaxNodes];
        Span<int> tenors = stackalloc int[8];
        Span<int> moneyness = stackalloc int[8];
        Read(in s, tenors, moneyness, volatilities);
        return VolatilityGrid.VolatilityPpm(tenors[..s.TenorCount], moneyness[..s.MoneynessCount], volatilities[..s.NodeCount], underlying,
            strike, ms);
    }

    private void Read(in Surface s, Span<int> tenors, Span<int> moneyness, Span<int> volatilities)
    {
        for (int i = 0; i < s.TenorCount; i++)
        {
            tenors[i] = s.TenorMinutes[i];
        }
        for (int i = 0; i < s.MoneynessCount; i++)
        {
            moneyness[i] = s.MoneynessMilli[i];
        }
        for (int i = 0; i < s.NodeCount; i++)
        {
            volatilities[i] = OfNode(in state.Indexes[s.Node(i)]);
        }
    }

    /// <summary>What a node's index says, parts per million.</summary>
    public static int OfNode(in PriceIndex node) =>
        (int)Int128.Clamp((Int128)node.Price * Rounding.Million / FixedDecimal.PowerOfTen(node.Decimals), 1, 100_000_000);
}
