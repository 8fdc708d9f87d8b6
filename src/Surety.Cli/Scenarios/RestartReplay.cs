using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol;

namespace Surety.Cli.Scenarios;

/// <summary>
/// A scenario's commands once more, with a restart at every thousandth: a venue restored from the tables goes on beside the one that
/// was never restored, and both must seal the same blocks.
/// </summary>
internal static class RestartReplay
{
    private const int Every = 1_000;

    /// <summary>Where the restored venue differs; null when it does not.</summary>
    public static string? Check(in Genesis genesis, IReadOnlyList<byte[]> records)
    {
        var running = new Ledger(genesis);
        Ledger? restored = null;
        for (int i = 0; i < records.Count; i++)
        {
            running.Apply(records[i]);
            restored?.Apply(records[i]);
            if (i % Every != 0 && i + 1 != records.Count)
            {
                continue;
            }
            running.SealNow();
            restored?.SealNow();
            if (restored is not null && restored.Last.Hash() != running.Last.Hash())
            {
                return string.Create(CultureInfo.InvariantCulture, $"another block after a restart, by command {i}");
            }
            var state = new IndexedState(genesis);
            state.Restore(id => running.Engine.State.Tables.Single(t => t.Id == id).Pages);
            restored = new Ledger(new SuretyEngine(state), running.Last);
        }
        return null;
    }
}
