using System;
using System.IO;
using System.Text;

namespace Surety.Journal;

/// <summary>
/// Files and directories that only their owner can read or write, whatever the umask: 0600 and 0700. On Windows the directory's own rights
/// hold.
/// </summary>
public static class PrivateFiles
{
    private const UnixFileMode OfFiles = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OfDirectories = OfFiles | UnixFileMode.UserExecute;

    /// <summary>Opens a file; one that is made is made private.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows() && mode is not (FileMode.Open or FileMode.Truncate))
        {
            options.UnixCreateMode = OfFiles;
        }
        var stream = new FileStream(path, options);
        if (!OperatingSystem.IsWindows() && mode is not (FileMode.Open or FileMode.Truncate))
        {
            File.SetUnixFileMode(stream.SafeFileHandle, OfFiles);
        }
        return stream;
    }

    /// <summary>Makes an empty private file.</summary>
    /// <exception cref="IOException">It exists.</exception>
    public static void Create(string path) => Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.None).Dispose();

    /// <summary>Writes a file whole: beside its name, then renamed.</summary>
    public static void Write(string path, string text)
    {
        string temporary = path + ".new";
        using (FileStream file = Open(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        MachineDisk.Instance.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes a directory that only this user can enter, or makes one that is there so.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }
        Directory.CreateDirectory(path, OfDirectories);
        Set(path, OfDirectories);
    }

    /// <summary>Takes a file's rights from everyone but its owner.</summary>
    public static void Restrict(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                Set(path, OfFiles);
            }
        }
        catch (FileNotFoundException)
        {
            // Renamed or deleted meanwhile.
        }
    }

    private static void Set(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) != mode)
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
