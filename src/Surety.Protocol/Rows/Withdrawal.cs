using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>Where a withdrawal stands. The first two stand in rows; the others end it, free its row, and are told by the event.</summary>
public enum WithdrawalStatus : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The amount has left the balance; another key of the owner has not approved yet.</summary>
    Requested = 1,

    /// <summary>Custody may pay. Only custody ends it from here.</summary>
    Approved = 2,

    /// <summary>Custody says that it left the venue.</summary>
    Paid = 3,

    /// <summary>Custody gave it back to the account.</summary>
    Returned = 4,

    /// <summary>The owner took it back before it was approved.</summary>
    Cancelled = 5,

    /// <summary>Not approved in time; the amount is back in the balance.</summary>
    Expired = 6,
}

/// <summary>A withdrawal under way; a free row has id 0. Its amount is in no balance.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Withdrawal
{
    /// <summary>A number never given twice &lt;&lt; 24 | row.</summary>
    public ulong Id;

    /// <summary>The account.</summary>
    public uint Account;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>What it is now.</summary>
    public WithdrawalStatus Status;
    /// <summary>Atoms of the asset.</summary>
    public long AmountAtoms;
    /// <summary>When it was asked for.</summary>
    public long RequestedNs;

    /// <summary>While it is requested: when it expires.</summary>
    public long ExpiresNs;

    /// <summary>Row of <see cref="TableId.Addresses"/>, plus one; 0 in a venue without an address book.</summary>
    public uint AddressPlusOne;

    /// <summary>The key that asked.</summary>
    public uint RequestedBy;

    /// <summary>The key that approved; the one that asked where the owner demands no second key.</summary>
    public uint ApprovedBy;

    /// <summary>Zero.</summary>
    public uint Reserved0;

    /// <summary>0 while it is not approved.</summary>
    public long ApprovedNs;

    /// <inheritdoc cref="AddressPlusOne"/>
    public OptionalId Address { readonly get => OptionalId.OfPlusOne(AddressPlusOne); set => AddressPlusOne = value.PlusOne32(); }
}

/// <summary>An address outside the venue, printable ASCII, zero-padded to 128 bytes.</summary>
[InlineArray(Size)]
public struct AddressText
{
    /// <summary>Bytes of an address.</summary>
    public const int Size = 128;

    private byte _first;

    /// <summary>Takes up to 128 printable ASCII characters.</summary>
    /// <exception cref="ArgumentException">Longer, or not printable ASCII without spaces.</exception>
    public static AddressText From(string text)
    {
        AddressText address = default;
        if (text.Length > Size || !System.Text.Ascii.IsValid(text))
        {
            throw new ArgumentException($"An address is at most {Size} ASCII characters.", nameof(text));
        }
        System.Text.Encoding.ASCII.GetBytes(text, MemoryMarshal.CreateSpan(ref address._first, Size));
        return address;
    }

    /// <summary>At least one printable character other than a space, then only zeros.</summary>
    public readonly bool IsValid()
    {
        ReadOnlySpan<byte> bytes = this;
        int length = Length(bytes);
        return length > 0 && bytes[length..].IndexOfAnyExcept((byte)0) < 0
            && bytes[..length].IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
    }

    /// <summary>The characters before the first zero.</summary>
    public readonly override string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        return System.Text.Encoding.ASCII.GetString(bytes[..Length(bytes)]);
    }

    private static int Length(ReadOnlySpan<byte> bytes) => bytes.IndexOf((byte)0) is var length and >= 0 ? length : Size;
}

/// <summary>
/// An entry of an owner's address book. A row belongs to its owner, asset and text for ever: removed, it can only be allowed again.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
public struct WithdrawalAddress
{
    /// <summary>The master account whose accounts may withdraw to it.</summary>
    public uint Owner;

    /// <summary>The asset that may go there.</summary>
    public ushort Asset;

    /// <summary>1 allowed, 2 removed, 0 for a row not given yet.</summary>
    public ushort Status;

    /// <summary>From when on it can be withdrawn to, nanoseconds since 1970.</summary>
    public long ActiveNs;

    /// <summary>When it was added.</summary>
    public long AllowedNs;

    /// <summary>When it was last removed; 0 for never.</summary>
    public long RemovedNs;

    /// <summary>The key that added it.</summary>
    public uint AllowedBy;
    /// <summary>The key that took it off.</summary>
    public uint RemovedBy;

    /// <summary>A name for people: printable ASCII, spaces allowed.</summary>
    public ShortName Label;

    /// <summary>The address, UTF-8.</summary>
    public AddressText Text;

    /// <summary>Ever paid to it, atoms. Never falls.</summary>
    public long PaidAtoms;

    /// <summary>Zero.</summary>
    public Seven<long> Reserved;

    /// <summary>An address that stands in the book.</summary>
    public const ushort Allowed = 1;
    /// <summary>One that was taken off.</summary>
    public const ushort Removed = 2;
}

/// <summary>Seven entries in a row of a table.</summary>
[InlineArray(7)]
public struct Seven<T>
{
    private T _first;
}

/// <summary>When a key came into its owner's ring, and through which key. Row = key.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct KeyOrigin
{
    /// <summary>When the key was added.</summary>
    public long AddedNs;

    /// <summary>The key that signed for it.</summary>
    public uint AddedBy;

    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>How withdrawals are guarded, venue-wide: one row. What loosens waits; see <see cref="At"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct WithdrawalTerms
{
    /// <summary>The longest delay of an address or a key: 30 days.</summary>
    public const int LongestDelaySeconds = 30 * 86_400;

    /// <summary>A withdrawal waits at least a minute for its approval …</summary>
    public const int LeastConfirmSeconds = 60;

    /// <summary>… and at most a week.</summary>
    public const int LongestConfirmSeconds = 7 * 86_400;

    /// <summary>How long a new address waits.</summary>
    public long AddressDelayNs;

    /// <summary>How long a key must have been in its owner's ring before it may ask for a withdrawal or approve one.</summary>
    public long KeyDelayNs;

    /// <summary>How long a withdrawal may wait for its approval.</summary>
    public long ConfirmNs;

    /// <summary>When the next delays act; 0 for none.</summary>
    public long NextFromNs;

    /// <summary>How long a new address waits then.</summary>
    public long NextAddressDelayNs;
    /// <summary>How old both keys must be then.</summary>
    public long NextKeyDelayNs;

    /// <summary>Rows of the address book ever given.</summary>
    public int Addresses;

    /// <summary>Zero.</summary>
    public int Reserved0;
    /// <summary>Zero.</summary>
    public long Reserved1;

    /// <summary>The terms with what has become due.</summary>
    public readonly WithdrawalTerms At(long timeNs)
    {
        WithdrawalTerms terms = this;
        if (NextFromNs != 0 && NextFromNs <= timeNs)
        {
            (terms.AddressDelayNs, terms.KeyDelayNs) = (NextAddressDelayNs, NextKeyDelayNs);
            (terms.NextFromNs, terms.NextAddressDelayNs, terms.NextKeyDelayNs) = (0, 0, 0);
        }
        return terms;
    }
}

/// <summary>An owner's rule and counts. Row = account; only masters' are used.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct OwnerWithdrawals
{
    /// <summary>Withdrawals under way that one owner may have.</summary>
    public const int MostPending = 8;

    /// <summary>From when on this owner's withdrawals need no second key; 0 for never.</summary>
    public long SingleKeyFromNs;

    /// <summary>Rows of the address book that this owner ever took.</summary>
    public int Addresses;

    /// <summary>Withdrawals under way.</summary>
    public int Pending;
}
