using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Surety.Node.Identity;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Node.Tests;

/// <summary>The file of API keys and passkeys: what a change costs, what a kill leaves, what damage is told as.</summary>
public sealed class IdentityStoreTests : IDisposable
{
    private const string Secret = "a passphrase of some length";
    private const int MostBytesOfAChange = 4_096;
    private static readonly string Pem = SigningKey.FromSeed("held"u8).ToPem();
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-store-").FullName;

    private string Log => Path.Combine(_directory, "identity", IdentityStore.FileName);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(null)]
    [InlineData(Secret)]
    public void A_change_writes_less_than_4_KiB_however_many_keys_there_are(string? secret)
    {
        IdentityVault vault = IdentityVault.Open(_directory, secret);
        var store = new IdentityStore(vault);
        long appended = 0;
        for (int i = 0; i < 2_000; i++)
        {
            long before = store.BytesWritten;
            store.Add(Largest($"key {i}"));
            appended = Math.Max(appended, store.BytesWritten - before is var written && written < MostBytesOfAChange ? written : 0);
        }
        // The file was rewritten a few times, so that it does not grow for ever: in all, no more than four times what it holds.
        Assert.InRange(store.BytesWritten, new FileInfo(Log).Length, 4 * new FileInfo(Log).Length);
        Assert.InRange(appended, 1_000, MostBytesOfAChange - 1);
        foreach ((string what, Action change) in Changes(store))
        {
            long length = new FileInfo(Log).Length;
            long before = store.BytesWritten;
            change();
            Assert.True(store.BytesWritten - before is > 0 and < MostBytesOfAChange,
                $"{what}: {store.BytesWritten - before} bytes written");
            Assert.True(new FileInfo(Log).Length - length == store.BytesWritten - before, $"{what}: the file was not appended to");
        }
    }

    [Fact]
    public void The_file_does_not_outgrow_what_it_holds()
    {
        var store = new IdentityStore(_directory);
        store.Add(Key("id"));
        for (int i = 0; i < 5_000; i++)
        {
            store.SetDisabled("id", i % 2 == 0);
        }
        Assert.InRange(new FileInfo(Log).Length, 1, 3 * 65_536);
        Assert.False(new IdentityStore(_directory).Find("id")!.Disabled);
        store.SetDisabled("id", true);
        Assert.True(new IdentityStore(_directory).Find("id")!.Disabled);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Secret)]
    public void A_kill_at_any_byte_of_a_change_leaves_every_change_acknowledged_before_it(string? secret)
    {
        IdentityVault vault = IdentityVault.Open(_directory, secret);
        var store = new IdentityStore(vault);
        var ends = new List<(long End, string Told)>();
        void Acknowledged() => ends.Add((new FileInfo(Log).Length, Tell(store)));
        store.Add(Key("a"));
        Acknowledged();
        long firstEnd = ends[0].End;
        foreach (Action change in (Action[])
        [
            () => store.Add(Key("b")), () => store.Add(new Passkey("p", "pk", "a", 7)), () => store.Edit("a", "name", ["10.0.0.0/8"]),
            () => store.SetDisabled("b", true), () =>
                store.SetDisabled("b", false), () => store.Edit("b", null, []), () => store.Remove("a"),
        ])
        {
            change();
            Acknowledged();
        }
        byte[] whole = File.ReadAllBytes(Log);
        for (long cut = firstEnd; cut <= whole.Length; cut++)
        {
            File.WriteAllBytes(Log, whole[..(int)cut]);
            var opened = new IdentityStore(vault);
            string expected = ends.Last(e => e.End <= cut).Told;
            Assert.True(Tell(opened) == expected, $"cut at {cut} of {whole.Length}: found {Tell(opened)}, expected {expected}");
            if (cut % 97 == 0 || cut == whole.Length)
            {
                // And what comes after the stop is kept with what was before it.
                opened.Add(Key("later"));
                Assert.Equal(expected + Tell(Key("later")), Tell(new IdentityStore(vault)));
            }
        }
        // The base is renamed into place, whole: a file cut within it was damaged later, and must not pass for a venue with fewer keys.
        for (int cut = 0; cut < firstEnd; cut++)
        {
            File.WriteAllBytes(Log, whole[..cut]);
            string said = Assert.Throws<IdentityException>(() => new IdentityStore(vault)).Message;
            Assert.True(said.Contains("damaged", StringComparison.Ordinal) && said.Contains("--with-keys", StringComparison.Ordinal), said);
        }
    }

    [Fact]
    public void A_page_that_the_power_cut_left_unwritten_at_the_end_is_a_torn_tail()
    {
        var store = new IdentityStore(_directory);
        store.Add(Key("a"));
        long end = new FileInfo(Log).Length;
        store.Add(Key("b"));
        byte[] bytes = File.ReadAllBytes(Log);
        bytes.AsSpan((int)end + 30, 100).Clear();
        File.WriteAllBytes(Log, bytes);
        Assert.Equal(Tell(Key("a")), Tell(new IdentityStore(_directory)));
        File.WriteAllBytes(Log, [.. bytes.AsSpan(0, (int)end), .. new byte[4_096]]);
        Assert.Equal(Tell(Key("a")), Tell(new IdentityStore(_directory)));
    }

    [Fact]
    public void A_kill_at_every_step_of_a_compaction_loses_no_acknowledged_change()
    {
        var store = new IdentityStore(_directory);
        store.Add(Key("a"));
        byte[] before = [];
        for (int i = 0; before.Length == 0; i++)
        {
            byte[] last = File.ReadAllBytes(Log);
            store.SetDisabled("a", i % 2 == 0);
            if (new FileInfo(Log).Length < last.Length)
            {
                before = last;
            }
        }
        string now = Tell(store);
        byte[] after = File.ReadAllBytes(Log);
        for (int written = 0; written <= after.Length; written += Math.Min(17, Math.Max(after.Length - written, 1)))
        {
            // Before the rename the old file stands, with the new one beside it, in part or whole; it is not read.
            File.WriteAllBytes(Log + ".new", after[..written]);
            File.WriteAllBytes(Log, before);
            Assert.Single(new IdentityStore(_directory).Of(_ => true));
        }
        var going = new IdentityStore(_directory);
        bool disabled = going.Find("a")!.Disabled;
        going.SetDisabled("a", !disabled);
        Assert.Equal(!disabled, new IdentityStore(_directory).Find("a")!.Disabled);
        // After it the new one stands alone and holds the change that came with it.
        File.WriteAllBytes(Log, after);
        Assert.Equal(now, Tell(new IdentityStore(_directory)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Secret)]
    public void A_damaged_record_a_moved_one_and_one_taken_out_are_told_with_the_remedy(string? secret)
    {
        IdentityVault vault = IdentityVault.Open(_directory, secret);
        var store = new IdentityStore(vault);
        foreach (string id in (string[])["a", "b", "c", "d"])
        {
            store.Add(Key(id));
        }
        byte[] good = File.ReadAllBytes(Log);
        string[] lines = Encoding.UTF8.GetString(good).Split('\n')[..^1];
        void Refused(byte[] bytes, string what)
        {
            File.WriteAllBytes(Log, bytes);
            string said = Assert.ThrowsAny<IdentityException>(() => new IdentityStore(vault)).Message;
            Assert.True(said.Contains("identity.log: damaged", StringComparison.Ordinal)
                && said.Contains("--with-keys", StringComparison.Ordinal), $"{what}: {said}");
        }
        void RefusedLines(IEnumerable<string> changed, string what) =>
            Refused(Encoding.UTF8.GetBytes(string.Concat(changed.Select(l => l + "\n"))), what);
        for (int at = 0; at < good.Length; at += at < 200 ? 1 : 37)
        {
            if (good[at] != '\n')
            {
                byte[] bad = [.. good];
                bad[at] ^= 1;
                Refused(bad, $"a bit of byte {at}");
            }
        }
        for (int line = 0; line < lines.Length - 1; line++)
        {
            RefusedLines([.. lines[..line], .. lines[(line + 1)..]], $"without line {line}");
            RefusedLines([.. lines[..line], lines[line + 1], lines[line], .. lines[(line + 2)..]], $"lines {line} and the next exchanged");
        }
        RefusedLines([.. lines, lines[^1]], "the last line twice");
        File.WriteAllBytes(Log, good);
        Assert.Equal(4, new IdentityStore(vault).Of(_ => true).Count);
    }

    [Fact]
    public void A_sealed_file_shows_no_record_opens_with_its_secret_only_and_takes_no_record_of_another_file()
    {
        IdentityVault vault = IdentityVault.Open(_directory, Secret);
        var store = new IdentityStore(vault);
        store.Add(Key("id"));
        store.SetDisabled("id", true);
        Assert.All((string[])["PRIVATE", "secret of", "disable", "\"id\""],
            t => Assert.DoesNotContain(t, File.ReadAllText(Log), StringComparison.Ordinal));
        Assert.Contains("does not open it", Assert.Throws<IdentityException>(() => IdentityVault.Open(_directory, Secret + "!")).Message,
            StringComparison.Ordinal);
        Assert.Contains("identity.secretFile", Assert.Throws<IdentityException>(() => IdentityVault.Open(_directory, secret: null)).Message,
            StringComparison.Ordinal);
        Assert.Contains("disable", vault.Read(IdentityStore.FileName)!, StringComparison.Ordinal);

        // Another folder's file, sealed with the same passphrase under another data key.
        string other = Directory.CreateTempSubdirectory("surety-store-").FullName;
        new IdentityStore(IdentityVault.Open(other, Secret)).Add(Key("foreign"));
        File.Copy(Path.Combine(other, "identity", IdentityStore.FileName), Log, overwrite: true);
        Directory.Delete(other, recursive: true);
        Assert.Contains("not sealed with this folder's key", Assert.Throws<IdentityException>(() => new IdentityStore(vault)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_that_cannot_be_written_is_refused_and_the_next_one_mends_the_file()
    {
        var store = new IdentityStore(_directory);
        store.Add(Key("a"));
        store.Add(Key("b"));
        File.Delete(Log);
        Directory.CreateDirectory(Log);
        Assert.ThrowsAny<SystemException>(() => store.Add(Key("c")));
        Assert.Null(store.Find("c"));
        // What takes power away acts all the same.
        Assert.ThrowsAny<SystemException>(() => store.SetDisabled("a", true));
        Assert.True(store.Find("a")!.Disabled);
        Directory.Delete(Log);
        store.Edit("b", "mended", null);
        var opened = new IdentityStore(_directory);
        Assert.Equal((true, "mended"), (opened.Find("a")!.Disabled, opened.Find("b")!.Name));
        Assert.Null(opened.Find("c"));
    }

    [Fact]
    public void Every_file_is_for_its_user_alone_after_an_append_and_after_a_compaction()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes here");
        var store = new IdentityStore(_directory);
        for (int i = 0; i < 300; i++)
        {
            store.Add(Key($"key {i}"));
#pragma warning disable CA1416 // Skipped where there are no modes.
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log));
#pragma warning restore CA1416
        }
    }

    [Fact]
    public void The_file_of_an_earlier_version_is_taken_over_once()
    {
        IdentityVault vault = IdentityVault.Open(_directory, Secret);
        vault.Write("identity.json", """{ "Venue": "ab", "Sequence": 9, "Keys": [{ "Id": "old", "Secret": "s", "Account": 0, "Key": 0, "PrivateKey": "PEM", "Scopes": 3 }], "Passkeys": [{ "CredentialId": "p", "PublicKey": "k", "ApiKeyId": "old", "CreatedMs": 1 }] }""");
        var store = new IdentityStore(vault);
        Assert.False(vault.Exists("identity.json"));
        store.SetDisabled("old", true);
        var opened = new IdentityStore(IdentityVault.Open(_directory, Secret));
        Assert.True(opened.Find("old")!.Disabled);
        Assert.NotNull(opened.FindPasskey("p"));
        // One that a stop left beside the log, or that was put there, changes nothing and is kept aside.
        vault.Write("identity.json", "{}");
        Assert.NotNull(new IdentityStore(vault).Find("old"));
        Assert.Single(Directory.GetFiles(Path.Combine(_directory, "identity"), "identity.json.unmatched-*"));
    }

    private static IEnumerable<(string What, Action Change)> Changes(IdentityStore store) =>
    [
        ("a new key", () => store.Add(Largest("one more"))),
        ("switched off", () => store.SetDisabled("one more", true)),
        ("switched on", () => store.SetDisabled("one more", false)),
        ("renamed, with networks", () => store.Edit("one more", new string('"', IdentityStore.MostNameLength), Largest("x").Networks)),
        ("a passkey",
            () => store.Add(new Passkey(new string('c', IdentityStore.MostCredentialId), new string('p', 200), "one more", long.MaxValue))),
        ("removed", () => store.Remove("one more")),
    ];

    private static string Tell(IdentityStore store) =>
        string.Concat(store.Of(_ => true).Select(k => Tell(k) + (store.PasskeysOf(k.Id) > 0 ? "+" : "")));

    private static string Tell(ApiKey k) => $"[{k.Id} {k.Name} {k.Disabled} {string.Join(',', k.Networks)} {k.Secret}]";

    private static ApiKey Key(string id) =>
        new() { Id = id, Secret = "secret of " + id, Account = 0, Key = 0, PrivateKey = Pem, Scopes = KeyScopes.Customer };

    // With everything at its bound.
    private static ApiKey Largest(string id) => new()
    {
        Id = id,
        Secret = IdentityStore.Random(32),
        Name = new string('"', IdentityStore.MostNameLength),
        Account = uint.MaxValue,
        Key = uint.MaxValue,
        PrivateKey = Pem,
        Scopes = KeyScopes.Customer,
        ExpiresMs = long.MaxValue,
        CreatedMs = long.MaxValue,
        Networks =
            [.. Enumerable.Range(0, IdentityStore.MostNetworks).Select(i => $"2001:db8:ffff:ffff:ffff:ffff:ffff:{0xff00 + i:x}/128")],
    };
}
