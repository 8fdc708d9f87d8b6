using System.Collections.Generic;
using Surety.Engine.Indexes;
using Surety.Protocol.Rows;

namespace Surety.Replay.Proving;

/// <summary>
/// Which keys may sign a venue's headers: keys of the operator's account whose one scope is <see cref="KeyScopes.Seal"/>. The operator
/// adds them with a command, so that a chain of signatures leads from the genesis record to every header.
/// </summary>
public static class SealingKeys
{
    /// <summary>The valid ones, by number.</summary>
    public static List<uint> Of(IndexedState state)
    {
        var found = new List<uint>();
        int count = state.Counts.Keys;
        for (int i = 0; i < count; i++)
        {
            ref readonly Key key = ref state.Keys[i];
            if (key.Scopes == KeyScopes.Seal && IsValid(in key, state.TimeNs))
            {
                found.Add(state.Derived.KeyRows.NumberOf(i));
            }
        }
        return found;
    }

    /// <summary>The valid one with a public key; null when there is none.</summary>
    public static uint? Find(IndexedState state, in PublicKey publicKey)
    {
        foreach (uint number in Of(state))
        {
            if (state.PublicKeys[KeyRows.RowOf(number)] == publicKey)
            {
                return number;
            }
        }
        return null;
    }

    private static bool IsValid(in Key key, long timeNs) =>
        key.Account == 0 && key.Status == Key.Valid && (key.ExpiresNs == 0 || key.ExpiresNs > timeNs);
}
