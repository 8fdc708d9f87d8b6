// QuantLib beside our own pricing, on the same inputs. Reads options from a file of doubles, writes results to another, and
// prints a line "name items seconds" for each task. Build: g++ -O2 -march=native quantlib.cpp -lQuantLib -o quantlib
#include <ql/quantlib.hpp>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <vector>

using namespace QuantLib;
using Clock = std::chrono::steady_clock;

static double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

int main(int argc, char **argv)
{
    if (argc != 3)
    {
        std::cerr << "usage: quantlib INPUT OUTPUT\n";
        return 2;
    }
    std::ifstream in(argv[1], std::ios::binary);
    std::int64_t n = 0, american = 0;
    in.read(reinterpret_cast<char *>(&n), 8);
    in.read(reinterpret_cast<char *>(&american), 8);
    // Columns: sign, forward, strike, volatility, years, rate, undiscounted out-of-the-money price; then of the American
    // puts: spot, volatility, years, rate, yield (strike 100).
    std::vector<std::vector<double>> c(7, std::vector<double>(n)), a(5, std::vector<double>(american));
    for (auto &column : c)
        in.read(reinterpret_cast<char *>(column.data()), n * 8);
    for (auto &column : a)
        in.read(reinterpret_cast<char *>(column.data()), american * 8);
    std::vector<std::vector<double>> out(7, std::vector<double>(n));
    std::vector<double> qdfp(american), tree(american);

    // As the batch: discounting, deviation, price and five Greeks from (sign, forward, strike, volatility, years, rate).
    double best = 1e9;
    for (int round = 0; round < 15; ++round)
    {
        auto start = Clock::now();
        for (std::int64_t i = 0; i < n; ++i)
        {
            double t = c[4][i], discount = std::exp(-c[5][i] * t);
            BlackCalculator black(c[0][i] > 0 ? Option::Call : Option::Put, c[2][i], c[1][i], c[3][i] * std::sqrt(t), discount);
            double price = black.value();
            out[0][i] = price;
            out[1][i] = black.deltaForward();
            out[2][i] = black.gammaForward();
            out[3][i] = black.vega(t);
            // With spot = forward the calculator lets nothing grow: its theta is that of a held forward.
            out[4][i] = black.theta(c[1][i], t);
            out[5][i] = -t * price;
        }
        best = std::min(best, since(start));
    }
    std::cout << "price_greeks " << n << " " << best << "\n";

    std::int64_t failed = 0;
    best = 1e9;
    for (int round = 0; round < 5; ++round)
    {
        failed = 0;
        auto start = Clock::now();
        for (std::int64_t i = 0; i < n; ++i)
        {
            try
            {
                out[6][i] = blackFormulaImpliedStdDev(c[0][i] > 0 ? Option::Call : Option::Put, c[2][i], c[1][i], c[6][i], 1.0, 0.0, Null<Real>(), 1e-14, 100)
                    / std::sqrt(c[4][i]);
            }
            catch (std::exception &)
            {
                out[6][i] = std::numeric_limits<double>::quiet_NaN();
                ++failed;
            }
        }
        best = std::min(best, since(start));
    }
    std::cout << "implied_vol " << n << " " << best << "\nimplied_vol_failed " << failed << " 0\n";

    Date today(1, January, 2026);
    Settings::instance().evaluationDate() = today;
    DayCounter dc = Actual365Fixed();
    auto spot = ext::make_shared<SimpleQuote>(100.0), r = ext::make_shared<SimpleQuote>(0.05), q = ext::make_shared<SimpleQuote>(0.02), v = ext::make_shared<SimpleQuote>(0.3);
    auto process = ext::make_shared<BlackScholesMertonProcess>(
        Handle<Quote>(spot), Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today, Handle<Quote>(q), dc)),
        Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today, Handle<Quote>(r), dc)),
        Handle<BlackVolTermStructure>(ext::make_shared<BlackConstantVol>(today, NullCalendar(), Handle<Quote>(v), dc)));
    auto payoff = ext::make_shared<PlainVanillaPayoff>(Option::Put, 100.0);
    auto time = [&](const char *name, ext::shared_ptr<PricingEngine> engine, std::vector<double> &results, std::int64_t count)
    {
        double spent = 1e9;
        for (int round = 0; round < 3; ++round)
        {
            auto start = Clock::now();
            for (std::int64_t i = 0; i < count; ++i)
            {
                spot->setValue(a[0][i]);
                v->setValue(a[1][i]);
                r->setValue(a[3][i]);
                q->setValue(a[4][i]);
                VanillaOption option(payoff, ext::make_shared<AmericanExercise>(today, today + Integer(a[2][i] * 365 + 0.5)));
                option.setPricingEngine(engine);
                results[i] = option.NPV();
            }
            spent = std::min(spent, since(start));
        }
        std::cout << name << " " << count << " " << spent << "\n";
    };
    time("american_qdfp", ext::make_shared<QdFpAmericanEngine>(process, QdFpAmericanEngine::fastScheme()), qdfp, american);
    time("american_500", ext::make_shared<BinomialVanillaEngine<CoxRossRubinstein>>(process, 500), tree, std::min<std::int64_t>(american, 200));
    std::ofstream o(argv[2], std::ios::binary);
    for (auto &column : out)
        o.write(reinterpret_cast<char *>(column.data()), n * 8);
    o.write(reinterpret_cast<char *>(qdfp.data()), american * 8);
    o.write(reinterpret_cast<char *>(tree.data()), american * 8);
    return 0;
}
