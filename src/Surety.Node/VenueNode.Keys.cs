using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Node;

/// <summary>What the node signs itself: for the operator, price sources, house traders and API keys, with keys that the ledger has.</summary>
public sealed partial class VenueNode
{
    /// <summary>Lets the node act for the operator.</summary>
    /// <exception cref="IdentityException">The key is none of the operator's in this ledger.</exception>
    public void HoldOperatorKey(SigningKey key)
    {
        Operator = Hold(key, "operator");
    }

    /// <summary>
    /// A key that the node signs with, found in the ledger by its public key: a number alone may be another's. An account that has the
    /// same public key, which is public, stands in nothing's way: the operator's row is asked for first, then that of the owner who was
    /// there first.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="name">Its file's name without .pem, for messages.</param>
    /// <exception cref="IdentityException">The ledger does not have it, or it was revoked.</exception>
    public DelegatedKey Hold(SigningKey key, string name)
    {
        IndexedState state = State;
        PublicKey wanted = key.PublicKey;
        int row = state.Derived.KeyRows.Find(in wanted, owner: 0);
        if (row < 0 && name == "operator" && state.Derived.KeyRows.Find(in wanted) is >= 0 and var other)
        {
            throw new IdentityException($"{Vault.PathOf("operator.pem")}: it is a key of account {state.Keys[other].Account}, not the operator's");
        }
        row = row >= 0 ? row : state.Derived.KeyRows.Find(in wanted);
        if (row >= 0)
        {
            return state.Keys[row].Status == Key.Valid
                ? new DelegatedKey(state.Derived.KeyRows.NumberOf(row), key, state.Keys[row].HighestNonce)
                : throw new IdentityException($"{Vault.PathOf(name + ".pem")}: the ledger's key {state.Derived.KeyRows.NumberOf(row)} was revoked; put the file of a valid key in its place");
        }
        throw new IdentityException($"{Vault.PathOf(name + ".pem")} is not a key of this ledger: the journal and the identity folder are not of the same backup. "
            + "Bring back the folder that belongs to the journal, or move the file away: the node then runs without that key.");
    }

    /// <summary>The operator's key of the identity folder, if it is there; one that is not the ledger's is put aside where that was asked for.</summary>
    /// <exception cref="IdentityException">It is not the ledger's.</exception>
    public void HoldOperatorKeyOfFolder()
    {
        if (Vault.FindKey("operator") is not { } key)
        {
            return;
        }
        try
        {
            HoldOperatorKey(key);
        }
        catch (IdentityException e) when (_dropUnmatched)
        {
            key.Dispose();
            Vault.SetAside("operator.pem");
            LogDropped(_log, e.Message);
        }
    }

    /// <summary>Signs a command with the operator's key and hands it in; what became of it.</summary>
    public async Task<Outcome> OperateAsync<T>(CommandKind kind, T command)
        where T : unmanaged
    {
        DelegatedKey key = Operator ?? throw new InvalidOperationException("the operator's key is not held here");
        return await SubmitAsync(key, 0, kind, command);
    }

    /// <summary>Signs a command with a key that is held here and hands it in; what became of it.</summary>
    public async Task<Outcome> SubmitAsync<T>(DelegatedKey key, uint account, CommandKind kind, T command)
        where T : unmanaged
    {
        Task<Outcome[]> submitted;
        lock (key.Gate)
        {
            submitted = Sequencer.SubmitAsync([Sign(key, account, kind, command)]);
        }
        return (await submitted)[0];
    }

    /// <summary>The same with a record that is made already.</summary>
    public async Task<Outcome> SubmitAsync(DelegatedKey key, uint account, byte[] record)
    {
        MemoryMarshal.AsRef<CommandHeader>(record.AsSpan()).Account = account;
        Task<Outcome[]> submitted;
        lock (key.Gate)
        {
            submitted = Sequencer.SubmitAsync([key.Sign(State, record)]);
        }
        return (await submitted)[0];
    }

    /// <summary>A command of an account, signed with a key that is held here.</summary>
    public byte[] Sign<T>(DelegatedKey key, uint account, CommandKind kind, T command)
        where T : unmanaged
    {
        Unsafe.As<T, CommandHeader>(ref command).Account = account;
        Span<byte> record = stackalloc byte[CommandCodec.MaxRecordBytes];
        int length = CommandCodec.Write(kind, ref command, record);
        return key.Sign(State, record[..length]);
    }
}
