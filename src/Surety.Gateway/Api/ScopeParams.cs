using System;
using Surety.Node.Identity;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>Scopes as a parameter of the API.</summary>
internal static class ScopeParams
{
    /// <summary>Reads scopes.</summary>
    /// <exception cref="RpcException">A part of the text is no scope.</exception>
    public static KeyScopes Parse(string text, string parameter)
    {
        try
        {
            return ScopeTexts.Parse(text, parameter);
        }
        catch (FormatException e)
        {
            throw RpcException.BadParam(parameter, e.Message);
        }
    }
}
