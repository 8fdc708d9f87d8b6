using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Surety.Engine.Instruments;
using Surety.Node.History;
using Surety.Node.Instruments;

namespace Surety.Gateway.Api;

/// <summary>An account's money, as JSON objects.</summary>
internal static class AccountViews
{
    private const long MsPerDay = 86_400_000;
    private const long SettlementMs = 8 * 3_600_000;

    /// <summary>
    /// One currency of an account. The settlement currency stands for the whole account: margin is cross-collateral. Of any other
    /// currency it is what is held of it.
    /// </summary>
    public static void Summary(Utf8JsonWriter json, AccountView a, InstrumentList list, string asked, Currency? currency,
        RecentHistory history, bool extended = false)
    {
        json.WriteStartObject();
        json.WriteString("currency"u8, currency?.Name ?? asked.ToUpperInvariant());
        int slot = currency is null ? -1 : a.Assets.ToList().IndexOf(currency.Number);
        if (slot == 0)
        {
            Whole(json, a, currency!, list, history);
        }
        else
        {
            // All profit and margin is the settlement currency's: of another there is only what is held.
            int decimals = currency?.Decimals ?? 0;
            long held = slot < 0 ? 0 : a.Balances[slot];
            foreach (string name in (string[])["equity", "balance", "margin_balance", "available_funds", "available_withdrawal_funds"])
            {
                json.WriteDecimal(System.Text.Encoding.UTF8.GetBytes(name), held, decimals);
            }
            foreach (string name in (string[])
                [
                    "initial_margin", "maintenance_margin", "projected_initial_margin", "projected_maintenance_margin", "total_pl",
                    "session_upl", "session_rpl", "delta_total", "projected_delta_total",
                    "futures_pl", "futures_session_upl", "futures_session_rpl", "options_pl", "options_session_upl", "options_session_rpl",
                    "options_value", "options_delta", "options_gamma", "options_vega", "options_theta", "fee_balance",
                ])
            {
                json.WriteNumber(name, 0);
            }
            foreach (string name in (string[])["options_gamma_map", "options_vega_map", "options_theta_map", "delta_total_map"])
            {
                json.WriteStartObject(name);
                json.WriteEndObject();
            }
        }
        // Nothing is held back for anything else, and nothing is traded spot.
        json.WriteNumber("additional_reserve"u8, 0);
        json.WriteNumber("spot_reserve"u8, 0);
        json.WriteNumber("locked_balance"u8, 0);
        json.WriteBoolean("portfolio_margining_enabled"u8, a.IsPortfolio);
        json.WriteBoolean("cross_collateral_enabled"u8, true);
        json.WriteString("margin_model"u8, a.IsPortfolio ? "cross_pm"u8 : "cross_sm"u8);
        json.WriteNumber("open_orders"u8, a.LiveOrders);
        if (extended)
        {
            Owner(json, a.Account, a.Owner);
            json.WriteStartArray("fees"u8);
            // A rate is the account's, whatever is traded: it stands under each index and kind that its pool trades.
            foreach ((string index, string kind) in list.All.Where(i => i.Pool == a.Pool && i.IsActive)
                .Select(i => (i.IndexName, i.IsPerpetual ? "perpetual" : i.Kind)).Distinct())
            {
                json.WriteStartObject();
                json.WriteString("index_name"u8, index);
                json.WriteString("kind"u8, kind);
                json.WriteStartObject("value"u8);
                json.WriteStartObject("default"u8);
                json.WriteString("type"u8, "relative"u8);
                json.WriteDecimal("maker"u8, a.MakerPpm, 6);
                json.WriteDecimal("taker"u8, a.TakerPpm, 6);
                json.WriteEndObject();
                json.WriteEndObject();
                // As older clients read it.
                json.WriteString("currency"u8, currency?.Name ?? "");
                json.WriteString("fee_type"u8, "relative"u8);
                json.WriteString("instrument_type"u8, kind);
                json.WriteDecimal("maker_fee"u8, a.MakerPpm, 6);
                json.WriteDecimal("taker_fee"u8, a.TakerPpm, 6);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>Whose account it is. There are no passwords and no e-mail addresses here: log-ins are by key.</summary>
    public static void Owner(Utf8JsonWriter json, uint account, uint owner)
    {
        json.WriteNumber("id"u8, account);
        json.WriteString("type"u8, account == owner ? "main"u8 : "subaccount"u8);
        json.WriteString("username"u8, $"account {account}");
        json.WriteString("system_name"u8, $"account-{account}");
        json.WriteString("email"u8, "");
        json.WriteBoolean("is_password"u8, false);
        json.WriteBoolean("login_enabled"u8, true);
        json.WriteBoolean("receive_notifications"u8, false);
        json.WriteBoolean("security_keys_enabled"u8, false);
    }

    private static void Whole(Utf8JsonWriter json, AccountView a, Currency currency, InstrumentList list, RecentHistory history)
    {
        int d = currency.Decimals;
        Health h = a.Health;
        long free = Math.Max(h.OpeningAtoms - h.InitialAtoms, 0);
        Dictionary<int, long> realised = history.SessionProfit(a.Account, a.TimeNs);
        (List<PositionView> options, List<PositionView> futures) =
            (a.Positions.Where(IsOption).ToList(), a.Positions.Where(p => !IsOption(p)).ToList());
        long optionsRealised = realised.Where(r => r.Key >= 0 && list.All[r.Key].IsOption).Sum(r => r.Value);
        long allRealised = realised.Values.Sum();
        json.WriteDecimal("equity"u8, h.EquityAtoms, d);
        json.WriteDecimal("balance"u8, a.Balances[0], d);
        json.WriteDecimal("margin_balance"u8, h.OpeningAtoms, d);
        json.WriteDecimal("available_funds"u8, free, d);
        json.WriteDecimal("available_withdrawal_funds"u8, Math.Max(Math.Min(free, a.Balances[0]), 0), d);
        json.WriteDecimal("initial_margin"u8, h.InitialAtoms, d);
        json.WriteDecimal("maintenance_margin"u8, h.MaintenanceAtoms, d);
        json.WriteDecimal("projected_initial_margin"u8, h.InitialAtoms, d);
        json.WriteDecimal("projected_maintenance_margin"u8, h.MaintenanceAtoms, d);
        json.WriteDecimal("total_pl"u8, a.UnrealisedAtoms, d);
        json.WriteDecimal("session_upl"u8, a.UnrealisedAtoms, d);
        json.WriteDecimal("session_rpl"u8, allRealised, d);
        json.WriteDecimal("futures_pl"u8, futures.Sum(p => p.UnrealisedAtoms), d);
        json.WriteDecimal("futures_session_upl"u8, futures.Sum(p => p.UnrealisedAtoms), d);
        json.WriteDecimal("futures_session_rpl"u8, allRealised - optionsRealised, d);
        json.WriteDecimal("options_pl"u8, options.Sum(p => p.UnrealisedAtoms), d);
        json.WriteDecimal("options_session_upl"u8, options.Sum(p => p.UnrealisedAtoms), d);
        json.WriteDecimal("options_session_rpl"u8, optionsRealised, d);
        json.WriteDecimal("options_value"u8, options.Sum(p => p.ValueAtoms), d);
        json.WriteDecimal("options_delta"u8, Sum(options, p => p.Greeks.DeltaAtoms) * 100, d);
        json.WriteDecimal("delta_total"u8, Sum(a.Positions, p => p.Greeks.DeltaAtoms) * 100, d);
        // Without what expires at the next settlement.
        long next = (((a.TimeNs / 1_000_000) - SettlementMs) / MsPerDay * MsPerDay) + SettlementMs + MsPerDay;
        json.WriteDecimal("projected_delta_total"u8,
            Sum(a.Positions.Where(p => list.All[p.Market] is { IsPerpetual: true } || list.All[p.Market].ExpiryMs > next),
            p => p.Greeks.DeltaAtoms) * 100, d);
        Map(json, "delta_total_map"u8, a.Positions, list, p => (Int128)p.Greeks.DeltaAtoms * 100, d);
        json.WriteDecimal("options_gamma"u8, Sum(options, p => p.Greeks.GammaAtoms), d);
        json.WriteDecimal("options_vega"u8, Sum(options, p => p.Greeks.VegaAtoms), d);
        json.WriteDecimal("options_theta"u8, Sum(options, p => p.Greeks.ThetaAtoms), d);
        Map(json, "options_gamma_map"u8, options, list, p => p.Greeks.GammaAtoms, d);
        Map(json, "options_vega_map"u8, options, list, p => p.Greeks.VegaAtoms, d);
        Map(json, "options_theta_map"u8, options, list, p => p.Greeks.ThetaAtoms, d);
        // No fee waits: each is taken with its fill.
        json.WriteNumber("fee_balance"u8, 0);
        json.WriteNumber("estimated_liquidation_ratio"u8,
            h.EquityAtoms <= 0 ? 1 : Math.Round(h.MaintenanceAtoms / (double)h.EquityAtoms, 6));
        bool IsOption(PositionView p) => list.All[p.Market].IsOption;
    }

    private static Int128 Sum(IEnumerable<PositionView> positions, Func<PositionView, long> of)
    {
        Int128 sum = 0;
        foreach (PositionView position in positions)
        {
            sum += of(position);
        }
        return sum;
    }

    private static void Map(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<PositionView> positions, InstrumentList list,
        Func<PositionView, Int128> of, int decimals)
    {
        json.WriteStartObject(name);
        foreach (IGrouping<string, PositionView> index in positions.GroupBy(p => list.All[p.Market].IndexName))
        {
            Int128 sum = 0;
            foreach (PositionView position in index)
            {
                sum += of(position);
            }
            json.WriteDecimal(System.Text.Encoding.UTF8.GetBytes(index.Key), sum, decimals);
        }
        json.WriteEndObject();
    }
}
