using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using static Surety.Engine.Tests.BookVenue;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>
/// Random commands of withdrawals by several keys of several owners, in any order, against a small model of who may do what: a
/// withdrawal goes through each status once, is paid once at most, and only where two old keys agreed.
/// </summary>
public class RandomWithdrawalTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void In_any_order_of_commands_a_withdrawal_is_paid_once_at_most_and_the_same_after_a_restart(ulong seed)
    {
        var run = new Run(seed);
        for (int i = 0; i < 4_000; i++)
        {
            run.Step();
            if (i % 100 == 0)
            {
                Assert.Null(Audit.FindViolation(run.Venue.Engine));
            }
        }
        Assert.Null(Audit.FindViolation(run.Venue.Engine));
        foreach (WithdrawalStatus status in System.Enum.GetValues<WithdrawalStatus>().Where(s => s != WithdrawalStatus.None))
        {
            Assert.True(run.Seen.GetValueOrDefault(status) > 1, $"seed {seed}: {status} only {run.Seen.GetValueOrDefault(status)} times");
        }
        Assert.Equal(run.PaidAtoms, run.Venue.State.Assets[0].WithdrawnAtoms);
        string? difference = Restarts.FirstDifference(run.Venue.State.Genesis, run.Venue.Records, 89, 5);
        Assert.True(difference is null, difference);
    }

    // What the venue should do, kept from the commands alone.
    private sealed class Run
    {
        private const int Owners = 3;

        private readonly BookVenue _book = new(addressesPerOwner: 6, seasoned: false);
        private readonly Dictionary<uint, (long AddedNs, uint Owner, bool Revoked)> _keys = [];
        private readonly Dictionary<uint, (long ActiveNs, bool Allowed, string Text)> _addresses = [];
        private readonly Dictionary<ulong, Model> _withdrawals = [];
        private readonly Dictionary<uint, long> _singleFromNs = [];
        private SplitMix _random;

        public Run(ulong seed)
        {
            _random = new SplitMix(seed);
            for (uint owner = FirstTrader; owner < FirstTrader + Owners; owner++)
            {
                _keys[KeyOf(owner)] = (StartNs, owner, false);
                _keys[owner == A ? _book.Second : _book.AddKey(owner)] = (StartNs, owner, false);
            }
        }

        public TestVenue Venue => _book.Venue;

        public Dictionary<WithdrawalStatus, int> Seen { get; } = [];

        public long PaidAtoms { get; private set; }

        public void Step()
        {
            uint owner = FirstTrader + (uint)_random.Below(Owners);
            uint[] keys = [.. _keys.Where(k => k.Value.Owner == owner).Select(k => k.Key)];
            uint key = keys[(int)_random.Below(keys.Length)];
            ulong id = _withdrawals.Count == 0
                ? 77
                : _withdrawals.Keys.Skip((int)System.Math.Max(_withdrawals.Count - 1 - _random.Below(12), 0)).First();
            // Often the one that it is about is the owner's own.
            if (_random.Chance(850) && _withdrawals.Where(w => w.Value.Account == owner).Select(w => w.Key).LastOrDefault() is var own
                and not 0)
            {
                id = own;
            }
            switch (_random.Below(100))
            {
                case < 26:
                    Venue.Send(CommandKind.Withdraw,
                        new Withdraw
                        {
                            AmountAtoms = 1 + _random.Below(200 * Dollar),
                            AddressPlusOne = (uint)_random.Below(_addresses.Count + 2)
                        }, owner, key);
                    break;
                case < 46:
                    Venue.Send(CommandKind.ApproveWithdrawal, new ApproveWithdrawal { WithdrawalId = id }, owner, key);
                    break;
                case < 58:
                    Venue.Send(CommandKind.CancelWithdrawal, new CancelWithdrawal { WithdrawalId = id }, owner, key);
                    break;
                case < 74:
                    Venue.Send(CommandKind.ConfirmWithdrawal,
                        new ConfirmWithdrawal { WithdrawalId = id, Paid = _random.Chance(700) ? 1u : 0u });
                    break;
                case < 82:
                    string text = "address-" + _random.Below(5);
                    if (Venue.Send(CommandKind.AllowAddress, Address(text), owner, key) == RefusalCode.None)
                    {
                        uint row = (uint)Venue.Events<AddressAllowed>(EventKind.AddressAllowed)[0].Address;
                        string destination = $"{owner} {text}";
                        Assert.True(!_addresses.TryGetValue(row, out var before) || before.Text == destination,
                            $"row {row} was {before.Text}, is {destination}");
                        _addresses[row] = (Venue.TimeNs + Delays().Address, true, destination);
                    }
                    break;
                case < 85:
                    var removed = (uint)_random.Below(_addresses.Count + 1);
                    if (Venue.Send(CommandKind.RemoveAddress, new RemoveAddress { Address = removed }, owner, key) == RefusalCode.None)
                    {
                        _addresses[removed] = _addresses[removed] with { Allowed = false };
                    }
                    break;
                case < 88:
                    if (keys.Count(k => !_keys[k].Revoked) < 4)
                    {
                        _keys[_book.AddKey(owner, by: keys.First(k => !_keys[k].Revoked))] = (Venue.TimeNs, owner, false);
                    }
                    else if (
                        Venue.Send(CommandKind.RevokeKey, new RevokeKey { RevokedKey = keys.Last(k => !_keys[k].Revoked) }, owner,
                            KeyOf(owner)) == RefusalCode.None)
                    {
                        uint revoked = keys.Last(k => !_keys[k].Revoked);
                        _keys[revoked] = _keys[revoked] with { Revoked = true };
                    }
                    break;
                case < 90:
                    bool demanded = _random.Chance(600);
                    if (Venue.Send(CommandKind.SetWithdrawalRule, new SetWithdrawalRule { SecondKey = (ushort)(demanded ? 1 : 0) }, owner,
                        key) == RefusalCode.None)
                    {
                        _singleFromNs[owner] = demanded
                            ? 0
                            : _singleFromNs.GetValueOrDefault(owner) is var from and not 0
                            ? from
                            : Venue.TimeNs + Delays().Key;
                    }
                    break;
                case < 91:
                    Venue.Send(CommandKind.SetWithdrawalTerms, new SetWithdrawalTerms
                    {
                        AddressDelaySeconds = (int)_random.Below(20_000),
                        KeyDelaySeconds = (int)_random.Below(20_000),
                        ConfirmSeconds = 1_800 + (int)_random.Below(7_200),
                    });
                    break;
                default:
                    Venue.Wait(_random.Chance(500) ? 1 + _random.Below(60_000) : _random.Below(4 * Hour));
                    break;
            }
            _book.Told().ForEach(Follow);
        }

        private (long Address, long Key) Delays()
        {
            WithdrawalTerms terms = Venue.State.WithdrawalTerms[0];
            return terms.NextFromNs != 0 && terms.NextFromNs <= Venue.TimeNs
                ? (terms.NextAddressDelayNs, terms.NextKeyDelayNs)
                : (terms.AddressDelayNs, terms.KeyDelayNs);
        }

        private void Follow(WithdrawalChanged told)
        {
            Seen[told.Status] = Seen.GetValueOrDefault(told.Status) + 1;
            if (told.Status == WithdrawalStatus.Requested)
            {
                (long activeNs, bool allowed, string text) = _addresses[(uint)told.Address.Number];
                Assert.True(allowed && activeNs <= Venue.TimeNs
                    && text.StartsWith($"{told.Header.Account} ", System.StringComparison.Ordinal));
                Assert.True(IsOld(told.Key));
                Assert.True(
                    _withdrawals.TryAdd(told.WithdrawalId,
                        new Model(told.Header.Account, told.Key, (uint)told.Address.Number, Venue.TimeNs, told.AmountAtoms)),
                        "an id is given twice");
                _withdrawals[told.WithdrawalId].Status = told.Status;
                return;
            }
            Model withdrawal = _withdrawals[told.WithdrawalId];
            Assert.Equal((withdrawal.Account, withdrawal.AmountAtoms), (told.Header.Account, told.AmountAtoms));
            switch (told.Status)
            {
                case WithdrawalStatus.Approved:
                    Assert.Equal(WithdrawalStatus.Requested, withdrawal.Status);
                    Assert.True(IsOld(told.Key) && _keys[told.Key].Owner == withdrawal.Account);
                    bool single = _singleFromNs.GetValueOrDefault(withdrawal.Account) is var from and not 0 && from <= Venue.TimeNs;
                    Assert.True(told.Key != withdrawal.RequestedBy || (single && withdrawal.RequestedNs == Venue.TimeNs),
                        "one key did both");
                    Assert.False(_keys[withdrawal.RequestedBy].Revoked);
                    Assert.True(_addresses[withdrawal.Address] is var address && address.Allowed
                        && address.ActiveNs <= withdrawal.RequestedNs);
                    break;
                case WithdrawalStatus.Paid:
                    Assert.Equal(WithdrawalStatus.Approved, withdrawal.Status);
                    PaidAtoms += told.AmountAtoms;
                    break;
                case WithdrawalStatus.Returned:
                    Assert.True(withdrawal.Status is WithdrawalStatus.Requested or WithdrawalStatus.Approved);
                    break;
                default:
                    Assert.Equal(WithdrawalStatus.Requested, withdrawal.Status);
                    break;
            }
            withdrawal.Status = told.Status;
        }

        private bool IsOld(uint key) => !_keys[key].Revoked && _keys[key].AddedNs + Delays().Key <= Venue.TimeNs;

        private sealed class Model(uint account, uint requestedBy, uint address, long requestedNs, long amountAtoms)
        {
            public uint Account => account;

            public uint RequestedBy => requestedBy;

            public uint Address => address;

            public long RequestedNs => requestedNs;

            public long AmountAtoms => amountAtoms;

            public WithdrawalStatus Status { get; set; }
        }
    }
}
