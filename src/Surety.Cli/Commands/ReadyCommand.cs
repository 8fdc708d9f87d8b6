using System;
using System.CommandLine;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Surety.Cli.Commands;

/// <summary><c>surety ready</c></summary>
internal static class ReadyCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "The venue", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var command =
            new Command("ready", "Whether a node takes requests: exits 0 if it does, 1 if not; for containers and scripts") { url };
        command.SetAction((parsed, cancellation) => AskAsync(parsed.GetValue(url)!, cancellation));
        return command;
    }

    private static async Task<int> AskAsync(string url, CancellationToken cancellation)
    {
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
            using HttpResponseMessage answer = await http.GetAsync(new Uri(url.TrimEnd('/') + "/health/ready"), cancellation);
            Console.Write(await answer.Content.ReadAsStringAsync(cancellation));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            Console.Error.WriteLine($"surety: {url}: {e.Message}");
            return 1;
        }
    }
}
