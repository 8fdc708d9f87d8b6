// Checks a venue without trusting it: its chain of headers, and with a log-in the newest trade's receipt and the account's page.
// Usage: auditor URL FILE [ID SECRET]. FILE keeps the last header, so that the next run finds a venue that was rolled back.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Core.Hashing;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

if (args.Length is not (2 or 4))
{
    Console.Error.WriteLine("usage: auditor URL FILE [ID SECRET]");
    return 2;
}
await using VenueClient venue = await VenueClient.ConnectAsync(args[0]);
// Compares every header with the one before it and with the venue's key, from the one in FILE on.
await using VenueHistory history = await VenueHistory.FollowAsync(venue, args[1]);
await history.Begun.WaitAsync(TimeSpan.FromSeconds(30));
if (venue.Stopped is not null)
{
    return Stopped();
}
Console.WriteLine($"The chain of headers holds up to block {history.Last}.");
int flaws = 0;
if (args.Length == 4)
{
    await venue.LogInAsync(args[2], args[3]);
    JsonElement page = await venue.CallAsync("surety/get_account_proof");
    Check(page, "account_proof", await TrustedAsync(page.GetProperty("height").GetUInt64()));
    Check(page, "positions_proof", await TrustedAsync(page.GetProperty("height").GetUInt64()));
    JsonElement mine = await venue.CallAsync("private/get_user_trades_by_currency", new { count = 1, sorting = "desc" });
    foreach (JsonElement trade in mine.GetProperty("trades").EnumerateArray())
    {
        JsonElement receipt = await ReceiptAsync(trade);
        Hash256 block = await TrustedAsync(receipt.GetProperty("height").GetUInt64());
        Check(receipt, "command_proof", block);
        Check(receipt, "event_proof", block);
    }
}
// Headers that came since the first one count, too.
return venue.Stopped is not null ? Stopped() : flaws == 0 ? 0 : 1;

int Stopped()
{
    Console.Error.WriteLine($"The venue is not to be trusted: {venue.Stopped}");
    return 1;
}

// The last header that was followed, once it is at least so high.
async Task<VenueHead> LastAsync(ulong least)
{
    for (int i = 0; i < 300 && venue.Stopped is null; i++)
    {
        if (history.Last is { } last && last.Height >= least)
        {
            return last;
        }
        await Task.Delay(100);
    }
    throw new InvalidOperationException(venue.Stopped ?? $"The venue gave no header of block {least} within 30 seconds.");
}

// The hash of a block, by the way from the last followed header down to it: each header names the one before.
async Task<Hash256> TrustedAsync(ulong wanted)
{
    VenueHead last = await LastAsync(wanted);
    (ulong at, Hash256 hash) = (last.Height, last.Hash);
    while (at > wanted)
    {
        foreach (BlockHeader header in await HeadersAsync(at, (int)Math.Min(at - wanted, 1_000)))
        {
            if (header.Height != at || header.Hash() != hash)
            {
                throw new InvalidOperationException($"Block {at} is not the one that its follower names.");
            }
            (at, hash) = (at - 1, header.Previous);
        }
    }
    return hash;
}

async Task<IReadOnlyList<BlockHeader>> HeadersAsync(ulong from, int count)
{
    JsonElement list = await venue.CallAsync("surety/get_blocks", new { from, count });
    if (list.GetArrayLength() == 0)
    {
        throw new InvalidOperationException($"The venue does not give block {from}.");
    }
    // Bytes that are no header read as one of height 0, which is not the one that was asked for.
    return [.. list.EnumerateArray().Select(b => b.GetProperty("header").GetBytesFromBase64())
        .Select(bytes => BlockHeader.TryRead(bytes, out BlockHeader header) ? header : default)];
}

// A trade's block is sealed within a second.
async Task<JsonElement> ReceiptAsync(JsonElement trade)
{
    var asked = new { sequence = trade.GetProperty("sequence").GetUInt64(), trade_id = trade.GetProperty("trade_id").GetString() };
    for (int i = 0; ; i++)
    {
        try
        {
            return await venue.CallAsync("surety/get_receipt", asked);
        }
        catch (VenueException e) when (e.WaitMs is { } wait && i < 10)
        {
            await Task.Delay(wait);
        }
    }
}

// A receipt has no command of another account: what is not there is not checked.
void Check(JsonElement answer, string name, Hash256 block)
{
    if (!answer.TryGetProperty(name, out JsonElement text))
    {
        return;
    }
    byte[] bytes = text.GetBytesFromBase64();
    (ProofVerdict verdict, string what) = RecordProof.Read(bytes) is { } record ? (record.Check(block), Words(record))
        : PageProof.Read(bytes) is { } page ? (page.Check(block), Pages(page))
        : (ProofVerdict.WrongPath, "it does not have the form of a proof");
    flaws += verdict == ProofVerdict.Holds ? 0 : 1;
    Console.WriteLine($"{name}: {(verdict == ProofVerdict.Holds ? "holds" : $"does not hold ({verdict})")}: {what}");
}

static string Words(RecordProof proof)
{
    ReadOnlySpan<byte> bytes = proof.Record.Span;
    if (proof.Root == ProvenRoot.Commands)
    {
        CommandHeader command = MemoryMarshal.Read<CommandHeader>(bytes);
        return $"command {command.Sequence} of account {command.Account}, {command.Kind}";
    }
    EventHeader happened = MemoryMarshal.Read<EventHeader>(bytes);
    if (happened.Kind != EventKind.Trade)
    {
        return $"event {happened.Kind} of command {happened.Sequence}";
    }
    Trade trade = MemoryMarshal.Read<Trade>(bytes);
    return $"trade {trade.TradeId} of {trade.Lots} lots at {trade.PriceTicks} ticks";
}

static string Pages(PageProof proof)
{
    if (proof.Table == (uint)TableId.Accounts)
    {
        Account account = MemoryMarshal.Read<Account>(proof.Page.Span);
        return $"account {proof.PageIndex} has {account.Balances[0]} atoms after block {proof.Header.Height}";
    }
    int open = MemoryMarshal.Cast<byte, Position>(proof.Page.Span).ToArray().Count(p => p.Lots != 0);
    return $"positions of account {proof.PageIndex}, {open} open";
}
