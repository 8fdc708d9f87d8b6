using System.CommandLine;
using Surety.Cli.Inspection;

namespace Surety.Cli.Commands;

/// <summary><c>surety what-if</c></summary>
internal static class WhatIfCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A venue's directory" };
        var account = new Argument<uint>("ACCOUNT") { Description = "An account's number" };
        var market = new Argument<int>("MARKET") { Description = "A market's number" };
        var side = new Argument<string>("SIDE") { Description = "buy or sell" };
        var lots = new Argument<long>("LOTS") { Description = "How many lots" };
        var price = new Option<long?>("--price") { Description = "At which price, ticks; without one at mark" };
        var at = new Option<long?>("--at") { Description = "As of this command instead of the last one" };
        var json = new Option<bool>("--json") { Description = "One JSON object a row instead of a table" };
        var command =
            new Command("what-if",
                "Say what an order would do to an account's margin if it filled; changes nothing") { directory, account, market, side, lots,
                price, at, json };
        command.SetAction(parsed =>
        {
            string word = parsed.GetValue(side)!;
            if (word is not ("buy" or "sell") || parsed.GetValue(lots) < 1)
            {
                throw new UsageException($"what-if: expected buy or sell and at least 1 lot, found '{word}' and {parsed.GetValue(lots)}");
            }
            long signed = word == "buy" ? parsed.GetValue(lots) : -parsed.GetValue(lots);
            VenueInspection venue = VenueInspection.Read(parsed.GetValue(directory)!, (ulong)(parsed.GetValue(at) ?? long.MaxValue));
            InspectCommand.Print(
                RiskTables.WhatIf(venue.Running, parsed.GetValue(account), parsed.GetValue(market), signed, parsed.GetValue(price)),
                    parsed.GetValue(json));
            return 0;
        });
        return command;
    }
}
