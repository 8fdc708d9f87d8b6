using System;
using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Gateway.Web;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>From a JSON-RPC request to its method and back: checks who asks, how often, and with which parameters.</summary>
public sealed class RpcDispatcher(IEnumerable<RpcMethod> methods, RateLimits limits, Sessions sessions, bool isTest,
    Action<string, RpcException?> counted, Action<string, Exception> unexpected, Func<RefusalCode, long, string> words)
{
    /// <summary>The most requests of a batch.</summary>
    public const int MostInBatch = 100;

    /// <summary>The most bytes of a batch's answers together; those beyond are errors.</summary>
    public const int MostBatchBytes = 4 << 20;

    private const int MaxDepth = 16;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = MaxDepth };
    private readonly FrozenDictionary<string, RpcMethod> _methods = methods.ToFrozenDictionary(m => m.Name, StringComparer.Ordinal);

    /// <summary>All methods, for the documentation.</summary>
    public IReadOnlyList<RpcMethod> Methods => [.. _methods.Values.OrderBy(m => m.Name, StringComparer.Ordinal)];

    /// <summary>Takes a text of one request or a batch of them; <paramref name="send"/> gets each answer, a batch's as one list.</summary>
    public void Handle(ReadOnlyMemory<byte> text, RpcPeer peer, Action<ReadOnlyMemory<byte>> send)
    {
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Reading);
            root = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            Answer(new RpcCall("", default, default, peer, (_, _, _) => { }), null,
                new RpcException(-32700, "Parse error",
                $"the text is not JSON, or nested deeper than {MaxDepth}: {Node.Instruments.Instrument.Short(e.Message)}"), send);
            return;
        }
        if (root.ValueKind == JsonValueKind.Array)
        {
            HandleBatch(root, peer, send);
        }
        else
        {
            HandleOne(root, peer, send);
        }
    }

    /// <summary>Takes a method and its parameters, as plain HTTP gives them.</summary>
    public void Call(string method, JsonElement id, JsonElement parameters, RpcPeer peer, Action<ReadOnlyMemory<byte>> send,
        Action<RpcException?, Allowance>? outcome = null) =>
        Call(method, id, parameters, peer, peer.Session, null, send, outcome);

    private void Call(string method, JsonElement id, JsonElement parameters, RpcPeer peer, Session? session, string? problem,
        Action<ReadOnlyMemory<byte>> send, Action<RpcException?, Allowance>? outcome)
    {
        Allowance allowance = default;
        bool exists = _methods.TryGetValue(method, out RpcMethod? known);
        var call = new RpcCall(method, id, parameters, peer, (c, write, error) =>
        {
            counted(exists ? method : "unknown", error);
            outcome?.Invoke(error, allowance);
            Answer(c, write, error, send);
        })
        {
            Words = e => Translate(method, e),
        };
        try
        {
            if (!JsonTexts.AreSound(parameters))
            {
                throw new RpcException(-32602, "Invalid params", JsonTexts.Problem, "params");
            }
            if (!exists)
            {
                throw new RpcException(-32601, "Method not found",
                    $"there is no method {Node.Instruments.Instrument.Short(method)}; see /api/openapi.json for those there are");
            }
            problem ??= session is null ? null : sessions.Problem(session, peer.Address);
            call.Caller = problem is null ? session : null;
            Check(known!, call, peer, problem, out allowance);
            Task task = known!.Handler(call);
            if (!task.IsCompletedSuccessfully)
            {
                _ = Finish(task, call);
            }
        }
        catch (Exception e)
        {
            call.Fail(Translate(method, e));
        }
    }

    private async Task Finish(Task task, RpcCall call)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            call.Fail(Translate(call.Method, e));
        }
    }

    /// <summary>Whatever went wrong, in the API's shape.</summary>
    public RpcException Translate(string method, Exception e)
    {
        switch (e)
        {
            case RpcException { Refusal: not RefusalCode.None, Reason: null } refusal:
                return RpcException.Of(refusal.Refusal, refusal.Detail, words(refusal.Refusal, refusal.Detail));
            case RpcException error:
                return error;
            case LoginException login:
                return new RpcException(13004, "invalid_credentials", login.Message);
            case ForeignKeyException foreign:
                return new RpcException(13004, "invalid_credentials", foreign.Message);
            case QueueFullException full:
                return new RpcException(10047, "matching_engine_queue_full", full.Message) { WaitMs = 100 };
            case VenueStoppedException stopped:
                return new RpcException(11051, "system_maintenance", stopped.Message) { WaitMs = 1000 };
            default:
                unexpected(method, e);
                return new RpcException(11094, "internal_server_error", "something that should not happen; it was logged");
        }
    }

    /// <summary>The method of a name; null when there is none.</summary>
    public RpcMethod? Find(string name) => _methods.GetValueOrDefault(name);

    /// <summary>
    /// Why a caller may not call a method: the one place where that is decided. What it may do with which account is the method's own
    /// question.
    /// </summary>
    /// <param name="method">The method.</param>
    /// <param name="caller">Who asks; null without a log-in.</param>
    /// <param name="problem">Why a log-in that was tried does not hold.</param>
    internal static RpcException? Refusal(RpcMethod method, Session? caller, string? problem)
    {
        if ((method.Scope != KeyScopes.None || method.OperatorOnly || method.Signs) && caller is null)
        {
            return RpcException.Unauthorized(problem ?? "log in first: public/auth, or sign the request");
        }
        return caller is not null && (caller.Scopes & method.Scope) != method.Scope
            ? RpcException.Forbidden($"this key may not do that: it needs the scope {method.Scope}")
            : method.OperatorOnly && !caller!.IsOperator ? RpcException.Forbidden("this is for the venue's operator")
            : method.OwnerWide && caller!.Account != caller.Owner
                ? RpcException.Forbidden(
                    "this concerns all accounts of the owner: use a key of the master account, not one made for a sub-account")
            : method.Signs && caller!.ApiKey is null
                ? RpcException.Forbidden(
                    "the venue cannot sign for this key: sign the command yourself and send it by surety/submit, or log in with an API key")
            : null;
    }

    private void Check(RpcMethod method, RpcCall call, RpcPeer peer, string? problem, out Allowance allowance)
    {
        if (Refusal(method, call.Caller, problem) is { } refusal)
        {
            throw refusal;
        }
        if (method.NeedsConnection && peer.Connection is null)
        {
            throw new RpcException(10030, "must_be_websocket_request", "this needs a WebSocket connection: /ws/api/v2");
        }
        string sender = call.Caller is { } known ? "key:" + known.Key : "address:" + Addresses.NameOf(peer.Address);
        bool waits = (method.IsOrder || method.Signs) && !method.Relieves && !method.Name.Contains("cancel", StringComparison.Ordinal)
            && !method.Name.Contains("close_position", StringComparison.Ordinal);
        allowance = limits.Take(sender, call.Caller?.Account, method.Cost, method.IsOrder, waits);
        if (!allowance.Granted)
        {
            throw new RpcException(10028, "too_many_requests",
                $"the allowance is used up; try again in {allowance.WaitMs} ms")
            { WaitMs = allowance.WaitMs };
        }
        method.CheckParams(call.Parameters);
    }

    private void HandleOne(JsonElement request, RpcPeer peer, Action<ReadOnlyMemory<byte>> send)
    {
        if (!JsonTexts.AreSound(request))
        {
            Answer(new RpcCall("", IdOf(request), default, peer, (_, _, _) => { }), null,
                new RpcException(-32600, "Invalid Request", JsonTexts.Problem), send);
            return;
        }
        if (request.ValueKind != JsonValueKind.Object || !request.TryGetProperty("method", out JsonElement method)
            || method.ValueKind != JsonValueKind.String)
        {
            Answer(new RpcCall("", default, default, peer, (_, _, _) => { }), null,
                new RpcException(-32600, "Invalid Request", "expected {\"jsonrpc\":\"2.0\",\"id\":…,\"method\":\"…\",\"params\":{…}}"),
                send);
            return;
        }
        if (IsTwice(request) is { } twice)
        {
            Answer(new RpcCall("", default, default, peer, (_, _, _) => { }), null,
                new RpcException(-32600, "Invalid Request",
                $"{twice}: it is given twice, so the request was not carried out; give it once"), send);
            return;
        }
        request.TryGetProperty("id", out JsonElement id);
        request.TryGetProperty("params", out JsonElement parameters);
        // A token in a request is for that request alone.
        Session? session = peer.Session;
        string? problem = null;
        if (parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(RpcMethod.AccessToken, out JsonElement token)
            && token.ValueKind == JsonValueKind.String)
        {
            try
            {
                session = sessions.ByToken(token.GetString()!, peer.Address);
            }
            catch (LoginException e)
            {
                (session, problem) = (null, e.Message);
            }
        }
        Call(method.GetString()!, id, parameters, peer, session, problem, send, null);
    }

    // Which of two counts is not for the reader of one of them to guess.
    private static string? IsTwice(JsonElement request)
    {
        (int ids, int methods, int parameters) = (0, 0, 0);
        foreach (JsonProperty property in request.EnumerateObject())
        {
            _ = property.NameEquals("id"u8)
                ? ids++
                : property.NameEquals("method"u8)
                ? methods++
                : property.NameEquals("params"u8)
                ? parameters++
                : 0;
        }
        return ids > 1 ? "id" : methods > 1 ? "method" : parameters > 1 ? "params" : null;
    }

    // A request's id, whatever else is wrong with it; none where it cannot be read.
    private static JsonElement IdOf(JsonElement request) =>
        request.ValueKind == JsonValueKind.Object && request.EnumerateObject().All(IsReadable)
            && request.TryGetProperty("id", out JsonElement id) && JsonTexts.AreSound(id) ? id : default;

    private static bool IsReadable(JsonProperty property)
    {
        try
        {
            return property.Name is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private void HandleBatch(JsonElement requests, RpcPeer peer, Action<ReadOnlyMemory<byte>> send)
    {
        int count = requests.GetArrayLength();
        if (count is 0 or > MostInBatch)
        {
            Answer(new RpcCall("", default, default, peer, (_, _, _) => { }), null,
                new RpcException(-32600, "Invalid Request", $"a batch has 1 to {MostInBatch} requests, found {count}"), send);
            return;
        }
        var answers = new ReadOnlyMemory<byte>[count];
        int missing = count;
        int bytes = 0;
        int place = 0;
        foreach (JsonElement request in requests.EnumerateArray())
        {
            int at = place++;
            HandleOne(request, peer, answer =>
            {
                answers[at] = Interlocked.Add(ref bytes, answer.Length) <= MostBatchBytes ? answer.ToArray() : TooLong(request, peer);
                if (Interlocked.Decrement(ref missing) == 0)
                {
                    var all = new ArrayBufferWriter<byte>(answers.Sum(a => a.Length + 1) + 2);
                    all.Write("["u8);
                    for (int i = 0; i < answers.Length; i++)
                    {
                        all.Write(i == 0 ? default : ","u8);
                        all.Write(answers[i].Span);
                    }
                    all.Write("]"u8);
                    send(all.WrittenMemory);
                }
            });
        }
    }

    private byte[] TooLong(JsonElement request, RpcPeer peer)
    {
        byte[] error = [];
        Answer(new RpcCall("", IdOf(request), default, peer, (_, _, _) => { }), null,
            new RpcException(10028, "too_many_requests",
            $"the answers of a batch may have {MostBatchBytes} bytes together; ask for less at once"), answer => error = answer.ToArray());
        return error;
    }

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    private void Answer(RpcCall call, Action<Utf8JsonWriter>? write, RpcException? error, Action<ReadOnlyMemory<byte>> send)
    {
        ArrayBufferWriter<byte> buffer = _buffer ??= new ArrayBufferWriter<byte>(4096);
        buffer.ResetWrittenCount();
        Utf8JsonWriter json = _json ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteString("jsonrpc"u8, "2.0"u8);
        if (call.Id.ValueKind is JsonValueKind.Number or JsonValueKind.String)
        {
            json.WritePropertyName("id"u8);
            call.Id.WriteTo(json);
        }
        if (error is null)
        {
            json.WritePropertyName("result"u8);
            try
            {
                write!(json);
            }
            catch (Exception e)
            {
                json.Dispose();
                _json = null;
                Answer(call, null, Translate(call.Method, e), send);
                return;
            }
        }
        else
        {
            WriteError(json, error);
        }
        long now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;
        json.WriteNumber("usIn"u8, call.ReceivedUs);
        json.WriteNumber("usOut"u8, now);
        json.WriteNumber("usDiff"u8, now - call.ReceivedUs);
        json.WriteBoolean("testnet"u8, isTest);
        json.WriteEndObject();
        json.Flush();
        send(buffer.WrittenMemory);
    }

    private static void WriteError(Utf8JsonWriter json, RpcException error)
    {
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, error.Code);
        json.WriteString("message"u8, error.Name);
        json.WriteStartObject("data"u8);
        if (error.Reason is { } reason)
        {
            json.WriteString("reason"u8, reason);
        }
        if (error.Param is { } param)
        {
            json.WriteString("param"u8, param);
        }
        if (error.Refusal != 0)
        {
            json.WriteString("refusal"u8, error.Refusal.ToString());
        }
        if (error.WaitMs is { } wait)
        {
            json.WriteNumber("wait_ms"u8, wait);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
