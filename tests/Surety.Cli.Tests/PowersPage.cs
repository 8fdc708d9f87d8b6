using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Surety.Engine.Accounts;
using Surety.Gateway.Api;
using Surety.Protocol.Rows;

namespace Surety.Cli.Tests;

/// <summary>docs/powers.md, written from the table that the node itself decides by; a test tries every row.</summary>
internal static class PowersPage
{
    public static string Write(IEnumerable<RpcMethod> methods)
    {
        var page = new StringBuilder(Head);
        page.Append("| method | needs | the venue signs | for whom | over HTTP |\n|---|---|---|---|---|\n");
        foreach (RpcMethod m in methods.OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            string needs = m.Scope switch
            {
                KeyScopes.None => "nothing",
                KeyScopes.Read => "read",
                KeyScopes.Trade => "trade",
                KeyScopes.Withdraw => "wallet",
                KeyScopes.Admin => "account",
                KeyScopes.Govern or KeyScopes.Custody or KeyScopes.Report => "govern",
                _ => throw new NotSupportedException($"{m.Scope}: give it a word here"),
            };
            string http = m.NeedsConnection
                ? "WebSocket only"
                : m.PostOnly
                ? "POST"
                : m.Scope == KeyScopes.None
                ? "GET, POST"
                : "GET with `Authorization`, POST";
            page.Append(
                $"| `{m.Name}` | {needs} | {(m.Signs ? "yes" : "")} | "
                + $"{(m.OperatorOnly ? "operator" : m.OwnerWide ? "owner" : "")} | {http} |\n");
        }
        return page.ToString();
    }

    /// <summary>
    /// The rows of the page: method, what it needs, whether the venue signs, for whom alone it is: operator, owner, or anybody.
    /// </summary>
    public static IEnumerable<(string Method, string Needs, bool Signs, string ForWhom, string Http)> Read(string page) => page.Split('\n')
        .Select(l => l.Split('|', StringSplitOptions.TrimEntries))
            .Where(c => c.Length == 7 && c[1].StartsWith('`') && c[1].Contains('/', StringComparison.Ordinal))
        .Select(c => (c[1].Trim('`'), c[2], c[3] == "yes", c[4], c[5]));

    private const string Head = """
        # Powers

        Who may do what, what each kind of log-in can make, and what ends it. The table of methods is written from the table that answers the calls;
        a test calls every method with every kind of credential and compares with this page (`PowersTests`).

        ## Scopes

        | word | in the ledger | as other venues say it |
        |---|---|---|
        | read | `Read` | every API key has it |
        | trade | `Trade` | `trade:read_write` |
        | wallet | `Withdraw` | `wallet:read_write` |
        | account | `Admin` | `account:read_write`: make and end keys, open sub-accounts |
        | govern | `Govern`, `Custody`, `Report` | `surety:govern`: the operator's account only |

        ## Kinds of credential

        | | what it may do | what ends it |
        |---|---|---|
        | nothing | methods that need nothing | |
        | ledger key, by signed challenge | its scopes; what the venue would have to sign, it signs itself and sends by `surety/submit` | revoked or expired in the ledger |
        | API key: Basic, `deri-hmac-sha256`, `client_credentials`, `client_signature` | its scopes, on its account: of a sub-account only that one, of the master account all of the owner's; from its networks | removed, disabled, expired, other networks; its ledger key revoked or expired; its sub-account closed |
        | passkey | what its API key may do, from where that may be used | with its API key |
        | access token, 15 minutes | what the log-in could do, or the less that its `scope` asked for, from the API key's networks | with the key; `private/logout` |
        | refresh token, a day, once | a new access token of the same log-in with the same scopes. It is no access token | with the key; `private/logout` |

        Every request checks this again, and every private channel several times a second: it ends within a second of what ended its session, and
        the client gets `{"method": "subscription_ended", "params": {"channels": […], "code": 13009, "reason": "…"}}`. The connection and its public
        channels go on. A refreshed or repeated log-in of the same account carries private channels on. A token inside a request (`access_token`) is
        for that request alone. Over HTTP, credentials that do not hold are answered 401 whatever the method.

        ## Who may make what

        No key makes more than it has itself. A thief of a key gains what the key could do, not more, and not longer.

        | who | makes or changes | bound by |
        |---|---|---|
        | ledger key with account, `AddKey` | keys of its owner | scopes within its own (`ScopeBeyondOwn`), the operator's account too; none that outlasts it (`ExpiryBeyondOwn`) |
        | ledger key with account, `RevokeKey` | ends keys of its owner, itself too | those with scopes within its own; not the owner's last key that has account and does not expire (`LastAdminKey`) |
        | session with account, `private/create_api_key` | API keys | scopes, expiry and networks within its own; of a sub-account, for that one only |
        | session with account, `surety/prepare_api_key`, `finish_api_key` | API keys whose ledger key the owner adds | only the key that prepared finishes, once; scopes, expiry and networks within its own |
        | session with account, `private/edit_api_key`, `enable_api_key` | name, networks; on | keys within its own scopes, expiry and networks, before and after |
        | session with account, `private/disable_api_key`, `remove_api_key` | off | keys of the accounts it may act for; ended for good only with scopes within its own and by the ledger's rule for `RevokeKey` |
        | API key with account, `surety/register_passkey` | passkeys for itself | 16 |
        | operator's key with govern, `OpenAccount` | accounts with their first key | customers' scopes |

        A key with trade alone revokes nothing. A key with account alone cannot add trade or wallet, so an owner who keeps only such a key has lost
        the rest for good: keep the account's own key, which has all four, offline ([decision 37](decisions/0037-no-key-beyond-its-own.md)).

        ## Methods

        *For whom*: `operator` is for the operator's account alone; `owner` concerns all accounts of an owner, so an API key made for a sub-account
        may not; what is not marked acts on the accounts that the key may act for.


        """;
}
