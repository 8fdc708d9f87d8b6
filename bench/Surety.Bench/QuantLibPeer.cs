using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Surety.Bench;

/// <summary>The driver in <c>bench/peers/quantlib.cpp</c>, built on the spot with the machine's C++ compiler.</summary>
internal sealed class QuantLibPeer : IDisposable
{
    private readonly string _directory;

    private QuantLibPeer(string directory) => _directory = directory;

    /// <summary>Builds it, or says what is missing and gives null.</summary>
    public static QuantLibPeer? TryBuild(Action<string> say, [CallerFilePath] string caller = "")
    {
        string source = Path.Combine(Path.GetDirectoryName(caller)!, "..", "peers", "quantlib.cpp");
        if (!File.Exists("/usr/include/ql/quantlib.hpp") || !File.Exists(source))
        {
            say("QuantLib is not here, so nothing is compared with it: apt-get install libquantlib0-dev g++ (Debian).");
            return null;
        }
        string directory = Directory.CreateTempSubdirectory("surety-quantlib").FullName;
        say("Building the QuantLib driver, some 20 seconds ...");
        try
        {
            using Process compiler = Process.Start(
                new ProcessStartInfo("g++",
                    ["-O2", "-march=native", source, "-lQuantLib", "-o", Path.Combine(directory, "peer")])
                {
                    RedirectStandardError =
                    true
                })!;
            string errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            if (compiler.ExitCode == 0)
            {
                return new QuantLibPeer(directory);
            }
            say($"The QuantLib driver does not build, so nothing is compared with it: {errors}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            say("There is no g++ here, so nothing is compared with QuantLib: apt-get install libquantlib0-dev g++ (Debian).");
        }
        Directory.Delete(directory, recursive: true);
        return null;
    }

    /// <summary>Runs it over the same inputs: its results one column after another, and items and seconds by task.</summary>
    public (double[] Output, IReadOnlyDictionary<string, (double Count, double Seconds)> Times) Run(double[][] columns,
        double[][] americans)
    {
        string input = Path.Combine(_directory, "input");
        string output = Path.Combine(_directory, "output");
        using (var file = new BinaryWriter(File.Create(input)))
        {
            file.Write((long)columns[0].Length);
            file.Write((long)americans[0].Length);
            foreach (double[] column in columns)
            {
                file.Write(MemoryMarshal.AsBytes<double>(column));
            }
            foreach (double[] column in americans)
            {
                file.Write(MemoryMarshal.AsBytes<double>(column));
            }
        }
        using Process peer =
            Process.Start(new ProcessStartInfo(Path.Combine(_directory, "peer"), [input, output]) { RedirectStandardOutput = true })!;
        var times = new Dictionary<string, (double, double)>();
        while (peer.StandardOutput.ReadLine() is { } line)
        {
            string[] parts = line.Split(' ');
            times[parts[0]] = (double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture));
        }
        peer.WaitForExit();
        if (peer.ExitCode != 0)
        {
            throw new InvalidOperationException($"the QuantLib driver ended with {peer.ExitCode}");
        }
        return (MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(output)).ToArray(), times);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
