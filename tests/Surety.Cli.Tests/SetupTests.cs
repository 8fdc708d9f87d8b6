using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Bench;
using Surety.Cli.Commands;
using Surety.Cli.Serving;
using Surety.Node.Operating;
using Surety.Node.Settings;
using Surety.Replay.Verification;

namespace Surety.Cli.Tests;

/// <summary>A venue that is no sandbox, set up as a person would: processes of the command line, keys that it made, nothing else.</summary>
public sealed partial class SetupTests : IDisposable
{
    private static readonly string Program = typeof(Commands.NodeCommand).Assembly.Location;
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "surety-setup-" + Guid.NewGuid().ToString("N"));
    private string _url = "";

    public SetupTests() => Directory.CreateDirectory(_directory);

    public void Dispose()
    {
        Surety("umount", [Path.Combine(_directory, "small")]);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task From_an_empty_directory_to_a_customers_first_trade_in_a_venue_that_is_no_sandbox()
    {
        string venue = In("venue");
        string settings = Write("settings.json", $$"""{ "sandbox": { "open": false }, "feed": { "source": "signed" }, "identity": { "secretFile": "{{Write("secret", "correct horse battery staple")}}" } }""");
        // Nothing is made by itself, and no key is written.
        (int code, _, string error) = Cli("node", "--data", venue, "--config", settings, "--port", "0");
        Assert.Equal(2, code);
        Assert.Contains("surety venue create", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(venue));

        string operatorKey = Key("operator");
        string[] sources = [.. Enumerable.Range(1, 3).Select(i => Key("source" + i))];
        string[] customers = [Key("maker"), Key("taker")];
        Did("venue", "create", "--data", venue, "--operator-public-key", operatorKey, "--name", "real-venue");
        using NodeUnderTest node = await NodeUnderTest.StartAsync(Program, venue, settings);
        _url = node.Url;
        Assert.Empty(Directory.GetFiles(venue, "*.pem", SearchOption.AllDirectories));

        foreach (string source in sources)
        {
            Operate("add-key", "--public-key", source, "--scopes", "report");
        }
        Operate("create-index", "--name", "BTC_USDC", "--decimals", "2", "--quorum", "2", "--max-age-s", "600", "--max-price", "150000");
        for (int key = 1; key <= 3; key++)
        {
            Operate("set-source", "--index-name", "BTC_USDC", "--source-key",
                key.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        Operate("create-asset", "--name", "USDC", "--decimals", "6");
        Operate("create-asset", "--name", "BTC", "--decimals", "8", "--haircut", "0.1", "--collateral-cap", "1000", "--pool-cap", "20000",
            "--price-index", "btc_usdc");
        Operate("create-pool", "--name", "main", "--collateral", "USDC,BTC", "--fee-tiers", "0:0.0001/0.0005,5000000:0/0.0004");
        Operate("list-market", "--instrument-name", "BTC_USDC-PERPETUAL", "--index-name", "BTC_USDC", "--tick-size", "0.5",
            "--contract-size", "0.001", "--max-price", "100000", "--max-position", "1000", "--auction-s", "0");
        foreach (string customer in customers)
        {
            Operate("open-account", "--public-key", customer);
        }
        // Account 1 is the fund's, 2 and 3 are the customers'.
        Operate("credit-deposit", "--account", "1", "--currency", "USDC", "--amount", "100000");
        Operate("credit-deposit", "--account", "2", "--currency", "USDC", "--amount", "10000.5");
        Operate("credit-deposit", "--account", "3", "--currency", "USDC", "--amount", "5000");
        Report(8_000);

        // Offline: what is written on one machine is signed on another, which says what it signs, and sent.
        Did("operate", "set-fees", "--pool", "main", "--liquidation-fee", "0.004", "--unsigned", In("fees.json"), "--url", _url);
        string words = Did("operate", "sign", In("fees.json"), "--key", In("operator.pem"), "--out", In("fees-signed.json"));
        Assert.Contains("SetFees", words, StringComparison.Ordinal);
        Assert.Contains("liquidation_fee 0.004", words, StringComparison.Ordinal);
        Assert.Contains("accepted", Did("operate", "send", In("fees-signed.json"), "--url", _url), StringComparison.Ordinal);
        Assert.Equal(1, Cli("operate", "send", In("fees-signed.json"), "--url", _url).Code);

        // The customers' side.
        foreach (string name in (string[])["maker", "taker"])
        {
            Did("account", "api-key", "--key", In(name + ".pem"), "--url", _url, "--out", In(name + ".login"));
        }
        Call("maker", "private/sell", "instrument_name=BTC_USDC-PERPETUAL", "amount=0.1", "price=8000", "type=limit");
        using JsonDocument bought = JsonDocument.Parse(
            Call("taker", "private/buy", "instrument_name=BTC_USDC-PERPETUAL", "amount=0.1", "price=8000", "type=limit"));
        Assert.Equal("filled", bought.RootElement.GetProperty("order").GetProperty("order_state").GetString());
        Assert.Contains("\"size\":0.1", Call("taker", "private/get_position", "instrument_name=BTC_USDC-PERPETUAL"),
            StringComparison.Ordinal);

        // A withdrawal cannot be confirmed twice, a market is halted, a source removed, a market like another opens on the index said.
        Operate("set-status", "--instrument-name", "BTC_USDC-PERPETUAL", "--status", "halted");
        Operate("create-index", "--name", "ETH_USDC", "--decimals", "4", "--quorum", "1", "--max-age-s", "600");
        (code, _, error) =
            Cli([.. Operating("list-market"), "--instrument-name", "ETH_USDC-PERPETUAL", "--index-name", "ETH_USDC", "--like",
                "BTC_USDC-PERPETUAL"]);
        Assert.Equal(2, code);
        Assert.Contains("--tick-size: this is needed", error, StringComparison.Ordinal);
        Operate("list-market", "--instrument-name", "ETH_USDC-PERPETUAL", "--index-name", "ETH_USDC", "--like", "BTC_USDC-PERPETUAL",
            "--tick-size", "0.05", "--contract-size", "0.01", "--max-price", "10000", "--max-position", "10000");
        Assert.Contains("\"price_index\":\"eth_usdc\"",
            Did("call", "public/get_instrument", "instrument_name=ETH_USDC-PERPETUAL", "--url", _url), StringComparison.Ordinal);
        Operate("list-market", "--instrument-name", "BTC_USDC-25DEC37", "--index-name", "BTC_USDC", "--like", "BTC_USDC-PERPETUAL",
            "--expiry", "2037-12-25T08:00:00Z");
        Operate("change-market", "--instrument-name", "BTC_USDC-25DEC37", "--max-open-interest", "1000000");
        Operate("remove-source", "--index-name", "BTC_USDC", "--source-key", "3");
        Assert.Contains("refused",
            Refused("list-market", "--instrument-name", "btc_usdc-perpetual", "--index-name", "BTC_USDC", "--like", "BTC_USDC-PERPETUAL"),
            StringComparison.Ordinal);

        // All of it is in the log, the refusal too.
        string log = Did("operate", "log", "--key", In("operator.pem"), "--url", _url, "--count", "100");
        foreach (
            string kind in (string[])["AddKey", "CreateIndex", "SetPriceSource", "CreateAsset", "CreatePool", "ListMarket", "OpenAccount",
                "Deposit", "SetFees", "SetMarketStatus", "ChangeMarket"])
        {
            Assert.Contains(kind, log, StringComparison.Ordinal);
        }
        Assert.Contains("name BTC_USDC-25DEC37", log, StringComparison.Ordinal);
        Assert.Contains("refused: name", log, StringComparison.Ordinal);
        Assert.Contains("amount 10000.5", log, StringComparison.Ordinal);
        Assert.DoesNotContain("ReportPrice", log, StringComparison.Ordinal);

        // No sandbox power answers, to anybody.
        foreach (string method in (string[])["surety/open_account"])
        {
            (code, _, error) = Cli("call", method, "public_key=" + Key("stranger"), "--url", _url);
            Assert.Equal(1, code);
            Assert.Contains("this venue's operator opens accounts", error, StringComparison.Ordinal);
        }
        Assert.Equal(1, Cli("account", "open", "--key", In("own.pem"), "--url", _url).Code);
        Assert.Equal(1, Cli("operate", "log", "--key", In("taker.pem"), "--url", _url).Code);
        Assert.Contains("refused", Refused(["credit-deposit", "--account", "3", "--currency", "USDC", "--amount", "1"], key: "taker"),
            StringComparison.Ordinal);
        Assert.Contains("\"sandbox\":false", Did("call", "surety/venue", "--url", _url), StringComparison.Ordinal);
        node.Stop();
        VerificationResult result = new JournalVerification { AuditBlocks = true }.Run(venue);
        Assert.True(result.Holds, result.Problem);
        Assert.Empty(Directory.GetFiles(venue, "operator*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_price_in_quarantine_contracts_schedules_and_withdrawals_are_operated_from_the_command_line_too()
    {
        string venue = In("venue");
        string settings = Write("settings.json", $$"""{ "sandbox": { "open": false }, "feed": { "source": "signed" }, "identity": { "secretFile": "{{Write("secret", "correct horse battery staple")}}" } }""");
        Did("venue", "create", "--data", venue, "--operator-public-key", Key("operator"));
        using NodeUnderTest node = await NodeUnderTest.StartAsync(Program, venue, settings);
        _url = node.Url;
        Operate("add-key", "--public-key", Key("source1"), "--scopes", "report");
        Operate("create-index", "--name", "BTC_USDC", "--decimals", "2", "--quorum", "1", "--max-age-s", "600", "--confirm-s", "1");
        Operate("create-index", "--name", "BTC_VOL", "--decimals", "4", "--quorum", "1", "--max-age-s", "600");
        Operate("set-source", "--index-name", "BTC_USDC", "--source-key", "1", "--jump", "100");
        Operate("create-asset", "--name", "USDC", "--decimals", "6");
        Operate("create-pool", "--name", "options", "--collateral", "USDC", "--fee-tiers", "0:0/0.0005", "--scan-range", "0.16",
            "--outflow-per-hour", "0");
        Operate("create-surface", "--index-name", "BTC_USDC", "--tenors-days", "7", "--moneyness", "0", "--nodes", "BTC_VOL");
        string text =
            Write("call.terms",
                "contract BTC_USDC-25DEC37-8000-C\nobserve S = index BTC_USDC in 1 .. 400000\nsettle "
                + "USDC\nexpiry 2037-12-25T08:00Z\nat expiry pay max(mean(S, 30m) - 8000, 0)\n");
        string[] contract =
            ["--index-name", "BTC_USDC", "--surface", "0", "--tick-size", "1", "--contract-size", "0.01", "--max-price", "400000",
                "--max-position", "1000"];
        Operate(["list-contract", "--instrument-name", "BTC_USDC-25DEC37-8000-C", "--text-file", text, "--expiry", "2037-12-25T08:00:00Z",
            .. contract]);
        Operate(["schedule-listings", "--pair", "BTC_USDC", "--strike-step", "500", "--strikes-each-side", "1", "--weeks", "1",
            .. contract]);
        Assert.Contains("\"strike\":8000", Did("call", "public/get_instrument", "instrument_name=BTC_USDC-25DEC37-8000-C", "--url", _url),
            StringComparison.Ordinal);
        // Beyond a factor of three the sources alone do not move it.
        Report(8_000, sources: 1);
        Report(30_000, sources: 1);
        await Task.Delay(1_500);
        Report(30_000, sources: 1);
        Operate("confirm-price", "--index-name", "BTC_USDC", "--price", "30000", "--tolerance", "0.01");
        Assert.Contains("30000", Did("call", "public/get_index_price", "index_name=btc_usdc", "--url", _url), StringComparison.Ordinal);
        Assert.Contains("refused: withdrawal", Refused("confirm-withdrawal", "--withdrawal", "77"), StringComparison.Ordinal);
        Operate("add-key", "--public-key", Key("custody"), "--scopes", "custody,read");
        Operate("revoke-key", "--revoked-key", "2");
        Assert.Contains("refused, not recorded: key",
            Refused(["credit-deposit", "--account", "1", "--currency", "USDC", "--amount", "1"], key: "custody"), StringComparison.Ordinal);
        node.Stop();
    }

    [Theory]
    [InlineData("change_market", "colour", "instrument_name=X", "colour=red")]
    [InlineData("create_asset", "name", "name=a.b", "decimals=6")]
    [InlineData("create_asset", "decimals", "name=AB", "decimals=13")]
    [InlineData("create_asset", "haircut", "name=AB", "decimals=6", "haircut=0.00000001")]
    [InlineData("credit_deposit", "amount", "account=2", "currency=USDC")]
    [InlineData("credit_deposit", "amount", "account=2", "currency=USDC", "amount=0.1234567")]
    [InlineData("credit_deposit", "currency", "account=2", "currency=EUR", "amount=1")]
    [InlineData("open_account", "public_key", "public_key=AAAA")]
    [InlineData("add_key", "scopes", "public_key=KEY", "scopes=everything")]
    [InlineData("list_market", "index_name", "instrument_name=X", "index_name=eth_usdc")]
    [InlineData("list_market", "tick_size", "instrument_name=X", "index_name=btc_usdc")]
    [InlineData("list_market", "contract_size", "instrument_name=X", "index_name=btc_usdc", "tick_size=0.01", "contract_size=0.00000001",
        "max_price=1000")]
    [InlineData("set_fees", "fee_tiers", "pool=main")]
    [InlineData("set_fees", "fee_tiers", "pool=main", "fee_tiers=0/1")]
    [InlineData("set_fees", "activate", "pool=main", "fee_tiers=0:0/0.0005", "activate=soon")]
    public void A_field_that_is_unknown_missing_or_wrong_is_named_and_nothing_is_made(string command, string field, params string[] fields)
    {
        string key = Convert.ToBase64String(new byte[64]);
        Dictionary<string, string> given =
            fields.Select(f => f.Split('=', 2)).ToDictionary(f => f[0], f => f[1].Replace("KEY", key, StringComparison.Ordinal));
        var listing =
            new VenueListing("", [new ListedAsset(0, "USDC", 6)], [new ListedPool(0, "main", 0, "0:0/0.0005", 0, 1)],
                [new ListedIndex(0, "BTC_USDC", 2)], [], []);
        OperateException wrong =
            Assert.Throws<OperateException>(() => OperatorCommands.All.Single(c => c.Name == command).Records(given, listing, 0));
        Assert.Equal(field, wrong.Field);
        Assert.StartsWith(field + ": ", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_that_is_wrong_is_named_as_in_the_file_all_at_once_and_no_venue_is_made()
    {
        string settings = Write("bad.json", """
            {
              "listen": { "port": "8080", "adress": "::1" },
              "limits": { "queue": 1.5, "accounts": { "7": { "burst": "many" } } },
              "sandbox": { "open": "yes" }, "feed": null, "telemetry": { "logs": 7 }
            }
            """);
        (int code, _, string error) = Cli("node", "--data", In("venue"), "--config", settings);
        Assert.Equal(2, code);
        foreach (
            string name in (string[])["listen.port: expected a whole number, found \"8080\"",
                "listen.adress: there is no such setting; listen has address, port", "limits.queue: expected a whole number, found 1.5",
                "limits.accounts.7.burst: expected a", "sandbox.open: expected true or false", "feed: expected an object",
                "telemetry.logs: expected a text"])
        {
            Assert.Contains(name, error, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        (code, _, error) = Cli("node", "--data", In("venue"), "--config", Write("two.json", """{ "listen": { "port": 70000 }, "feed": { "speed": 0, "source": "mine" } }"""));
        Assert.Equal(2, code);
        Assert.Contains("3 settings are wrong", error, StringComparison.Ordinal);
        (code, _, error) = Cli("node", "--data", In("venue"), "--port", "99999");
        Assert.Equal(2, code);
        Assert.Contains("--port: listen.port: expected 0 to 65535, found 99999", error, StringComparison.Ordinal);
        (_, _, error) = Cli("node", "--data", In("venue"), "--config", Write("broken.json", "{\n  \"listen\": {\n"));
        Assert.Contains("line 3", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("venue")));
    }

    [Theory]
    [InlineData("node --data x --port abc", "--port: expected a whole number, found abc")]
    [InlineData("node --data x --port 1e9", "--port: expected a whole number, found 1e9")]
    [InlineData("price black call --underlying much --strike 1 --years 1 --volatility 1", "--underlying: expected a number, found much")]
    [InlineData("what-if x a 0 buy 1", "what-if: expected a whole number, found a")]
    public void A_value_of_the_wrong_kind_on_the_command_line_is_told_in_words(string line, string told)
    {
        ParseError[] errors =
            [.. new RootCommand { NodeCommand.Create(), PriceCommand.Create(), WhatIfCommand.Create() }.Parse(line).Errors];
        string[] words = [.. errors.Select(Failures.Describe).OfType<string>().Distinct()];
        Assert.StartsWith(told, Assert.Single(words), StringComparison.Ordinal);
        Assert.DoesNotContain("System.", words[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_identity_and_a_backup_without_one_are_told_with_the_remedy()
    {
        string venue = In("venue");
        string settings = Write("settings.json", """{ "feed": { "source": "signed" } }""");
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(Program, venue, settings))
        {
            node.Stop();
        }
        string identity = Path.Combine(venue, "identity", "identity.log");
        File.WriteAllText(identity, File.ReadAllText(identity)[..40]);
        (int code, _, string error) = Cli("node", "--data", venue, "--config", settings, "--port", "0");
        Assert.Equal(1, code);
        Assert.Contains("identity.log: damaged", error, StringComparison.Ordinal);
        Assert.Contains("Restore the identity folder from a backup", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);

        Did("backup", venue, In("backup.tar.gz"));
        Did("restore", In("backup.tar.gz"), In("restored"));
        string output = In("output.txt");
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(Program, In("restored"), settings, output))
        {
            node.Stop();
        }
        string said = File.ReadAllText(output);
        Assert.Contains("has no identity folder", said, StringComparison.Ordinal);
        Assert.Contains("there is no operator and no price source here", said, StringComparison.Ordinal);
        Assert.Contains("Restore a backup made with --with-keys", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_full_at_start_or_at_stop_is_told_without_a_trace_and_with_a_status()
    {
        string small = In("small");
        Directory.CreateDirectory(small);
        Assert.SkipUnless(Surety("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", small]).Code == 0,
            "a small file system cannot be mounted here");
        string settings = Write("settings.json", """{ "feed": { "source": "signed" } }""");
        string filler = Path.Combine(small, "filler");
        Fill(filler);
        (int code, _, string error) = Cli("node", "--data", Path.Combine(small, "venue"), "--config", settings, "--port", "0");
        Assert.Equal(1, code);
        Assert.Contains("disk is full", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", error, StringComparison.Ordinal);

        File.Delete(filler);
        Directory.Delete(Path.Combine(small, "venue"), recursive: true);
        using var process =
            new Process
            {
                StartInfo =
                Info("dotnet", [Program, "node", "--data", Path.Combine(small, "venue"), "--config", settings, "--port", "0"])
            };
        process.Start();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string announced = "";
        while (!announced.Contains("Ctrl+C", StringComparison.Ordinal) && await process.StandardOutput.ReadLineAsync() is { } line)
        {
            announced += line;
        }
        Task<string> rest = process.StandardOutput.ReadToEndAsync();
        Fill(filler);
        await Task.Delay(3_000);
        Surety("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.True(process.WaitForExit(60_000));
        string said = await errors + await rest;
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("surety: ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", said, StringComparison.Ordinal);
        File.Delete(filler);
        VerificationResult result = new JournalVerification().Run(Path.Combine(small, "venue"));
        Assert.True(result.Holds, result.Problem);
    }

    [Fact]
    public async Task A_client_that_trusts_only_the_root_sees_the_whole_chain_and_a_renewed_certificate_without_a_restart()
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = Authority("CN=root", rootKey, null, rootKey);
        using X509Certificate2 middle = Authority("CN=middle", middleKey, root, rootKey);
        string file = In("chain.pem");
        string keyFile = In("chain.key");
        string first = Leaf(middle, middleKey, file, keyFile, 1);
        string data = In("venue");
        DefaultVenue.CreateIfEmpty(data, "tls");
        var settings =
            new NodeSettings
            {
                Listen = new ListenSettings { Port = 0, Certificate = file, CertificateKey = keyFile },
                Feed = new FeedSettings { Source = "signed" }
            };
        await using RunningNode running = await RunningNode.StartAsync(data, settings, NullLoggerFactory.Instance, _ => { });
        int port = new Uri(running.Host.Url).Port;
        Assert.Equal(first, await ServedAsync(port, root));
        string second = Leaf(middle, middleKey, file, keyFile, 2);
        Assert.NotEqual(first, second);
        string served = first;
        for (int i = 0; i < 50 && served == first; i++)
        {
            await Task.Delay(200);
            served = await ServedAsync(port, root);
        }
        Assert.Equal(second, served);
        // A file that is no certificate leaves the last one in use.
        await File.WriteAllTextAsync(file, "nothing");
        await Task.Delay(1_500);
        Assert.Equal(second, await ServedAsync(port, root));
        Assert.Contains("listen.certificate",
            Assert.Throws<SettingsException>(() => new Gateway.Web.Certificates(settings.Listen, NullLogger.Instance)).Message,
            StringComparison.Ordinal);
    }

    private static void Fill(string filler)
    {
        using var file = new FileStream(filler, FileMode.Create);
        var block = new byte[4_096];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush(flushToDisk: true);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static X509Certificate2 Authority(string name, ECDsa key, X509Certificate2? issuer, ECDsa issuerKey)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        (DateTimeOffset from, DateTimeOffset until) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
        return issuer is null ? request.CreateSelfSigned(from, until)
            : request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), from, until.AddDays(-1), [7]);
    }

    // The leaf with the one in between behind it, as authorities hand them out; its thumbprint.
    private static string Leaf(X509Certificate2 issuer, ECDsa issuerKey, string file, string keyFile, byte serial)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf =
            request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), DateTimeOffset.UtcNow.AddMinutes(-5),
                DateTimeOffset.UtcNow.AddDays(serial), [serial]);
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(file, leaf.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem() + "\n");
        return leaf.Thumbprint;
    }

    private static async Task<string> ServedAsync(int port, X509Certificate2 root)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port);
        await using var tls = new SslStream(tcp.GetStream());
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(root);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy });
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    private string In(string name) => Path.Combine(_directory, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }

    // A new key; its public key.
    private string Key(string name) => Did("key", File.Exists(In(name + ".pem")) ? "show" : "create", In(name + ".pem")).Trim();

    private string[] Operating(string command, string key = "operator") => ["operate", command, "--key", In(key + ".pem"), "--url", _url];

    private void Operate(params string[] arguments) =>
        Assert.Matches("accepted as command", Did([.. Operating(arguments[0]), .. arguments[1..]]));

    private string Refused(params string[] arguments) => Refused(arguments, "operator");

    private string Refused(string[] arguments, string key)
    {
        (int code, string output, string error) = Cli([.. Operating(arguments[0], key), .. arguments[1..]]);
        Assert.True(code == 1, output + error);
        return AsRefused().Replace(output + error, "refused");
    }

    private void Report(int price, int sources = 3)
    {
        for (int i = 1; i <= sources; i++)
        {
            Did("report-price", "--key", In($"source{i}.pem"), "--index", "btc_usdc", "--price",
                price.ToString(System.Globalization.CultureInfo.InvariantCulture), "--url", _url);
        }
    }

    private string Call(string who, params string[] arguments) => Did(["call", .. arguments, "--login", In(who + ".login"), "--url", _url]);

    private static string Did(params string[] arguments)
    {
        (int code, string output, string error) = Cli(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: {code}: {output}{error}");
        return output;
    }

    private static (int Code, string Output, string Error) Cli(params string[] arguments) => Surety("dotnet", [Program, .. arguments]);

    private static (int Code, string Output, string Error) Surety(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            using Process process = Process.Start(Info(program, arguments))!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            return (process.ExitCode, output.Result, error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "", "");
        }
    }

    private static ProcessStartInfo Info(string program, IReadOnlyList<string> arguments)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }
        return info;
    }

    [GeneratedRegex("refused as command [0-9]+")]
    private static partial Regex AsRefused();
}
