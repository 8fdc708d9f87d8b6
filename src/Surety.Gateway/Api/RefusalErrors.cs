using System;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;

namespace Surety.Gateway.Api;

/// <summary>Refusals of the engine as errors of the API, in words with the venue's names and figures.</summary>
internal sealed class RefusalErrors(InstrumentCatalog catalog, RecentHistory history)
{
    /// <summary>The outcome, if it is no refusal; without the command at hand, the dispatcher finds words without its figures.</summary>
    /// <exception cref="RpcException">It is a refusal.</exception>
    public static Outcome Accepted(Outcome outcome) =>
        outcome.Code == RefusalCode.None ? outcome : throw RpcException.Of(outcome.Code, outcome.Detail);

    /// <summary>The outcome, if it is no refusal.</summary>
    /// <param name="outcome">What became of the command.</param>
    /// <param name="record">The command, for the refusal's words.</param>
    /// <exception cref="RpcException">It is a refusal.</exception>
    public Outcome Accepted(Outcome outcome, ReadOnlySpan<byte> record) =>
        outcome.Code == RefusalCode.None ? outcome : throw Of(outcome.Code, outcome.Detail, record);

    /// <summary>A refusal as an error.</summary>
    /// <param name="code">Why it is refused.</param>
    /// <param name="detail">The refusal's number.</param>
    /// <param name="record">The command, for the words; empty where there is none.</param>
    public RpcException Of(RefusalCode code, long detail, ReadOnlySpan<byte> record) =>
        RpcException.Of(code, detail, Words(code, detail, record));

    /// <summary>What a refusal says to people.</summary>
    public string Words(RefusalCode code, long detail, ReadOnlySpan<byte> record) =>
        RefusalWords.Of(code, detail, record, catalog.Current, id => history.Order(id)?.Market ?? -1);
}
