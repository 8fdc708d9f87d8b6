using System.Numerics;

namespace Surety.Simulation.Slow;

/// <summary>Division of whole numbers without bound, with the rounding in its name; the divisor is above zero.</summary>
public static class Whole
{
    /// <summary>Parts in one.</summary>
    public const long Million = 1_000_000;

    /// <summary>The greatest whole number not above a / b.</summary>
    public static BigInteger Floor(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger rest);
        return rest < 0 ? quotient - 1 : quotient;
    }

    /// <summary>The least whole number not below a / b.</summary>
    public static BigInteger Ceiling(BigInteger a, BigInteger b) => -Floor(-a, b);

    /// <summary>The nearest whole number, halves upward.</summary>
    public static BigInteger Nearest(BigInteger a, BigInteger b) => Floor((2 * a) + b, 2 * b);
}
