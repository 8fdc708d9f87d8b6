using Surety.Protocol.Rows;

namespace Surety.Engine.Margin;

/// <summary>
/// What is margined together, and liquidated together: an account's balances with all its positions that are not isolated, or one isolated
/// position with its own collateral. In order of accounts, and of an account the cross-margined part first.
/// </summary>
public readonly record struct MarginUnit
{
    private const int NoRow = -1;

    private MarginUnit(uint account, int isolatedRow) => (Account, IsolatedRow) = (account, isolatedRow);

    /// <summary>The account.</summary>
    public uint Account { get; }

    /// <summary>The isolated position's row; −1 of the cross-margined part.</summary>
    public int IsolatedRow { get; }

    /// <summary>Whether it is the cross-margined part of its account.</summary>
    public bool IsCross => IsolatedRow < 0;

    /// <summary>The cross-margined part of an account.</summary>
    public static MarginUnit Cross(uint account) => new(account, NoRow);

    /// <summary>An isolated position of an account, by its row.</summary>
    public static MarginUnit Isolated(uint account, int row) => new(account, row);

    /// <summary>The unit that a position of an account belongs to.</summary>
    public static MarginUnit Of(uint account, in Position position, int row) => new(account, position.IsIsolated ? row : NoRow);

    /// <summary>Whether a position of the account belongs to it.</summary>
    public bool Holds(in Position position, int row) => IsCross ? !position.IsIsolated : row == IsolatedRow;

    /// <summary>The order of units, as a sort asks for it.</summary>
    public static int Compare(MarginUnit one, MarginUnit other) =>
        one.Account != other.Account ? one.Account.CompareTo(other.Account) : one.IsolatedRow.CompareTo(other.IsolatedRow);
}
