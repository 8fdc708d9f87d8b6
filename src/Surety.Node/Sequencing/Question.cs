using System;
using System.Threading.Tasks;
using Surety.Engine.Blocks;

namespace Surety.Node.Sequencing;

/// <summary>A question on its way through.</summary>
internal abstract class Question(bool atBlock, bool own)
{
    public bool Own { get; } = own;

    public bool AtBlock { get; } = atBlock;

    public abstract void Ask(Ledger ledger);

    public abstract void Release();

    public abstract void Fail(Exception e);
}

/// <summary>One with its answer, which is given once what it may tell is durable.</summary>
internal sealed class Question<T>(Func<Ledger, T> question, TaskCompletionSource<T> source, bool atBlock, bool own) : Question(atBlock, own)
{
    private T? _answer;
    private Exception? _error;

    public override void Ask(Ledger ledger)
    {
        try
        {
            _answer = question(ledger);
        }
        catch (Exception e)
        {
            _error = e;
        }
    }

    public override void Release()
    {
        if (_error is { } error)
        {
            source.TrySetException(error);
        }
        else
        {
            source.TrySetResult(_answer!);
        }
    }

    public override void Fail(Exception e) => source.TrySetException(e);
}
