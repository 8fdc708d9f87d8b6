using System;
using System.Linq;
using System.Text.Json;
using Surety.Engine.Margin;
using Surety.Node.Instruments;

namespace Surety.Node.Api;

/// <summary>An account's money, as JSON objects.</summary>
internal static class AccountViews
{
    /// <summary>
    /// One currency of an account. The settlement currency stands for the whole account: margin is cross-collateral. Of any other
    /// currency it is what is held of it.
    /// </summary>
    public static void Summary(Utf8JsonWriter json, AccountView a, InstrumentList list, string asked, Currency? currency, bool extended = false)
    {
        json.WriteStartObject();
        json.WriteString("currency"u8, currency?.Name ?? asked.ToUpperInvariant());
        int slot = currency is null ? -1 : a.Assets.ToList().IndexOf(currency.Number);
        if (slot == 0)
        {
            Whole(json, a, currency!);
        }
        else
        {
            int decimals = currency?.Decimals ?? 0;
            long held = slot < 0 ? 0 : a.Balances[slot];
            foreach (string name in (string[])["equity", "balance", "margin_balance", "available_funds", "available_withdrawal_funds"])
            {
                json.WriteDecimal(System.Text.Encoding.UTF8.GetBytes(name), held, decimals);
            }
            foreach (string name in (string[])["initial_margin", "maintenance_margin", "projected_initial_margin", "projected_maintenance_margin", "total_pl", "session_upl", "session_rpl", "delta_total"])
            {
                json.WriteNumber(name, 0);
            }
        }
        json.WriteBoolean("portfolio_margining_enabled"u8, a.IsPortfolio);
        json.WriteBoolean("cross_collateral_enabled"u8, true);
        json.WriteString("margin_model"u8, a.IsPortfolio ? "cross_pm"u8 : "cross_sm"u8);
        json.WriteNumber("open_orders"u8, a.LiveOrders);
        if (extended)
        {
            json.WriteNumber("id"u8, a.Account);
            json.WriteString("username"u8, $"account {a.Account}");
            json.WriteString("system_name"u8, $"account-{a.Account}");
            json.WriteString("type"u8, a.Account == a.Owner ? "main"u8 : "subaccount"u8);
            json.WriteStartArray("fees"u8);
            foreach (string kind in (string[])["perpetual", "future", "option"])
            {
                json.WriteStartObject();
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

    private static void Whole(Utf8JsonWriter json, AccountView a, Currency currency)
    {
        int d = currency.Decimals;
        Health h = a.Health;
        long free = Math.Max(h.OpeningAtoms - h.InitialAtoms, 0);
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
        json.WriteNumber("session_rpl"u8, 0);
        json.WriteDecimal("futures_pl"u8, a.UnrealisedAtoms, d);
        json.WriteDecimal("delta_total"u8, a.Positions.Sum(p => (long)(p.Greeks.DeltaAtoms * 100)), d);
        json.WriteDecimal("options_gamma"u8, a.Positions.Sum(p => p.Greeks.GammaAtoms), d);
        json.WriteDecimal("options_vega"u8, a.Positions.Sum(p => p.Greeks.VegaAtoms), d);
        json.WriteDecimal("options_theta"u8, a.Positions.Sum(p => p.Greeks.ThetaAtoms), d);
        json.WriteNumber("estimated_liquidation_ratio"u8, h.EquityAtoms <= 0 ? 1 : Math.Round(h.MaintenanceAtoms / (double)h.EquityAtoms, 6));
    }
}
