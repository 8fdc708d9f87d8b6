using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;

namespace Surety.Journal.Tests;

public sealed class JournalTests : IDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), "surety-journal-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    [Fact]
    public void What_is_written_is_read_back_in_order_across_openings()
    {
        Write(0, 100);
        Write(100, 50);
        Assert.Equal(Enumerable.Range(0, 150).Select(Text), ReadAll());
    }

    [Fact]
    public void Upcoming_records_are_those_that_then_come()
    {
        Write(0, 40);
        using JournalDirectory directory = JournalDirectory.OpenToRead(_root);
        using var reader = new JournalReader(directory);
        for (int i = 0; reader.MoveNext(); i++)
        {
            for (int places = 1; places <= JournalReader.LookAhead; places++)
            {
                string expected = i + places < 40 ? Text(i + places) : "";
                Assert.Equal(expected, Encoding.ASCII.GetString(reader.Upcoming(places)));
            }
        }
    }

    [Fact]
    public void Records_are_durable_only_after_a_flush_says_so()
    {
        using JournalDirectory directory = JournalDirectory.OpenToWrite(_root);
        using var writer = new JournalWriter(directory);
        writer.Append(1, "x"u8);
        Assert.Equal(0ul, writer.DurableCount);
        writer.Flush();
        Assert.Equal(1ul, writer.DurableCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(17)]
    [InlineData(40)]
    public void A_torn_tail_that_nobody_was_told_about_is_cut_back_to_the_last_whole_record(int tornBytes)
    {
        Write(0, 20);
        string segment = Segment();
        long whole = new FileInfo(segment).Length;
        // A crash in mid-write: part of a further record, never acknowledged.
        File.AppendAllText(segment, new string('\x7', tornBytes));
        using (JournalDirectory directory = JournalDirectory.OpenToWrite(_root))
        using (var writer = new JournalWriter(directory))
        {
            Assert.Equal(tornBytes, writer.CutBytes);
            Assert.Equal(20ul, writer.Count);
        }
        Assert.Equal(whole, new FileInfo(segment).Length);
        Write(20, 1);
        Assert.Equal(21, ReadAll().Count);
    }

    [Fact]
    public void A_changed_byte_anywhere_is_refused_with_file_and_offset_and_nothing_is_repaired()
    {
        Write(0, 12);
        foreach (string file in Directory.GetFiles(Path.Combine(_root, "journal")))
        {
            byte[] original = File.ReadAllBytes(file);
            for (int at = 0; at < original.Length; at++)
            {
                byte[] changed = [.. original];
                changed[at] ^= 0x10;
                File.WriteAllBytes(file, changed);
                var damage = Assert.Throws<JournalDamagedException>(() => ReadAll());
                Assert.Equal(file, damage.File);
                Assert.InRange(damage.Offset, 0, at);
                Assert.Contains(file, damage.Message, StringComparison.Ordinal);
                Assert.Equal(changed, File.ReadAllBytes(file));
            }
            File.WriteAllBytes(file, original);
        }
        Assert.Equal(12, ReadAll().Count);
    }

    [Fact]
    public void A_journal_that_ends_before_what_was_acknowledged_is_refused_even_to_the_writer()
    {
        Write(0, 12);
        string segment = Segment();
        using (FileStream file = File.OpenWrite(segment))
        {
            file.SetLength(file.Length - 24);
        }
        Assert.Throws<JournalDamagedException>(() => ReadAll());
        using JournalDirectory directory = JournalDirectory.OpenToWrite(_root);
        Assert.Throws<JournalDamagedException>(() => new JournalWriter(directory));
    }

    [Fact]
    public void A_record_that_was_removed_or_moved_is_found()
    {
        Write(0, 3);
        string segment = Segment();
        byte[] bytes = File.ReadAllBytes(segment);
        // Records of equal size: swap the last two.
        int size = (bytes.Length - 64) / 3;
        byte[] swapped = [.. bytes.AsSpan(0, 64 + size), .. bytes.AsSpan(64 + (2 * size), size), .. bytes.AsSpan(64 + size, size)];
        File.WriteAllBytes(segment, swapped);
        Assert.Throws<JournalDamagedException>(() => ReadAll());
    }

    [Fact]
    public void A_missing_durable_mark_is_refused()
    {
        Write(0, 3);
        File.Delete(Path.Combine(_root, "journal", "durable"));
        Assert.Contains("durable", Assert.Throws<JournalDamagedException>(() => ReadAll()).File, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_in_use_says_so()
    {
        using JournalDirectory first = JournalDirectory.OpenToWrite(_root);
        Assert.Contains("in use", Assert.Throws<JournalUnavailableException>(() => JournalDirectory.OpenToWrite(_root)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_that_cannot_be_written_to_says_so()
    {
        File.WriteAllText(_root, "a file where the directory should be");
        try
        {
            Assert.Contains("cannot be written",
                Assert.Throws<JournalUnavailableException>(() => JournalDirectory.OpenToWrite(_root)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(_root);
        }
    }

    [Fact]
    public void A_place_without_a_journal_says_so() =>
        Assert.Contains("no journal", Assert.Throws<JournalUnavailableException>(() => JournalDirectory.OpenToRead(_root)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_full_disk_is_an_error_and_loses_nothing_that_was_acknowledged()
    {
        Directory.CreateDirectory(_root);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", _root), "needs the right to mount a small file system");
        try
        {
            ulong durable;
            using (JournalDirectory directory = JournalDirectory.OpenToWrite(_root))
            using (var writer = new JournalWriter(directory))
            {
                var failure = Assert.Throws<JournalUnavailableException>(() =>
                {
                    for (int i = 0; i < 100_000; i++)
                    {
                        writer.Append(1, Encoding.ASCII.GetBytes(Text(i)));
                        if (i % 100 == 0)
                        {
                            writer.Flush();
                        }
                    }
                });
                Assert.Contains("Make room", failure.Message, StringComparison.Ordinal);
                durable = writer.DurableCount;
            }
            Assert.True(durable > 100);
            List<string> left = ReadAll();
            Assert.True((ulong)left.Count >= durable);
            Assert.Equal(Enumerable.Range(0, left.Count).Select(Text), left);
        }
        finally
        {
            Run("umount", _root);
        }
    }

    [Fact]
    public void A_snapshot_is_read_back_whole_and_any_change_is_found()
    {
        Directory.CreateDirectory(_root);
        string path = Path.Combine(_root, "1.snap");
        SnapshotFile.Write(path, [(3, new byte[] { 1, 2, 3 }), (9, new byte[200])]);
        Assert.Equal([3u, 9u], SnapshotFile.Read(path).Select(p => p.Id));
        byte[] bytes = File.ReadAllBytes(path);
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 1;
            File.WriteAllBytes(path, changed);
            Assert.Throws<JournalDamagedException>(() => SnapshotFile.Read(path));
        }
    }

    [Fact]
    public void The_bytes_of_a_journal_are_frozen()
    {
        Write(0, 2);
        string found = Convert.ToHexStringLower(File.ReadAllBytes(Segment())) + "\n"
            + Convert.ToHexStringLower(File.ReadAllBytes(Path.Combine(_root, "journal", "durable"))) + "\n";
        Golden.Check("journal.hex", found);
    }

    private static string Text(int i) => $"record {i:D6}";

    private string Segment() => Directory.GetFiles(Path.Combine(_root, "journal"), "*.seg").Single();

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private void Write(int from, int count)
    {
        using JournalDirectory directory = JournalDirectory.OpenToWrite(_root);
        using var writer = new JournalWriter(directory);
        for (int i = from; i < from + count; i++)
        {
            writer.Append(1, Encoding.ASCII.GetBytes(Text(i)));
        }
    }

    private List<string> ReadAll()
    {
        using JournalDirectory directory = JournalDirectory.OpenToRead(_root);
        using var reader = new JournalReader(directory);
        var found = new List<string>();
        while (reader.MoveNext())
        {
            found.Add(Encoding.ASCII.GetString(reader.Payload));
        }
        return found;
    }
}
