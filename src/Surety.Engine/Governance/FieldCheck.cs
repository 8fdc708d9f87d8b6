using Surety.Protocol.Commands;

namespace Surety.Engine.Governance;

/// <summary>
/// Checks the ranges of a command's fields, one after the other, and keeps the refusal of the first that is outside its range.
/// </summary>
/// <param name="Found">None while all are within their ranges.</param>
internal readonly record struct FieldCheck(Refusal Found)
{
    /// <summary>Goes on; a field's place is its first byte in the command.</summary>
    public FieldCheck Within(long value, long least, long most, int offset) =>
        Found.IsNone && (value < least || value > most) ? new FieldCheck(Refusal.InvalidField(offset)) : this;
}
