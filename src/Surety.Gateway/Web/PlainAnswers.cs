using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Surety.Gateway.Web;

/// <summary>
/// The memory of answers over plain HTTP that are larger than the server's own buffer and were not taken yet. One address may hold an
/// eighth of it, or one answer. When it is used up, the oldest answer to the address that holds the most is cut off, until it suffices
/// again.
/// </summary>
/// <param name="most">Bytes.</param>
public sealed class PlainAnswers(long most)
{
    /// <summary>Answers up to so many bytes are not counted: they fit into what each connection has anyway.</summary>
    public const int Small = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<Held>> _held = [];
    private long _used;

    /// <summary>Bytes held now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Whether an address may have another large answer.</summary>
    public bool HasRoom(string address)
    {
        lock (_gate)
        {
            return !_held.TryGetValue(address, out Queue<Held>? held) || held.Sum(h => (long)h.Bytes) < most / 8;
        }
    }

    /// <summary>Counts an answer; null where its address holds too much.</summary>
    internal Held? Enter(string address, int bytes)
    {
        var entered = new Held(address, bytes);
        Held? cut = null;
        lock (_gate)
        {
            if (!_held.TryGetValue(address, out Queue<Held>? held))
            {
                _held[address] = held = new Queue<Held>();
            }
            if (held.Count > 0 && held.Sum(h => (long)h.Bytes) + bytes > most / 8)
            {
                return null;
            }
            held.Enqueue(entered);
            if (Interlocked.Add(ref _used, bytes) > most)
            {
                cut = _held.Values.MaxBy(q => q.Sum(h => (long)h.Bytes))!.Peek();
                // One that is alone is never too much.
                cut = cut == entered ? null : cut;
            }
        }
        if (cut is not null)
        {
            Leave(cut);
            cut.Cut.CancelAfter(0);
        }
        return entered;
    }

    /// <summary>An answer was taken, or is no longer kept for who asked.</summary>
    internal void Leave(Held left)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(left.Address, out Queue<Held>? held) || !held.Contains(left))
            {
                return;
            }
            _held[left.Address] = held = new Queue<Held>(held.Where(h => h != left));
            if (held.Count == 0)
            {
                _held.Remove(left.Address);
            }
            Interlocked.Add(ref _used, -left.Bytes);
        }
    }

    /// <summary>One answer.</summary>
    internal sealed class Held(string address, int bytes)
    {
        public string Address => address;

        public int Bytes => bytes;

        /// <summary>Cancelled when it is cut off.</summary>
        public CancellationTokenSource Cut { get; } = new();
    }
}
