using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Node.Identity;

/// <summary>
/// Signs commands with keys that the node holds and the ledger has: the operator's, price sources', house traders', API keys'.
/// </summary>
/// <param name="venue">Where keys are looked up.</param>
/// <param name="commands">Where signed commands go.</param>
/// <param name="vault">The identity folder, for messages.</param>
public sealed class DelegatedSigning(VenueReader venue, CommandQueue commands, IdentityVault vault)
{
    /// <summary>
    /// A key that the node signs with, found in the ledger by its public key: a number alone may be another's. An account that has the
    /// same public key, which is public, stands in nothing's way: the operator's row is asked for first, then that of the owner who was
    /// there first.
    /// </summary>
    /// <param name="key">The key; the result owns it.</param>
    /// <param name="name">Its file's name without .pem, for messages.</param>
    /// <exception cref="IdentityException">The ledger does not have it, or it was revoked.</exception>
    public DelegatedKey Hold(SigningKey key, string name)
    {
        IndexedState state = venue.State;
        PublicKey wanted = key.PublicKey;
        int row = state.Derived.KeyRows.Find(in wanted, owner: 0);
        if (row < 0 && name == "operator" && state.Derived.KeyRows.Find(in wanted) is >= 0 and var other)
        {
            throw new IdentityException(
                $"{vault.PathOf("operator.pem")}: it is a key of account {state.Keys[other].Account}, not the operator's");
        }
        row = row >= 0 ? row : state.Derived.KeyRows.Find(in wanted);
        if (row >= 0)
        {
            return state.Keys[row].Status == Key.Valid
                ? new DelegatedKey(state.Derived.KeyRows.NumberOf(row), key, state.Keys[row].HighestNonce)
                : throw new IdentityException(
                    $"{vault.PathOf(name + ".pem")}: the ledger's key {state.Derived.KeyRows.NumberOf(row)} was revoked; "
                    + "put the file of a valid key in its place");
        }
        throw new IdentityException(
            $"{vault.PathOf(name + ".pem")} is not a key of this ledger: the journal and the identity folder are not of the same backup. "
            + "Bring back the folder that belongs to the journal, or move the file away: the node then runs without that key.");
    }

    /// <summary>A command of an account, with the key's next nonce and its signature. Hold the key's gate until it is handed in.</summary>
    /// <exception cref="ForeignKeyException">The ledger has another key under the key's number.</exception>
    public byte[] Sign<T>(DelegatedKey key, uint account, CommandKind kind, T command)
        where T : unmanaged
    {
        Unsafe.As<T, CommandHeader>(ref command).Account = account;
        Span<byte> record = stackalloc byte[CommandCodec.MaxRecordBytes];
        int length = CommandCodec.Write(kind, ref command, record);
        return key.Sign(venue.State, record[..length]);
    }

    /// <summary>Signs a command and hands it in; what became of it, when that is durable.</summary>
    /// <inheritdoc cref="CommandQueue.SubmitAsync" path="/exception"/>
    /// <exception cref="ForeignKeyException">The ledger has another key under the key's number.</exception>
    public async Task<Outcome> SubmitAsync<T>(DelegatedKey key, uint account, CommandKind kind, T command)
        where T : unmanaged
    {
        Task<Outcome[]> submitted;
        lock (key.Gate)
        {
            submitted = commands.SubmitAsync(Sign(key, account, kind, command));
        }
        return (await submitted)[0];
    }

    /// <summary>The same with a record that is made already: without key, nonce and signature. Its account is written into it.</summary>
    /// <inheritdoc cref="CommandQueue.SubmitAsync" path="/exception"/>
    /// <exception cref="ForeignKeyException">The ledger has another key under the key's number.</exception>
    public async Task<Outcome> SubmitAsync(DelegatedKey key, uint account, byte[] record)
    {
        MemoryMarshal.AsRef<CommandHeader>(record.AsSpan()).Account = account;
        Task<Outcome[]> submitted;
        lock (key.Gate)
        {
            submitted = commands.SubmitAsync(key.Sign(venue.State, record));
        }
        return (await submitted)[0];
    }
}
