#!/usr/bin/env python3
"""Computes the constants of RealFunctions and the reference values of its tests.

Python's decimal module at 460 digits, elementary series only, no other source. Run from the repository root:

    python3 src/Surety.Core/Numerics/generate_tables.py

It rewrites src/Surety.Core/Numerics/RealTables.cs and tests/Surety.Core.Tests/reference/real-functions.csv.
"""
import random
import struct
from decimal import Decimal as D, getcontext

getcontext().prec = 460
EPS = D(10) ** -440


def exp(x):
    n = 0
    while abs(x) > D("0.01"):
        x /= 2
        n += 1
    term = total = D(1)
    k = 1
    while abs(term) > EPS:
        term = term * x / k
        total += term
        k += 1
    for _ in range(n):
        total *= total
    return total


def ln(x):
    y = D(repr(float_log(x)))
    for _ in range(7):  # Newton doubles the digits each time
        e = exp(y)
        y = y + 2 * (x - e) / (x + e)
    return y


def float_log(x):
    import math
    return math.log(float(x))


def pi():
    # Machin: 16 atan(1/5) - 4 atan(1/239)
    def atan_inverse(n):
        x = D(1) / n
        total, term, k, sign = x, x, 1, -1
        while term > EPS:
            term /= n * n
            k += 2
            total += sign * term / k
            sign = -sign
        return total
    return 16 * atan_inverse(5) - 4 * atan_inverse(239)


PI = pi()
LN2 = ln(D(2))
ROOT_HALF_PI = (PI / 2).sqrt()


def mills(x):
    """(1 - Phi(x)) / phi(x) for x >= 0."""
    total, term, n = D(0), D(x), 1
    while term > EPS:
        total += term
        n += 2
        term = term * x * x / n
    return ROOT_HALF_PI * exp(x * x / 2) - total


def pdf(x):
    return exp(-x * x / 2) / (2 * PI).sqrt()


def cdf(x):
    tail = pdf(abs(x)) * mills(abs(x))
    return tail if x <= 0 else 1 - tail


def bits(f):
    return struct.unpack("<Q", struct.pack("<d", f))[0]


def pair(x):
    hi = float(x)
    return hi, float(x - D(hi))


def truncated(x, keep):
    """The double nearest x with only the top `keep` bits of its significand."""
    b = bits(float(x)) & ~((1 << (53 - keep)) - 1)
    return struct.unpack("<d", struct.pack("<Q", b))[0]


def lit(f):
    return repr(f)


def row(values, indent="        "):
    return indent + ", ".join(lit(v) for v in values) + ","


def tables():
    out = []
    w = out.append
    w("// Written by generate_tables.py; do not edit.")
    w("namespace Surety.Core.Numerics;")
    w("")
    w("/// <summary>The constants of <see cref=\"RealFunctions\"/>, computed to 460 digits and split into doubles.</summary>")
    w("internal static class RealTables")
    w("{")
    step = LN2 / 32
    l1 = truncated(step, 36)
    l2 = truncated(step - D(l1), 36)
    l3 = float(step - D(l1) - D(l2))
    w("    /// <summary>32 / ln 2.</summary>")
    w(f"    public const double StepsPerUnit = {lit(float(1 / step))};")
    w("    /// <summary>ln 2 / 32 in three parts; the first two leave room for an exact product with 17 bits.</summary>")
    w(f"    public const double Step1 = {lit(l1)};")
    w(f"    public const double Step2 = {lit(l2)};")
    w(f"    public const double Step3 = {lit(l3)};")
    h = truncated(LN2, 40)
    w("    /// <summary>ln 2 in two parts.</summary>")
    w(f"    public const double Ln2High = {lit(h)};")
    w(f"    public const double Ln2Low = {lit(float(LN2 - D(h)))};")
    inv = 1 / (2 * PI).sqrt()
    hi, lo = pair(inv)
    w("    /// <summary>1 / sqrt(2 pi) in two parts.</summary>")
    w(f"    public const double InverseRootTwoPiHigh = {lit(hi)};")
    w(f"    public const double InverseRootTwoPiLow = {lit(lo)};")
    w("")
    w("    /// <summary>2^(j/32), j = 0..31: high and low part by turns.</summary>")
    w("    public static readonly double[] PowersOfTwo =")
    w("    [")
    for j in range(32):
        w(row(pair(exp(step * j))))
    w("    ];")
    w("")
    w("    /// <summary>For i = 90..181: a double c near 128/i, then -ln c in two parts.</summary>")
    w("    public static readonly double[] Logarithms =")
    w("    [")
    for i in range(90, 182):
        c = 1.0 if i == 128 else truncated(D(128) / i, 24)
        v = -ln(D(c)) if c != 1.0 else D(0)
        hi = truncated(v, 40) if v else 0.0
        w(row([c, hi, float(v - D(hi))]))
    w("    ];")
    w("")
    w("    /// <summary>Coefficients of the Mills ratio about n/4 for n = 0..155: a0 high, a0 low, a1 .. a14.</summary>")
    w("    public static readonly double[] MillsRatio =")
    w("    [")
    for n in range(156):
        c = D(n) / 4
        a = [mills(c)]
        a.append(c * a[0] - 1)
        for k in range(1, 14):
            a.append((c * a[k] + a[k - 1]) / (k + 1))
        w(row(list(pair(a[0])) + [float(v) for v in a[1:]]))
    w("    ];")
    w("}")
    return "\n".join(out) + "\n"


def reference():
    rng = random.Random(20201112)
    lines = ["# function,x,value high,value low: bits of doubles in hexadecimal; the true value is high + low, to 106 bits"]

    def add(name, f, x):
        x = float(x)
        v = f(D(x))
        hi, lo = pair(v)
        lines.append(f"{name},{bits(x):016x},{bits(hi):016x},{bits(lo):016x}")

    for x in [0.0, 1.0, -1.0, 1e-20, -1e-20, 0.5, -0.5, 709.78, -708.3, -744.0, -745.1] + [rng.uniform(-745, 709) for _ in range(150)] + [rng.uniform(-1, 1) for _ in range(150)]:
        add("exp", exp, x)
    for x in [1.0, 2.0, 0.5, 1.0000000000000002, 0.9999999999999999, 5e-324, 1.7e308, 0.703125, 1.40625] + [rng.uniform(0.5, 2) for _ in range(150)] + [2.0 ** rng.uniform(-1070, 1023) for _ in range(100)] + [1 + rng.choice([-1, 1]) * 10.0 ** rng.uniform(-15, -2) for _ in range(60)]:
        add("log", ln, x)
    xs = [0.0, 1e-300, -1e-10, 0.125, -0.125, 1.0, -1.0, -8.0, 8.0, -20.0, -37.0, -38.0] + [rng.uniform(-38.4, 8.3) for _ in range(200)] + [rng.uniform(-6, 6) for _ in range(150)]
    for x in xs:
        add("normal-cdf", cdf, x)
        add("normal-pdf", pdf, x)
    return "\n".join(lines) + "\n"


open("src/Surety.Core/Numerics/RealTables.cs", "w").write(tables())
open("tests/Surety.Core.Tests/reference/real-functions.csv", "w").write(reference())
