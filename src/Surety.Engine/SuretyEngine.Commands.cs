using System;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine;

/// <content>From a command's kind to what carries it out.</content>
public sealed partial class SuretyEngine
{
    /// <summary>The scope that a kind of command needs.</summary>
    public static KeyScopes ScopeOf(CommandKind kind) => kind switch
    {
        >= CommandKind.PlaceOrder and <= CommandKind.SetQuoteProtection => KeyScopes.Trade,
        CommandKind.SetMarginMode or CommandKind.AdjustIsolatedMargin or CommandKind.PlaceBackstopBid or CommandKind.ExerciseContract => KeyScopes.Trade,
        CommandKind.Withdraw or CommandKind.Transfer or CommandKind.PostBond => KeyScopes.Withdraw,
        >= CommandKind.AllowAddress and <= CommandKind.ApproveWithdrawal => KeyScopes.Withdraw,
        CommandKind.CreateSubAccount or CommandKind.CloseSubAccount or CommandKind.AddKey or CommandKind.RevokeKey or CommandKind.SetWithdrawalRule => KeyScopes.Admin,
        CommandKind.Deposit or CommandKind.ConfirmWithdrawal => KeyScopes.Custody,
        CommandKind.ReportPrice => KeyScopes.Report,
        _ => KeyScopes.Govern,
    };

    private RefusalCode CarryOut(ReadOnlySpan<byte> record, CommandKind kind, out ulong created, out long detail)
    {
        created = 0;
        switch (kind)
        {
            case CommandKind.AmendOrder:
                return _orders.Amend(in CommandCodec.View<AmendOrder>(record), out detail);
            case CommandKind.PlaceOrder:
                return _orders.Place(in CommandCodec.View<PlaceOrder>(record), out detail);
            case CommandKind.CancelOrder:
                return _orders.Cancel(in CommandCodec.View<CancelOrder>(record), _conditional, out detail);
            case CommandKind.MassQuote:
                return _quotes.Mass(CommandCodec.View<CommandHeader>(record).Account, CommandCodec.Quotes(record), out detail);
            case CommandKind.CancelAll:
                return CancelAll(in CommandCodec.View<CancelAll>(record), out detail);
            case CommandKind.PlaceTrigger:
                return _conditional.Place(in CommandCodec.View<PlaceTrigger>(record), out detail);
            case CommandKind.PlaceTwap:
                return _conditional.Place(in CommandCodec.View<PlaceTwap>(record), out detail);
            case CommandKind.SetQuoteProtection:
                return _quotes.SetProtection(in CommandCodec.View<SetQuoteProtection>(record), out detail);
            case CommandKind.ReportPrice:
                return Report(in CommandCodec.View<ReportPrice>(record), out detail);
            case CommandKind.Deposit:
                return _custody.Deposit(in CommandCodec.View<Deposit>(record), out detail);
            case CommandKind.Withdraw or CommandKind.ConfirmWithdrawal or (>= CommandKind.AllowAddress and <= CommandKind.SetWithdrawalTerms):
                return CarryOutWithdrawal(record, kind, out created, out detail);
            case CommandKind.Transfer:
                return _custody.Transfer(in CommandCodec.View<Transfer>(record), out detail);
            case CommandKind.SetMarginMode:
                return _custody.SetMarginMode(in CommandCodec.View<SetMarginMode>(record), out detail);
            case CommandKind.AdjustIsolatedMargin:
                return _custody.AdjustIsolated(in CommandCodec.View<AdjustIsolatedMargin>(record), out detail);
            case CommandKind.OpenAccount:
                return _keys.Open(in CommandCodec.View<OpenAccount>(record), out created, out detail);
            case CommandKind.CreateSubAccount:
                return _subAccounts.Open(in CommandCodec.View<CreateSubAccount>(record), out created, out detail);
            case CommandKind.CloseSubAccount or CommandKind.GrowCapacity or CommandKind.SetOwnerLimits:
                return CarryOutLimits(record, kind, out detail);
            case CommandKind.AddKey:
                return _keys.Add(in CommandCodec.View<AddKey>(record), out created, out detail);
            case CommandKind.RevokeKey:
                return _keys.Revoke(in CommandCodec.View<RevokeKey>(record), out detail);
            case CommandKind.CreateAsset:
                return _listings.Create(in CommandCodec.View<CreateAsset>(record), out created, out detail);
            case CommandKind.CreatePool:
                return _listings.Create(in CommandCodec.View<CreatePool>(record), out created, out detail);
            case CommandKind.CreateIndex:
                return _listings.Create(in CommandCodec.View<CreateIndex>(record), out created, out detail);
            case CommandKind.SetPriceSource:
                return SetSource(in CommandCodec.View<SetPriceSource>(record), out detail);
            case CommandKind.ConfirmIndexPrice:
                return Confirm(in CommandCodec.View<ConfirmIndexPrice>(record), out detail);
            case CommandKind.PlaceBackstopBid:
                return _backstop.Place(in CommandCodec.View<PlaceBackstopBid>(record), out detail);
            case CommandKind.PostBond:
                return _bonds.Post(in CommandCodec.View<PostBond>(record), out detail);
            case CommandKind.ChangeMarket:
                return _markets.Change(in CommandCodec.View<ChangeMarket>(record), out detail);
            case CommandKind.ListMarket:
                return _markets.List(in CommandCodec.View<ListMarket>(record), out created, out detail);
            case CommandKind.WriteContractText:
                return _contractListing.Write(in CommandCodec.View<WriteContractText>(record), out detail);
            case CommandKind.ListContract:
                return _contractListing.List(in CommandCodec.View<ListContract>(record), out created, out detail);
            case CommandKind.CreateSurface:
                return _volatilities.Create(in CommandCodec.View<CreateSurface>(record), out created, out detail);
            case CommandKind.ScheduleListings:
                return _calendar.Set(in CommandCodec.View<ScheduleListings>(record), out created, out detail);
            case CommandKind.ExerciseContract:
                return _exercise.Request(in CommandCodec.View<ExerciseContract>(record), out detail);
            case CommandKind.LinkOwners:
                return _links.Link(in CommandCodec.View<LinkOwners>(record), out detail);
            case CommandKind.SetFees:
                return _fees.Post(in CommandCodec.View<SetFees>(record), out detail);
            case CommandKind.SetMarketStatus:
                return _listings.SetStatus(in CommandCodec.View<SetMarketStatus>(record), out detail);
            default:
                detail = 0;
                return RefusalCode.Malformed;
        }
    }
}
