#!/usr/bin/env python3
"""Computes the reference values of the pricing tests at 60 digits, from the formulas alone.

Needs Debian's python3-mpmath and python3-numpy. Run from the repository root:

    /usr/bin/python3 tests/Surety.Pricing.Tests/reference/generate.py
"""
import random
from mpmath import mp, mpf, log, sqrt, erfc, exp, pi, diff
import numpy as np
from scipy.special import ndtr

mp.dps = 60
random.seed(7)
here = "tests/Surety.Pricing.Tests/reference/"


def cdf(z):
    return erfc(-z / sqrt(mpf(2))) / 2


def pdf(z):
    return exp(-z * z / 2) / sqrt(2 * pi)


def black(sign, f, k, s):
    d1 = log(f / k) / s + s / 2
    return sign * (f * cdf(sign * d1) - k * cdf(sign * (d1 - s)))


# sign, forward, strike, years, volatility, rate: price and Greeks of Black-76.
with open(here + "black.csv", "w") as out:
    out.write("sign,forward,strike,volatility,years,rate,price,delta,gamma,vega,theta,rho,vanna,volga\n")
    for _ in range(400):
        f = random.choice([1.0, 100.0, 90000.0])
        k = f * float(exp(mpf(random.uniform(-0.8, 0.8))))
        v, t, r, sign = random.uniform(0.05, 2.5), 10 ** random.uniform(-2.5, 0.5), random.uniform(-0.02, 0.12), random.choice([1, -1])

        def value(F, V, T, R):
            return exp(-R * T) * black(sign, F, mpf(k), V * sqrt(T))

        F, V, T, R = mpf(f), mpf(v), mpf(t), mpf(r)
        s = V * sqrt(T)
        d1 = log(F / mpf(k)) / s + s / 2
        d2 = d1 - s
        disc = exp(-R * T)
        price = value(F, V, T, R)
        vega = disc * F * pdf(d1) * sqrt(T)
        row = [price, disc * sign * cdf(sign * d1), disc * pdf(d1) / (F * s), vega,
               R * price - disc * F * pdf(d1) * V / (2 * sqrt(T)), -T * price, -disc * pdf(d1) * d2 / V, vega * d1 * d2 / V]
        # Every formula above against a derivative of the price itself.
        assert abs(diff(lambda x: value(x, V, T, R), F) - row[1]) < mpf(10) ** -25
        assert abs(-diff(lambda x: value(F, V, x, R), T) - row[4]) < mpf(10) ** -18 * f
        assert abs(diff(lambda x: value(F, x, T, R), V, 2) - row[7]) < mpf(10) ** -15 * f
        out.write(",".join(repr(x) for x in [sign, f, k, v, t, r] + [float(x) for x in row]) + "\n")

# The exact volatility of a price that is a double; condition = relative change of volatility for one of price.
with open(here + "implied-volatility.csv", "w") as out:
    out.write("sign,price,forward,strike,years,volatility,condition\n")
    rows = 0
    while rows < 1500:
        f = random.choice([100.0, 1.0, 50000.0])
        kind = random.random()
        if kind < 0.5:
            x, s = random.uniform(-1, 1), 10 ** random.uniform(-3, 0.5)
        elif kind < 0.8:
            x, s = random.choice([-1, 1]) * 10 ** random.uniform(-8, 2.3), 10 ** random.uniform(-4, 1.2)
        else:
            x, s = random.uniform(-0.2, 0.2), 10 ** random.uniform(-2, 0)
        k = float(mpf(f) * exp(mpf(x)))
        sign = 1 if k >= f else -1
        years = random.choice([1 / 365, 0.25, 1.0, 2.0])
        F, K, S = mpf(f), mpf(k), mpf(s)
        price = float(black(sign, F, K, S))
        if price < 1e-280 or price >= min(f, k) * (1 - 1e-12):
            continue
        for _ in range(6):
            d1 = log(F / K) / S + S / 2
            S -= (black(sign, F, K, S) - mpf(price)) / (F * pdf(d1))
        d1 = log(F / K) / S + S / 2
        rows += 1
        out.write(",".join(repr(x) for x in [sign, price, f, k, years, float(S / sqrt(mpf(years))), float(mpf(price) / (F * pdf(d1) * S))]) + "\n")


def american_put(S, K, r, q, v, T, n=12, l=48, sweeps=40, p=120):
    """The integral equation of Andersen, Lake and Offengenden, solved far more finely than the library does."""
    X = K * min(1, r / q) if q > 0 else K
    z = np.cos(np.pi * np.arange(n + 1) / n)
    xi = (1 + z) / 2
    # Bjerksund and Stensland's boundary (1993) to start from: of a call with rate and yield exchanged, inverted.
    b = q - r
    beta = 0.5 - b / v ** 2 + np.sqrt((b / v ** 2 - 0.5) ** 2 + 2 * q / v ** 2)
    far, near = beta / (beta - 1), K / X
    root = xi * np.sqrt(T)
    B = K / (near + (far - near) * (1 - np.exp(-(b * root ** 2 + 2 * v * root) * near / (far - near))))
    y, w = np.polynomial.legendre.leggauss(l)
    npdf = lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi)

    def boundary(H, at):
        total = 0
        for k in range(n + 1):
            L = 1.0
            for j in range(n + 1):
                if j != k:
                    L = L * (at - z[j]) / (z[k] - z[j])
            total = total + H[k] * L
        return X * np.exp(-np.sqrt(np.maximum(total, 0)))

    for _ in range(sweeps):
        H = np.log(B / X) ** 2
        new = B.copy()
        for i in range(n):
            tau = xi[i] ** 2 * T
            past = tau * (1 + y) ** 2 / 4
            u = tau - past
            other = boundary(H, 2 * np.sqrt(u / T) - 1)
            dm = (np.log(B[i] / other) + (r - q) * past) / (v * np.sqrt(past)) - v * np.sqrt(past) / 2
            dp = dm + v * np.sqrt(past)
            d0 = (np.log(B[i] / K) + (r - q) * tau) / (v * np.sqrt(tau)) - v * np.sqrt(tau) / 2
            d1 = d0 + v * np.sqrt(tau)
            N = npdf(d0) / (v * np.sqrt(tau)) + r * np.sqrt(tau) / v * np.sum(w * np.exp(r * u) * npdf(dm))
            D = npdf(d1) / (v * np.sqrt(tau)) + ndtr(d1) + q * (np.sqrt(tau) / v * np.sum(w * np.exp(q * u) * npdf(dp))
                                                              + tau * np.sum(w * (1 + y) / 2 * np.exp(q * u) * ndtr(dp)))
            new[i] = K * np.exp(-(r - q) * tau) * N / D
        B = new
    if S <= B[0]:
        return K - S
    H = np.log(B / X) ** 2
    y, w = np.polynomial.legendre.leggauss(p)
    past = T * (1 + y) ** 2 / 4
    other = boundary(H, 2 * np.sqrt((T - past) / T) - 1)
    dm = (np.log(S / other) + (r - q) * past) / (v * np.sqrt(past)) - v * np.sqrt(past) / 2
    dp = dm + v * np.sqrt(past)
    premium = np.sum(w * T * (1 + y) / 2 * (r * K * np.exp(-r * past) * ndtr(-dm) - q * S * np.exp(-q * past) * ndtr(-dp)))
    d1 = (np.log(S / K) + (r - q + v * v / 2) * T) / (v * np.sqrt(T))
    return K * np.exp(-r * T) * ndtr(v * np.sqrt(T) - d1) - S * np.exp(-q * T) * ndtr(-d1) + premium


with open(here + "american.csv", "w") as out:
    out.write("spot,strike,volatility,years,rate,yield,put\n")
    for _ in range(200):
        S, K = 100 * random.uniform(0.7, 1.4), 100.0
        v, T, r = random.uniform(0.1, 1.0), random.uniform(0.05, 2), random.uniform(0.005, 0.1)
        q = 0.0 if random.random() < 0.2 else random.uniform(0.002, 0.1)
        out.write(",".join(repr(float(x)) for x in [S, K, v, T, r, q, american_put(S, K, r, q, v, T)]) + "\n")


# Near the money with hardly any time: where differences of large terms leave no digits.
with open(here + "black-near.csv", "w") as out:
    out.write("forward,strike,volatility,call,put,delta\n")
    for F in (100.0, 0.25, 61234.5):
        for s in (1e-12, 3e-10, 1e-8, 1e-6, 1e-4, 3e-3, 0.015, 0.021, 0.05):
            for m in (0, 0.25, -0.5, 1, -1, 2.5, -3, 5):
                K = F * (1 - m * s)
                f, k = mpf(F), mpf(K)
                d1 = log(f / k) / s + mpf(s) / 2
                d2 = d1 - s
                values = [f * cdf(d1) - k * cdf(d2), k * cdf(-d2) - f * cdf(-d1), cdf(d1)]
                out.write(",".join([repr(F), repr(K), repr(s)] + [mp.nstr(v, 20) for v in values]) + "\n")
