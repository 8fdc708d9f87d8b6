using System;
using System.Collections.Generic;

namespace Surety.Engine.State;

/// <summary>The rows of a table that belong to each owner, so that a question about one owner looks at no others' rows.</summary>
public sealed class RowsByOwner
{
    private List<int>?[] _rows;

    /// <param name="owners">Accounts there is room for.</param>
    public RowsByOwner(int owners) => _rows = new List<int>?[owners];

    internal void Grow(int owners) => Array.Resize(ref _rows, owners);

    /// <summary>An owner's rows; their order says nothing.</summary>
    public IReadOnlyList<int> Of(uint owner) => _rows[owner] ?? [];

    internal void Add(uint owner, int row) => (_rows[owner] ??= []).Add(row);

    internal void Remove(uint owner, int row) => _rows[owner]!.Remove(row);
}
