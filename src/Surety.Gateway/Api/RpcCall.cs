using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using System.Threading;
using Surety.Node.Identity;
using Surety.Node.Instruments;

namespace Surety.Gateway.Api;

/// <summary>Who a call came from and how it is answered: a WebSocket connection or one HTTP request.</summary>
public abstract class RpcPeer
{
    /// <summary>The address that it came from.</summary>
    public System.Net.IPAddress? Address { get; init; }

    /// <summary>The page that it came from, as the browser says.</summary>
    public string Origin { get; init; } = "";

    /// <summary>Who logged in here; whether that still holds is checked at every call.</summary>
    public Session? Session { get; set; }

    /// <summary>The connection, for what needs one that stays; null over plain HTTP.</summary>
    public virtual RpcConnection? Connection => null;
}

/// <summary>One request: its parameters, and its one answer.</summary>
public sealed class RpcCall(string method, JsonElement id, JsonElement parameters, RpcPeer peer,
    Action<RpcCall, Action<Utf8JsonWriter>?, RpcException?> answer)
{
    private int _answered;

    /// <summary>The method asked for.</summary>
    public string Method => method;

    /// <summary>The request's id, given back as it came.</summary>
    public JsonElement Id => id;

    /// <summary>Its parameters, as they came.</summary>
    public JsonElement Parameters => parameters;

    /// <summary>Where it came from.</summary>
    public RpcPeer Peer => peer;

    /// <summary>When it came in, microseconds since 1970.</summary>
    public long ReceivedUs { get; } = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;

    /// <summary>Who asks; only for methods that need a scope.</summary>
    public Session Session => Caller ?? throw RpcException.Unauthorized("log in first: public/auth");

    /// <summary>Who asks, as it was checked when the call came in; null without a log-in.</summary>
    public Session? Caller { get; internal set; }

    /// <summary>Answers with what a writer writes as the result. Only the first answer counts.</summary>
    public void Reply(Action<Utf8JsonWriter> write)
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
        {
            answer(this, write, null);
        }
    }

    /// <summary>Tells an exception in the API's words.</summary>
    internal Func<Exception, RpcException>? Words { get; init; }

    /// <summary>Answers with what came out of the sequencer instead of an outcome.</summary>
    public void Fail(Exception error) => Fail(error as RpcException ?? Words!(error));

    /// <summary>Answers with an error.</summary>
    public void Fail(RpcException error)
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
        {
            answer(this, null, error);
        }
    }

    /// <summary>Answers "ok".</summary>
    public void Ok() => Reply(json => json.WriteStringValue("ok"));

    /// <summary>Whether a parameter was given.</summary>
    public bool Has(string name) => Find(name, out _);

    /// <summary>Every parameter that was given, as a text.</summary>
    public IEnumerable<KeyValuePair<string, string>> Given
    {
        get
        {
            if (parameters.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty one in parameters.EnumerateObject())
                {
                    if (Find(one.Name, out JsonElement value))
                    {
                        yield return new(one.Name,
                            value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : Text(one.Name));
                    }
                }
            }
        }
    }

    /// <summary>A text; empty when it was not given.</summary>
    public string Text(string name, string otherwise = "") => Find(name, out JsonElement value)
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            _ => throw RpcException.BadParam(name, $"{name}: expected a text, found {value.ValueKind}"),
        }
        : otherwise;

    /// <summary>A text that must be there.</summary>
    public string Needed(string name) =>
        Text(name) is { Length: > 0 } text ? text : throw RpcException.BadParam(name, $"{name}: this parameter is needed");

    /// <summary>A decimal number as its digits; null when it was not given.</summary>
    public string? Digits(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }
        string text = value.ValueKind == JsonValueKind.Number
            ? value.GetRawText()
            : value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
        return text.Length is > 0 and <= 40 && (char.IsAsciiDigit(text[0]) || text[0] == '-')
            ? text
            : throw RpcException.BadParam(name, $"{name}: expected a number, found {Instrument.Short(value.ToString())}");
    }

    /// <summary>A whole number.</summary>
    public long Integer(string name, long otherwise, long least = long.MinValue, long most = long.MaxValue)
    {
        if (!Find(name, out JsonElement value))
        {
            return otherwise;
        }
        string text = value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? value.ToString() : "";
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least
            && number <= most
            ? number
            : throw RpcException.BadParam(name,
                $"{name}: expected a whole number from {least} to {most}, found {Instrument.Short(value.ToString())}");
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool otherwise = false) => !Find(name, out JsonElement value) ? otherwise
        : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String when value.GetString() is "true" or "1" => true,
            JsonValueKind.String when value.GetString() is "false" or "0" => false,
            _ => throw RpcException.BadParam(name, $"{name}: expected true or false, found {Instrument.Short(value.ToString())}"),
        };

    /// <summary>Bytes in base64, either alphabet.</summary>
    public byte[] Bytes(string name)
    {
        try
        {
            return Passkeys.FromBase64(Needed(name));
        }
        catch (FormatException)
        {
            throw RpcException.BadParam(name, $"{name}: expected base64");
        }
    }

    /// <summary>A list of texts.</summary>
    public List<string> List(string name)
    {
        var list = new List<string>();
        if (!Find(name, out JsonElement value))
        {
            return list;
        }
        if (value.ValueKind == JsonValueKind.String)
        {
            string text = value.GetString()!;
            if (!text.StartsWith('['))
            {
                return [.. text.Split(',')];
            }
            try
            {
                using JsonDocument inner = JsonDocument.Parse(text);
                value = inner.RootElement.Clone();
            }
            catch (JsonException)
            {
                throw RpcException.BadParam(name, $"{name}: expected a list of texts");
            }
            if (!JsonTexts.AreSound(value))
            {
                throw RpcException.BadParam(name, $"{name}: {JsonTexts.Problem}");
            }
        }
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw RpcException.BadParam(name, $"{name}: expected a list of texts");
        }
        foreach (JsonElement item in value.EnumerateArray())
        {
            list.Add(item.ValueKind == JsonValueKind.String
                ? item.GetString()!
                : throw RpcException.BadParam(name, $"{name}: expected a list of texts"));
        }
        return list;
    }

    /// <summary>A parameter as it came.</summary>
    public bool Find(string name, out JsonElement value)
    {
        value = default;
        return parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(name, out value)
            && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);
    }
}
