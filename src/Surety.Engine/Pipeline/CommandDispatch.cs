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
    /// <summary>The scope that a kind of command needs.</summary>
    public static KeyScopes ScopeOf(CommandKind kind) => kind switch
    {
        >= CommandKind.PlaceOrder and <= CommandKind.SetQuoteProtection => KeyScopes.Trade,
        CommandKind.SetMarginMode or CommandKind.AdjustIsolatedMargin or CommandKind.PlaceBackstopBid or CommandKind.ExerciseContract =>
            KeyScopes.Trade,
        CommandKind.Withdraw or CommandKind.Transfer or CommandKind.PostBond => KeyScopes.Withdraw,
        >= CommandKind.AllowAddress and <= CommandKind.ApproveWithdrawal => KeyScopes.Withdraw,
        CommandKind.CreateSubAccount or CommandKind.CloseSubAccount or CommandKind.AddKey or CommandKind.RevokeKey
            or CommandKind.SetWithdrawalRule => KeyScopes.Admin,
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
                return parts.Orders.Amend(in CommandCodec.View<AmendOrder>(record));
            case CommandKind.PlaceOrder:
                return parts.Orders.Place(in CommandCodec.View<PlaceOrder>(record));
            case CommandKind.CancelOrder:
                return parts.Orders.Cancel(in CommandCodec.View<CancelOrder>(record), parts.Conditional);
            case CommandKind.MassQuote:
                return parts.Quotes.Mass(CommandCodec.View<CommandHeader>(record).Account, CommandCodec.Quotes(record));
            case CommandKind.CancelAll:
                return CancelAll(in CommandCodec.View<CancelAll>(record));
            case CommandKind.PlaceTrigger:
                return parts.Conditional.Place(in CommandCodec.View<PlaceTrigger>(record));
            case CommandKind.PlaceTwap:
                return parts.Conditional.Place(in CommandCodec.View<PlaceTwap>(record));
            case CommandKind.SetQuoteProtection:
                return parts.Quotes.SetProtection(in CommandCodec.View<SetQuoteProtection>(record));
            case CommandKind.ReportPrice:
                return Report(in CommandCodec.View<ReportPrice>(record));
            case CommandKind.Deposit:
                return parts.Custody.Deposit(in CommandCodec.View<Deposit>(record));
            case CommandKind.Withdraw or CommandKind.ConfirmWithdrawal
                or (>= CommandKind.AllowAddress and <= CommandKind.SetWithdrawalTerms):
                return CarryOutWithdrawal(record, kind, out created);
            case CommandKind.Transfer:
                return parts.Custody.Transfer(in CommandCodec.View<Transfer>(record));
            case CommandKind.SetMarginMode:
                return parts.Custody.SetMarginMode(in CommandCodec.View<SetMarginMode>(record));
            case CommandKind.AdjustIsolatedMargin:
                return parts.Custody.AdjustIsolated(in CommandCodec.View<AdjustIsolatedMargin>(record));
            case CommandKind.OpenAccount:
                return parts.Keys.Open(in CommandCodec.View<OpenAccount>(record), out created);
            case CommandKind.CreateSubAccount:
                return parts.SubAccounts.Open(in CommandCodec.View<CreateSubAccount>(record), out created);
            case CommandKind.CloseSubAccount or CommandKind.GrowCapacity or CommandKind.SetOwnerLimits:
                return CarryOutLimits(record, kind);
            case CommandKind.AddKey:
                return parts.Keys.Add(in CommandCodec.View<AddKey>(record), out created);
            case CommandKind.RevokeKey:
                return parts.Keys.Revoke(in CommandCodec.View<RevokeKey>(record));
            case CommandKind.CreateAsset:
                return parts.Listings.Create(in CommandCodec.View<CreateAsset>(record), out created);
            case CommandKind.CreatePool:
                return parts.Listings.Create(in CommandCodec.View<CreatePool>(record), out created);
            case CommandKind.CreateIndex:
                return parts.Listings.Create(in CommandCodec.View<CreateIndex>(record), out created);
            case CommandKind.SetPriceSource:
                return SetSource(in CommandCodec.View<SetPriceSource>(record));
            case CommandKind.ConfirmIndexPrice:
                return Confirm(in CommandCodec.View<ConfirmIndexPrice>(record));
            case CommandKind.PlaceBackstopBid:
                return parts.Backstop.Place(in CommandCodec.View<PlaceBackstopBid>(record));
            case CommandKind.PostBond:
                return parts.Bonds.Post(in CommandCodec.View<PostBond>(record));
            case CommandKind.ChangeMarket:
                return parts.Markets.Change(in CommandCodec.View<ChangeMarket>(record));
            case CommandKind.ListMarket:
                return parts.Markets.List(in CommandCodec.View<ListMarket>(record), out created);
            case CommandKind.WriteContractText:
                return parts.ContractListing.Write(in CommandCodec.View<WriteContractText>(record));
            case CommandKind.ListContract:
                return parts.ContractListing.List(in CommandCodec.View<ListContract>(record), out created);
            case CommandKind.CreateSurface:
                return parts.Volatilities.Create(in CommandCodec.View<CreateSurface>(record), out created);
            case CommandKind.ScheduleListings:
                return parts.Calendar.Set(in CommandCodec.View<ScheduleListings>(record), out created);
            case CommandKind.ExerciseContract:
                return parts.Exercise.Request(in CommandCodec.View<ExerciseContract>(record));
            case CommandKind.LinkOwners:
                return parts.Links.Link(in CommandCodec.View<LinkOwners>(record));
            case CommandKind.SetFees:
                return parts.Fees.Post(in CommandCodec.View<SetFees>(record));
            case CommandKind.SetMarketStatus:
                return parts.Listings.SetStatus(in CommandCodec.View<SetMarketStatus>(record));
            default:
                return Refusal.Malformed;
        }
    }

    private Refusal CancelAll(in CancelAll command)
    {
        if (command.Market.Number >= (uint)state.Counts.Markets)
        {
            return Refusal.UnknownMarket(command.Market.Number);
        }
        int market = command.Market.Number;
        parts.Orders.EndAll(command.Header.Account, market, EndReason.Cancelled);
        parts.Conditional.EndAll(command.Header.Account, market, EndReason.Cancelled);
        return Refusal.None;
    }

    private Refusal Report(in ReportPrice command)
    {
        Refusal refusal = parts.Prices.Report(in command, out bool moved, out bool changed);
        if (refusal.IsNone)
        {
            path.Apply(command.Index, moved, changed);
        }
        return refusal;
    }

    private Refusal Confirm(in ConfirmIndexPrice command)
    {
        Refusal refusal = parts.Prices.Confirm(in command);
        if (refusal.IsNone)
        {
            path.Apply(command.Index, moved: true, changed: true);
        }
        return refusal;
    }

    // A change of sources goes through the shadow, then acts at once, with all that a price does.
    private Refusal SetSource(in SetPriceSource command)
    {
        Refusal refusal = parts.Listings.CheckSource(in command, out PriceIndex changed);
        if (refusal.IsNone)
        {
            refusal = parts.Sources.Try(command.Index, in changed);
        }
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        state.Indexes.Write(command.Index) = changed;
        if (command.Weight == 0)
        {
            parts.Bonds.Dismiss(command.Index, PriceFeed.FindSource(in changed, command.SourceKey));
        }
        parts.Prices.Reconsider(command.Index, out bool moved, out bool stateChanged);
        path.Apply(command.Index, moved, stateChanged);
        return Refusal.None;
    }

    private Refusal CarryOutWithdrawal(ReadOnlySpan<byte> record, CommandKind kind, out ulong created)
    {
        created = 0;
        switch (kind)
        {
            case CommandKind.Withdraw:
                return parts.Withdrawals.Request(in CommandCodec.View<Withdraw>(record), out created);
            case CommandKind.ApproveWithdrawal:
                return parts.Withdrawals.Approve(in CommandCodec.View<ApproveWithdrawal>(record));
            case CommandKind.CancelWithdrawal:
                return parts.Withdrawals.Cancel(in CommandCodec.View<CancelWithdrawal>(record));
            case CommandKind.ConfirmWithdrawal:
                return parts.Withdrawals.Confirm(in CommandCodec.View<ConfirmWithdrawal>(record));
            case CommandKind.AllowAddress:
                return parts.Addresses.Allow(in CommandCodec.View<AllowAddress>(record), out created);
            case CommandKind.RemoveAddress:
                return parts.Addresses.Remove(in CommandCodec.View<RemoveAddress>(record));
            case CommandKind.SetWithdrawalRule:
                return parts.Withdrawals.SetRule(in CommandCodec.View<SetWithdrawalRule>(record));
            default:
                return parts.Withdrawals.SetTerms(in CommandCodec.View<SetWithdrawalTerms>(record));
        }
    }

    private Refusal CarryOutLimits(ReadOnlySpan<byte> record, CommandKind kind) => kind switch
    {
        CommandKind.CloseSubAccount => parts.SubAccounts.Close(in CommandCodec.View<CloseSubAccount>(record)),
        CommandKind.GrowCapacity => parts.Capacity.Grow(in CommandCodec.View<GrowCapacity>(record)),
        _ => parts.Capacity.Set(in CommandCodec.View<SetOwnerLimits>(record)),
    };
}
