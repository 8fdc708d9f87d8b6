using System;
using System.Collections.Generic;
using System.Globalization;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Gateway.Web;
using Surety.Protocol.Rows;

namespace Surety.Cli.Inspection;

/// <summary>Withdrawals under way, address books, and the venue's delays.</summary>
internal static class WithdrawalTables
{
    public static InspectedTable UnderWay(IndexedState state, Func<Withdrawal, bool> where)
    {
        var rows = new List<object?[]>();
        for (int row = 0; row < state.Withdrawals.Capacity; row++)
        {
            Withdrawal w = state.Withdrawals[row];
            if (w.Id != 0 && where(w))
            {
                rows.Add(
                    [w.Id, w.Account, state.Assets[w.Asset].Name.ToString(),
                        FixedDecimal.Format(w.AmountAtoms, state.Assets[w.Asset].Decimals), w.Status.ToString(),
                    !w.Address.Exists ? "" : state.Addresses[w.Address.Number].Text.ToString(), w.RequestedBy, Time(w.RequestedNs),
                    w.ApprovedNs == 0 ? null : w.ApprovedBy, Time(w.ApprovedNs), Time(w.ExpiresNs)]);
            }
        }
        return new("withdrawals",
            ["withdrawal", "account", "asset", "amount", "status", "address", "requested_by", "requested", "approved_by", "approved",
            "expires"], rows);
    }

    public static InspectedTable Addresses(IndexedState state, uint owner)
    {
        var rows = new List<object?[]>();
        foreach (int row in state.Derived.Addresses.Of(owner))
        {
            ref readonly WithdrawalAddress a = ref state.Addresses[row];
            rows.Add(
                [row, state.Assets[a.Asset].Name.ToString(), a.Text.ToString(), a.Label.ToString(),
                    a.Status == WithdrawalAddress.Allowed ? "allowed" : "removed", Time(a.AllowedNs), Time(a.ActiveNs), Time(a.RemovedNs),
                FixedDecimal.Format(a.PaidAtoms, state.Assets[a.Asset].Decimals)]);
        }
        return new("addresses", ["row", "asset", "address", "label", "status", "allowed", "active", "removed", "paid"], rows);
    }

    public static InspectedTable Terms(IndexedState state)
    {
        WithdrawalTerms t = state.WithdrawalTerms[0].At(state.TimeNs);
        return new("withdrawal terms",
            ["address_delay_s", "key_delay_s", "confirm_s", "next_from", "next_address_delay_s", "next_key_delay_s", "addresses"],
            state.HasAddressBook
            ? [[t.AddressDelayNs / 1_000_000_000, t.KeyDelayNs / 1_000_000_000, t.ConfirmNs / 1_000_000_000, Time(t.NextFromNs),
                t.NextAddressDelayNs / 1_000_000_000, t.NextKeyDelayNs / 1_000_000_000, t.Addresses]]
            : []);
    }

    private static string? Time(long ns) =>
        ns == 0 ? null
            : DateTimeOffset.FromUnixTimeMilliseconds(ns / 1_000_000).ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
