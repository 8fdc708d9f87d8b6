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
    public static Refusal Check(IndexedState state, ReadOnlySpan<byte> record)
    {
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (header.Account >= (uint)state.Counts.Accounts)
        {
            return Refusal.UnknownAccount(header.Account);
        }
        int row = state.Derived.KeyRows.Find(header.Key);
        if (row < 0)
        {
            return Refusal.UnknownKey(header.Key);
        }
        Key key = state.Keys[row];
        if (key.Account != header.Account && key.Account != state.Accounts[(int)header.Account].Owner)
        {
            return Refusal.KeyNotOfAccount(key.Account);
        }
        if (key.Status == Key.Revoked)
        {
            return Refusal.KeyRevoked(header.Key);
        }
        long timeNs = state.TimeNs;
        if (key.ExpiresNs != 0 && key.ExpiresNs <= timeNs)
        {
            return Refusal.KeyExpired(key.ExpiresNs);
        }
        if (header.ExpiresNs != 0 && header.ExpiresNs < timeNs)
        {
            return Refusal.CommandExpired(timeNs - header.ExpiresNs);
        }
        KeyScopes needed = Engine.SuretyEngine.ScopeOf(header.Kind);
        if ((key.Scopes & needed) != needed)
        {
            return Refusal.ScopeMissing(needed);
        }
        // The sequencer may be writing the window: it is believed when it reads the same twice.
        bool isUsed = !Nonces.IsFresh(in key, header.Nonce);
        Key again = state.Keys[row];
        if (isUsed && again.HighestNonce == key.HighestNonce && again.UsedNonces == key.UsedNonces)
        {
            return Refusal.NonceUsed((long)(key.HighestNonce & long.MaxValue));
        }
        return Refusal.None;
    }
}
