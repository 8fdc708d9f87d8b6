using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Surety.Node.Api;
using Surety.Node.Identity;

namespace Surety.Node.Web;

/// <summary>Requests over plain HTTP: GET with a query, POST with parameters, or POST with a JSON-RPC request or batch of them.</summary>
internal sealed class HttpEndpoint(VenueNode node)
{
    private sealed class HttpPeer : RpcPeer;

    /// <summary>POST /api/v2</summary>
    public async Task JsonRpc(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await Fail(context, 405, "POST a JSON-RPC request here, or GET /api/v2/public/get_time");
            return;
        }
        if (await Body(context) is not { } body || await Peer(context, Encoding.UTF8.GetString(body)) is not { } peer)
        {
            return;
        }
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Dispatcher.Handle(body, peer, bytes => answer.TrySetResult(bytes.ToArray()));
        await Answer(context, 200, await answer.Task.WaitAsync(context.RequestAborted));
    }

    /// <summary>GET or POST /api/v2/{scope}/{method}</summary>
    public async Task Plain(HttpContext context)
    {
        string method = $"{context.Request.RouteValues["scope"]}/{context.Request.RouteValues["method"]}";
        byte[] body = [];
        if (HttpMethods.IsPost(context.Request.Method))
        {
            if (await Body(context) is not { } read)
            {
                return;
            }
            body = read;
        }
        if (await Peer(context, Encoding.UTF8.GetString(body)) is not { } peer)
        {
            return;
        }
        JsonElement parameters;
        try
        {
            parameters = body.Length > 0 ? Parse(body) : FromQuery(context.Request.Query);
        }
        catch (JsonException)
        {
            await Fail(context, 400, "the body is not a JSON object of parameters");
            return;
        }
        if (body.Length > 0 && context.Request.Query.Count > 0)
        {
            await Fail(context, 400, "parameters stand in the body or in the query, not in both");
            return;
        }
        JsonElement id = default;
        if (parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("method", out JsonElement named) && named.ValueKind == JsonValueKind.String && parameters.TryGetProperty("params", out JsonElement inner))
        {
            if (JsonTexts.AreSound(named) && named.GetString() != method)
            {
                await Fail(context, 400, $"the body asks for {Instruments.Instrument.Short(named.GetString()!)}, the address for {method}; they must be the same");
                return;
            }
            parameters.TryGetProperty("id", out id);
            parameters = inner;
        }
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        int status = 200;
        node.Dispatcher.Call(method, id, parameters, peer, bytes => answer.TrySetResult(bytes.ToArray()), (error, allowance) =>
        {
            status = error is null ? 200 : error.Code switch { 10028 or 10047 => 429, 13009 or 13004 or 10000 => 401, 13021 => 403, -32601 => 404, 11051 => 503, 11094 => 500, _ => 400 };
            if (!context.Response.HasStarted)
            {
                IHeaderDictionary headers = context.Response.Headers;
                headers["X-RateLimit-Limit"] = allowance.Limit.ToString(CultureInfo.InvariantCulture);
                headers["X-RateLimit-Remaining"] = allowance.Remaining.ToString(CultureInfo.InvariantCulture);
                if (error?.WaitMs is { } wait)
                {
                    headers.RetryAfter = ((wait + 999) / 1000).ToString(CultureInfo.InvariantCulture);
                }
            }
        });
        byte[] bytes = await answer.Task.WaitAsync(context.RequestAborted);
        await Answer(context, status, bytes);
    }

    private static async Task Answer(HttpContext context, int status, byte[] bytes)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.AccessControlAllowOrigin = "*";
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static async Task Fail(HttpContext context, int status, string reason)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteStartObject("error");
            json.WriteNumber("code", status == 401 ? 13009 : -32700);
            json.WriteString("message", status == 401 ? "unauthorized" : "Invalid Request");
            json.WriteStartObject("data");
            json.WriteString("reason", reason);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        await Answer(context, status, stream.ToArray());
    }

    private static async Task<byte[]?> Body(HttpContext context)
    {
        try
        {
            using var memory = new MemoryStream();
            await context.Request.Body.CopyToAsync(memory, context.RequestAborted);
            return memory.ToArray();
        }
        catch (BadHttpRequestException e)
        {
            await Fail(context, e.StatusCode, e.Message);
            return null;
        }
    }

    // Who asks: by HMAC over this request, by token, or by id and secret.
    private async Task<RpcPeer?> Peer(HttpContext context, string body)
    {
        var peer = new HttpPeer { Address = context.Connection.RemoteIpAddress, Origin = context.Request.Headers.Origin.ToString() };
        string header = context.Request.Headers.Authorization.ToString();
        try
        {
            if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            {
                peer.Session = node.Sessions.ByToken(header[7..].Trim());
            }
            else if (header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            {
                string[] parts = Encoding.UTF8.GetString(Convert.FromBase64String(header[6..].Trim())).Split(':', 2);
                peer.Session = parts.Length == 2 ? node.Sessions.BySecret(parts[0], parts[1], peer.Address) : throw new LoginException("Authorization: expected id:secret in base64");
            }
            else if (header.StartsWith("deri-hmac-sha256 ", StringComparison.OrdinalIgnoreCase))
            {
                Dictionary<string, string> parts = header[17..].Split(',').Select(p => p.Trim().Split('=', 2)).Where(p => p.Length == 2).GroupBy(p => p[0]).ToDictionary(p => p.Key, p => p.First()[1]);
                string ts = parts.GetValueOrDefault("ts", "");
                string nonce = parts.GetValueOrDefault("nonce", "");
                string path = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
                peer.Session = node.Sessions.ByHmac(parts.GetValueOrDefault("id", ""), ts, nonce, $"{ts}\n{nonce}\n{context.Request.Method}\n{path}\n{body}\n", parts.GetValueOrDefault("sig", ""), peer.Address);
            }
            return peer;
        }
        catch (Exception e) when (e is LoginException or FormatException)
        {
            await Fail(context, 401, e.Message);
            return null;
        }
    }

    private static JsonElement Parse(byte[] body)
    {
        using JsonDocument document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
        return document.RootElement.Clone();
    }

    private static JsonElement FromQuery(IQueryCollection query)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in query)
            {
                // A name that is given twice stays twice: the method refuses it.
                foreach (string? value in values)
                {
                    json.WriteString(name, value);
                }
            }
            json.WriteEndObject();
        }
        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }
}
