using System;
using System.Linq;
using Surety.Node.Instruments;

namespace Surety.Gateway.Api;

/// <summary>Parameters that name markets and assets.</summary>
internal static class MarketParams
{
    /// <summary>Kinds of markets; of those that this venue does not have, there are none.</summary>
    public static RpcParam Kind { get; } = RpcMethod.OneOf(
        "kind", "future (perpetuals, too), option, contract or any", "any", "future", "option", "contract", "spot", "future_combo",
        "option_combo", "combo");

    /// <summary>The market of the parameter instrument_name.</summary>
    /// <exception cref="RpcException">There is no such market.</exception>
    public static Instrument Instrument(this RpcCall call, InstrumentCatalog catalog)
    {
        string name = call.Needed("instrument_name");
        return catalog.Current.Find(name) ?? throw RpcException.NotFound(
            $"instrument_name: there is no instrument {Node.Instruments.Instrument.Short(name)}; see public/get_instruments");
    }

    /// <summary>The asset of a parameter.</summary>
    /// <exception cref="RpcException">There is no such asset.</exception>
    public static Currency Currency(this RpcCall call, InstrumentCatalog catalog, string parameter = "currency")
    {
        string name = call.Needed(parameter);
        InstrumentList list = catalog.Current;
        return list.FindCurrency(name) ?? throw RpcException.BadParam(
            parameter,
            $"{parameter}: expected one of {string.Join(", ", list.Currencies.Select(c => c.Name))}, "
                + $"found {Node.Instruments.Instrument.Short(name)}");
    }

    /// <summary>
    /// The markets that the parameters currency and kind choose: by base or settlement currency; "any" or nothing for all.
    /// </summary>
    public static Func<Instrument, bool> Choice(this RpcCall call)
    {
        string currency = call.Text("currency", "any");
        string kind = call.Text("kind", "any");
        bool any = currency.Length == 0 || currency.Equals("any", StringComparison.OrdinalIgnoreCase);
        return i => (any || Is(i.Base) || Is(i.Settle)) && (kind is "any" or "" || kind == i.Kind);
        bool Is(string name) => string.Equals(name, currency, StringComparison.OrdinalIgnoreCase);
    }
}
