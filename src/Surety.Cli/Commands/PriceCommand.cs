using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Surety.Pricing;
using Surety.Pricing.American;
using Surety.Pricing.Bachelier;
using Surety.Pricing.Black;
using Surety.Pricing.Exotics;

namespace Surety.Cli.Commands;

/// <summary><c>surety price</c>: the models by hand, to reconcile a number of the venue or of another model.</summary>
internal static class PriceCommand
{
    private static readonly string[] Models = ["black", "spot", "bachelier", "american", "tree", "jump", "barrier", "digital", "implied"];

    public static Command Create()
    {
        var model =
            new Argument<string>("MODEL")
            {
                Description =
                "black (on a forward), spot (Black-Scholes-Merton), bachelier, american, tree, jump "
                + "(Merton), barrier, digital, or implied (a volatility of --price)"
            };
        var type = new Argument<string>("TYPE") { Description = "call or put" };
        Option<double> Number(string name, string description, double? standard = null) =>
            standard is { } s
                ? new Option<double>(name) { Description = description, DefaultValueFactory = _ => s }
                : new Option<double>(name) { Description = description, Required = true };
        Option<double> underlying = Number("--underlying", "Forward price, or spot price for spot, american, tree, barrier and digital");
        Option<double> strike = Number("--strike", "Strike");
        Option<double> years = Number("--years", "Years to expiry");
        Option<double> volatility = Number("--volatility", "Annual volatility, 0.8 for 80%; for bachelier in price units", double.NaN);
        Option<double> rate = Number("--rate", "Continuous annual rate", 0);
        Option<double> yield = Number("--yield", "Continuous annual yield of the underlying", 0);
        Option<double> price = Number("--price", "implied: the undiscounted price", double.NaN);
        Option<double> jumps = Number("--jumps", "jump: mean number a year", 1);
        Option<double> jumpMean = Number("--jump-mean", "jump: mean of the logarithm of a jump's factor", -0.1);
        Option<double> jumpVolatility = Number("--jump-volatility", "jump: its standard deviation", 0.15);
        var barrier =
            new Option<string>("--barrier")
            {
                Description = "barrier: DownIn, UpIn, DownOut or UpOut",
                DefaultValueFactory = _ => "DownOut"
            };
        Option<double> level = Number("--level", "barrier: where it is", double.NaN);
        Option<double> rebate = Number("--rebate", "barrier: what is paid at the hit (out) or for want of one (in)", 0);
        var steps = new Option<int>("--steps") { Description = "tree: steps", DefaultValueFactory = _ => 501 };
        var json = new Option<bool>("--json") { Description = "One JSON object" };
        var command = new Command("price", "Price an option by hand: value and Greeks, or the volatility that a price implies")
        {
            model, type, underlying, strike, years, volatility, rate, yield, price, jumps, jumpMean, jumpVolatility, barrier, level, rebate,
                steps, json,
        };
        command.SetAction(parsed =>
        {
            string name = Member(parsed.GetValue(model)!, "MODEL", Models);
            OptionType side = Member(parsed.GetValue(type)!, "TYPE", ["call", "put"]) == "call" ? OptionType.Call : OptionType.Put;
            (double u, double k, double t, double v, double r, double q) = (
                parsed.GetValue(underlying), parsed.GetValue(strike), parsed.GetValue(years), parsed.GetValue(volatility),
                parsed.GetValue(rate), parsed.GetValue(yield));
            try
            {
                if (name == "implied")
                {
                    return PrintImplied(side, parsed.GetValue(price), u, k, t, parsed.GetValue(json));
                }
                Greeks g = name switch
                {
                    "black" => BlackScholes.OnForward(side, u, k, v, t, r),
                    "spot" => BlackScholes.OnSpot(side, u, k, v, t, r, q),
                    "bachelier" => BachelierModel.Evaluate(side, u, k, v, t, r),
                    "american" => Only(AmericanOption.Price(side, u, k, v, t, r, q)),
                    "tree" =>
                        BinomialTree.Evaluate(TreeType.LeisenReimer, ExerciseStyle.American, side, u, k, v, t, r, q,
                            parsed.GetValue(steps)),
                    "jump" =>
                        MertonJump.Evaluate(side, u, k, v, t, r, parsed.GetValue(jumps), parsed.GetValue(jumpMean),
                            parsed.GetValue(jumpVolatility)),
                    "barrier" => Only(Barrier.Price(
                        Enum.Parse<BarrierType>(Member(parsed.GetValue(barrier)!, "--barrier", Enum.GetNames<BarrierType>())), side, u, k,
                        parsed.GetValue(level), parsed.GetValue(rebate), v, t, r, q)),
                    _ => Only(Digital.CashOrNothing(side, u, k, 1, v, t, r, q)),
                };
                Print(g, parsed.GetValue(json));
                return 0;
            }
            catch (ArgumentOutOfRangeException e)
            {
                throw new UsageException($"price: {e.Message}", e);
            }
        });
        return command;
    }

    private static string Member(string word, string what, IReadOnlyList<string> words)
    {
        foreach (string one in words)
        {
            if (one == word)
            {
                return word;
            }
        }
        throw new UsageException($"price: {what}: expected one of {string.Join(", ", words)}, found '{word}'");
    }

    private static Greeks Only(double price) =>
        new(price, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);

    private static int PrintImplied(OptionType side, double price, double forward, double strike, double years, bool json)
    {
        PricingRefusal refusal = ImpliedVolatility.TrySolve(side, price, forward, strike, years, out double volatility);
        if (refusal != PricingRefusal.None)
        {
            double intrinsic = Math.Max((double)side * (forward - strike), 0);
            double most = side == OptionType.Call ? forward : strike;
            Console.Error.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"surety: price {price} has no volatility ({refusal}): it must lie above {intrinsic} and below {most}"));
            return 1;
        }
        Console.WriteLine(json ? JsonSerializer.Serialize(new { volatility }) : volatility.ToString("R", CultureInfo.InvariantCulture));
        return 0;
    }

    private static void Print(Greeks g, bool json)
    {
        (string Name, double Value)[] all =
        [
            ("price", g.Price), ("delta", g.Delta), ("gamma", g.Gamma), ("vega", g.Vega), ("theta", g.Theta), ("rho", g.Rho),
            ("vanna", g.Vanna), ("volga", g.Volga),
        ];
        var line = new Dictionary<string, double>();
        foreach ((string name, double value) in all)
        {
            if (double.IsNaN(value))
            {
                continue;
            }
            line[name] = value;
            if (!json)
            {
                Console.WriteLine($"{name,-6} {value.ToString("R", CultureInfo.InvariantCulture)}");
            }
        }
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(line));
        }
    }
}
