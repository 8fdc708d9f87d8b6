#!/usr/bin/env python3
"""Computes the polynomials of LaneFunctions at 60 digits and writes them as unrolled C#.

Needs Debian's python3-mpmath. Run from the repository root:

    /usr/bin/python3 src/Surety.Pricing/Lanes/generate_polynomials.py
"""
from mpmath import mp, mpf, erfc, exp, sqrt, pi, cos, factorial, log, quad, findroot, matrix, lu_solve, npdf, ncdf

mp.dps = 60
PIVOT = mpf(5)


def mills(t):
    """(1 - Phi(t)) / phi(t)."""
    if t < 1000:
        return sqrt(pi / 2) * exp(t * t / 2) * erfc(t / sqrt(2))
    total, term = mpf(0), mpf(1)
    for k in range(14):
        total += term
        term *= -(2 * k + 1) / (t * t)
    return total / t


def slope(t):
    """1 - t R(t), without its cancellation far out."""
    if t < 1000:
        return 1 - t * mills(t)
    total, term = mpf(0), mpf(1)
    for k in range(1, 14):
        term *= -(2 * k - 1) / (t * t)
        total -= term
    return total


def chebyshev(f, degree, points=240):
    nodes = [cos(pi * (mpf(k) + mpf(1) / 2) / points) for k in range(points)]
    values = [f(x) for x in nodes]
    c = [2 * sum(values[k] * cos(j * pi * (k + mpf(1) / 2) / points) for k in range(points)) / points for j in range(degree + 1)]
    c[0] /= 2
    return c


def monomials(c):
    a, b = [mpf(1)], [mpf(0), mpf(1)]
    out = [mpf(0)] * len(c)
    for j, cj in enumerate(c):
        t = a if j == 0 else b if j == 1 else None
        if t is None:
            t = [mpf(0)] + [2 * v for v in b]
            for i, v in enumerate(a):
                t[i] -= v
            a, b = b, t
        for i, v in enumerate(t):
            out[i] += cj * v
    return out


def on_half_line(f, power, degree):
    def g(u):
        if u > 1 - mpf(10) ** -14:
            return mpf(1)
        t = PIVOT * (1 + u) / (1 - u)
        return f(t) * (t + PIVOT) ** power
    return monomials(chebyshev(g, degree))


def bachelier_guess(degree):
    """h^2 / L as a polynomial in L / (L + 4), L = ln(1 + |x| / price): Bachelier's formula, inverted."""
    def g(u):
        u = min(max(u, mpf(-1) + mpf(10) ** -9), 1 - mpf(10) ** -3)
        v = (u + 1) / 2
        L = 4 * v / (1 - v)
        p = exp(L) - 1
        # price / |x| = phi(h) (1 / h - R(h)) for h = |x| / deviation
        f = lambda h: -h * h / 2 - log(2 * pi) / 2 + log(1 / h - mills(h)) + log(p)
        lo, hi = mpf(10) ** -30, sqrt(2 * L) + 2
        for _ in range(120):
            m = (lo + hi) / 2
            lo, hi = (m, hi) if f(m) > 0 else (lo, m)
        h = (lo + hi) / 2
        return h * h / L
    mp.dps = 40
    c = monomials(chebyshev(g, degree, 60))
    mp.dps = 60
    return c


def method(name, summary, c):
    return f"""    /// <summary>{summary}</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V {name}<V>(V u)
        where V : struct, ILanes<V>
    {{
        V square = u * u;
        V even = {horner_lines(c[0::2])};
        V odd = {horner_lines(c[1::2])};
        return even + (odd * u);
    }}
"""


def horner_lines(c):
    text = f"V.Broadcast({float(c[-1])!r})"
    for i, v in enumerate(reversed(c[:-1])):
        text = f"({text} * square) + {float(v)!r}" if i == 0 else f"(({text}) * square) + {float(v)!r}"
    return text


log_series = [mpf(2) / (2 * k + 3) for k in range(10)]
exp_series = [1 / factorial(k) for k in range(14)]
body = "\n".join([
    method("MillsRatio", "(t + 5) · (1 − Φ(t)) / φ(t) of u = (t − 5) / (t + 5), t ≥ 0.", on_half_line(mills, 1, 26)),
    method("MillsSlope", "(t + 5)² · (1 − t · (1 − Φ(t)) / φ(t)) of u = (t − 5) / (t + 5), t ≥ 0.", on_half_line(slope, 2, 27)),
    method("Exponential", "e^u for |u| ≤ ln 2 / 2.", exp_series),
    method("LogarithmTail", "(atanh s / s − 1) · 2 / s² of u = s².", log_series),
    method("BachelierGuess", "h² / L of u = 2 L / (L + 4) − 1, L = ln(1 + |x| / price), for Bachelier's formula; to a few per thousand.", bachelier_guess(12)),
])
with open("src/Surety.Pricing/Lanes/LanePolynomials.cs", "w") as out:
    out.write("// Written by generate_polynomials.py; do not edit.\nusing System.Runtime.CompilerServices;\n\nnamespace Surety.Pricing.Lanes;\n\n"
              "/// <summary>The polynomials of <see cref=\"LaneFunctions\"/>, even and odd powers apart so that the two chains overlap.</summary>\n"
              "internal static class LanePolynomials\n{\n" + body + "}\n")
