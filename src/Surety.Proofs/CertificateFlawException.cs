using System;
using System.Diagnostics.CodeAnalysis;

namespace Surety.Proofs;

/// <summary>The first thing that is wrong with a certificate.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only made where something is required.")]
internal sealed class CertificateFlawException(string message) : Exception(message)
{
    public static void Require([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new CertificateFlawException(otherwise);
        }
    }
}
