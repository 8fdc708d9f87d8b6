using System;
using Surety.Engine.Accounts;
using Surety.Engine.Governance;
using Surety.Protocol.Commands;

namespace Surety.Engine;

/// <content>Commands about room in the tables and an owner's part of it.</content>
public sealed partial class SuretyEngine
{
    private readonly SubAccounts _subAccounts;
    private readonly Capacity _capacity;

    private RefusalCode CarryOutLimits(ReadOnlySpan<byte> record, CommandKind kind, out long detail) => kind switch
    {
        CommandKind.CloseSubAccount => _subAccounts.Close(in CommandCodec.View<CloseSubAccount>(record), out detail),
        CommandKind.GrowCapacity => _capacity.Grow(in CommandCodec.View<GrowCapacity>(record), out detail),
        _ => _capacity.Set(in CommandCodec.View<SetOwnerLimits>(record), out detail),
    };
}
