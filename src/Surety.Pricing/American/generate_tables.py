#!/usr/bin/env python3
"""Computes the constants of AmericanKernel: Chebyshev nodes, Gauss-Legendre points, interpolation weights.

Needs Debian's python3-mpmath. Run from the repository root:

    /usr/bin/python3 src/Surety.Pricing/American/generate_tables.py
"""
from mpmath import mp, mpf, cos, pi, sqrt, legendre

mp.dps = 40
NODES, INNER, OUTER = 7, 9, 23


def gauss(n):
    points = []
    for k in range(n):
        x = cos(pi * (k + mpf(3) / 4) / (n + mpf(1) / 2))
        for _ in range(8):
            slope = n * (legendre(n - 1, x) - x * legendre(n, x)) / (1 - x * x)
            x -= legendre(n, x) / slope
        points.append((x, 2 / ((1 - x * x) * slope ** 2)))
    assert abs(sum(w for _, w in points) - 2) < mpf(10) ** -20
    return sorted(points)


z = [cos(pi * i / NODES) for i in range(NODES + 1)]


def weights(at):
    """Lagrange weights of the nodes 0 to NODES - 1; the last node's value is 0."""
    out = []
    for k in range(NODES):
        w = mpf(1)
        for j in range(NODES + 1):
            if j != k:
                w *= (at - z[j]) / (z[k] - z[j])
        out.append(w)
    return out


def rows(name, summary, values, per):
    text = f"    /// <summary>{summary}</summary>\n    public static ReadOnlySpan<double> {name} =>\n    [\n"
    for i in range(0, len(values), per):
        text += "        " + ", ".join(repr(float(v)) for v in values[i:i + per]) + ",\n"
    return text + "    ];\n"


inner, outer = gauss(INNER), gauss(OUTER)
x = [(1 + v) / 2 for v in z]
inner_weights = []
for i in range(NODES):
    for y, _ in inner:
        inner_weights += weights(2 * x[i] * sqrt(1 - (1 + y) ** 2 / 4) - 1)
outer_weights = []
for y, _ in outer:
    outer_weights += weights(2 * sqrt(1 - (1 + y) ** 2 / 4) - 1)
with open("src/Surety.Pricing/American/AmericanTables.cs", "w") as out:
    out.write("// Written by generate_tables.py; do not edit.\nusing System;\n\nnamespace Surety.Pricing.American;\n\n"
              "/// <summary>The constants of <see cref=\"AmericanKernel\"/>.</summary>\ninternal static class AmericanTables\n{\n"
              f"    /// <summary>Times at which the boundary is solved for, apart from expiry itself.</summary>\n    public const int Nodes = {NODES};\n\n"
              f"    /// <summary>Points of the integrals under the boundary.</summary>\n    public const int Inner = {INNER};\n\n"
              f"    /// <summary>Points of the price's integral.</summary>\n    public const int Outer = {OUTER};\n\n"
              + rows("RootTimes", "√(time to expiry / the option's) of each node.", x[:NODES], 3)
              + "\n" + rows("InnerHalves", "(1 + y) / 2 of each inner point.", [(1 + y) / 2 for y, _ in inner], 4)
              + "\n" + rows("InnerWeights", "Gauss–Legendre weights of the inner points.", [w for _, w in inner], 4)
              + "\n" + rows("OuterHalves", "(1 + y) / 2 of each outer point.", [(1 + y) / 2 for y, _ in outer], 4)
              + "\n" + rows("OuterWeights", "Gauss–Legendre weights of the outer points.", [w for _, w in outer], 4)
              + "\n" + rows("InnerInterpolation", "By node, then inner point: what each node's value counts for there.", inner_weights, NODES)
              + "\n" + rows("OuterInterpolation", "By outer point: what each node's value counts for there.", outer_weights, NODES)
              + "}\n")
