using System;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Engine.Oracles;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Pipeline;

/// <summary>From a command's kind to what carries it out.</summary>
internal sealed class CommandDispatch(IndexedState state, EngineParts parts, PricePath path)
{
    private readonly IndexedState _state = state;
    private readonly EngineParts _parts = parts;

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

    /// <summary>Carries a command out, or says why not; then it has changed nothing.</summary>
    public RefusalCode CarryOut(ReadOnlySpan<byte> record, CommandKind kind, out ulong created, out long detail)
    {
        created = 0;
        switch (kind)
        {
            case CommandKind.AmendOrder:
                return _parts.Orders.Amend(in CommandCodec.View<AmendOrder>(record), out detail);
            case CommandKind.PlaceOrder:
                return _parts.Orders.Place(in CommandCodec.View<PlaceOrder>(record), out detail);
            case CommandKind.CancelOrder:
                return _parts.Orders.Cancel(in CommandCodec.View<CancelOrder>(record), _parts.Conditional, out detail);
            case CommandKind.MassQuote:
                return _parts.Quotes.Mass(CommandCodec.View<CommandHeader>(record).Account, CommandCodec.Quotes(record), out detail);
            case CommandKind.CancelAll:
                return CancelAll(in CommandCodec.View<CancelAll>(record), out detail);
            case CommandKind.PlaceTrigger:
                return _parts.Conditional.Place(in CommandCodec.View<PlaceTrigger>(record), out detail);
            case CommandKind.PlaceTwap:
                return _parts.Conditional.Place(in CommandCodec.View<PlaceTwap>(record), out detail);
            case CommandKind.SetQuoteProtection:
                return _parts.Quotes.SetProtection(in CommandCodec.View<SetQuoteProtection>(record), out detail);
            case CommandKind.ReportPrice:
                return Report(in CommandCodec.View<ReportPrice>(record), out detail);
            case CommandKind.Deposit:
                return _parts.Custody.Deposit(in CommandCodec.View<Deposit>(record), out detail);
            case CommandKind.Withdraw or CommandKind.ConfirmWithdrawal or (>= CommandKind.AllowAddress and <= CommandKind.SetWithdrawalTerms):
                return CarryOutWithdrawal(record, kind, out created, out detail);
            case CommandKind.Transfer:
                return _parts.Custody.Transfer(in CommandCodec.View<Transfer>(record), out detail);
            case CommandKind.SetMarginMode:
                return _parts.Custody.SetMarginMode(in CommandCodec.View<SetMarginMode>(record), out detail);
            case CommandKind.AdjustIsolatedMargin:
                return _parts.Custody.AdjustIsolated(in CommandCodec.View<AdjustIsolatedMargin>(record), out detail);
            case CommandKind.OpenAccount:
                return _parts.Keys.Open(in CommandCodec.View<OpenAccount>(record), out created, out detail);
            case CommandKind.CreateSubAccount:
                return _parts.SubAccounts.Open(in CommandCodec.View<CreateSubAccount>(record), out created, out detail);
            case CommandKind.CloseSubAccount or CommandKind.GrowCapacity or CommandKind.SetOwnerLimits:
                return CarryOutLimits(record, kind, out detail);
            case CommandKind.AddKey:
                return _parts.Keys.Add(in CommandCodec.View<AddKey>(record), out created, out detail);
            case CommandKind.RevokeKey:
                return _parts.Keys.Revoke(in CommandCodec.View<RevokeKey>(record), out detail);
            case CommandKind.CreateAsset:
                return _parts.Listings.Create(in CommandCodec.View<CreateAsset>(record), out created, out detail);
            case CommandKind.CreatePool:
                return _parts.Listings.Create(in CommandCodec.View<CreatePool>(record), out created, out detail);
            case CommandKind.CreateIndex:
                return _parts.Listings.Create(in CommandCodec.View<CreateIndex>(record), out created, out detail);
            case CommandKind.SetPriceSource:
                return SetSource(in CommandCodec.View<SetPriceSource>(record), out detail);
            case CommandKind.ConfirmIndexPrice:
                return Confirm(in CommandCodec.View<ConfirmIndexPrice>(record), out detail);
            case CommandKind.PlaceBackstopBid:
                return _parts.Backstop.Place(in CommandCodec.View<PlaceBackstopBid>(record), out detail);
            case CommandKind.PostBond:
                return _parts.Bonds.Post(in CommandCodec.View<PostBond>(record), out detail);
            case CommandKind.ChangeMarket:
                return _parts.Markets.Change(in CommandCodec.View<ChangeMarket>(record), out detail);
            case CommandKind.ListMarket:
                return _parts.Markets.List(in CommandCodec.View<ListMarket>(record), out created, out detail);
            case CommandKind.WriteContractText:
                return _parts.ContractListing.Write(in CommandCodec.View<WriteContractText>(record), out detail);
            case CommandKind.ListContract:
                return _parts.ContractListing.List(in CommandCodec.View<ListContract>(record), out created, out detail);
            case CommandKind.CreateSurface:
                return _parts.Volatilities.Create(in CommandCodec.View<CreateSurface>(record), out created, out detail);
            case CommandKind.ScheduleListings:
                return _parts.Calendar.Set(in CommandCodec.View<ScheduleListings>(record), out created, out detail);
            case CommandKind.ExerciseContract:
                return _parts.Exercise.Request(in CommandCodec.View<ExerciseContract>(record), out detail);
            case CommandKind.LinkOwners:
                return _parts.Links.Link(in CommandCodec.View<LinkOwners>(record), out detail);
            case CommandKind.SetFees:
                return _parts.Fees.Post(in CommandCodec.View<SetFees>(record), out detail);
            case CommandKind.SetMarketStatus:
                return _parts.Listings.SetStatus(in CommandCodec.View<SetMarketStatus>(record), out detail);
            default:
                detail = 0;
                return RefusalCode.Malformed;
        }
    }

    private RefusalCode CancelAll(in CancelAll command, out long detail)
    {
        detail = command.MarketPlusOne - 1L;
        if (command.MarketPlusOne > (uint)_state.Counts.Markets)
        {
            return RefusalCode.UnknownMarket;
        }
        int market = (int)command.MarketPlusOne - 1;
        _parts.Orders.EndAll(command.Header.Account, market, EndReason.Cancelled);
        _parts.Conditional.EndAll(command.Header.Account, market, EndReason.Cancelled);
        return RefusalCode.None;
    }

    private RefusalCode Report(in ReportPrice command, out long detail)
    {
        RefusalCode code = _parts.Prices.Report(in command, out bool moved, out bool changed, out detail);
        if (code == RefusalCode.None)
        {
            path.Apply(command.Index, moved, changed);
        }
        return code;
    }

    private RefusalCode Confirm(in ConfirmIndexPrice command, out long detail)
    {
        RefusalCode code = _parts.Prices.Confirm(in command, out detail);
        if (code == RefusalCode.None)
        {
            path.Apply(command.Index, moved: true, changed: true);
        }
        return code;
    }

    // A change of sources goes through the shadow, then acts at once, with all that a price does.
    private RefusalCode SetSource(in SetPriceSource command, out long detail)
    {
        RefusalCode code = _parts.Listings.CheckSource(in command, out PriceIndex changed, out detail);
        if (code == RefusalCode.None)
        {
            code = _parts.Sources.Try(command.Index, in changed, out detail);
        }
        if (code != RefusalCode.None)
        {
            return code;
        }

        // Point of no return.
        _state.Indexes.Write(command.Index) = changed;
        if (command.Weight == 0)
        {
            _parts.Bonds.Dismiss(command.Index, PriceFeed.FindSource(in changed, command.SourceKey));
        }
        _parts.Prices.Reconsider(command.Index, out bool moved, out bool stateChanged);
        path.Apply(command.Index, moved, stateChanged);
        return RefusalCode.None;
    }

    private RefusalCode CarryOutWithdrawal(ReadOnlySpan<byte> record, CommandKind kind, out ulong created, out long detail)
    {
        created = 0;
        switch (kind)
        {
            case CommandKind.Withdraw:
                return _parts.Withdrawals.Request(in CommandCodec.View<Withdraw>(record), out created, out detail);
            case CommandKind.ApproveWithdrawal:
                return _parts.Withdrawals.Approve(in CommandCodec.View<ApproveWithdrawal>(record), out detail);
            case CommandKind.CancelWithdrawal:
                return _parts.Withdrawals.Cancel(in CommandCodec.View<CancelWithdrawal>(record), out detail);
            case CommandKind.ConfirmWithdrawal:
                return _parts.Withdrawals.Confirm(in CommandCodec.View<ConfirmWithdrawal>(record), out detail);
            case CommandKind.AllowAddress:
                return _parts.Addresses.Allow(in CommandCodec.View<AllowAddress>(record), out created, out detail);
            case CommandKind.RemoveAddress:
                return _parts.Addresses.Remove(in CommandCodec.View<RemoveAddress>(record), out detail);
            case CommandKind.SetWithdrawalRule:
                return _parts.Withdrawals.SetRule(in CommandCodec.View<SetWithdrawalRule>(record), out detail);
            default:
                return _parts.Withdrawals.SetTerms(in CommandCodec.View<SetWithdrawalTerms>(record), out detail);
        }
    }

    private RefusalCode CarryOutLimits(ReadOnlySpan<byte> record, CommandKind kind, out long detail) => kind switch
    {
        CommandKind.CloseSubAccount => _parts.SubAccounts.Close(in CommandCodec.View<CloseSubAccount>(record), out detail),
        CommandKind.GrowCapacity => _parts.Capacity.Grow(in CommandCodec.View<GrowCapacity>(record), out detail),
        _ => _parts.Capacity.Set(in CommandCodec.View<SetOwnerLimits>(record), out detail),
    };
}
