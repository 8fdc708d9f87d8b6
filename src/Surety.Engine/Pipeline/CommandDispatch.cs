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
    public Refusal CarryOut(ReadOnlySpan<byte> record, CommandKind kind, out ulong created)
    {
        created = 0;
        switch (kind)
        {
            case CommandKind.AmendOrder:
                return _parts.Orders.Amend(in CommandCodec.View<AmendOrder>(record));
            case CommandKind.PlaceOrder:
                return _parts.Orders.Place(in CommandCodec.View<PlaceOrder>(record));
            case CommandKind.CancelOrder:
                return _parts.Orders.Cancel(in CommandCodec.View<CancelOrder>(record), _parts.Conditional);
            case CommandKind.MassQuote:
                return _parts.Quotes.Mass(CommandCodec.View<CommandHeader>(record).Account, CommandCodec.Quotes(record));
            case CommandKind.CancelAll:
                return CancelAll(in CommandCodec.View<CancelAll>(record));
            case CommandKind.PlaceTrigger:
                return _parts.Conditional.Place(in CommandCodec.View<PlaceTrigger>(record));
            case CommandKind.PlaceTwap:
                return _parts.Conditional.Place(in CommandCodec.View<PlaceTwap>(record));
            case CommandKind.SetQuoteProtection:
                return _parts.Quotes.SetProtection(in CommandCodec.View<SetQuoteProtection>(record));
            case CommandKind.ReportPrice:
                return Report(in CommandCodec.View<ReportPrice>(record));
            case CommandKind.Deposit:
                return _parts.Custody.Deposit(in CommandCodec.View<Deposit>(record));
            case CommandKind.Withdraw or CommandKind.ConfirmWithdrawal or (>= CommandKind.AllowAddress and <= CommandKind.SetWithdrawalTerms):
                return CarryOutWithdrawal(record, kind, out created);
            case CommandKind.Transfer:
                return _parts.Custody.Transfer(in CommandCodec.View<Transfer>(record));
            case CommandKind.SetMarginMode:
                return _parts.Custody.SetMarginMode(in CommandCodec.View<SetMarginMode>(record));
            case CommandKind.AdjustIsolatedMargin:
                return _parts.Custody.AdjustIsolated(in CommandCodec.View<AdjustIsolatedMargin>(record));
            case CommandKind.OpenAccount:
                return _parts.Keys.Open(in CommandCodec.View<OpenAccount>(record), out created);
            case CommandKind.CreateSubAccount:
                return _parts.SubAccounts.Open(in CommandCodec.View<CreateSubAccount>(record), out created);
            case CommandKind.CloseSubAccount or CommandKind.GrowCapacity or CommandKind.SetOwnerLimits:
                return CarryOutLimits(record, kind);
            case CommandKind.AddKey:
                return _parts.Keys.Add(in CommandCodec.View<AddKey>(record), out created);
            case CommandKind.RevokeKey:
                return _parts.Keys.Revoke(in CommandCodec.View<RevokeKey>(record));
            case CommandKind.CreateAsset:
                return _parts.Listings.Create(in CommandCodec.View<CreateAsset>(record), out created);
            case CommandKind.CreatePool:
                return _parts.Listings.Create(in CommandCodec.View<CreatePool>(record), out created);
            case CommandKind.CreateIndex:
                return _parts.Listings.Create(in CommandCodec.View<CreateIndex>(record), out created);
            case CommandKind.SetPriceSource:
                return SetSource(in CommandCodec.View<SetPriceSource>(record));
            case CommandKind.ConfirmIndexPrice:
                return Confirm(in CommandCodec.View<ConfirmIndexPrice>(record));
            case CommandKind.PlaceBackstopBid:
                return _parts.Backstop.Place(in CommandCodec.View<PlaceBackstopBid>(record));
            case CommandKind.PostBond:
                return _parts.Bonds.Post(in CommandCodec.View<PostBond>(record));
            case CommandKind.ChangeMarket:
                return _parts.Markets.Change(in CommandCodec.View<ChangeMarket>(record));
            case CommandKind.ListMarket:
                return _parts.Markets.List(in CommandCodec.View<ListMarket>(record), out created);
            case CommandKind.WriteContractText:
                return _parts.ContractListing.Write(in CommandCodec.View<WriteContractText>(record));
            case CommandKind.ListContract:
                return _parts.ContractListing.List(in CommandCodec.View<ListContract>(record), out created);
            case CommandKind.CreateSurface:
                return _parts.Volatilities.Create(in CommandCodec.View<CreateSurface>(record), out created);
            case CommandKind.ScheduleListings:
                return _parts.Calendar.Set(in CommandCodec.View<ScheduleListings>(record), out created);
            case CommandKind.ExerciseContract:
                return _parts.Exercise.Request(in CommandCodec.View<ExerciseContract>(record));
            case CommandKind.LinkOwners:
                return _parts.Links.Link(in CommandCodec.View<LinkOwners>(record));
            case CommandKind.SetFees:
                return _parts.Fees.Post(in CommandCodec.View<SetFees>(record));
            case CommandKind.SetMarketStatus:
                return _parts.Listings.SetStatus(in CommandCodec.View<SetMarketStatus>(record));
            default:
                return Refusal.Malformed;
        }
    }

    private Refusal CancelAll(in CancelAll command)
    {
        if (command.Market.Number >= (uint)_state.Counts.Markets)
        {
            return Refusal.UnknownMarket(command.Market.Number);
        }
        int market = command.Market.Number;
        _parts.Orders.EndAll(command.Header.Account, market, EndReason.Cancelled);
        _parts.Conditional.EndAll(command.Header.Account, market, EndReason.Cancelled);
        return Refusal.None;
    }

    private Refusal Report(in ReportPrice command)
    {
        Refusal refusal = _parts.Prices.Report(in command, out bool moved, out bool changed);
        if (refusal.IsNone)
        {
            path.Apply(command.Index, moved, changed);
        }
        return refusal;
    }

    private Refusal Confirm(in ConfirmIndexPrice command)
    {
        Refusal refusal = _parts.Prices.Confirm(in command);
        if (refusal.IsNone)
        {
            path.Apply(command.Index, moved: true, changed: true);
        }
        return refusal;
    }

    // A change of sources goes through the shadow, then acts at once, with all that a price does.
    private Refusal SetSource(in SetPriceSource command)
    {
        Refusal refusal = _parts.Listings.CheckSource(in command, out PriceIndex changed);
        if (refusal.IsNone)
        {
            refusal = _parts.Sources.Try(command.Index, in changed);
        }
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        _state.Indexes.Write(command.Index) = changed;
        if (command.Weight == 0)
        {
            _parts.Bonds.Dismiss(command.Index, PriceFeed.FindSource(in changed, command.SourceKey));
        }
        _parts.Prices.Reconsider(command.Index, out bool moved, out bool stateChanged);
        path.Apply(command.Index, moved, stateChanged);
        return Refusal.None;
    }

    private Refusal CarryOutWithdrawal(ReadOnlySpan<byte> record, CommandKind kind, out ulong created)
    {
        created = 0;
        switch (kind)
        {
            case CommandKind.Withdraw:
                return _parts.Withdrawals.Request(in CommandCodec.View<Withdraw>(record), out created);
            case CommandKind.ApproveWithdrawal:
                return _parts.Withdrawals.Approve(in CommandCodec.View<ApproveWithdrawal>(record));
            case CommandKind.CancelWithdrawal:
                return _parts.Withdrawals.Cancel(in CommandCodec.View<CancelWithdrawal>(record));
            case CommandKind.ConfirmWithdrawal:
                return _parts.Withdrawals.Confirm(in CommandCodec.View<ConfirmWithdrawal>(record));
            case CommandKind.AllowAddress:
                return _parts.Addresses.Allow(in CommandCodec.View<AllowAddress>(record), out created);
            case CommandKind.RemoveAddress:
                return _parts.Addresses.Remove(in CommandCodec.View<RemoveAddress>(record));
            case CommandKind.SetWithdrawalRule:
                return _parts.Withdrawals.SetRule(in CommandCodec.View<SetWithdrawalRule>(record));
            default:
                return _parts.Withdrawals.SetTerms(in CommandCodec.View<SetWithdrawalTerms>(record));
        }
    }

    private Refusal CarryOutLimits(ReadOnlySpan<byte> record, CommandKind kind) => kind switch
    {
        CommandKind.CloseSubAccount => _parts.SubAccounts.Close(in CommandCodec.View<CloseSubAccount>(record)),
        CommandKind.GrowCapacity => _parts.Capacity.Grow(in CommandCodec.View<GrowCapacity>(record)),
        _ => _parts.Capacity.Set(in CommandCodec.View<SetOwnerLimits>(record)),
    };
}
