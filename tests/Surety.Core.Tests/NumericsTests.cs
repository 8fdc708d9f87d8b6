using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using Surety.Core.Numerics;

namespace Surety.Core.Tests;

public class NumericsTests
{
    [Theory]
    [InlineData("exp")]
    [InlineData("log")]
    [InlineData("normal-cdf")]
    [InlineData("normal-pdf")]
    public void Real_functions_stay_within_two_ulp_of_the_106_bit_references(string name)
    {
        double worst = 0;
        int cases = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "reference", "real-functions.csv")))
        {
            string[] f = line.Split(',');
            if (f[0] != name)
            {
                continue;
            }
            double x = Bits(f[1]), high = Bits(f[2]), low = Bits(f[3]);
            double found = name switch
            {
                "exp" => RealFunctions.Exp(x),
                "log" => RealFunctions.Log(x),
                "normal-cdf" => RealFunctions.NormalCdf(x),
                _ => RealFunctions.NormalPdf(x),
            };
            double ulp = Math.BitIncrement(Math.Abs(high)) - Math.Abs(high);
            double error = Math.Abs((found - high) - low) / ulp;
            Assert.True(error <= 2, $"{name}({x:R}) = {found:R}, off by {error:F2} ulp");
            worst = Math.Max(worst, error);
            cases++;
        }
        Assert.True(cases > 250);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: worst {worst:F3} ulp over {cases} values");
    }

    [Fact]
    public void Real_functions_answer_at_the_edges_of_their_domains()
    {
        Assert.Equal(double.PositiveInfinity, RealFunctions.Exp(710));
        Assert.Equal(0, RealFunctions.Exp(-746));
        Assert.True(double.IsNaN(RealFunctions.Exp(double.NaN)));
        Assert.Equal(double.NegativeInfinity, RealFunctions.Log(0));
        Assert.True(double.IsNaN(RealFunctions.Log(-1)));
        Assert.Equal(double.PositiveInfinity, RealFunctions.Log(double.PositiveInfinity));
        Assert.Equal(0.5, RealFunctions.NormalCdf(0));
        Assert.Equal(1, RealFunctions.NormalCdf(40));
        Assert.Equal(0, RealFunctions.NormalCdf(-40));
        Assert.Equal(0, RealFunctions.Log(1));
        Assert.Equal(1, RealFunctions.Exp(0));
    }

    [Fact]
    public void Divisions_agree_with_big_integers_and_round_as_they_are_named()
    {
        var random = new SplitMix(11);
        for (int i = 0; i < 200_000; i++)
        {
            long a = (long)random.Next() >> (int)random.Below(63);
            long b = (long)random.Next() >> (int)(20 + random.Below(40));
            long d = 1 + (long)(random.Next() >> (int)(1 + random.Below(62)));
            Assert.Equal((long)Floor(a, d), Rounding.DivFloor(a, d));
            Assert.Equal(-(long)Floor(-(BigInteger)a, d), Rounding.DivCeiling(a, d));
            Assert.Equal((long)Floor((2 * (BigInteger)a) + d, 2 * (BigInteger)d), Rounding.DivNearest(a, d));
            BigInteger floor = Floor((BigInteger)a * b, d);
            if (floor >= long.MinValue && floor < long.MaxValue)
            {
                Assert.Equal((long)floor, Rounding.MulDivFloor(a, b, d));
                Assert.Equal(-Floor(-(BigInteger)a * b, d), Rounding.MulDivCeiling(a, b, d));
            }
            else if (floor > long.MaxValue)
            {
                Assert.Throws<OverflowException>(() => Rounding.MulDivFloor(a, b, d));
            }
            long amount = a & long.MaxValue;
            long ppm = random.Below(1_000_001);
            Assert.Equal((long)Floor((BigInteger)amount * ppm, 1_000_000), Rounding.PpmFloor(amount, ppm));
            Assert.Equal(-(long)Floor(-(BigInteger)amount * ppm, 1_000_000), Rounding.PpmCeiling(amount, ppm));
        }
    }

    [Theory]
    [InlineData("7985.5", 2, 798550)]
    [InlineData("-37.63", 2, -3763)]
    [InlineData("0", 6, 0)]
    [InlineData("1.2300", 2, 123)]
    public void Decimal_text_is_read_exactly_and_written_back(string text, int decimals, long scaled)
    {
        Assert.True(FixedDecimal.TryParse(text, decimals, out long found));
        Assert.Equal(scaled, found);
        Assert.True(FixedDecimal.TryParse(FixedDecimal.Format(scaled, decimals), decimals, out found));
        Assert.Equal(scaled, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.234")]
    [InlineData("1e3")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("NaN")]
    [InlineData("99999999999999999999")]
    [InlineData("--1")]
    public void Decimal_text_that_would_lose_something_is_refused(string text) =>
        Assert.False(FixedDecimal.TryParse(text, 2, out _));

    [Fact]
    public void The_generator_gives_its_published_numbers()
    {
        // Reference output of SplitMix64 for seed 1234567.
        var random = new SplitMix(1234567);
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        Assert.Equal(expected, Enumerable.Range(0, 5).Select(_ => random.Next()));
    }

    private static double Bits(string hex) =>
        BitConverter.UInt64BitsToDouble(ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static BigInteger Floor(BigInteger value, BigInteger divisor)
    {
        BigInteger quotient = BigInteger.DivRem(value, divisor, out BigInteger remainder);
        return remainder < 0 ? quotient - 1 : quotient;
    }
}
