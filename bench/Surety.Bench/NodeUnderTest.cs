using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Tasks;

namespace Surety.Bench;

/// <summary>A node in a process of its own, started and killed as an operator or an accident would.</summary>
public sealed class NodeUnderTest : IDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Process _process;

    private NodeUnderTest(Process process, string url, double seconds) => (_process, Url, StartSeconds) = (process, url, seconds);

    /// <summary>Where it listens.</summary>
    public string Url { get; }

    /// <summary>From the start of the process to the first "ready", seconds.</summary>
    public double StartSeconds { get; }

    /// <summary>Processor seconds that it has used.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>surety.dll of the checkout that this program was built in, of the same configuration.</summary>
    /// <exception cref="InvalidOperationException">It was not built.</exception>
    public static string FindProgram()
    {
        // bench/Surety.Bench/bin/Release/net10.0
        string framework = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string root = Path.GetFullPath(Path.Combine(framework, "..", "..", "..", "..", ".."));
        string configuration = Path.GetFileName(Path.GetDirectoryName(framework)!);
        string program = Path.Combine(root, "src", "Surety.Cli", "bin", configuration, Path.GetFileName(framework), "surety.dll");
        return File.Exists(program)
            ? program
            : throw new InvalidOperationException($"{program}: is not there; build src/Surety.Cli first, as ./surety does");
    }

    /// <summary>Starts a node and waits until it takes requests.</summary>
    /// <param name="program">surety.dll.</param>
    /// <param name="directory">The venue's directory.</param>
    /// <param name="settings">Its settings file.</param>
    /// <param name="output">Where it writes what it says; null for nowhere.</param>
    /// <exception cref="InvalidOperationException">It ended, or was not ready within a minute and a half.</exception>
    public static async Task<NodeUnderTest> StartAsync(string program, string directory, string settings, string? output = null)
    {
        int port = FreePort();
        long started = Stopwatch.GetTimestamp();
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (
            string argument in (string[])[program, "node", "--data", directory, "--config", settings, "--port",
                port.ToString(System.Globalization.CultureInfo.InvariantCulture)])
        {
            info.ArgumentList.Add(argument);
        }
        var said = new List<string>();
        Process process = Process.Start(info)!;
        void Hear(object? sender, DataReceivedEventArgs e)
        {
            if (e.Data is { } line)
            {
                lock (said)
                {
                    said.Add(line);
                    if (output is not null)
                    {
                        File.AppendAllText(output, line + "\n");
                    }
                }
            }
        }
        process.OutputDataReceived += Hear;
        process.ErrorDataReceived += Hear;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        string url = $"http://127.0.0.1:{port}";
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < 90)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"the node ended: {string.Join(" | ", said)}");
            }
            try
            {
                using HttpResponseMessage answer = await Http.GetAsync(new Uri(url + "/health/ready"));
                if (answer.IsSuccessStatusCode)
                {
                    return new NodeUnderTest(process, url, Stopwatch.GetElapsedTime(started).TotalSeconds);
                }
            }
            catch (HttpRequestException)
            {
                await Task.Delay(10);
            }
        }
        process.Kill();
        throw new InvalidOperationException("the node was not ready within 90 s");
    }

    /// <summary>Calls a method over HTTP and returns its result.</summary>
    public async Task<JsonElement> CallAsync(string method, object parameters, string? authorization = null)
    {
        using var request =
            new HttpRequestMessage(HttpMethod.Post,
                new Uri($"{Url}/api/v2/{method}"))
            { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(parameters)) };
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }
        using HttpResponseMessage answer = await Http.SendAsync(request);
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.TryGetProperty("result", out JsonElement result)
            ? result.Clone()
            : throw new InvalidOperationException($"{method}: {document.RootElement.GetProperty("error")}");
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Asks it to stop, and waits until it has.</summary>
    public void Stop()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        if (!_process.WaitForExit(20_000))
        {
            Kill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
