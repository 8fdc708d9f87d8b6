using System;
using System.IO;
using System.Text;
using Surety.Journal;
using Surety.Simulation.Faults;

namespace Surety.Assurance.Tests;

public class SimulatedDiskTests
{
    private const string Root = "/venue";
    private const int Seeds = 40;

    [Fact]
    public void A_journal_that_was_acknowledged_opens_after_a_crash_with_the_mark_of_what_is_durable()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var disk = new SimulatedDisk(seed);
            using (JournalDirectory directory = JournalDirectory.OpenToWrite(Root, disk))
            {
                Append(Open(directory), 0, 3);
                disk.Crash();
            }
            disk.Restart();
            Assert.Equal(3ul, Count(disk));
        }
    }

    // What Linux does with bytes whose flush failed: they are read as if they were written, and no later flush writes them.
    [Fact]
    public void What_is_acknowledged_after_a_flush_that_failed_is_there_after_a_crash()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var disk = new SimulatedDisk(seed);
            using (JournalDirectory directory = JournalDirectory.OpenToWrite(Root, disk))
            {
                JournalWriter writer = Open(directory);
                Append(writer, 0, 2);
                disk.FailingFlushes = 1;
                Assert.Throws<JournalUnavailableException>(() => Append(writer, 2, 1));
            }
            // The same process, or the next one, goes on without a start of the machine.
            using (JournalDirectory directory = JournalDirectory.OpenToWrite(Root, disk))
            {
                JournalWriter writer = Open(directory);
                ulong read = writer.Count;
                Append(writer, (int)read, 2);
                disk.Crash();
                disk.Restart();
                Assert.True(Count(disk) >= read + 2, $"seed {seed}: {Count(disk)} of {read + 2}");
            }
        }
    }

    [Fact]
    public void A_disk_keeps_what_was_flushed_and_may_lose_or_tear_the_rest()
    {
        (int whole, int none, int torn) = (0, 0, 0);
        for (ulong seed = 1; seed <= 400; seed++)
        {
            var disk = new SimulatedDisk(seed);
            disk.CreateDirectory("/d");
            IDiskFile file = disk.OpenToWrite("/d/f");
            file.Write(Bytes('a', 2_048), 0);
            file.Flush();
            disk.SyncDirectory("/d");
            file.Write(Bytes('b', 2_048), 2_048);
            disk.Crash();
            Assert.Throws<SimulatedCrashException>(() => file.Write(Bytes('c', 1), 0));
            disk.Restart();
            byte[] found = disk.ReadAll("/d/f");
            Assert.Equal(Bytes('a', 2_048), found[..2_048]);
            int kept = found.AsSpan(2_048).Count((byte)'b');
            (whole, none, torn) = (whole + (kept == 2_048 ? 1 : 0), none + (kept == 0 ? 1 : 0), torn + (kept is > 0 and < 2_048 ? 1 : 0));
        }
        Assert.True(whole > 40 && none > 40 && torn > 20, $"{whole} whole, {none} lost, {torn} torn");
    }

    [Fact]
    public void A_name_may_be_lost_until_its_directory_is_synced_and_a_full_disk_says_so()
    {
        int lost = 0;
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var disk = new SimulatedDisk(seed) { Room = 10 };
            disk.CreateDirectory("/d");
            IDiskFile file = disk.OpenToWrite("/d/f");
            Assert.Throws<IOException>(() => file.Write(Bytes('a', 11), 0));
            file.Flush();
            disk.Crash();
            disk.Restart();
            lost += disk.Exists("/d/f") ? 0 : 1;
            disk.OpenToWrite("/d/g").Dispose();
            disk.SyncDirectory("/d");
            disk.Crash();
            disk.Restart();
            Assert.True(disk.Exists("/d/g"));
        }
        Assert.InRange(lost, 10, 50);
    }

    private static JournalWriter Open(JournalDirectory directory)
    {
        var reader = new JournalReader(directory);
        while (reader.MoveNext())
        {
        }
        return new JournalWriter(directory, reader, onCaller: true);
    }

    private static void Append(JournalWriter writer, int from, int count)
    {
        for (int i = from; i < from + count; i++)
        {
            writer.Append(7, Encoding.UTF8.GetBytes($"record {i}"));
        }
        writer.Flush();
    }

    private static ulong Count(SimulatedDisk disk)
    {
        using var reader = new JournalReader(JournalDirectory.OpenToRead(Root, disk));
        while (reader.MoveNext())
        {
            Assert.Equal($"record {reader.Count - 1}", Encoding.UTF8.GetString(reader.Payload));
        }
        return reader.Count;
    }

    private static byte[] Bytes(char value, int count)
    {
        var bytes = new byte[count];
        bytes.AsSpan().Fill((byte)value);
        return bytes;
    }
}
