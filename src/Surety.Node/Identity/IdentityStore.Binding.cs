using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Indexes;
using Surety.Node.Sequencing;

namespace Surety.Node.Identity;

/// <summary>
/// The file's tie to its ledger. Account and key numbers are given in order, so a ledger brought back from an older backup gives the same
/// numbers again, to others: an entry counts only if the ledger's key of its number is the key it holds.
/// </summary>
public sealed partial class IdentityStore
{
    private const int MostNamed = 8;

    /// <summary>The last durable command, asked at every change.</summary>
    public Func<ulong>? Position { get; set; }

    /// <summary>Checks every entry against the ledger, and writes down which ledger it is.</summary>
    /// <param name="state">The venue as it was opened.</param>
    /// <param name="lastSequence">The last command of its journal.</param>
    /// <param name="dropUnmatched">Takes out what does not belong to the ledger, and keeps the file as it was beside it.</param>
    /// <returns>What was dropped.</returns>
    /// <exception cref="IdentityException">Something does not belong to the ledger; the message names it and the remedy.</exception>
    public IReadOnlyList<string> Bind(IndexedState state, ulong lastSequence, bool dropUnmatched)
    {
        lock (_gate)
        {
            string venue = state.GenesisHash.ToString();
            bool isOther = _venue.Length > 0 && _venue != venue;
            List<(string Id, string Problem)> keys =
                [.. _keys.Values.Select(k => (k.Id, isOther ? "it is of another venue" : Problem(k, state)!))
                    .Where(k => k.Item2 is not null)];
            HashSet<string> bad = [.. keys.Select(k => k.Id)];
            List<string> problems = [.. keys.Select(k => $"API key {k.Id}: {k.Problem}")];
            problems.AddRange(_passkeys.Values.Where(p => bad.Contains(p.ApiKeyId) || !_keys.ContainsKey(p.ApiKeyId))
                .Select(p => $"a passkey of API key {p.ApiKeyId}"));
            if (isOther)
            {
                problems.Insert(0, $"the folder belongs to the venue {_venue}, the journal to {venue}");
            }
            else if (_sequence > lastSequence)
            {
                problems.Insert(0,
                    $"the folder was last written after command {_sequence}, the journal ends at {lastSequence}: it is an older one");
            }
            if (problems.Count > 0 && !dropUnmatched)
            {
                string named = string.Join("; ", problems.Take(MostNamed))
                    + (problems.Count > MostNamed ? $"; and {problems.Count - MostNamed} more" : "");
                throw new IdentityException(
                    $"{_vault.PathOf(FileName)} does not belong to this journal: {named}. Bring back "
                        + $"the identity folder of the same backup, or start once with "
                    + "--drop-unmatched, which takes out what does not match: its owners make new "
                        + "API keys, and the file as it was is kept beside it.");
            }
            if (problems.Count > 0)
            {
                _vault.Copy(FileName, $"identity.unmatched-{VenueClock.WallNs() / 1_000_000}.log");
                bad.UnionWith(_passkeys.Values.Select(p => p.ApiKeyId).Where(k => !_keys.ContainsKey(k)));
                foreach (string id in bad)
                {
                    ApplyTo(id, new Entry { Op = "remove" });
                }
            }
            if (problems.Count > 0 || _venue != venue)
            {
                _venue = venue;
                _sequence = lastSequence;
                _log.Rewrite(Whole());
            }
            return problems;
        }
    }

    private static string? Problem(ApiKey key, IndexedState state)
    {
        if (key.Account >= (uint)state.Counts.Accounts)
        {
            return $"the ledger has no account {key.Account}";
        }
        int row = KeyRows.RowOf(key.Key);
        if (state.Derived.KeyRows.IsRetired(key.Key))
        {
            // It ended in this ledger, and its row was given back since: the log-in is dead, and no one else's.
            return null;
        }
        if (state.Derived.KeyRows.Find(key.Key) < 0)
        {
            return $"the ledger has no key {key.Key}";
        }
        Surety.Protocol.Rows.PublicKey own;
        try
        {
            own = key.PublicKey;
        }
        catch (ArgumentException)
        {
            return "its private key cannot be read";
        }
        return own != state.PublicKeys[row] ? $"the ledger's key {key.Key} is another one"
            : state.Keys[row].Account != state.Accounts[(int)key.Account].Owner
                ? $"the ledger's key {key.Key} does not own account {key.Account}"
            : null;
    }
}
