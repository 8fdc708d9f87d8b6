using System;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Replay.Signing;

namespace Surety.Node.Identity;

/// <summary>The operator's key, where it lies in the venue's directory: sandbox and demo. Elsewhere the operator signs at home.</summary>
public sealed partial class OperatorKey : IDisposable
{
    private readonly IdentityVault _vault;
    private readonly DelegatedSigning _signing;
    private readonly ILogger _log;

    internal OperatorKey(IdentityVault vault, DelegatedSigning signing, ILogger log) => (_vault, _signing, _log) = (vault, signing, log);

    /// <summary>The key; null where the node does not hold it.</summary>
    public DelegatedKey? Key { get; private set; }

    /// <summary>Lets the node act for the operator.</summary>
    /// <param name="key">The key; this owns it from here on.</param>
    /// <exception cref="IdentityException">The key is none of the operator's in this ledger.</exception>
    public void Hold(SigningKey key) => Key = _signing.Hold(key, "operator");

    /// <summary>Holds the key of the identity folder, if it is there.</summary>
    /// <param name="dropUnmatched">Whether to put a key aside that is not the ledger's, instead of refusing it.</param>
    /// <exception cref="IdentityException">It is not the ledger's.</exception>
    public void HoldFromFolder(bool dropUnmatched)
    {
        if (_vault.FindKey("operator") is not { } key)
        {
            return;
        }
        try
        {
            Hold(key);
        }
        catch (IdentityException e) when (dropUnmatched)
        {
            key.Dispose();
            _vault.SetAside("operator.pem");
            LogDropped(_log, e.Message);
        }
    }

    /// <summary>Signs a command of the operator and hands it in; what became of it, when that is durable.</summary>
    /// <exception cref="InvalidOperationException">The key is not held here.</exception>
    /// <inheritdoc cref="CommandQueue.SubmitAsync" path="/exception"/>
    public Task<Outcome> SubmitAsync<T>(CommandKind kind, T command)
        where T : unmanaged =>
        _signing.SubmitAsync(Key ?? throw new InvalidOperationException("the operator's key is not held here"), 0, kind, command);

    /// <inheritdoc/>
    public void Dispose() => Key?.Dispose();

    [LoggerMessage(Level = LogLevel.Warning, Message = "not of this journal, and taken out of the identity folder: {What}")]
    private static partial void LogDropped(ILogger log, string what);
}
