// A market maker: one bid and one offer around the mark price, moved when the mark moves, leaning against its position, cancelled on exit.
// Usage: bot URL ID SECRET [INSTRUMENT [SECONDS]]. Without SECONDS it runs until Ctrl+C.
using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Client;

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: bot URL ID SECRET [INSTRUMENT [SECONDS]]; './surety account open' prints ID and SECRET");
    return 2;
}
string instrument = args.Length > 3 ? args[3] : "BTC_USDC-PERPETUAL";
using var stop = new CancellationTokenSource();
if (args.Length > 4)
{
    stop.CancelAfter(TimeSpan.FromSeconds(double.Parse(args[4], CultureInfo.InvariantCulture)));
}
using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, s => { s.Cancel = true; stop.Cancel(); });
using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, s => { s.Cancel = true; stop.Cancel(); });

await using VenueClient venue = await VenueClient.ConnectAsync(args[0]);
await venue.LogInAsync(args[1], args[2]);
JsonElement terms = await venue.CallAsync("public/get_instrument", new { instrument_name = instrument });
decimal tick = terms.GetProperty("tick_size").GetDecimal();
decimal lot = terms.GetProperty("contract_size").GetDecimal();

// Handlers run on the connection's thread and only take notes; the loop below acts on them.
var (news, gate) = (new SemaphoreSlim(0), new Lock());
var (mark, position, isQuoted) = (0m, 0m, false);
int fills = 0;
venue.Reconnected = () => Note(() => isQuoted = false);
await venue.SubscribeAsync($"ticker.{instrument}.100ms", message => Note(() => mark = message.Data.GetProperty("mark_price").GetDecimal()));
await venue.SubscribeAsync($"user.changes.{instrument}.raw", message => Note(() => Take(message.Data)));
// Orders of a connection that breaks do not stay behind.
await venue.CallAsync("private/enable_cancel_on_disconnect");

decimal quoted = 0;
int rounds = 0;
try
{
    while (true)
    {
        await news.WaitAsync(stop.Token);
        (decimal now, decimal held, bool standing) = Noted();
        if (now == 0 || (standing && Math.Abs(now - quoted) < 2 * tick))
        {
            continue;
        }
        try
        {
            await QuoteAsync(now, held);
            quoted = now;
            rounds++;
            Note(() => isQuoted = true);
        }
        catch (VenueException e)
        {
            // For example a market that is halted: try again with the next price, not sooner than the venue says.
            Console.Error.WriteLine($"refused: {e.Message}");
            await Task.Delay(e.WaitMs ?? 500, stop.Token);
        }
        catch (IOException)
        {
            // The connection is being made again; Reconnected asks for new quotes.
        }
    }
}
catch (OperationCanceledException)
{
    Console.WriteLine("Stopping.");
}
await venue.CallAsync("private/cancel_all_by_instrument", new { instrument_name = instrument });
JsonElement left = await venue.CallAsync("private/get_open_orders_by_instrument", new { instrument_name = instrument });
Console.WriteLine($"Quoted {rounds} times, {fills} fills, position {Noted().Position}; {left.GetArrayLength()} orders left.");
return left.GetArrayLength() == 0 ? 0 : 1;

// Cancels what stands, then places both sides. A position of ten lots moves both prices by a tick, so that it is traded away.
async Task QuoteAsync(decimal around, decimal held)
{
    await venue.CallAsync("private/cancel_all_by_instrument", new { instrument_name = instrument }, stop.Token);
    decimal lean = Math.Clamp(Math.Round(held / (10 * lot)), -10, 10) * tick;
    decimal middle = (Math.Round(around / tick) * tick) - lean;
    await PlaceAsync("private/buy", middle - (2 * tick));
    await PlaceAsync("private/sell", middle + (2 * tick));
}

Task<JsonElement> PlaceAsync(string method, decimal price) =>
    venue.CallAsync(method, new { instrument_name = instrument, amount = lot, price, type = "limit", post_only = true }, stop.Token);

void Take(JsonElement changes)
{
    foreach (JsonElement trade in changes.GetProperty("trades").EnumerateArray())
    {
        fills++;
        // What was filled stands no more.
        isQuoted = false;
        string Field(string name) => trade.GetProperty(name).ToString();
        Console.WriteLine($"{Field("direction")} {Field("amount")} at {Field("price")}, command {Field("sequence")}");
    }
    foreach (JsonElement held in changes.GetProperty("positions").EnumerateArray())
    {
        position = held.GetProperty("size").GetDecimal();
    }
}

void Note(Action change)
{
    lock (gate)
    {
        change();
    }
    news.Release();
}

(decimal Mark, decimal Position, bool IsQuoted) Noted()
{
    lock (gate)
    {
        return (mark, position, isQuoted);
    }
}
