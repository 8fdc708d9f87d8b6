using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Surety.Engine.Accounts;

namespace Surety.Node.Api;

/// <summary>What a parameter is.</summary>
public enum ParamKind
{
    Text,
    Number,
    Integer,
    Boolean,
    List,
    Object,
}

/// <summary>A parameter of a method.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="About">What it says, for the documentation.</param>
/// <param name="Required">Whether it must be there.</param>
public sealed record RpcParam(string Name, ParamKind Kind, string About, bool Required = false);

/// <summary>Something that can be asked for.</summary>
/// <param name="Name">With its scope: public/get_time.</param>
/// <param name="About">One sentence for the documentation.</param>
/// <param name="Scope">What the caller's key must be allowed to do; None for anybody.</param>
/// <param name="Cost">Cost units of the rate limit.</param>
/// <param name="Params">Its parameters.</param>
/// <param name="Handler">Answers it, now or later, by the call's Reply or Fail.</param>
public sealed record RpcMethod(string Name, string About, KeyScopes Scope, int Cost, IReadOnlyList<RpcParam> Params, Func<RpcCall, Task> Handler)
{
    /// <summary>Whether it places, changes or cancels an order.</summary>
    public bool IsOrder => Cost >= 4;

    /// <summary>Whether it only makes sense on a connection that stays.</summary>
    public bool NeedsConnection { get; init; }

    /// <summary>Whether it takes a secret or changes something without a log-in: over HTTP by POST only.</summary>
    public bool PostOnly { get; init; }

    /// <summary>Whether the venue signs for the caller: only with a log-in whose key it holds.</summary>
    public bool Signs { get; init; }

    /// <summary>Whether GET may carry it out: nothing that is asked in a page's name changes anything.</summary>
    /// <param name="hasCredentials">Whether the request itself carries credentials in its Authorization header, which no other page can set.</param>
    public bool AllowsGet(bool hasCredentials) => Scope == KeyScopes.None ? !PostOnly : hasCredentials;

    /// <summary>Whether only the venue's operator may ask.</summary>
    public bool OperatorOnly { get; init; }

    public static RpcParam Text(string name, string about, bool required = false) => new(name, ParamKind.Text, about, required);

    public static RpcParam Number(string name, string about, bool required = false) => new(name, ParamKind.Number, about, required);

    public static RpcParam Integer(string name, string about, bool required = false) => new(name, ParamKind.Integer, about, required);

    public static RpcParam Flag(string name, string about) => new(name, ParamKind.Boolean, about);

    public static RpcParam List(string name, string about, bool required = false) => new(name, ParamKind.List, about, required);
}
