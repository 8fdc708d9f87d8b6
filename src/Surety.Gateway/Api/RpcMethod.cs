using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Node.Instruments;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>What a parameter is.</summary>
public enum ParamKind
{
    /// <summary>A text; a number is read as its digits.</summary>
    Text,

    /// <summary>A decimal number, also as a text.</summary>
    Number,

    /// <summary>A whole number of 64 bits, also as a text.</summary>
    Integer,

    /// <summary>true or false, also as a text or as 1 and 0.</summary>
    Boolean,

    /// <summary>A list of texts; over GET with commas between.</summary>
    List,

    /// <summary>An object, or a list of objects where the method says so.</summary>
    Object,

    /// <summary>A text, a number, true or false: what a person writes in one word.</summary>
    Word,
}

/// <summary>A parameter of a method.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="About">What it says, for the documentation.</param>
/// <param name="Required">Whether it must be there.</param>
public sealed record RpcParam(string Name, ParamKind Kind, string About, bool Required = false)
{
    /// <summary>The values that it may have; empty where any of its kind is read.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>
    /// For a parameter that other venues have and this one does not: what to do instead. It is refused by name, unless it has one of
    /// <see cref="Values"/>, which ask for nothing. Null for a parameter that counts.
    /// </summary>
    public string? Instead { get; init; }

    /// <summary>What is wrong with a value that was given; null when nothing is.</summary>
    public string? Problem(JsonElement value)
    {
        bool isText = value.ValueKind == JsonValueKind.String;
        bool isNumber = value.ValueKind == JsonValueKind.Number;
        string text = isText ? value.GetString()! : value.ToString();
        if (Instead is { } instead)
        {
            string lower = text.ToLowerInvariant();
            return Values.Contains(lower) ? null : $"{Name}: not supported here, so the request was not carried out. {instead}";
        }
        (bool fits, string expected) = Kind switch
        {
            ParamKind.Number => (isNumber || (isText && IsDecimal(text)), "a number"),
            ParamKind.Integer =>
                ((isNumber || isText) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
                    "a whole number"),
            ParamKind.Boolean =>
                (value.ValueKind is JsonValueKind.True or JsonValueKind.False || (isText && text is "true" or "false" or "1" or "0"),
                    "true or false"),
            ParamKind.List => (value.ValueKind == JsonValueKind.Array || isText, "a list"),
            ParamKind.Object => (value.ValueKind == JsonValueKind.Object, "an object"),
            ParamKind.Word =>
                (isText || isNumber || value.ValueKind is JsonValueKind.True or JsonValueKind.False, "a text, a number, true or false"),
            _ => (isText || isNumber, "a text"),
        };
        return !fits ? $"{Name}: expected {expected}, found {Instrument.Short(text)}"
            : Values.Count > 0 && !Values.Contains(text)
                ? $"{Name}: expected {string.Join(", ", Values.SkipLast(1))}{(Values.Count > 1 ? " or " : "")}{Values[^1]}, "
                    + $"found {Instrument.Short(text)}"
            : null;
    }

    // An amount that is far too long is a number all the same: whether it can be one is the method's to say.
    private static bool IsDecimal(string text) => text.Length is > 0 and <= 40 && (char.IsAsciiDigit(text[0]) || text[0] == '-');
}

/// <summary>Something that can be asked for.</summary>
/// <param name="Name">With its scope: public/get_time.</param>
/// <param name="About">One sentence for the documentation.</param>
/// <param name="Scope">What the caller's key must be allowed to do; None for anybody.</param>
/// <param name="Cost">Cost units of the rate limit.</param>
/// <param name="Params">Its parameters.</param>
/// <param name="Handler">Answers it, now or later, by the call's Reply or Fail.</param>
public sealed record RpcMethod(string Name, string About, KeyScopes Scope, int Cost, IReadOnlyList<RpcParam> Params,
    Func<RpcCall, Task> Handler)
{
    /// <summary>Whether it places, changes or cancels an order.</summary>
    public bool IsOrder => Cost >= 4;

    /// <summary>Whether it only makes sense on a connection that stays.</summary>
    public bool NeedsConnection { get; init; }

    /// <summary>Whether it takes a secret or changes something without a log-in: over HTTP by POST only.</summary>
    public bool PostOnly { get; init; }

    /// <summary>Whether the venue signs for the caller: only with a log-in whose key it holds.</summary>
    public bool Signs { get; init; }

    /// <summary>
    /// Whether it concerns all of an owner's accounts: only with a key of the master account, not with one made for a sub-account.
    /// </summary>
    public bool OwnerWide { get; init; }

    /// <summary>
    /// Whether it takes something back that stands or ends a key: it goes through however much of its owner's was refused before.
    /// </summary>
    public bool Relieves { get; init; }

    /// <summary>Whether GET may carry it out: nothing that is asked in a page's name changes anything.</summary>
    /// <param name="hasCredentials">Whether the request itself carries credentials in its Authorization header, which no other page can
    /// set.</param>
    public bool AllowsGet(bool hasCredentials) => Scope == KeyScopes.None ? !PostOnly : hasCredentials;

    /// <summary>Whether only the venue's operator may ask.</summary>
    public bool OperatorOnly { get; init; }

    /// <summary>Parameters that are refused by name, with the reason and the remedy.</summary>
    public IReadOnlyList<RpcParam> Unsupported { get; init; } = [];

    /// <summary>
    /// Refuses every parameter that the method does not have, and every value that its parameter cannot have: what is not read must not be
    /// sent, or its sender believes that it counts.
    /// </summary>
    /// <exception cref="RpcException">One is unknown, not supported, missing, or not of its kind.</exception>
    public void CheckParams(JsonElement parameters)
    {
        if (parameters.ValueKind == JsonValueKind.Object)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty given in parameters.EnumerateObject())
            {
                string name = given.Name;
                if (!seen.Add(name))
                {
                    throw RpcException.BadParam(name.Length <= 64 ? name : "params",
                        $"{Instrument.Short(name)}: it is given twice, so the request was not carried out; give it once");
                }
                if (given.Value.ValueKind is JsonValueKind.Null || name == AccessToken)
                {
                    continue;
                }
                RpcParam? known = Params.FirstOrDefault(p => p.Name == name) ?? Unsupported.FirstOrDefault(p => p.Name == name);
                if ((known is null ? Unknown(name) : known.Problem(given.Value)) is { } problem)
                {
                    throw RpcException.BadParam(name.Length <= 64 ? name : "params", problem);
                }
            }
        }
        else if (parameters.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null)
            && !(parameters.ValueKind == JsonValueKind.Array && parameters.GetArrayLength() == 0))
        {
            throw RpcException.BadParam("params", "params: expected an object with the names of parameters");
        }
        foreach (RpcParam parameter in Params)
        {
            if (parameter.Required
                && !(parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(parameter.Name, out JsonElement value)
                && value.ValueKind != JsonValueKind.Null))
            {
                throw RpcException.BadParam(parameter.Name, $"{parameter.Name}: this parameter is needed");
            }
        }
    }

    private string Unknown(string name) =>
        $"{Instrument.Short(name)}: {Name} has no such parameter, so the request was not carried out. It takes "
            + $"{(Params.Count == 0 ? "none" : string.Join(", ", Params.Select(p => p.Name)))}";

    // May stand among the parameters of every method, instead of in a header.
    internal const string AccessToken = "access_token";

    /// <summary>A text that has one of a few values.</summary>
    public static RpcParam OneOf(string name, string about, params IReadOnlyList<string> values) =>
        new(name, ParamKind.Text, about) { Values = values };

    /// <summary>A parameter of other venues that this one refuses, except for values that ask for nothing.</summary>
    public static RpcParam Without(string name, string instead, params IReadOnlyList<string> harmless) =>
        new(name, ParamKind.Text, "") { Instead = instead, Values = harmless };

    /// <summary>A parameter that is a text.</summary>
    public static RpcParam Text(string name, string about, bool required = false) => new(name, ParamKind.Text, about, required);

    /// <summary>A parameter that is a decimal number.</summary>
    public static RpcParam Number(string name, string about, bool required = false) => new(name, ParamKind.Number, about, required);

    /// <summary>A parameter that is a whole number.</summary>
    public static RpcParam Integer(string name, string about, bool required = false) => new(name, ParamKind.Integer, about, required);

    /// <summary>A parameter that is true or false.</summary>
    public static RpcParam Flag(string name, string about) => new(name, ParamKind.Boolean, about);

    /// <summary>A parameter that is a list of texts.</summary>
    public static RpcParam List(string name, string about, bool required = false) => new(name, ParamKind.List, about, required);
}
