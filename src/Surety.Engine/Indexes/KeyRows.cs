using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// Which rows of the keys' table can be given again, and where a public key stands. A key's number is its row in bits 0–23 and the
/// row's generation in bits 24–31: a row is used again, a number never is, so what an earlier key of the row signed names a key that
/// no longer exists. A row whose 256 generations are used up stays empty.
/// </summary>
public sealed class KeyRows
{
    /// <summary>The most rows that one command gives back.</summary>
    private const int MostSwept = 64;

    private const long NsPerMinute = 60_000_000_000;
    private readonly IndexedState _state;
    private readonly SortedSet<int> _free = [];
    private readonly SortedSet<(long DeadNs, int Row)> _dying = [];
    private readonly SortedSet<(KeyText Key, uint Owner, int Row)> _listed = [];

    internal KeyRows(IndexedState state) => _state = state;

    /// <summary>Rows below the highest one used that are free.</summary>
    public int Free => _free.Count;

    /// <summary>The row of a key's number.</summary>
    public static int RowOf(uint number) => Key.RowOf(number);

    /// <summary>The number of the key that stands in a row.</summary>
    public uint NumberOf(int row) => (uint)row | ((uint)_state.Keys[row].Generation << Key.RowBits);

    /// <summary>The row in which a key of this number stands; −1 when there is none, or its row was given to another.</summary>
    public int Find(uint number)
    {
        int row = RowOf(number);
        return row < _state.Counts.Keys && NumberOf(row) == number && _state.Keys[row].Status is Key.Valid or Key.Revoked ? row : -1;
    }

    /// <summary>Whether a key of this number once stood in its row, and no longer does.</summary>
    public bool IsRetired(uint number)
    {
        int row = RowOf(number);
        int generation = (int)(number >> Key.RowBits);
        return row < _state.Counts.Keys
            && (generation < _state.Keys[row].Generation || (generation == byte.MaxValue && _state.Keys[row].Status == Key.UsedUp));
    }

    /// <summary>
    /// The row with a public key, of the owner who was there first; −1 for none. Who copies another's key later does not hide it.
    /// </summary>
    public int Find(in PublicKey key)
    {
        KeyText text = TextOf(in key);
        SortedSet<(KeyText Key, uint Owner, int Row)> same = _listed.GetViewBetween((text, 0, 0), (text, uint.MaxValue, int.MaxValue));
        return same.Count == 0 ? -1 : Find(in key, same.Min.Owner);
    }

    /// <summary>The highest row with a public key of one owner; −1 for none.</summary>
    public int Find(in PublicKey key, uint owner)
    {
        KeyText text = TextOf(in key);
        SortedSet<(KeyText Key, uint Owner, int Row)> same = _listed.GetViewBetween((text, owner, 0), (text, owner, int.MaxValue));
        return same.Count == 0 ? -1 : same.Max.Row;
    }

    /// <summary>Gives back rows whose keys have been dead for long enough. Happens whenever time has passed.</summary>
    internal void Sweep()
    {
        if (_dying.Count == 0)
        {
            return;
        }
        long restNs = _state.Limits[0].KeyRestMinutes * NsPerMinute;
        for (int swept = 0; swept < MostSwept && _dying.Count > 0 && _dying.Min.DeadNs + restNs <= _state.TimeNs; swept++)
        {
            (long DeadNs, int Row) dead = _dying.Min;
            _dying.Remove(dead);
            ref Key key = ref _state.Keys.Write(dead.Row);
            _listed.Remove((TextOf(in _state.PublicKeys[dead.Row]), key.Account, dead.Row));
            _state.Derived.Owners.Of(key.Account).Keys--;
            key = key.Generation == byte.MaxValue
                ? new Key { Status = Key.UsedUp, Generation = byte.MaxValue }
                : new Key { Generation = (byte)(key.Generation + 1) };
            _state.PublicKeys.Write(dead.Row) = default;
            if (key.Status != Key.UsedUp)
            {
                _free.Add(dead.Row);
            }
        }
    }

    /// <summary>Whether there is a row for one more key.</summary>
    internal bool HasRoom => _free.Count > 0 || _state.Counts.Keys < _state.Limits[0].MaxKeys;

    /// <summary>Writes a key into the lowest free row; returns its number.</summary>
    internal uint Add(uint owner, in PublicKey publicKey, KeyScopes scopes, long expiresNs, uint addedBy)
    {
        int row;
        if (_free.Count > 0)
        {
            row = _free.Min;
            _free.Remove(row);
        }
        else
        {
            row = _state.Venue.Write(0).Keys++;
        }
        byte generation = _state.Keys[row].Generation;
        _state.Keys.Write(row) = new Key
        {
            Account = owner,
            Scopes = scopes,
            Status = Key.Valid,
            Generation = generation,
            ExpiresNs = expiresNs,
        };
        _state.PublicKeys.Write(row) = publicKey;
        if (_state.HasAddressBook)
        {
            _state.KeyOrigins.Write(row) = new KeyOrigin { AddedNs = _state.TimeNs, AddedBy = addedBy };
        }
        _state.Derived.Owners.Of(owner).Keys++;
        List(row);
        return NumberOf(row);
    }

    /// <summary>Revokes the key in a row.</summary>
    internal void Revoke(int row)
    {
        ref Key key = ref _state.Keys.Write(row);
        _dying.Remove((key.ExpiresNs, row));
        key.Status = Key.Revoked;
        key.ExpiresNs = key.ExpiresNs == 0 ? _state.TimeNs : Math.Min(key.ExpiresNs, _state.TimeNs);
        AddDying(row);
    }

    internal void Rebuild()
    {
        _free.Clear();
        _dying.Clear();
        _listed.Clear();
        for (int row = 0; row < _state.Counts.Keys; row++)
        {
            if (_state.Keys[row].Status == 0)
            {
                _free.Add(row);
            }
            else if (_state.Keys[row].Status != Key.UsedUp)
            {
                List(row);
            }
        }
    }

    private static KeyText TextOf(in PublicKey key) => MemoryMarshal.Cast<PublicKey, KeyText>([key])[0];

    private void List(int row)
    {
        _listed.Add((TextOf(in _state.PublicKeys[row]), _state.Keys[row].Account, row));
        AddDying(row);
    }

    // The operator's keys stay: indexes name them as sources.
    private void AddDying(int row)
    {
        ref readonly Key key = ref _state.Keys[row];
        if (key.ExpiresNs != 0 && (_state.Accounts[(int)key.Account].Flags & AccountFlags.Operator) == 0)
        {
            _dying.Add((key.ExpiresNs, row));
        }
    }

    // A public key's bytes, to compare.
    private readonly record struct KeyText(UInt128 A, UInt128 B, UInt128 C, UInt128 D) : IComparable<KeyText>
    {
        public int CompareTo(KeyText other) => (A, B, C, D).CompareTo((other.A, other.B, other.C, other.D));
    }
}
