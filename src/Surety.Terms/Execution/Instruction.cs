namespace Surety.Terms.Execution;

/// <summary>What one instruction does to the stack of numbers; truths are 1 and 0.</summary>
internal enum Opcode : byte
{
    Constant = 1,
    Observed = 2,
    Previous = 3,
    Aggregate = 4,
    Add = 5,
    Subtract = 6,
    Multiply = 7,
    Divide = 8,
    Min = 9,
    Max = 10,
    Negate = 11,
    Abs = 12,
    Not = 13,
    And = 14,
    Or = 15,
    Less = 16,
    LessOrEqual = 17,
    Equal = 18,

    /// <summary>
    /// Takes else, then and condition: pushes one of the two. Both were computed: no branch, the cost is always the same.
    /// </summary>
    Select = 19,
}

/// <summary>An instruction with the number of the constant, observation or aggregate that it refers to.</summary>
internal readonly record struct Instruction(Opcode Op, int Operand);
