using System.CommandLine;

namespace Surety.Cli.Commands;

/// <summary><c>surety bench</c>: a program of its own, which only a checkout has.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var command = new Command("bench",
            "Measure: engine, enforcement, options, node. A program of its own, which ./surety in a checkout builds and starts")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.SetAction(Refuse);
        return command;
    }

    private static int Refuse(ParseResult parsed) =>
        throw new UsageException(
            "bench: the benchmarks are a program of their own, which this installation does "
            + "not have; in a checkout, ./surety bench builds and starts it");
}
