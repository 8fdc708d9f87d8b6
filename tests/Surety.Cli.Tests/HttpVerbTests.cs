using System;
using System.Linq;
using System.Net.Http;
using System.Net.WebSockets;
using System.Text;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Gateway.Api;
using Surety.Protocol.Rows;

namespace Surety.Cli.Tests;

/// <summary>Verbs, origins and types of content: what a page in a customer's browser can make the node do.</summary>
[Collection("node")]
public sealed class HttpVerbTests(NodeFixture node)
{
    private const string Perpetual = "BTC_USDC-PERPETUAL";

    [Fact]
    public async Task Only_get_and_post_carry_anything_out()
    {
        (VenueClient client, string id, string secret, _) = await node.TraderAsync();
        await using VenueClient own = client;
        decimal price =
            Math.Round((await client.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("mark_price").GetDecimal()
                * 0.97m);
        await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, price });
        foreach (string verb in (string[])["OPTIONS", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
        {
            foreach (
                (string path, string allow) in ((string, string)[])[("", "POST"), ("/public/get_time", "GET, POST"),
                    ("/private/cancel_all", "GET, POST"), ("/surety/submit", "POST"), ("/public/auth", "POST"),
                    ("/public/nothing", "GET, POST")])
            {
                using HttpResponseMessage answer = await SendAsync(new HttpMethod(verb), path, Basic(id, secret));
                Assert.True((int)answer.StatusCode == 405, $"{verb} {path}: {(int)answer.StatusCode}");
                Assert.Equal(allow, string.Join(", ", answer.Content.Headers.Allow));
                Assert.DoesNotContain("result", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
        Assert.Equal(1, (await client.CallAsync("private/get_open_orders")).GetArrayLength());
        using HttpResponseMessage cancelled = await SendAsync(HttpMethod.Get, "/private/cancel_all", Basic(id, secret));
        Assert.Equal(200, (int)cancelled.StatusCode);
        Assert.Equal(0, (await client.CallAsync("private/get_open_orders")).GetArrayLength());
    }

    [Fact]
    public async Task Without_an_authorization_header_get_reaches_public_questions_only()
    {
        (VenueClient client, string id, string secret, _) = await node.TraderAsync();
        await client.DisposeAsync();
        foreach (RpcMethod method in node.Running.Gateway.Methods.Where(m => !m.NeedsConnection))
        {
            using HttpResponseMessage plain = await SendAsync(HttpMethod.Get, "/" + method.Name + "?access_token=x", null);
            int expected = method.Scope != KeyScopes.None ? 401 : method.PostOnly ? 405 : 0;
            Assert.True(expected == 0 ? (int)plain.StatusCode is not (401 or 403 or 405) : (int)plain.StatusCode == expected,
                $"{method.Name}: {(int)plain.StatusCode}");
            if (method.PostOnly)
            {
                using HttpResponseMessage signed = await SendAsync(HttpMethod.Get, "/" + method.Name, Basic(id, secret));
                Assert.Equal(405, (int)signed.StatusCode);
            }
        }
        using HttpResponseMessage unknown = await SendAsync(HttpMethod.Get, "/public/nothing", null);
        Assert.Equal(404, (int)unknown.StatusCode);
        // Every method that needs no log-in and is not a plain question is by POST only.
        string[] asks =
            ["public/get_", "surety/get_", "surety/key", "surety/venue", "surety/search", "public/test", "public/ticker", "public/hello",
                "public/status"];
        Assert.All(node.Running.Gateway.Methods.Where(m => m.Scope == KeyScopes.None && !m.NeedsConnection && !m.PostOnly),
            m => Assert.Contains(asks, a => m.Name.StartsWith(a, StringComparison.Ordinal)));
        using HttpResponseMessage secretInQuery =
            await SendAsync(HttpMethod.Get, $"/public/auth?grant_type=client_credentials&client_id={id}&client_secret={secret}", null);
        Assert.Equal(405, (int)secretInQuery.StatusCode);
        using HttpResponseMessage postedQuery =
            await SendAsync(HttpMethod.Post, $"/public/auth?grant_type=client_credentials&client_id={id}&client_secret={secret}", null);
        Assert.Equal(400, (int)postedQuery.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example", null)]
    [InlineData("null", null)]
    [InlineData("http://127.0.0.1", null)]
    [InlineData("https://127.0.0.1:1", null)]
    [InlineData("http://evil.example:8080", "evil.example:8080")]
    [InlineData("http://localhost.evil.example", "localhost.evil.example")]
    public async Task A_page_of_another_origin_reaches_nothing(string origin, string? host)
    {
        foreach (
            (HttpMethod verb, string path) in ((HttpMethod, string)[])[(HttpMethod.Get, "/public/get_time"),
                (HttpMethod.Post, "/surety/open_account"), (HttpMethod.Post, ""), (HttpMethod.Options, "/private/buy")])
        {
            using HttpResponseMessage answer = await SendAsync(verb, path, null, origin, host);
            Assert.Equal(403, (int)answer.StatusCode);
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
        if (host is null)
        {
            await Assert.ThrowsAsync<WebSocketException>(async () => await Listener.ConnectAsync(node.Url, origin));
        }
    }

    [Fact]
    public async Task The_nodes_own_page_and_programs_are_answered()
    {
        using HttpResponseMessage own = await SendAsync(HttpMethod.Get, "/public/get_time", null, node.Url);
        Assert.Equal(200, (int)own.StatusCode);
        await using Listener page = await Listener.ConnectAsync(node.Url, node.Url);
        Assert.True((await page.AskAsync("public/test")).TryGetProperty("result", out _));
        Assert.Equal(200, (await node.GetAsync("/api/v2/public/get_time")).Status);
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("application/x-www-form-urlencoded", 415)]
    [InlineData("multipart/form-data; boundary=x", 415)]
    [InlineData("application/json", 200)]
    [InlineData("application/json; charset=utf-8", 200)]
    public async Task What_is_posted_is_json(string type, int status)
    {
        using var request =
            new HttpRequestMessage(HttpMethod.Post,
                new Uri(node.Url + "/api/v2"))
            {
                Content =
                new ByteArrayContent("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/test\"}"u8.ToArray())
            };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using HttpResponseMessage answer = await node.Http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    private static string Basic(string id, string secret) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod verb, string path, string? authorization, string? origin = null,
        string? host = null)
    {
        using var request = new HttpRequestMessage(verb, new Uri($"{node.Url}/api/v2{path}"));
        if (verb == HttpMethod.Post)
        {
            request.Content = new ByteArrayContent([]);
        }
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }
        if (host is not null)
        {
            request.Headers.Host = host;
        }
        if (verb == HttpMethod.Options)
        {
            request.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "GET");
        }
        return await node.Http.SendAsync(request);
    }
}
