using System.Collections.Generic;

namespace Surety.Terms.Syntax;

/// <summary>The names that a contract has given so far.</summary>
internal sealed class ContractScope
{
    private static readonly string[] Reserved =
    [
        "contract", "observe", "index", "settle", "expiry", "let", "schedule", "every", "from", "to", "at", "when", "holder", "may", "take",
        "pay", "and", "or", "not", "end", "if", "then", "else", "min", "max", "abs", "mean", "sum", "first", "last", "prev", "assert",
        "payoff", "in",
    ];

    public string Contract { get; private set; } = "";

    public List<Observation> Observations { get; } = [];

    public List<Schedule> Schedules { get; } = [];

    public List<(string Name, Expression Value)> Lets { get; } = [];

    /// <summary>Whether a claim is read, where payoff has a meaning.</summary>
    public bool InClaim { get; set; }

    public void Clear(string contract)
    {
        Contract = contract;
        Observations.Clear();
        Schedules.Clear();
        Lets.Clear();
    }

    /// <summary>Takes a new name, or says why it cannot be one.</summary>
    public Token Declare(TokenCursor cursor, Token name)
    {
        if (IsReserved(name.Text))
        {
            throw cursor.Error(name, $"'{name.Text}' is a word of the language", "choose another name");
        }
        return FindObservation(name.Text) >= 0 || FindSchedule(name.Text) >= 0 || Find(name.Text) is not null
            ? throw cursor.Error(name, $"'{name.Text}' is a name already", "choose another name")
            : name;
    }

    public static bool IsReserved(string name) => System.Array.IndexOf(Reserved, name) >= 0;

    public int FindObservation(string name) => Observations.FindIndex(o => o.Name == name);

    public Expression? Find(string name) => Lets.Find(l => l.Name == name).Value;

    public int FindSchedule(TokenCursor cursor, Token name)
    {
        int found = FindSchedule(name.Text);
        return found >= 0
            ? found
            : throw cursor.Error(name, $"'{name.Text}' is not a schedule",
                $"declare it: schedule {name.Text} = every 1d from DATE to DATE");
    }

    private int FindSchedule(string name) => Schedules.FindIndex(s => s.Name == name);
}
