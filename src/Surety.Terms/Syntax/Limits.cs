namespace Surety.Terms.Syntax;

/// <summary>How much a contract may hold, so that reading and evaluating it are bounded.</summary>
public static class Limits
{
    /// <summary>Bytes of text of one contract.</summary>
    public const int TextBytes = 3072;

    /// <summary>Indices observed.</summary>
    public const int Observations = 4;

    /// <summary>Schedules.</summary>
    public const int Schedules = 4;

    /// <summary>Times in a schedule.</summary>
    public const int Fixings = 5000;

    /// <summary>Clauses that pay.</summary>
    public const int Clauses = 8;

    /// <summary>Aggregates: numbers that are kept between observations.</summary>
    public const int Aggregates = 8;

    /// <summary>Depth of parentheses and operators.</summary>
    public const int Depth = 64;

    /// <summary>Operations in all clauses together, after names are filled in.</summary>
    public const int Operations = 512;
}
