using System;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Replay.Proving;

/// <summary>
/// Signs headers with the venue's key on a thread of its own, one after another, so that sealing a block never waits for it.
/// </summary>
public sealed class HeaderSigner : IDisposable
{
    private readonly SigningKey _key;
    private readonly BlockingCollection<(BlockHeader Header, uint? Key)> _waiting = [];
    private readonly ConcurrentQueue<(BlockHeader Header, HeaderSeal? Seal)> _done = new();
    private readonly Thread _thread;
    private int _unfinished;

    /// <param name="key">The venue's key; the signer disposes of it.</param>
    public HeaderSigner(SigningKey key)
    {
        _key = key;
        _thread = new Thread(Run) { IsBackground = true, Name = "header signer" };
        _thread.Start();
    }

    /// <summary>The venue's public key.</summary>
    public PublicKey PublicKey => _key.PublicKey;

    /// <summary>Told, on the signer's thread, after each header.</summary>
    public Action? Signed { get; set; }

    /// <summary>Told of a signature that could not be made: the block stays unsigned, the venue goes on.</summary>
    public Action<Exception>? Failed { get; set; }

    /// <summary>Signs now, on the caller's thread: at a start, for blocks that a crash left without.</summary>
    public HeaderSeal Sign(in BlockHeader header, uint key)
    {
        byte[] publicKey = MemoryMarshal.AsBytes([_key.PublicKey]).ToArray();
        lock (_key)
        {
            return new HeaderSeal(header.Height, key, publicKey, _key.SignMessage(HeaderSeal.Message(header.Hash())));
        }
    }

    /// <summary>Hands a header in, with the key's number in the ledger; null passes it on unsigned.</summary>
    public void Enqueue(in BlockHeader header, uint? key)
    {
        Interlocked.Increment(ref _unfinished);
        _waiting.Add((header, key));
    }

    /// <summary>Takes the next header that is done, in the order in which they were handed in.</summary>
    public bool TryTake(out BlockHeader header, out HeaderSeal? seal)
    {
        bool found = _done.TryDequeue(out (BlockHeader Header, HeaderSeal? Seal) next);
        (header, seal) = next;
        return found;
    }

    /// <summary>Returns when everything handed in is done.</summary>
    public void Finish()
    {
        while (Volatile.Read(ref _unfinished) > 0)
        {
            Thread.Sleep(1);
        }
    }

    /// <summary>Forgets what was handed in: the venue is opened again, and what was not durable does not exist.</summary>
    public void Discard()
    {
        Finish();
        _done.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
        _key.Dispose();
    }

    private void Run()
    {
        foreach ((BlockHeader header, uint? key) in _waiting.GetConsumingEnumerable())
        {
            HeaderSeal? seal = null;
            try
            {
                seal = key is { } number ? Sign(in header, number) : null;
            }
            catch (Exception e)
            {
                Failed?.Invoke(e);
            }
            _done.Enqueue((header, seal));
            Interlocked.Decrement(ref _unfinished);
            Signed?.Invoke();
        }
    }
}
