using Surety.Engine.State;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Node.Identity;

/// <summary>
/// A closed sub-account's number is given to its owner's next one. The API keys that were made for it end with it, or those who held
/// them would act for the next.
/// </summary>
public sealed class ClosedAccounts : IOutboxReader
{
    private readonly IdentityStore _store;

    /// <summary>Ends what a stop of the node left behind, too.</summary>
    public ClosedAccounts(IdentityStore store, VenueState state)
    {
        _store = store;
        store.RemoveOf(account => account < (uint)state.Counts.Accounts && (state.Accounts[(int)account].Flags & AccountFlags.Open) == 0);
    }

    /// <inheritdoc/>
    public void Executed(in ExecutedCommand command)
    {
        if (command.Outcome.Code == RefusalCode.None
            && CommandCodec.View<CommandHeader>(command.Record).Kind == CommandKind.CloseSubAccount)
        {
            uint closed = CommandCodec.View<CloseSubAccount>(command.Record).Closed;
            _store.RemoveOf(account => account == closed);
        }
    }

    /// <inheritdoc/>
    public void Sealed(in BlockHeader header)
    {
    }

    /// <inheritdoc/>
    public void RoundEnded()
    {
    }
}
