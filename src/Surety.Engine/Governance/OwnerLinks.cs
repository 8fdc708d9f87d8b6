using System;
using System.Collections.Generic;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Governance;

/// <summary>
/// Owners that the operator declared to be one person. Links only join: docs/decisions/0033. Bids of the person are passed over, his
/// gains pay his deficits first, his orders do not trade with each other, and limits count all that he has.
/// </summary>
internal sealed class OwnerLinks(IndexedState state, EventLog events, OutflowLimits outflow)
{
    public Refusal Link(in LinkOwners command)
    {
        foreach (uint owner in (ReadOnlySpan<uint>)[command.Owner, command.With])
        {
            if (owner >= (uint)state.Counts.Accounts)
            {
                return Refusal.UnknownAccount(owner);
            }
            ref readonly Account account = ref state.Accounts[(int)owner];
            if (account.Owner != owner)
            {
                return Refusal.NotOwner(account.Owner);
            }
            if ((account.Flags & (AccountFlags.Operator | AccountFlags.InsuranceFund)) != 0)
            {
                return Refusal.NotLinkable(owner);
            }
        }
        uint one = state.Accounts[(int)command.Owner].BeneficialOwner;
        uint other = state.Accounts[(int)command.With].BeneficialOwner;
        if (one == other)
        {
            return Refusal.AlreadyLinked(one);
        }

        // Point of no return. The lower number names the person, whatever the order of the links.
        (uint kept, uint joined) = (Math.Min(one, other), Math.Max(one, other));
        outflow.Join(kept, joined);
        var accounts = new List<uint>();
        AddAccountsOf(joined, accounts);
        foreach (uint account in accounts)
        {
            state.Accounts.Write((int)account).BeneficialOwner = kept;
        }
        AddAccountsOf(kept, accounts);
        accounts.Sort();
        foreach (uint account in accounts)
        {
            state.Derived.LinkOwner(account);
        }
        state.Derived.OwnerPositions.Recount(accounts);
        events.Write(EventKind.OwnersLinked, kept, new OwnersLinked { Owner = command.Owner, With = command.With });
        return Refusal.None;
    }

    private void AddAccountsOf(uint person, List<uint> accounts)
    {
        uint account = person;
        do
        {
            accounts.Add(account);
            account = (uint)state.Derived.NextOfOwner[account];
        }
        while (account != person);
    }
}
