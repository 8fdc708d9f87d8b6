namespace Surety.Node.Sequencing;

/// <summary>What a journal record is. Numbers are frozen.</summary>
public enum RecordKind : uint
{
    /// <summary>The venue's terms: the first record, once.</summary>
    Genesis = 1,

    /// <summary>A sequenced command with its signature.</summary>
    Command = 2,

    /// <summary>A sealed block's header, after the last of its commands.</summary>
    BlockHeader = 3,
}
