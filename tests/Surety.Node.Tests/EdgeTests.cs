using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Node.Tests;

/// <summary>Clock, numbers, log-ins, allowances, settings: what stands around the engine.</summary>
public sealed class EdgeTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "surety-edge-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Fact]
    public void Time_never_runs_backwards_or_leaps_whatever_the_wall_clock_does()
    {
        long wall = 1_000 * Second;
        long monotonic = 0;
        var clock = new VenueClock(venueNs: 2_000 * Second, () => wall, () => monotonic);
        long before = clock.NowNs();
        Assert.Equal(2_000 * Second, before);
        foreach (
            (long wallStep, long monotonicStep) in ((long, long)[])[(1, 1), (-500, 1), (100_000, 1), (0, 0), (-100_000, 2), (3_600, 1)])
        {
            wall += wallStep * Second;
            monotonic += monotonicStep * Second;
            long now = clock.NowNs();
            long passed = monotonicStep * Second;
            Assert.InRange(now - before, passed - (passed / 100), passed + (passed / 100));
            before = now;
        }
    }

    [Fact]
    public void A_decimal_is_written_exactly_and_without_zeros_at_its_end()
    {
        var random = new Random(7);
        Span<byte> bytes = stackalloc byte[64];
        for (int i = 0; i < 20_000; i++)
        {
            long scaled = random.NextInt64(long.MinValue + 1, long.MaxValue) >> random.Next(63);
            int decimals = random.Next(0, 13);
            string text = Encoding.ASCII.GetString(bytes[..DecimalText.Format(bytes, scaled, decimals)]);
            decimal expected = scaled;
            for (int d = 0; d < decimals; d++)
            {
                expected /= 10;
            }
            Assert.Equal(expected, decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
            Assert.False(text.Contains('.', StringComparison.Ordinal) && text.EndsWith('0'), text);
        }
    }

    [Theory]
    [InlineData("1e-3", true, 10)]
    [InlineData("5E2", true, 5_000_000)]
    [InlineData("0.0001", true, 1)]
    [InlineData("0.00001", false, 0)]
    [InlineData("1e400", false, 0)]
    [InlineData("NaN", false, 0)]
    [InlineData("Infinity", false, 0)]
    [InlineData("0x10", false, 0)]
    [InlineData("", false, 0)]
    [InlineData("99999999999999999999", false, 0)]
    public void A_number_is_read_exactly_or_not_at_all(string text, bool valid, long scaled)
    {
        Assert.Equal(valid, Instrument.TryParse(text, 4, out long found));
        Assert.Equal(scaled, valid ? found : 0);
    }

    [Fact]
    public void One_signature_covers_a_batch_and_nothing_else()
    {
        using SigningKey key = SigningKey.FromSeed("batch"u8);
        Hash256 venue = Hash256.Of("venue"u8);
        using var signatures = new CommandSignatures(venue);
        PublicKey publicKey = key.PublicKey;
        var commands = new byte[3 * 56];
        for (int i = 0; i < 3; i++)
        {
            var cancel = new CancelOrder { Header = { Account = 5, Key = 9, Nonce = (ulong)i + 1 }, OrderId = (ulong)i };
            CommandCodec.Write(CommandKind.CancelOrder, ref cancel, commands.AsSpan(i * 56));
        }
        var batch = new byte[SignedBatch.SizeOf(3)];
        Assert.Equal(3, SignedBatch.Write(9, commands, batch));
        Assert.Equal(0, SignedBatch.Write(8, commands, batch.ToArray()));
        key.SignBatch(venue, batch);
        Assert.True(SignedBatch.IsWellFormed(batch));
        Assert.True(signatures.IsBatchValid(9, in publicKey, batch));

        byte[] Marked(int command, uint place) => [.. commands.AsSpan(command * 56, 56), .. BitConverter.GetBytes((ulong)place)];
        Assert.True(SignedBatch.Covers(batch, Marked(1, 1)));
        Assert.False(SignedBatch.Covers(batch, Marked(1, 2)));
        Assert.False(SignedBatch.Covers(batch, Marked(1, 3)));
        for (int at = 0; at < batch.Length; at++)
        {
            byte[] changed = [.. batch];
            changed[at] ^= 1;
            // The key and the count are not signed themselves: a key that did not sign fails by its own public key, a count by the length.
            Assert.False(at >= 8 && signatures.IsBatchValid(9, in publicKey, changed), $"byte {at}");
            Assert.False(at is >= 4 and < 8 && SignedBatch.IsWellFormed(changed));
        }
        using var elsewhere = new CommandSignatures(Hash256.Of("another venue"u8));
        Assert.False(elsewhere.IsBatchValid(9, in publicKey, batch));
    }

    [Fact]
    public void A_journal_with_batches_and_labels_verifies_and_a_command_that_a_batch_does_not_cover_is_found()
    {
        foreach (bool honest in (bool[])[true, false])
        {
            string directory = Path.Combine(_directory, honest ? "honest" : "forged");
            using SigningKey key = SigningKey.FromSeed("operator"u8);
            Genesis genesis = Genesis.Default("batches", key.PublicKey, 1_000);
            genesis.MaxAccounts = 64;
            genesis.MaxKeys = 64;
            genesis.MaxOrders = 1_024;
            using (Venue venue = Venue.Create(directory, in genesis))
            {
                var commands = new byte[2 * 96];
                for (int i = 0; i < 2; i++)
                {
                    var asset = new CreateAsset
                    {
                        Header = { Nonce = (ulong)i + 1 },
                        Name = ShortName.From($"A{i}"),
                        Decimals = 6,
                        CollateralCapAtoms = 1,
                    };
                    CommandCodec.Write(CommandKind.CreateAsset, ref asset, commands.AsSpan(i * 96));
                }
                var batch = new byte[SignedBatch.SizeOf(2)];
                SignedBatch.Write(0, commands, batch);
                key.SignBatch(venue.Ledger.Engine.State.GenesisHash, batch);
                venue.AppendBatch(batch);
                venue.AppendLabel("a label"u8);
                if (!honest)
                {
                    commands[96 + 32]++;
                }
                for (int i = 0; i < 2; i++)
                {
                    Assert.Equal(RefusalCode.None,
                        venue.Submit([.. commands.AsSpan(i * 96, 96), .. BitConverter.GetBytes((ulong)i)], 2_000));
                }
                venue.SealBlock();
                venue.Flush();
            }
            VerificationResult result = new JournalVerification().Run(directory);
            Assert.Equal(honest, result.Holds);
            Assert.Equal(honest, result.Problem is null);
            if (!honest)
            {
                Assert.Contains("batch", result.Problem, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("0 1 2", true)]
    [InlineData("0 2", true)]
    [InlineData("1 0 2", false)]
    [InlineData("0 1 1 2", false)]
    public void A_batch_stands_in_the_journal_in_the_order_in_which_it_was_signed(string places, bool holds)
    {
        using SigningKey key = SigningKey.FromSeed("operator"u8);
        Genesis genesis = Genesis.Default("batches", key.PublicKey, 1_000);
        genesis.MaxAccounts = 64;
        genesis.MaxKeys = 64;
        genesis.MaxOrders = 1_024;
        string directory = Path.Combine(_directory, "ordered");
        using (Venue venue = Venue.Create(directory, in genesis))
        {
            int size = CommandCodec.SizeOf(CommandKind.CreateAsset);
            var commands = new byte[3 * size];
            for (int i = 0; i < 3; i++)
            {
                var asset = new CreateAsset
                {
                    Header = { Nonce = (ulong)i + 1 },
                    Name = ShortName.From($"A{i}"),
                    Decimals = 6,
                    CollateralCapAtoms = 1,
                };
                CommandCodec.Write(CommandKind.CreateAsset, ref asset, commands.AsSpan(i * size));
            }
            var batch = new byte[SignedBatch.SizeOf(3)];
            SignedBatch.Write(0, commands, batch);
            key.SignBatch(venue.Ledger.Engine.State.GenesisHash, batch);
            venue.AppendBatch(batch);
            foreach (int place in places.Split(' ').Select(int.Parse))
            {
                venue.Submit([.. commands.AsSpan(place * size, size), .. BitConverter.GetBytes((ulong)place)], 2_000);
            }
            venue.SealBlock();
            venue.Flush();
        }
        VerificationResult result = new JournalVerification().Run(directory);
        Assert.Equal(holds, result.Holds);
        Assert.True(holds || result.Problem!.Contains("in another order than its batch was signed in", StringComparison.Ordinal),
            result.Problem);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_batch_from_before_its_key_existed_covers_nothing_that_comes_after(bool honest)
    {
        using SigningKey key = SigningKey.FromSeed("operator"u8);
        using SigningKey owner = SigningKey.FromSeed("owner"u8);
        using SigningKey victim = SigningKey.FromSeed("victim"u8);
        Genesis genesis = Genesis.Default("batches", key.PublicKey, 1_000);
        genesis.MaxAccounts = 64;
        genesis.MaxKeys = 64;
        genesis.MaxOrders = 1_024;
        using (Venue venue = Venue.Create(_directory, in genesis))
        {
            IndexedState state = venue.Ledger.Engine.State;
            ulong nonce = 0;
            void Submit<T>(CommandKind kind, T command, SigningKey by, uint account, uint number, long timeNs)
                where T : unmanaged
            {
                Span<byte> record = stackalloc byte[CommandCodec.MaxRecordBytes];
                ref CommandHeader header = ref System.Runtime.CompilerServices.Unsafe.As<T, CommandHeader>(ref command);
                (header.Account, header.Key, header.Nonce) = (account, number, ++nonce);
                int length = CommandCodec.Write(kind, ref command, record);
                byte[] signed = [.. record[..length], .. new byte[CommandHeader.SignatureSize]];
                by.Sign(state.GenesisHash, signed, length);
                Assert.Equal(RefusalCode.None, venue.Submit(signed, timeNs));
            }

            Submit(CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("USD"), Decimals = 6, CollateralCapAtoms = 1 }, key, 0,
                0, 2_000);
            Submit(CommandKind.CreatePool, new CreatePool { Name = ShortName.From("main"), CollateralCount = 1, FeeTierCount = 1 }, key, 0,
                0, 2_000);
            Submit(CommandKind.OpenAccount, new OpenAccount { PublicKey = owner.PublicKey, Scopes = KeyScopes.Customer }, key, 0, 0, 2_000);
            uint account = state.Keys[1].Account;
            // A row that was given back: the number of its next key is known before the key is.
            Submit(CommandKind.AddKey, new AddKey { PublicKey = SigningKey.FromSeed("gone"u8).PublicKey, Scopes = KeyScopes.Read }, owner,
                account, 1, 2_000);
            Submit(CommandKind.RevokeKey, new RevokeKey { RevokedKey = 2 }, owner, account, 1, 2_000);
            long later = 2_000 + (state.Limits[0].KeyRestMinutes * 60 * Second) + Second;
            const uint Next = 2 | (1u << 24);
            var commands = new byte[56];
            var cancel = new CancelOrder { Header = { Account = account, Key = Next, Nonce = 1 }, OrderId = 1 };
            CommandCodec.Write(CommandKind.CancelOrder, ref cancel, commands);
            var batch = new byte[SignedBatch.SizeOf(1)];
            Assert.Equal(1, SignedBatch.Write(Next, commands, batch));
            // The one whose key it is, or the venue in his name.
            (honest ? victim : key).SignBatch(state.GenesisHash, batch);
            if (!honest)
            {
                venue.AppendBatch(batch);
            }
            Submit(CommandKind.AddKey, new AddKey { PublicKey = victim.PublicKey, Scopes = KeyScopes.Trade }, owner, account, 1, later);
            Assert.True(state.Derived.KeyRows.Find(Next) >= 0, "the row was given again");
            if (honest)
            {
                venue.AppendBatch(batch);
            }
            venue.Submit([.. commands, .. BitConverter.GetBytes(0UL)], later);
            venue.SealBlock();
            venue.Flush();
        }
        VerificationResult result = new JournalVerification().Run(_directory);
        Assert.Equal(honest, result.Holds);
        if (!honest)
        {
            Assert.Contains("before its key", result.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Logging_in_by_hmac_needs_the_secret_the_time_and_a_new_request()
    {
        using SigningKey operatorKey = SigningKey.FromSeed("o"u8);
        using SigningKey held = SigningKey.FromSeed("o"u8);
        var state = new IndexedState(Small(operatorKey));
        using var signatures = new CommandSignatures(state.GenesisHash);
        var store = new IdentityStore(_directory);
        store.Add(
            new ApiKey
            {
                Id = "id",
                Secret = "secret",
                Account = 0,
                Key = 0,
                PrivateKey = held.ToPem(),
                Scopes = KeyScopes.Read | KeyScopes.Trade,
                Networks = ["10.0.0.0/8", "192.168.1.7"]
            });
        long now = 1_000_000;
        var sessions = new Sessions(store, state, signatures, () => now);
        var inside = System.Net.IPAddress.Parse("10.1.2.3");
        string Sign(string text) => Convert.ToHexStringLower(HMACSHA256.HashData("secret"u8, Encoding.UTF8.GetBytes(text)));

        HmacProof Proof(string nonce, string signed, string ts = "1000000") => new("id", ts, nonce, Sign(signed));
        Session session = sessions.BySignedText(Proof("n1", "1000000\nn1\ntext"), "text", inside);
        Assert.Equal(KeyScopes.Read | KeyScopes.Trade, session.Scopes);
        Assert.Contains("made before", Refused(() => sessions.BySignedText(Proof("n1", "1000000\nn1\ntext"), "text", inside)),
            StringComparison.Ordinal);
        Assert.Contains("made before",
            Refused(() =>
            sessions.BySignedText(new HmacProof("id", "1000000", "n1", Sign("1000000\nn1\ntext").ToUpperInvariant()), "text", inside)),
                StringComparison.Ordinal);
        Assert.Contains("made before", Refused(() => sessions.BySignedText(Proof("n1", "1000001\nn1\nx", "1000001"), "x", inside)),
            StringComparison.Ordinal);
        Assert.Contains("signature", Refused(() => sessions.BySignedText(Proof("n2", "1000000\nn2\nanother"), "text", inside)),
            StringComparison.Ordinal);
        Assert.Contains("clock", Refused(() => sessions.BySignedText(Proof("n3", "900000\nn3\nt3", "900000"), "t3", inside)),
            StringComparison.Ordinal);
        Assert.Contains("may not be used from",
            Refused(() => sessions.BySignedText(Proof("n4", "1000000\nn4\nt4"), "t4", System.Net.IPAddress.Parse("11.0.0.1"))),
            StringComparison.Ordinal);
        // A request is signed over verb, path and body; what was signed for one purpose is no use for another.
        string request = "1000000\nn5\nGET\n/api/v2/private/get_positions?currency=any\n\n";
        Assert.Contains("one line",
            Refused(() => sessions.BySignedText(Proof("n5", request), "GET\n/api/v2/private/get_positions?currency=any\n\n", inside)),
            StringComparison.Ordinal);
        Assert.Contains("nonce",
            Refused(() => sessions.BySignedText(Proof("n5\nGET\n/api/v2/private/get_positions?currency=any\n", request), "", inside)),
            StringComparison.Ordinal);
        Refused(() => sessions.ByRequest(Proof("n5", request), "POST", "/api/v2/private/get_positions?currency=any", [], inside));
        Refused(() => sessions.ByRequest(Proof("n5", request), "GET", "/api/v2/private/get_positions?currency=btc", [], inside));
        Refused(() => sessions.ByRequest(Proof("n5", request), "GET", "/api/v2/private/get_positions?currency=any", "{}"u8, inside));
        Assert.Equal(0u, sessions.ByRequest(Proof("n5", request), "GET", "/api/v2/private/get_positions?currency=any", [], inside).Account);
        // After a restart the nonces used before are not known: what was signed before it is refused.
        var restarted = new Sessions(store, state, signatures, () => now + 10);
        now -= 5;
        Assert.Contains("before this venue was started",
            Refused(() => restarted.BySignedText(Proof("n1", "1000000\nn1\ntext"), "text", inside)), StringComparison.Ordinal);
        now += 5;
        Assert.Equal(0u, sessions.BySecret("id", "secret", System.Net.IPAddress.Parse("::ffff:192.168.1.7")).Account);
        Refused(() => sessions.BySecret("id", "Secret", inside));
        Assert.DoesNotContain("from", Refused(() => sessions.BySecret("id", "Secret", System.Net.IPAddress.Parse("11.0.0.1"))),
            StringComparison.Ordinal);

        (string access, string refresh) = sessions.Issue(session);
        Assert.Equal(session, sessions.ByToken(access, inside));
        Assert.Contains("may not be used from", Refused(() => sessions.ByToken(access, System.Net.IPAddress.Parse("11.0.0.1"))),
            StringComparison.Ordinal);
        Refused(() => sessions.ByToken(refresh, inside));
        Refused(() => sessions.ByToken("refresh:" + refresh, inside));
        Assert.Contains("may not be used from", Refused(() => sessions.ByRefresh(refresh, System.Net.IPAddress.Parse("11.0.0.1"))),
            StringComparison.Ordinal);
        sessions.ByRefresh(refresh, inside);
        Refused(() => sessions.ByRefresh(refresh, inside));
        now += Sessions.TokenMs + 1;
        Refused(() => sessions.ByToken(access, inside));
        store.SetDisabled("id", true);
        Refused(() => sessions.BySecret("id", "secret", inside));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Path.Combine(_directory, "identity", "identity.log")));
        }
    }

    [Fact]
    public void Logging_in_by_key_needs_its_signature_over_a_challenge_that_is_used_once()
    {
        using SigningKey operatorKey = SigningKey.FromSeed("o"u8);
        using SigningKey stranger = SigningKey.FromSeed("s"u8);
        var state = new IndexedState(Small(operatorKey));
        using var signatures = new CommandSignatures(state.GenesisHash);
        long now = 5;
        var sessions = new Sessions(new IdentityStore(_directory), state, signatures, () => now);
        byte[] Proof(SigningKey key, string challenge) => key.SignMessage(Sessions.LoginMessage(state.GenesisHash, challenge));

        string first = sessions.Challenge("0");
        Assert.True(sessions.BySignature(0, first, Proof(operatorKey, first)).IsOperator);
        Refused(() => sessions.BySignature(0, first, Proof(operatorKey, first)));
        string second = sessions.Challenge("0");
        Refused(() => sessions.BySignature(0, second, Proof(stranger, second)));
        string third = sessions.Challenge("0");
        now += 61_000;
        Refused(() => sessions.BySignature(0, third, Proof(operatorKey, third)));
    }

    [Fact]
    public void A_passkey_logs_in_only_for_its_site_its_challenge_and_its_key()
    {
        using ECDsa authenticator = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string publicKey = Convert.ToBase64String(authenticator.ExportSubjectPublicKeyInfo());
        var passkey = new Passkey("credential", publicKey, "id", 0);
        const string Origin = "https://venue.example";
        byte[] Client(string type, string challenge, string origin) =>
            Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"challenge\":\"{challenge}\",\"origin\":\"{origin}\"}}");
        byte[] Data(string host, byte flags) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(host)), flags, 0, 0, 0, 1];
        byte[] Sign(byte[] data, byte[] client) =>
            authenticator.SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        byte[] client = Client("webauthn.get", "abc", Origin);
        byte[] data = Data("venue.example", 1);
        Assert.Equal("abc", Passkeys.Check(passkey, client, data, Sign(data, client), Origin));
        Assert.Equal("xyz", Passkeys.CheckNew(Client("webauthn.create", "xyz", Origin), publicKey, Origin));
        Refused(() => Passkeys.Check(passkey, Client("webauthn.create", "abc", Origin), data, Sign(data, client), Origin));
        Refused(() => Passkeys.Check(passkey, Client("webauthn.get", "abc", "https://evil.example"), data, Sign(data, client), Origin));
        byte[] elsewhere = Data("evil.example", 1);
        Refused(() => Passkeys.Check(passkey, client, elsewhere, Sign(elsewhere, client), Origin));
        byte[] nobody = Data("venue.example", 0);
        Refused(() => Passkeys.Check(passkey, client, nobody, Sign(nobody, client), Origin));
        byte[] wrong = Sign(data, client);
        wrong[^1] ^= 1;
        Refused(() => Passkeys.Check(passkey, client, data, wrong, Origin));
    }

    [Fact]
    public void An_allowance_runs_out_comes_back_and_costs_more_for_many_orders_to_a_trade()
    {
        var limits = new RateLimits(new RateLimit(PerSecond: 1_000, Burst: 40, OrdersPerTrade: 5));
        int granted = 0;
        while (limits.Take("key:1", 7, 4, isOrder: false).Granted)
        {
            granted++;
        }
        Assert.InRange(granted, 10, 12);
        Allowance refused = limits.Take("key:1", 7, 40, isOrder: false);
        Assert.False(refused.Granted);
        Assert.InRange(refused.WaitMs, 1, 41);
        Assert.True(limits.Take("key:2", 8, 4, isOrder: true).Granted);
        System.Threading.Thread.Sleep(60);
        Assert.True(limits.Take("key:1", 7, 4, isOrder: false).Granted);

        int orders = 0;
        var strict = new RateLimits(new RateLimit(PerSecond: 1, Burst: 1_000, OrdersPerTrade: 5));
        while (strict.Take("key:1", 7, 4, isOrder: true).Granted)
        {
            orders++;
        }
        Assert.InRange(orders, 20, 60);
        Assert.True(limits.Refused > 0);
    }

    [Theory]
    [InlineData("{ \"listen\": { \"port\": 70000 } }", "listen.port: expected 0 to 65535, found 70000")]
    [InlineData("{ \"listen\": { \"adress\": \"::1\" } }", "adress")]
    [InlineData("{ \"limits\": { \"queue\": \"many\" } }", "limits.queue")]
    [InlineData("{ \"feed\": { \"source\": \"mine\" } }", "feed.source: expected replay or signed, found 'mine'")]
    [InlineData("{ \"listen\": { \"address\": \"0.0.0.0\" }, \"sandbox\": { \"open\": false } }", "listen.certificate")]
    [InlineData("{ ", "")]
    public void Settings_that_are_wrong_are_named_with_what_was_expected(string text, string named)
    {
        Directory.CreateDirectory(_directory);
        string path = Path.Combine(_directory, "settings.json");
        File.WriteAllText(path, text);
        string message = Assert.Throws<SettingsException>(() => SettingsFile.Read(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_may_have_comments_and_the_schema_is_the_one_in_deploy()
    {
        Directory.CreateDirectory(_directory);
        string path = Path.Combine(_directory, "settings.json");
        File.WriteAllText(path, "{\n  // where\n  \"$schema\": \"x\",\n  \"listen\": { \"port\": 9000, },\n}");
        Assert.Equal(9000, SettingsFile.Read(path).Listen.Port);
        Golden.Check("../../deploy/settings.schema.json", SettingsFile.Schema());
    }

    private static Genesis Small(SigningKey operatorKey)
    {
        Genesis genesis = Genesis.Default("edge", operatorKey.PublicKey, 1);
        genesis.MaxAccounts = 64;
        genesis.MaxKeys = 64;
        genesis.MaxOrders = 1_024;
        return genesis;
    }

    private static string Refused(Func<object> work) => Assert.Throws<LoginException>(work).Message;
}
