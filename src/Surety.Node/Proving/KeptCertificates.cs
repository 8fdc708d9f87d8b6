using System.Collections.Concurrent;
using Surety.Proofs;

namespace Surety.Node.Proving;

/// <summary>Certificates of the last margin calls, by command and account; an account's own are told to it alone.</summary>
public sealed class KeptCertificates
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<(ulong Sequence, uint Account), MarginCallCertificate?> _certificates = new();
    private readonly ConcurrentQueue<(ulong Sequence, uint Account)> _order = new();

    /// <summary>Looks for the certificate of a margin call.</summary>
    /// <param name="sequence">The command that the call came with.</param>
    /// <param name="account">The account that was called.</param>
    /// <param name="certificate">The certificate; null for a call that none can be made of.</param>
    /// <returns>Whether the call is among the kept ones.</returns>
    public bool TryFind(ulong sequence, uint account, out MarginCallCertificate? certificate) =>
        _certificates.TryGetValue((sequence, account), out certificate);

    /// <summary>Keeps one more; the oldest go when there are more than ten thousand calls.</summary>
    internal void Keep(ulong sequence, uint account, MarginCallCertificate? certificate)
    {
        _certificates[(sequence, account)] = certificate;
        _order.Enqueue((sequence, account));
        while (_order.Count > Most && _order.TryDequeue(out (ulong, uint) oldest))
        {
            _certificates.TryRemove(oldest, out _);
        }
    }
}
