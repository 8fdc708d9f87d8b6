using System;
using System.CommandLine;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Replay.Signing;

namespace Surety.Cli.Commands;

/// <summary><c>surety report-price</c></summary>
internal static class ReportPriceCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "The venue", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var key = new Option<string>("--key") { Description = "The source's private key, a PEM file", Required = true };
        var index = new Option<string>("--index") { Description = "Name of the index, for example btc_usdc", Required = true };
        var price = new Option<string>("--price") { Description = "The price", Required = true };
        var command = new Command("report-price", "Send a price source's signed report") { url, key, index, price };
        command.SetAction((parsed, cancellation) =>
            SendAsync(parsed.GetValue(url)!, parsed.GetValue(key)!, parsed.GetValue(index)!, parsed.GetValue(price)!, cancellation));
        return command;
    }

    internal static async Task<int> SendAsync(string url, string file, string index, string price, CancellationToken cancellation)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"--key: there is no file {file}");
        }
        using SigningKey key = SigningKey.FromPem(await File.ReadAllTextAsync(file, cancellation));
        try
        {
            await using VenueClient client = await VenueClient.ConnectAsync(url, cancellation);
            JsonElement about = await client.CallAsync("surety/venue", null, cancellation);
            JsonElement own =
                await client.CallAsync("surety/key", new { public_key = Convert.ToBase64String(key.PublicKey.ToBytes()) }, cancellation);
            JsonElement names = await client.CallAsync("surety/get_indexes", null, cancellation);
            foreach (JsonElement one in names.EnumerateArray())
            {
                if (one.GetProperty("name").GetString() != index)
                {
                    continue;
                }
                int decimals = one.GetProperty("decimals").GetInt32();
                if (!FixedDecimal.TryParse(price, decimals, out long units))
                {
                    throw new UsageException($"--price: expected a number with at most {decimals} decimals, found '{price}'");
                }
                long now = VenueClock.WallNs();
                var report = new ReportPrice
                {
                    Header = { Key = own.GetProperty("key").GetUInt32(), Nonce = own.GetProperty("highest_nonce").GetUInt64() + 1 },
                    Index = (ushort)one.GetProperty("index").GetInt32(),
                    Price = units,
                    ObservedNs = now,
                    ReportSequence = (ulong)(now / 1_000_000),
                };
                _ = Hash256.TryParse(about.GetProperty("venue").GetString(), out Hash256 venue);
                var record = new byte[Unsafe.SizeOf<ReportPrice>() + CommandHeader.SignatureSize];
                key.Sign(venue, record, CommandCodec.Write(CommandKind.ReportPrice, ref report, record));
                JsonElement sequence =
                    await client.CallAsync("surety/report_price", new { command = Convert.ToBase64String(record) }, cancellation);
                Console.WriteLine($"{index} {price}: command {sequence}");
                return 0;
            }
            throw new UsageException($"--index: there is no index {index}");
        }
        catch (Exception e) when (e is IOException or VenueException)
        {
            Console.Error.WriteLine($"surety: {url}: {e.Message}");
            return 1;
        }
    }
}
