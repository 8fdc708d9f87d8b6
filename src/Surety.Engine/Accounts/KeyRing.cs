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
    public RefusalCode Authenticate(in CommandHeader header, bool signed, KeyScopes needed, out long detail)
    {
        detail = header.Account;
        ref readonly VenueCounters venue = ref state.Counts;
        if (header.Account >= (uint)venue.Accounts)
        {
            return RefusalCode.UnknownAccount;
        }
        if (!signed && state.GenesisRef.RequireSignatures != 0)
        {
            return RefusalCode.SignatureMissing;
        }
        detail = header.Key;
        int keyRow = state.Derived.KeyRows.Find(header.Key);
        if (keyRow < 0)
        {
            return RefusalCode.UnknownKey;
        }
        ref readonly Key key = ref state.Keys[keyRow];
        if (key.Account != header.Account && key.Account != state.Accounts[(int)header.Account].Owner)
        {
            detail = key.Account;
            return RefusalCode.KeyNotOfAccount;
        }
        if (key.Status != Key.Valid)
        {
            return RefusalCode.KeyRevoked;
        }
        if (key.ExpiresNs != 0 && key.ExpiresNs <= venue.TimeNs)
        {
            detail = key.ExpiresNs;
            return RefusalCode.KeyExpired;
        }
        if ((key.Scopes & needed) != needed)
        {
            detail = (long)needed;
            return RefusalCode.ScopeMissing;
        }
        if (header.ExpiresNs != 0 && header.ExpiresNs < venue.TimeNs)
        {
            detail = venue.TimeNs - header.ExpiresNs;
            return RefusalCode.CommandExpired;
        }
        if (!Nonces.IsFresh(in key, header.Nonce))
        {
            detail = (long)(key.HighestNonce & long.MaxValue);
            return RefusalCode.NonceUsed;
        }
        detail = header.Account;
        if ((state.Accounts[(int)header.Account].Flags & AccountFlags.Open) == 0)
        {
            return RefusalCode.AccountClosed;
        }
        detail = 0;
        return RefusalCode.None;
    }

    public RefusalCode Open(in OpenAccount command, out ulong created, out long detail)
    {
        created = 0;
        detail = command.Pool;
        if (command.Pool >= state.Counts.Pools)
        {
            return RefusalCode.UnknownPool;
        }
        RefusalCode code = CheckKey(command.Scopes, command.KeyExpiresNs, KeyScopes.Customer, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }
        if (state.Counts.Accounts >= state.Limits[0].MaxAccounts)
        {
            detail = state.Limits[0].MaxAccounts;
            return RefusalCode.LimitReached;
        }

        // Point of no return.
        uint account = state.OpenAccount((uint)state.Counts.Accounts, command.Pool, AccountFlags.None);
        state.AddKey(account, in command.PublicKey, command.Scopes, command.KeyExpiresNs, command.Header.Key);
        created = account;
        return RefusalCode.None;
    }

    /// <summary>A key adds none that can do more or lasts longer than itself: what a thief of it could add is what he has already.</summary>
    public RefusalCode Add(in AddKey command, out ulong created, out long detail)
    {
        created = 0;
        uint owner = state.Accounts[(int)command.Header.Account].Owner;
        bool isOperator = (state.Accounts[(int)owner].Flags & AccountFlags.Operator) != 0;
        ref readonly Key own = ref state.Keys[KeyRows.RowOf(command.Header.Key)];
        RefusalCode code = CheckScopes(command.Scopes, isOperator ? KeyScopes.All : KeyScopes.Customer, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }
        detail = (long)(command.Scopes & ~own.Scopes);
        if (detail != 0)
        {
            return RefusalCode.ScopeBeyondOwn;
        }
        detail = own.ExpiresNs;
        if (own.ExpiresNs != 0 && (command.KeyExpiresNs == 0 || command.KeyExpiresNs > own.ExpiresNs))
        {
            return RefusalCode.ExpiryBeyondOwn;
        }
        code = CheckKey(command.Scopes, command.KeyExpiresNs, isOperator ? KeyScopes.All : KeyScopes.Customer, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }

        code = state.Derived.Owners.Check(owner, OwnerRows.Keys, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }
        bool isFeeDue = state.Derived.Owners.Of(owner).Keys >= state.Limits[0].FreeKeys;
        code = subAccounts.CheckFee(command.Header.Account, isFeeDue, out long fee, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }

        // Point of no return.
        subAccounts.Pay(command.Header.Account, fee);
        created = state.AddKey(owner, in command.PublicKey, command.Scopes, command.KeyExpiresNs, command.Header.Key);
        return RefusalCode.None;
    }

    /// <summary>A key ends keys whose scopes lie within its own, itself included; the last one that can add others stays.</summary>
    public RefusalCode Revoke(in RevokeKey command, out long detail)
    {
        detail = command.RevokedKey;
        int row = state.Derived.KeyRows.Find(command.RevokedKey);
        if (row < 0)
        {
            return RefusalCode.UnknownKey;
        }
        ref readonly Key key = ref state.Keys[row];
        uint owner = state.Accounts[(int)command.Header.Account].Owner;
        if (key.Account != owner)
        {
            detail = key.Account;
            return RefusalCode.KeyNotOfAccount;
        }
        if (key.Status != Key.Valid)
        {
            return RefusalCode.KeyRevoked;
        }
        detail = (long)(key.Scopes & ~state.Keys[KeyRows.RowOf(command.Header.Key)].Scopes);
        if (detail != 0)
        {
            return RefusalCode.ScopeBeyondOwn;
        }
        detail = command.RevokedKey;
        if (IsLasting(in key) && !HasOtherLasting(owner, row))
        {
            return RefusalCode.LastAdminKey;
        }

        // Point of no return.
        state.Derived.KeyRows.Revoke(row);
        return RefusalCode.None;
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

    private static RefusalCode CheckScopes(KeyScopes scopes, KeyScopes allowed, out long detail)
    {
        detail = (long)(scopes & ~allowed);
        return scopes == KeyScopes.None || detail != 0 ? RefusalCode.ScopeMissing : RefusalCode.None;
    }

    private RefusalCode CheckKey(KeyScopes scopes, long expiresNs, KeyScopes allowed, out long detail)
    {
        if (CheckScopes(scopes, allowed, out detail) != RefusalCode.None)
        {
            return RefusalCode.ScopeMissing;
        }
        detail = expiresNs;
        if (expiresNs < 0 || (expiresNs != 0 && expiresNs <= state.TimeNs))
        {
            return RefusalCode.KeyExpired;
        }
        detail = state.Limits[0].MaxKeys;
        return state.Derived.KeyRows.HasRoom ? RefusalCode.None : RefusalCode.LimitReached;
    }
}
