using System.Collections.Generic;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>
/// A small venue that keeps an address book: addresses and keys wait a day, approvals come within an hour. Account <see cref="A"/> has
/// its first key, which asks, and a second one; both are old, and its address in row 0 is active.
/// </summary>
internal sealed class BookVenue
{
    public const uint A = FirstTrader;
    public const uint B = FirstTrader + 1;
    public const long Day = 86_400_000;
    public const long Hour = 3_600_000;

    public BookVenue(int addressesPerOwner = 4, bool seasoned = true, CreatePool? pool = null)
    {
        Venue = new TestVenue(change: box =>
        {
            box.Value.AddressesPerOwner = addressesPerOwner;
            box.Value.AddressDelaySeconds = 86_400;
            box.Value.KeyDelaySeconds = 86_400;
            box.Value.ConfirmSeconds = 3_600;
            // An owner's share of the free rows is no obstacle here.
            (box.Value.MaxKeys, box.Value.MaxWithdrawals) = (4_096, 4_096);
        }, pool: pool);
        Second = AddKey(A);
        if (seasoned)
        {
            Venue.Must(CommandKind.AllowAddress, Address("home"), A);
            Venue.Wait(Day);
            Venue.Price(8_000);
        }
    }

    public TestVenue Venue { get; }

    /// <summary>A's second key.</summary>
    public uint Second { get; }

    public static AllowAddress Address(string text, ushort asset = 0) => new() { Asset = asset, Text = AddressText.From(text) };

    public static Withdraw Out(long dollars, uint address = 0) =>
        new() { AmountAtoms = dollars * Dollar, Address = OptionalId.Of(address) };

    /// <summary>A further key of an account, with a key pair of its own.</summary>
    public uint AddKey(uint account, KeyScopes scopes = KeyScopes.Customer, uint? by = null, byte pair = 0)
    {
        byte[] pairBytes = new byte[64];
        pairBytes[0] = pair != 0 ? pair : (byte)(100 + Venue.State.Counts.Keys);
        Venue.Must(CommandKind.AddKey, new AddKey { Scopes = scopes, PublicKey = PublicKey.From(pairBytes) }, account, by);
        return (uint)Venue.Events<CommandAccepted>(EventKind.CommandAccepted)[^1].Created;
    }

    /// <summary>A withdrawal of A that must be accepted; its id.</summary>
    public ulong Ask(long dollars, uint account = A, uint? key = null)
    {
        Venue.Must(CommandKind.Withdraw, Out(dollars), account, key);
        return Venue.Events<CommandAccepted>(EventKind.CommandAccepted)[0].Created;
    }

    public RefusalCode Approve(ulong id, uint key, uint account = A) =>
        Venue.Send(CommandKind.ApproveWithdrawal, new ApproveWithdrawal { WithdrawalId = id }, account, key);

    public RefusalCode Cancel(ulong id, uint account = A, uint? key = null) =>
        Venue.Send(CommandKind.CancelWithdrawal, new CancelWithdrawal { WithdrawalId = id }, account, key);

    public RefusalCode Pay(ulong id, bool paid = true) =>
        Venue.Send(CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = id, Paid = paid ? 1u : 0u });

    public long Balance(uint account = A) => Venue.State.Accounts[(int)account].Balances[0];

    public Withdrawal Row(ulong id) => Venue.State.Withdrawals[(int)(id & 0xFFFFFF)];

    public List<WithdrawalChanged> Told() => Venue.Events<WithdrawalChanged>(EventKind.WithdrawalChanged);
}
