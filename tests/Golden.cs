using System;
using System.IO;
using System.Runtime.CompilerServices;

/// <summary>
/// Compares with a file under tests/golden. When a format is meant to change, run the tests with SURETY_UPDATE_GOLDEN=1 and
/// read the difference before it is committed.
/// </summary>
internal static class Golden
{
    public static void Check(string name, string found, [CallerFilePath] string caller = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(caller)!, "..", "golden", name);
        if (Environment.GetEnvironmentVariable("SURETY_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, found);
        }
        Assert.True(File.Exists(path), $"{path} is missing; make it with SURETY_UPDATE_GOLDEN=1");
        Assert.Equal(File.ReadAllText(path), found);
    }
}
