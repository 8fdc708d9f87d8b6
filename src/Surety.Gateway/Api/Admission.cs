using System;
using Surety.Engine.Accounts;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>
/// What can be told of a command before its signature is checked and without the sequencer: whether account and key exist and belong
/// together, whether the key is valid, whether command or nonce have lapsed. Such a command would take a place in the journal and cost
/// its sender nothing, so it goes no further. The engine is the judge of all the rest, and judges these again.
/// </summary>
public static class Admission
{
    /// <summary>None, or why the engine would refuse it. Safe on any thread: in doubt it says none.</summary>
    public static RefusalCode Check(IndexedState state, ReadOnlySpan<byte> record, out long detail)
    {
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        detail = header.Account;
        if (header.Account >= (uint)state.Counts.Accounts)
        {
            return RefusalCode.UnknownAccount;
        }
        detail = header.Key;
        int row = state.Derived.KeyRows.Find(header.Key);
        if (row < 0)
        {
            return RefusalCode.UnknownKey;
        }
        Key key = state.Keys[row];
        if (key.Account != header.Account && key.Account != state.Accounts[(int)header.Account].Owner)
        {
            detail = key.Account;
            return RefusalCode.KeyNotOfAccount;
        }
        if (key.Status == Key.Revoked)
        {
            return RefusalCode.KeyRevoked;
        }
        long timeNs = state.TimeNs;
        if (key.ExpiresNs != 0 && key.ExpiresNs <= timeNs)
        {
            detail = key.ExpiresNs;
            return RefusalCode.KeyExpired;
        }
        if (header.ExpiresNs != 0 && header.ExpiresNs < timeNs)
        {
            detail = timeNs - header.ExpiresNs;
            return RefusalCode.CommandExpired;
        }
        KeyScopes needed = Engine.SuretyEngine.ScopeOf(header.Kind);
        if ((key.Scopes & needed) != needed)
        {
            detail = (long)needed;
            return RefusalCode.ScopeMissing;
        }
        detail = (long)(key.HighestNonce & long.MaxValue);
        // The sequencer may be writing the window: it is believed when it reads the same twice.
        bool isUsed = !Nonces.IsFresh(in key, header.Nonce);
        Key again = state.Keys[row];
        if (isUsed && again.HighestNonce == key.HighestNonce && again.UsedNonces == key.UsedNonces)
        {
            return RefusalCode.NonceUsed;
        }
        detail = 0;
        return RefusalCode.None;
    }
}
