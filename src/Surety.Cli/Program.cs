using System;
using System.Diagnostics;
using Surety.Bench;
using Surety.Engine;
using Surety.Engine.Blocks;
namespace Surety.Cli;
internal static class Program
{
    private static void Main(string[] args)
    {
        bool many = args.Length > 0 && args[0] == "many";
        var sw = Stopwatch.StartNew();
        var w = many ? new EngineWorkload(100, 100_000, 3_000_000, 1) : new EngineWorkload(1, 1000, 3_000_000, 1);
        Console.WriteLine($"gen {sw.Elapsed.TotalSeconds:F2}s trades {w.TradeShare:P2} resting {w.RestingOrders} refusals {w.Refusals} bytes {w.Stream.Bytes} setup {w.Setup.Count}");
        int[] ends = w.Stream.Ends(); byte[] buf = w.Stream.Buffer;
        for (int round = 0; round < 4; round++)
        {
            var e = new SuretyEngine(w.Genesis);
            for (int i = 0; i < w.Setup.Count; i++) { e.Apply(w.Setup[i]); if (e.Events.Log.Length > 1 << 20) e.Events.Log.Clear(); }
            long alloc = GC.GetAllocatedBytesForCurrentThread();
            sw.Restart(); int from = 0;
            for (int i = 0; i < ends.Length; i++)
            {
                e.Apply(buf.AsSpan(from, ends[i] - from)); from = ends[i];
                if (e.Events.Log.Length > 1 << 18) e.Events.Log.Clear();
            }
            double s = sw.Elapsed.TotalSeconds;
            Console.WriteLine($"match {ends.Length / s / 1e6:F2} M/s alloc {(GC.GetAllocatedBytesForCurrentThread() - alloc) / (double)ends.Length:F4} {Surety.Engine.State.Audit.FindViolation(e)}");
            var l = new Ledger(w.Genesis);
            for (int i = 0; i < w.Setup.Count; i++) l.Apply(w.Setup[i]);
            sw.Restart(); from = 0;
            for (int i = 0; i < ends.Length; i++) { l.Apply(buf.AsSpan(from, ends[i] - from)); from = ends[i]; }
            s = sw.Elapsed.TotalSeconds;
            Console.WriteLine($"roots {ends.Length / s / 1e6:F2} M/s {l.Last.Height} {l.Last.StateRoot}");
        }
    }
}
