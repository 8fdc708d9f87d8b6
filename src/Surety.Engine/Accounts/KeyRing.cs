using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>Who may do what: keys, scopes, expiry, nonces, and the accounts they belong to.</summary>
internal sealed class KeyRing(IndexedState state, SubAccounts subAccounts)
{
    /// <summary>
    /// Whether the command comes from a key that may send it now. Whether the signature itself is that key's was checked
    /// at the gateway, and is checked again by everyone who verifies the journal.
    /// </summary>
    public Refusal Authenticate(in CommandHeader header, bool signed, KeyScopes needed)
    {
        ref readonly VenueCounters venue = ref state.Counts;
        if (header.Account >= (uint)venue.Accounts)
        {
            return Refusal.UnknownAccount(header.Account);
        }
        if (!signed && state.GenesisRef.RequireSignatures != 0)
        {
            return Refusal.SignatureMissing;
        }
        int keyRow = state.Derived.KeyRows.Find(header.Key);
        if (keyRow < 0)
        {
            return Refusal.UnknownKey(header.Key);
        }
        ref readonly Key key = ref state.Keys[keyRow];
        if (key.Account != header.Account && key.Account != state.Accounts[(int)header.Account].Owner)
        {
            return Refusal.KeyNotOfAccount(key.Account);
        }
        if (key.Status != Key.Valid)
        {
            return Refusal.KeyRevoked(header.Key);
        }
        if (key.ExpiresNs != 0 && key.ExpiresNs <= venue.TimeNs)
        {
            return Refusal.KeyExpired(key.ExpiresNs);
        }
        if ((key.Scopes & needed) != needed)
        {
            return Refusal.ScopeMissing(needed);
        }
        if (header.ExpiresNs != 0 && header.ExpiresNs < venue.TimeNs)
        {
            return Refusal.CommandExpired(venue.TimeNs - header.ExpiresNs);
        }
        if (!Nonces.IsFresh(in key, header.Nonce))
        {
            return Refusal.NonceUsed((long)(key.HighestNonce & long.MaxValue));
        }
        if ((state.Accounts[(int)header.Account].Flags & AccountFlags.Open) == 0)
        {
            return Refusal.AccountClosed(header.Account);
        }
        return Refusal.None;
    }

    public Refusal Open(in OpenAccount command, out ulong created)
    {
        created = 0;
        if (command.Pool >= state.Counts.Pools)
        {
            return Refusal.UnknownPool(command.Pool);
        }
        Refusal refusal = CheckKey(command.Scopes, command.KeyExpiresNs, KeyScopes.Customer);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (state.Counts.Accounts >= state.Limits[0].MaxAccounts)
        {
            return Refusal.LimitReached(state.Limits[0].MaxAccounts);
        }

        // Point of no return.
        uint account = state.OpenAccount((uint)state.Counts.Accounts, command.Pool, AccountFlags.None);
        state.AddKey(account, in command.PublicKey, command.Scopes, command.KeyExpiresNs, command.Header.Key);
        created = account;
        return Refusal.None;
    }

    /// <summary>
    /// A key adds none that can do more or lasts longer than itself: what a thief of it could add is what he has already.
    /// </summary>
    public Refusal Add(in AddKey command, out ulong created)
    {
        created = 0;
        uint owner = state.Accounts[(int)command.Header.Account].Owner;
        bool isOperator = (state.Accounts[(int)owner].Flags & AccountFlags.Operator) != 0;
        ref readonly Key own = ref state.Keys[KeyRows.RowOf(command.Header.Key)];
        Refusal refusal = CheckScopes(command.Scopes, isOperator ? KeyScopes.All : KeyScopes.Customer);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        KeyScopes missing = command.Scopes & ~own.Scopes;
        if (missing != KeyScopes.None)
        {
            return Refusal.ScopeBeyondOwn(missing);
        }
        if (own.ExpiresNs != 0 && (command.KeyExpiresNs == 0 || command.KeyExpiresNs > own.ExpiresNs))
        {
            return Refusal.ExpiryBeyondOwn(own.ExpiresNs);
        }
        refusal = CheckKey(command.Scopes, command.KeyExpiresNs, isOperator ? KeyScopes.All : KeyScopes.Customer);
        if (!refusal.IsNone)
        {
            return refusal;
        }

        refusal = state.Derived.Owners.Check(owner, OwnerRows.Keys);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        bool isFeeDue = state.Derived.Owners.Of(owner).Keys >= state.Limits[0].FreeKeys;
        refusal = subAccounts.CheckFee(command.Header.Account, isFeeDue, out long fee);
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        subAccounts.Pay(command.Header.Account, fee);
        created = state.AddKey(owner, in command.PublicKey, command.Scopes, command.KeyExpiresNs, command.Header.Key);
        return Refusal.None;
    }

    /// <summary>A key ends keys whose scopes lie within its own, itself included; the last one that can add others stays.</summary>
    public Refusal Revoke(in RevokeKey command)
    {
        int row = state.Derived.KeyRows.Find(command.RevokedKey);
        if (row < 0)
        {
            return Refusal.UnknownKey(command.RevokedKey);
        }
        ref readonly Key key = ref state.Keys[row];
        uint owner = state.Accounts[(int)command.Header.Account].Owner;
        if (key.Account != owner)
        {
            return Refusal.KeyNotOfAccount(key.Account);
        }
        if (key.Status != Key.Valid)
        {
            return Refusal.KeyRevoked(command.RevokedKey);
        }
        KeyScopes missing = key.Scopes & ~state.Keys[KeyRows.RowOf(command.Header.Key)].Scopes;
        if (missing != KeyScopes.None)
        {
            return Refusal.ScopeBeyondOwn(missing);
        }
        if (IsLasting(in key) && !HasOtherLasting(owner, row))
        {
            return Refusal.LastAdminKey(command.RevokedKey);
        }

        // Point of no return.
        state.Derived.KeyRows.Revoke(row);
        return Refusal.None;
    }

    // Can add keys, and does not end by itself.
    private static bool IsLasting(in Key key) => key.Status == Key.Valid && (key.Scopes & KeyScopes.Admin) != 0 && key.ExpiresNs == 0;

    private bool HasOtherLasting(uint owner, int but)
    {
        for (int i = 0; i < state.Counts.Keys; i++)
        {
            ref readonly Key other = ref state.Keys[i];
            if (i != but && other.Account == owner && IsLasting(in other))
            {
                return true;
            }
        }
        return false;
    }

    private static Refusal CheckScopes(KeyScopes scopes, KeyScopes allowed)
    {
        KeyScopes missing = scopes & ~allowed;
        return scopes == KeyScopes.None || missing != KeyScopes.None ? Refusal.ScopeMissing(missing) : Refusal.None;
    }

    private Refusal CheckKey(KeyScopes scopes, long expiresNs, KeyScopes allowed)
    {
        Refusal refusal = CheckScopes(scopes, allowed);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (expiresNs < 0 || (expiresNs != 0 && expiresNs <= state.TimeNs))
        {
            return Refusal.KeyExpired(expiresNs);
        }
        return state.Derived.KeyRows.HasRoom ? Refusal.None : Refusal.LimitReached(state.Limits[0].MaxKeys);
    }
}
