using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Surety.Gateway.Api;
using Surety.Node.Identity;
using Surety.Node.Settings;
using Surety.Node.Telemetry;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Web;

/// <summary>
/// Requests over plain HTTP: POST with JSON for every method, GET with a query for what only reads, and with credentials in the
/// Authorization header for private methods. Any other verb is answered 405 and carries nothing out.
/// </summary>
internal sealed class HttpEndpoint(RpcDispatcher dispatcher, Sessions sessions, PlainAnswers plainAnswers, NodeMetrics metrics,
    NodeSettings settings)
{
    private readonly Origins _origins = new(settings.Listen);

    private sealed class HttpPeer : RpcPeer;

    /// <summary>POST /api/v2</summary>
    public async Task JsonRpc(HttpContext context)
    {
        if (!await Admits(context, null) || await Body(context) is not { } body || await Peer(context, body) is not { } peer)
        {
            return;
        }
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        dispatcher.Handle(body, peer, bytes => answer.TrySetResult(bytes.ToArray()));
        await Answer(context, 200, await answer.Task.WaitAsync(context.RequestAborted));
    }

    /// <summary>GET or POST /api/v2/{scope}/{method}</summary>
    public async Task Plain(HttpContext context)
    {
        string method = $"{context.Request.RouteValues["scope"]}/{context.Request.RouteValues["method"]}";
        if (!await Admits(context, dispatcher.Find(method)))
        {
            return;
        }
        byte[] body = [];
        if (HttpMethods.IsPost(context.Request.Method))
        {
            if (await Body(context) is not { } read)
            {
                return;
            }
            body = read;
        }
        if (await Peer(context, body) is not { } peer)
        {
            return;
        }
        JsonElement parameters;
        try
        {
            parameters = HttpMethods.IsGet(context.Request.Method)
                ? FromQuery(context.Request.Query)
                : body.Length > 0
                ? Parse(body)
                : default;
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
        // A body whose texts cannot be read is for the dispatcher to refuse: nothing is looked for in it here.
        if (parameters.ValueKind == JsonValueKind.Object && JsonTexts.AreSound(parameters)
            && parameters.TryGetProperty("method", out JsonElement named) && named.ValueKind == JsonValueKind.String
            && parameters.TryGetProperty("params", out JsonElement inner))
        {
            if (named.GetString() != method)
            {
                await Fail(context, 400,
                    $"the body asks for {Node.Instruments.Instrument.Short(named.GetString()!)}, "
                    + $"the address for {method}; they must be the same");
                return;
            }
            parameters.TryGetProperty("id", out id);
            parameters = inner;
        }
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        int status = 200;
        dispatcher.Call(method, id, parameters, peer, bytes => answer.TrySetResult(bytes.ToArray()), (error, allowance) =>
        {
            status = error is null
                ? 200
                : error.Code switch
                {
                    10028 or 10047 => 429,
                    13009 or 13004 or 10000 => 401,
                    13021 => 403,
                    -32601 => 404,
                    11051 => 503,
                    11094 => 500,
                    _ => 400
                };
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

    // Verb, origin and type of content, before anything is read. No method for /api/v2 itself, or for one that does not exist.
    private async Task<bool> Admits(HttpContext context, RpcMethod? method)
    {
        HttpRequest request = context.Request;
        string origin = request.Headers.Origin.ToString();
        // A method that does not exist is told so by the dispatcher.
        bool mayGet = method is { Scope: not KeyScopes.None } or { PostOnly: false }
            || (method is null && request.RouteValues.ContainsKey("method"));
        string allowed = mayGet ? "GET, POST" : "POST";
        if (origin.Length > 0)
        {
            context.Response.Headers.Vary = "Origin";
        }
        if (!_origins.Allows(request))
        {
            await Fail(context, 403,
                $"pages of {Node.Instruments.Instrument.Short(origin)} may not call this "
                + $"venue; its operator can list them in listen.origins");
            return false;
        }
        if (HttpMethods.IsOptions(request.Method) && _origins.IsListed(origin) && request.Headers.AccessControlRequestMethod.Count > 0)
        {
            context.Response.StatusCode = 204;
            context.Response.Headers.AccessControlAllowOrigin = origin;
            context.Response.Headers.AccessControlAllowMethods = allowed;
            context.Response.Headers.AccessControlAllowHeaders = "authorization, content-type";
            context.Response.Headers.AccessControlMaxAge = "600";
            return false;
        }
        bool isGet = HttpMethods.IsGet(request.Method);
        if (isGet ? !mayGet : !HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = allowed;
            await Fail(context, 405,
                isGet && method is not null
                ? "this method takes secrets or changes something: POST its parameters as JSON"
                : isGet
                ? "POST a JSON-RPC request here, or GET /api/v2/public/get_time"
                : $"only {allowed} here");
            return false;
        }
        if (isGet && method is not null && !method.AllowsGet(hasCredentials: request.Headers.Authorization.Count > 0))
        {
            await Fail(context, 401, "log in first: over GET by the Authorization header");
            return false;
        }
        if (!plainAnswers.HasRoom(Addresses.NameOf(context.Connection.RemoteIpAddress)))
        {
            context.Response.Headers.RetryAfter = "1";
            await Fail(context, 429, "answers to this address wait to be read; read them first. Nothing was carried out");
            return false;
        }
        if (!isGet && request.ContentType is { } type
            && !(MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed)
            && parsed.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)))
        {
            await Fail(context, 415, $"content-type: expected application/json, found {Node.Instruments.Instrument.Short(type)}");
            return false;
        }
        return true;
    }

    private async Task Answer(HttpContext context, int status, byte[] bytes)
    {
        PlainAnswers.Held? held = null;
        if (bytes.Length > PlainAnswers.Small
            && (held = plainAnswers.Enter(Addresses.NameOf(context.Connection.RemoteIpAddress), bytes.Length)) is null)
        {
            await Fail(context, 429,
                "the answer was not sent: answers to this address wait to be read; read them, and ask "
                + "for less at once. What was asked for may have been carried out");
            return;
        }
        try
        {
            await Send(context, status, bytes, held?.Cut.Token ?? default);
        }
        finally
        {
            if (held is not null)
            {
                plainAnswers.Leave(held);
            }
        }
    }

    // Piece by piece: who takes none of it for so long has stopped reading, and what was kept for him is given back.
    private async Task Send(HttpContext context, int status, byte[] bytes, CancellationToken cut)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "no-store";
        string origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && _origins.IsListed(origin))
        {
            context.Response.Headers.AccessControlAllowOrigin = origin;
        }
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }
        try
        {
            for (int at = 0; at < bytes.Length; at += PlainAnswers.Small)
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, cut);
                patience.CancelAfter(TimeSpan.FromSeconds(settings.Limits.WriteSeconds));
                await context.Response.Body.WriteAsync(bytes.AsMemory(at, Math.Min(PlainAnswers.Small, bytes.Length - at)), patience.Token);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            metrics.CountDisconnection("slow reader");
            context.Abort();
        }
    }

    private async Task Fail(HttpContext context, int status, string reason)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteStartObject("error");
            json.WriteNumber("code", status switch { 401 => 13009, 403 => 13021, 429 => 10028, _ => -32700 });
            json.WriteString("message",
                status switch
                {
                    401 => "unauthorized",
                    403 => "forbidden",
                    429 => "too_many_requests",
                    405 => "Method Not Allowed",
                    _ => "Invalid Request"
                });
            json.WriteStartObject("data");
            json.WriteString("reason", reason);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        await Answer(context, status, stream.ToArray());
    }

    private async Task<byte[]?> Body(HttpContext context)
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
    private async Task<RpcPeer?> Peer(HttpContext context, byte[] body)
    {
        var peer = new HttpPeer { Address = context.Connection.RemoteIpAddress, Origin = context.Request.Headers.Origin.ToString() };
        string header = context.Request.Headers.Authorization.ToString();
        try
        {
            if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            {
                peer.Session = sessions.ByToken(header[7..].Trim(), peer.Address);
            }
            else if (header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            {
                string[] parts = Encoding.UTF8.GetString(Convert.FromBase64String(header[6..].Trim())).Split(':', 2);
                peer.Session = parts.Length == 2
                    ? sessions.BySecret(parts[0], parts[1], peer.Address)
                    : throw new LoginException("Authorization: expected id:secret in base64");
            }
            else if (header.StartsWith("deri-hmac-sha256 ", StringComparison.OrdinalIgnoreCase))
            {
                Dictionary<string, string> parts =
                    header[17..].Split(',').Select(p => p.Trim().Split('=', 2)).Where(p => p.Length == 2).GroupBy(p => p[0])
                        .ToDictionary(p => p.Key, p => p.First()[1]);
                string target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
                var proof =
                    new HmacProof(parts.GetValueOrDefault("id", ""), parts.GetValueOrDefault("ts", ""),
                        parts.GetValueOrDefault("nonce", ""), parts.GetValueOrDefault("sig", ""));
                peer.Session = sessions.ByRequest(in proof, context.Request.Method, target, body, peer.Address);
            }
            else if (header.Length > 0)
            {
                throw new LoginException("Authorization: expected Bearer, Basic or deri-hmac-sha256");
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
