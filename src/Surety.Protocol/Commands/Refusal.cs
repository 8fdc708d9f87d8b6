namespace Surety.Protocol.Commands;

/// <summary>
/// Why a command was refused: the code and the number that goes with it. A value of two machine words, returned in registers.
/// </summary>
/// <param name="Code">None when the command is carried out.</param>
/// <param name="Detail">What the code's message says of it: a limit, a number, an amount. 0 where the code has none.</param>
public readonly partial record struct Refusal(RefusalCode Code, long Detail)
{
    /// <summary>Nothing stands against the command.</summary>
    public static Refusal None => default;

    /// <summary>Whether nothing stands against the command.</summary>
    public bool IsNone => Code == RefusalCode.None;
}
