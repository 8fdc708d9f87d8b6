using System;
using Surety.Engine.Accounts;
using Surety.Protocol.Commands;

namespace Surety.Engine;

/// <content>Withdrawals and the address book.</content>
public sealed partial class SuretyEngine
{
    private readonly AddressBook _addresses;
    private readonly WithdrawalKeeping _withdrawals;

    private RefusalCode CarryOutWithdrawal(ReadOnlySpan<byte> record, CommandKind kind, out ulong created, out long detail)
    {
        created = 0;
        switch (kind)
        {
            case CommandKind.Withdraw:
                return _withdrawals.Request(in CommandCodec.View<Withdraw>(record), out created, out detail);
            case CommandKind.ApproveWithdrawal:
                return _withdrawals.Approve(in CommandCodec.View<ApproveWithdrawal>(record), out detail);
            case CommandKind.CancelWithdrawal:
                return _withdrawals.Cancel(in CommandCodec.View<CancelWithdrawal>(record), out detail);
            case CommandKind.ConfirmWithdrawal:
                return _withdrawals.Confirm(in CommandCodec.View<ConfirmWithdrawal>(record), out detail);
            case CommandKind.AllowAddress:
                return _addresses.Allow(in CommandCodec.View<AllowAddress>(record), out created, out detail);
            case CommandKind.RemoveAddress:
                return _addresses.Remove(in CommandCodec.View<RemoveAddress>(record), out detail);
            case CommandKind.SetWithdrawalRule:
                return _withdrawals.SetRule(in CommandCodec.View<SetWithdrawalRule>(record), out detail);
            default:
                return _withdrawals.SetTerms(in CommandCodec.View<SetWithdrawalTerms>(record), out detail);
        }
    }
}
