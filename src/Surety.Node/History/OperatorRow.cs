using Surety.Node.Sequencing;

namespace Surety.Node.History;

/// <summary>A command of the venue's operator, accepted or refused; or anybody's that stopped the engine and was passed over.</summary>
/// <param name="Record">The command without its signature.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Account">Whose it was; 0 for the operator.</param>
/// <param name="Key">The key that signed it.</param>
public sealed record OperatorRow(byte[] Record, Outcome Outcome, uint Account, uint Key);
