using System;
using System.Collections.Generic;
using Surety.Protocol.Rows;

namespace Surety.Node.Identity;

/// <summary>What keys may do, in the words of other venues: "trade:read_write wallet:read account:read".</summary>
public static class ScopeTexts
{
    /// <summary>Reads a text.</summary>
    /// <param name="text">Parts with spaces or commas between them.</param>
    /// <param name="parameter">The request's parameter, for the error.</param>
    /// <exception cref="FormatException">A part of it is not known.</exception>
    public static KeyScopes Parse(string text, string parameter = "max_scope")
    {
        var scopes = KeyScopes.Read;
        foreach (string part in text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            scopes |= part switch
            {
                "trade:read_write" => KeyScopes.Trade,
                "wallet:read_write" => KeyScopes.Withdraw,
                "account:read_write" => KeyScopes.Admin,
                "surety:govern" => KeyScopes.Govern | KeyScopes.Custody | KeyScopes.Report,
                "trade:read" or "wallet:read" or "account:read" or "trade:none" or "wallet:none" or "account:none" or "read" =>
                    KeyScopes.None,
                _ => throw new FormatException(
                    $"{parameter}: expected parts like trade:read_write, wallet:read, "
                    + $"account:read_write, found {Instruments.Instrument.Short(part)}"),
            };
        }
        return scopes;
    }

    /// <summary>Writes scopes as a text.</summary>
    public static string Format(KeyScopes scopes)
    {
        var parts = new List<string>
        {
            (scopes & KeyScopes.Trade) != 0 ? "trade:read_write" : "trade:read",
            (scopes & KeyScopes.Withdraw) != 0 ? "wallet:read_write" : "wallet:read",
            (scopes & KeyScopes.Admin) != 0 ? "account:read_write" : "account:read",
        };
        if ((scopes & KeyScopes.Govern) != 0)
        {
            parts.Add("surety:govern");
        }
        return string.Join(' ', parts);
    }
}
