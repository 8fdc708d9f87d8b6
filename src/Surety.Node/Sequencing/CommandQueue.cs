using System.Threading.Tasks;

namespace Surety.Node.Sequencing;

/// <summary>Takes signed commands for the sequencer that runs now. Safe on every thread.</summary>
public sealed class CommandQueue
{
    private readonly LiveSequencer _live;

    internal CommandQueue(LiveSequencer live) => _live = live;

    /// <summary>Hands commands in; the submission is told when they are durable.</summary>
    /// <exception cref="QueueFullException">Too many wait.</exception>
    /// <exception cref="VenueStoppedException">The venue takes nothing now.</exception>
    public void Enqueue(Submission submission) => _live.Current.Enqueue(submission);

    /// <summary>Hands commands in and returns what became of them when that is durable, in their order.</summary>
    /// <param name="commands">Well-formed records, signed.</param>
    /// <exception cref="QueueFullException">Too many wait.</exception>
    /// <exception cref="VenueStoppedException">The venue takes nothing now.</exception>
    public Task<Outcome[]> SubmitAsync(params byte[][] commands) => _live.Current.SubmitAsync(commands);
}
