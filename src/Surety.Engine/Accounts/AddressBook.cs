using System;
using System.Runtime.InteropServices;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>Where owners may withdraw to. An entry waits before it can be used; its row is never given to another destination.</summary>
internal sealed class AddressBook(IndexedState state, EventLog events)
{
    public Refusal Allow(in AllowAddress command, out ulong created)
    {
        created = 0;
        uint account = command.Header.Account;
        uint owner = state.Accounts[(int)account].Owner;
        if (command.Asset >= state.Counts.Assets)
        {
            return Refusal.UnknownAsset(command.Asset);
        }
        if (!state.HasAddressBook)
        {
            return Refusal.NoAddressBook;
        }
        if (!command.Text.IsValid() || !IsLabel(in command.Label))
        {
            return Refusal.AddressInvalid(AddressText.Size);
        }
        int row = Find(owner, command.Asset, in command.Text);
        if (row >= 0 && state.Addresses[row].Status == WithdrawalAddress.Allowed)
        {
            return Refusal.AddressInBook;
        }
        if (row < 0 && state.OwnerWithdrawals[(int)owner].Addresses >= state.GenesisRef.AddressesPerOwner)
        {
            return Refusal.AddressBookFull(state.GenesisRef.AddressesPerOwner);
        }

        // Point of no return.
        if (row < 0)
        {
            row = state.WithdrawalTerms.Write(0).Addresses++;
            state.OwnerWithdrawals.Write((int)owner).Addresses++;
            state.Derived.Addresses.Add(owner, row);
        }
        ref WithdrawalAddress address = ref state.Addresses.Write(row);
        address.Owner = owner;
        address.Asset = command.Asset;
        address.Status = WithdrawalAddress.Allowed;
        address.AllowedNs = state.TimeNs;
        address.ActiveNs = state.TimeNs + state.WithdrawalTerms[0].At(state.TimeNs).AddressDelayNs;
        address.AllowedBy = command.Header.Key;
        address.Label = command.Label;
        address.Text = command.Text;
        created = (ulong)row;
        events.Write(EventKind.AddressAllowed, account, new AddressAllowed
        {
            ActiveNs = address.ActiveNs,
            Address = (uint)row,
            Key = command.Header.Key,
            Asset = command.Asset,
        });
        return Refusal.None;
    }

    public Refusal Remove(in RemoveAddress command)
    {
        if (!state.HasAddressBook)
        {
            return Refusal.NoAddressBook;
        }
        uint owner = state.Accounts[(int)command.Header.Account].Owner;
        if (command.Address >= (uint)state.WithdrawalTerms[0].Addresses || state.Addresses[(int)command.Address].Owner != owner)
        {
            return Refusal.UnknownAddress;
        }
        if (state.Addresses[(int)command.Address].Status != WithdrawalAddress.Allowed)
        {
            return Refusal.AddressRemoved;
        }

        // Point of no return.
        ref WithdrawalAddress address = ref state.Addresses.Write((int)command.Address);
        address.Status = WithdrawalAddress.Removed;
        address.RemovedNs = state.TimeNs;
        address.RemovedBy = command.Header.Key;
        events.Write(EventKind.AddressRemoved, command.Header.Account, new AddressRemoved
        {
            Address = command.Address,
            Key = command.Header.Key,
            Asset = address.Asset,
        });
        return Refusal.None;
    }

    private int Find(uint owner, ushort asset, in AddressText text)
    {
        foreach (int row in state.Derived.Addresses.Of(owner))
        {
            if (state.Addresses[row].Asset == asset && ((ReadOnlySpan<byte>)state.Addresses[row].Text).SequenceEqual(text))
            {
                return row;
            }
        }
        return -1;
    }

    private static bool IsLabel(in ShortName label)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes([label]);
        int length = bytes.IndexOf((byte)0) is var end and >= 0 ? end : bytes.Length;
        return bytes[length..].IndexOfAnyExcept((byte)0) < 0 && bytes[..length].IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0;
    }
}
