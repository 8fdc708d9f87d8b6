namespace Surety.Terms;

/// <summary>What is wrong with a contract's text, where, and what to change.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Remedy">What to change.</param>
public sealed record TermsError(int Line, int Column, string Problem, string Remedy)
{
    /// <summary>As compilers print it.</summary>
    public override string ToString() => $"{Line}:{Column}: {Problem}; {Remedy}";
}
