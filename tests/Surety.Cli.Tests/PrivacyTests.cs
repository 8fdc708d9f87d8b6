using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Cli.Commands;
using Surety.Client;
using Surety.Core.Hashing;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;

namespace Surety.Cli.Tests;

/// <summary>Who is given which proof, what a client does when the history changes, and downloaded proofs on the command line.</summary>
[Collection("node")]
public sealed class PrivacyTests(NodeFixture node) : IDisposable
{
    private const string Perpetual = "BTC_USDC-PERPETUAL";
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-privacy-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_receipt_goes_to_the_account_concerned_and_to_nobody_else()
    {
        (VenueClient client, _, _, uint account) = await node.TraderAsync();
        await using VenueClient own = client;
        (VenueClient other, _, _, _) = await node.TraderAsync();
        await using VenueClient stranger = other;
        await using VenueClient anonymous = await VenueClient.ConnectAsync(node.Url);
        JsonElement trade = await BuyAsync(client);
        JsonElement stop = await client.CallAsync("private/sell", new
        {
            instrument_name = Perpetual,
            amount = 0.01,
            type = "stop_market",
            trigger_price = 3_000,
            trigger = "mark_price",
        });
        ulong placed = stop.GetProperty("order").TryGetProperty("sequence", out JsonElement s)
            ? s.GetUInt64()
            : trade.GetProperty("sequence").GetUInt64();
        JsonElement receipt =
            await ReceiptAsync(client,
                new { sequence = trade.GetProperty("sequence").GetUInt64(), trade_id = trade.GetProperty("trade_id").GetString() });
        Assert.Equal(account,
            MemoryMarshal.Read<CommandHeader>(RecordProof.Read(receipt.GetProperty("command_proof").GetBytesFromBase64())!.Record.Span)
            .Account);
        await ReceiptAsync(client, new { sequence = placed });
        foreach (VenueClient reader in (VenueClient[])[stranger, anonymous])
        {
            foreach (ulong sequence in (ulong[])[trade.GetProperty("sequence").GetUInt64(), placed])
            {
                foreach (string? kind in (string?[])[null, .. Enum.GetNames<EventKind>()])
                {
                    object asked = kind is null ? new { sequence } : new { sequence, @event = kind };
                    try
                    {
                        JsonElement told = await reader.CallAsync("surety/get_receipt", asked);
                        Assert.False(told.TryGetProperty("command_proof", out _), $"{kind}");
                        // A trade of the market may have changed its mark: that is everybody's.
                        Assert.Equal(0u,
                            MemoryMarshal.Read<EventHeader>(
                            RecordProof.Read(told.GetProperty("event_proof").GetBytesFromBase64())!.Record.Span).Account);
                        Assert.Contains(told.GetProperty("event").GetString(),
                            (string[])["MarkChanged", "IndexChanged", "IndexStateChanged", "MarketStatusChanged", "AuctionIndicated",
                            "AuctionUncrossed"]);
                    }
                    catch (VenueException e)
                    {
                        Assert.Equal(13021, e.Code);
                    }
                }
                Assert.Equal(13021,
                    (await Assert.ThrowsAsync<VenueException>(() =>
                    reader.CallAsync("surety/get_receipt", new { sequence, account, @event = "OrderPlaced" }))).Code);
                Assert.Equal(13021,
                    (await Assert.ThrowsAsync<VenueException>(() =>
                    reader.CallAsync("surety/get_receipt", new { sequence, @event = "Trade" }))).Code);
            }
        }
    }

    [Fact]
    public async Task Each_side_of_a_trade_is_given_a_receipt_that_says_nothing_of_the_other()
    {
        (VenueClient first, _, _, uint makerAccount) = await node.TraderAsync();
        await using VenueClient maker = first;
        (VenueClient second, _, _, uint takerAccount) = await node.TraderAsync();
        await using VenueClient taker = second;
        (JsonElement made, JsonElement taken) = await TradeAsync(maker, taker);
        ulong sequence = taken.GetProperty("sequence").GetUInt64();
        string tradeId = taken.GetProperty("trade_id").GetString()!;
        JsonElement toMaker = await ReceiptAsync(maker, new { sequence, trade_id = tradeId }),
            toTaker = await ReceiptAsync(taker, new { sequence, trade_id = tradeId });
        Assert.False(toMaker.TryGetProperty("command_proof", out _));
        byte[] makersOrder = BitConverter.GetBytes(
            ulong.Parse(made.GetProperty("order_id").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        byte[] takersOrder = BitConverter.GetBytes(
            ulong.Parse(taken.GetProperty("order_id").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        foreach ((JsonElement receipt, ShownSides shown, uint account, byte[] order, byte[] otherOrder) in
            ((JsonElement, ShownSides, uint, byte[], byte[])[])
            [
                (toMaker, ShownSides.Divided | ShownSides.Second, makerAccount, makersOrder, takersOrder),
                (toTaker, ShownSides.Divided | ShownSides.First, takerAccount, takersOrder, makersOrder),
            ])
        {
            byte[] bytes = receipt.GetProperty("event_proof").GetBytesFromBase64();
            RecordProof proof = RecordProof.Read(bytes)!;
            Assert.Equal(ProofVerdict.Holds, proof.Check(proof.Header.Hash()));
            Assert.Equal(proof.Header.Hash().ToString(), receipt.GetProperty("block").GetString());
            Assert.Equal(shown, proof.Shown);
            Trade shownTrade = MemoryMarshal.Read<Trade>(proof.Record.Span);
            bool toFirst = (shown & ShownSides.First) != 0;
            Assert.Equal((toFirst ? account : 0, toFirst ? 0 : account), (shownTrade.Header.Account, shownTrade.MakerAccount));
            Assert.True(bytes.AsSpan().IndexOf(order) > 0);
            (ulong, long) makers = (shownTrade.MakerOrder, shownTrade.MakerFeeAtoms),
                takers = (shownTrade.TakerOrder, shownTrade.TakerFeeAtoms);
            Assert.Equal((0UL, 0L), toFirst ? makers : takers);
            Assert.True(bytes.AsSpan().IndexOf(otherOrder) < 0);
            Assert.DoesNotContain(BitConverter.ToUInt64(otherOrder).ToString(System.Globalization.CultureInfo.InvariantCulture),
                receipt.GetRawText(), StringComparison.Ordinal);
            // No other field of the answer concerns the other side.
            Assert.All(receipt.EnumerateObject(),
                p => Assert.Contains(p.Name, (string[])["sequence", "height", "block", "event", "event_proof", "command_proof"]));
        }
        // To ask for the other side's account by its number tells no more than to ask for a stranger's.
        foreach (
            (VenueClient reader, uint own, uint other) in ((VenueClient, uint, uint)[])[(maker, makerAccount, takerAccount),
                (taker, takerAccount, makerAccount)])
        {
            Assert.Equal("Trade",
                (await reader.CallAsync("surety/get_receipt", new { sequence, trade_id = tradeId, account = own })).GetProperty("event")
                .GetString());
            foreach (uint asked in (uint[])[other, 1])
            {
                try
                {
                    JsonElement told = await reader.CallAsync("surety/get_receipt", new { sequence, trade_id = tradeId, account = asked });
                    Assert.True(reader == taker && !told.TryGetProperty("event", out _), $"{own} asked for {asked}");
                }
                catch (VenueException e)
                {
                    Assert.Equal((13021, maker), (e.Code, reader));
                }
            }
        }
        foreach (VenueClient reader in (VenueClient[])[maker, taker])
        {
            string told =
                (await reader.CallAsync("private/get_user_trades_by_instrument", new { instrument_name = Perpetual, count = 20 }))
                    .GetRawText()
                + (await reader.CallAsync("private/get_transaction_log",
                    new { currency = "USDC", start_timestamp = 0, end_timestamp = 9_000_000_000_000, count = 20 })).GetRawText();
            byte[] otherOrder = reader == maker ? takersOrder : makersOrder;
            Assert.DoesNotContain(BitConverter.ToUInt64(otherOrder).ToString(System.Globalization.CultureInfo.InvariantCulture), told,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_concerns_the_whole_venue_is_proved_to_everybody_without_the_command_that_led_to_it()
    {
        await using VenueClient anonymous = await VenueClient.ConnectAsync(node.Url);
        for (ulong sequence = node.Running.Node.Blocks.Last.FirstSequence; sequence > 1; sequence--)
        {
            try
            {
                JsonElement receipt = await anonymous.CallAsync("surety/get_receipt", new { sequence, @event = "MarkChanged" });
                Assert.False(receipt.TryGetProperty("command_proof", out _));
                RecordProof proof = RecordProof.Read(receipt.GetProperty("event_proof").GetBytesFromBase64())!;
                Assert.Equal(ProofVerdict.Holds, proof.Check(proof.Header.Hash()));
                return;
            }
            catch (VenueException e) when (e.Code == 13021)
            {
                // Another command.
            }
        }
        Assert.Fail("no mark price has changed");
    }

    [Fact]
    public async Task Searching_for_others_commands_and_orders_tells_nothing_but_the_block()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        await using VenueClient anonymous = await VenueClient.ConnectAsync(node.Url);
        JsonElement trade = await BuyAsync(client);
        string sequence = trade.GetProperty("sequence").GetUInt64().ToString(System.Globalization.CultureInfo.InvariantCulture);
        await ReceiptAsync(client, new { sequence = trade.GetProperty("sequence").GetUInt64() });
        JsonElement mine = (await client.CallAsync("surety/search", new { text = sequence })).GetProperty("command");
        Assert.Equal("PlaceOrder", mine.GetProperty("kind").GetString());
        JsonElement theirs = (await anonymous.CallAsync("surety/search", new { text = sequence })).GetProperty("command");
        foreach (string field in (string[])["kind", "account", "key", "timestamp", "events"])
        {
            Assert.False(theirs.TryGetProperty(field, out _), field);
        }
        Assert.False((await anonymous.CallAsync("surety/search", new { text = trade.GetProperty("order_id").GetString() }))
            .TryGetProperty("order", out _));
    }

    [Fact]
    public async Task Every_proof_that_can_be_downloaded_is_checked_with_its_file_and_a_hash_alone()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        JsonElement trade = await BuyAsync(client);
        JsonElement receipt =
            await ReceiptAsync(client,
                new { sequence = trade.GetProperty("sequence").GetUInt64(), trade_id = trade.GetProperty("trade_id").GetString() });
        JsonElement account = await client.CallAsync("surety/get_account_proof");
        foreach (
            (JsonElement answer, string[] parts) in ((JsonElement, string[])[])[(receipt, ["command_proof", "event_proof"]),
                (account, ["account_proof", "positions_proof"])])
        {
            string block = answer.GetProperty("block").GetString()!;
            string json = Path.Combine(_directory, "answer.json");
            File.WriteAllText(json, answer.GetRawText());
            Assert.Equal(0, Check(json, block));
            Assert.Equal(0, Check(json, null));
            Assert.Equal(1, Check(json, new string('0', 64)));
            foreach (string part in parts)
            {
                byte[] bytes = answer.GetProperty(part).GetBytesFromBase64();
                string file = Path.Combine(_directory, part);
                File.WriteAllBytes(file, bytes);
                Assert.Equal(0, Check(file, block));
                bytes[^1] ^= 1;
                File.WriteAllBytes(file, bytes);
                Assert.Equal(1, Check(file, block));
                Assert.Equal(1, Check(file, null));
                File.WriteAllBytes(file, bytes[..^9]);
                Assert.Equal(1, Check(file, null));
            }
        }
    }

    [Fact]
    public async Task Headers_come_with_the_venues_signature_in_the_list_and_in_the_channel()
    {
        await using VenueClient client = await VenueClient.ConnectAsync(node.Url);
        string file = Path.Combine(_directory, "head");
        await using (VenueHistory history = await VenueHistory.FollowAsync(client, file))
        {
            for (int i = 0; i < 100 && !(File.Exists(file) && File.ReadAllText(file).Contains("key ", StringComparison.Ordinal)); i++)
            {
                await Task.Delay(100);
            }
            Assert.Null(client.Stopped);
        }
        Assert.Contains($"key {Convert.ToHexStringLower(node.Running.Node.Sealing.Key!.Value.ToBytes())}", File.ReadAllText(file),
            StringComparison.Ordinal);
        JsonElement newest = (await client.CallAsync("surety/get_blocks", new { count = 1 }))[0];
        Assert.True(BlockHeader.TryRead(newest.GetProperty("header").GetBytesFromBase64(), out BlockHeader header));
        var seal =
            new HeaderSeal(header.Height, 0, Convert.FromHexString(newest.GetProperty("public_key").GetString()!),
                newest.GetProperty("signature").GetBytesFromBase64());
        Assert.True(seal.Covers(header.Hash()));
    }

    [Fact]
    public async Task A_client_that_saw_another_history_sends_no_more_orders_but_still_asks_and_cancels()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        string file = Path.Combine(_directory, "head");
        ulong height = node.Running.Node.Blocks.Last.Height;
        File.WriteAllText(file, $"head {new VenueHead(Math.Max(height / 2, 1), Hash256.Of("what was seen"u8))}\n");
        string? told = null;
        await using VenueHistory history = await VenueHistory.FollowAsync(client, file);
        history.Broken = reason => told = reason;
        for (int i = 0; i < 100 && client.Stopped is null; i++)
        {
            await Task.Delay(100);
        }
        Assert.Contains("no longer part of the chain", client.Stopped, StringComparison.Ordinal);
        foreach (string method in (string[])["private/buy", "private/sell", "private/edit", "private/withdraw", "surety/submit"])
        {
            VenueException stopped =
                await Assert.ThrowsAsync<VenueException>(() =>
                    client.CallAsync(method, new { instrument_name = Perpetual, amount = 0.01, type = "market" }));
            Assert.Equal("stopped", stopped.Name);
        }
        await client.CallAsync("private/get_positions");
        await client.CallAsync("private/cancel_all");
        Assert.True(told is null || told == client.Stopped);
    }

    private static int Check(string file, string? block)
    {
        string[] arguments = block is null ? ["check-proof", file] : ["check-proof", file, "--block", block];
        return new RootCommand { CheckProofCommand.Create() }.Parse(arguments).Invoke();
    }

    // The maker's bid, post-only, slides to the best price of the book, behind the orders that bid as much; the taker sells to all who
    // bid as much or more, so that the maker is met however many stand before it.
    private static async Task<(JsonElement Made, JsonElement Taken)> TradeAsync(VenueClient maker, VenueClient taker)
    {
        for (int i = 0; i < 40; i++)
        {
            await OpenAsync(taker);
            try
            {
                decimal ask =
                    (await taker.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("best_ask_price")
                        .GetDecimal();
                decimal price =
                    (await maker.CallAsync("private/buy",
                        new { instrument_name = Perpetual, amount = 0.01, type = "limit", price = ask, post_only = true }))
                        .GetProperty("order").GetProperty("price").GetDecimal();
                decimal before =
                    (await taker.CallAsync("public/get_order_book", new { instrument_name = Perpetual, depth = 20 })).GetProperty("bids")
                        .EnumerateArray().Where(b => b[0].GetDecimal() >= price).Sum(b => b[1].GetDecimal());
                await taker.CallAsync("private/sell", new
                {
                    instrument_name = Perpetual,
                    amount = before + 1,
                    type = "limit",
                    price,
                    time_in_force = "immediate_or_cancel",
                });
                JsonElement made =
                    (await maker.CallAsync("private/get_user_trades_by_instrument", new { instrument_name = Perpetual, count = 20 }))
                        .GetProperty("trades");
                JsonElement taken =
                    (await taker.CallAsync("private/get_user_trades_by_instrument", new { instrument_name = Perpetual, count = 1000 }))
                        .GetProperty("trades");
                foreach (JsonElement trade in taken.EnumerateArray())
                {
                    foreach (JsonElement other in made.EnumerateArray())
                    {
                        if (other.GetProperty("trade_id").GetString() == trade.GetProperty("trade_id").GetString())
                        {
                            return (other, trade);
                        }
                    }
                }
            }
            catch (VenueException e) when (e.Code is not (10009 or -32602))
            {
                // An auction began, or a price came in doubt.
            }
            await maker.CallAsync("private/cancel_all");
        }
        throw new InvalidOperationException("the two did not trade with each other");
    }

    // Waits until the market trades and has both sides: prices may be late on a busy machine, and an auction lasts 20 s.
    private static async Task OpenAsync(VenueClient client)
    {
        for (int i = 0; i < 400; i++)
        {
            JsonElement ticker = await client.CallAsync("public/ticker", new { instrument_name = Perpetual });
            if (ticker.GetProperty("state").GetString() == "open" && ticker.GetProperty("best_ask_price").ValueKind == JsonValueKind.Number
                && ticker.GetProperty("best_bid_price").ValueKind == JsonValueKind.Number)
            {
                return;
            }
            await Task.Delay(300);
        }
        throw new InvalidOperationException("the market does not open");
    }

    private static async Task<JsonElement> BuyAsync(VenueClient client)
    {
        for (int i = 0; i < 40; i++)
        {
            await OpenAsync(client);
            try
            {
                JsonElement bought = await client.CallAsync("private/buy", new
                {
                    instrument_name = Perpetual,
                    amount = 0.01,
                    type = "market",
                });
                if (bought.GetProperty("trades").GetArrayLength() > 0)
                {
                    return bought.GetProperty("trades")[0];
                }
            }
            catch (VenueException)
            {
                // An auction, or a price in doubt: a person would try again.
            }
            await Task.Delay(500);
        }
        throw new InvalidOperationException("no order was filled");
    }

    private static async Task<JsonElement> ReceiptAsync(VenueClient client, object asked)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return await client.CallAsync("surety/get_receipt", asked);
            }
            catch (VenueException e) when (e.Name == "retry" && i < 30)
            {
                await Task.Delay(300);
            }
        }
    }
}
