using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Operating;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>For the venue's operator: the levers, and what was done with them.</summary>
internal sealed class OperatorMethods(
    VenueReader venue, CommandQueue commands, InstrumentCatalog catalog, RecentHistory history, CallerCommands caller)
{
    public IEnumerable<RpcMethod> All() =>
    [
        Op("surety/operator_halt", KeyScopes.Govern, "Halts a market", [Text("instrument_name", "The market", required: true)],
            c => SetStatus(c, MarketStatus.Halted)),
        Op("surety/operator_reduce_only", KeyScopes.Govern, "Lets a market only reduce",
            [Text("instrument_name", "The market", required: true)], c => SetStatus(c, MarketStatus.ReduceOnly)),
        Op("surety/operator_resume", KeyScopes.Govern, "Lifts a halt; the market opens again through a call auction",
            [Text("instrument_name", "The market", required: true)], c => SetStatus(c, MarketStatus.Trading)),
        .. OperatorCommands.All.Select(o =>
            Op("surety/operator_" + o.Name, o.Scope, o.About,
                [.. o.Fields.Select(f => new RpcParam(f.Name, ParamKind.Word, f.About, f.Required))], c => Operate(c, o))),
        Op("surety/operator_log", KeyScopes.Read,
            "What the operator did, newest first, accepted or refused; and what stopped the engine and was passed over",
            [Integer("count", "At most so many, to 1,000; 100 by default"), Integer("before", "Only commands before this one")], c =>
                AllMethods.Done(() => Log(c))),
        new("surety/report_price", "A price source's signed report, over plain HTTP", KeyScopes.None, 1,
            [Text("command", "A signed ReportPrice command, base64", required: true)], Report) { PostOnly = true },
    ];

    private static RpcMethod Op(string name, KeyScopes scope, string about, IReadOnlyList<RpcParam> parameters,
        Func<RpcCall, Task> handler) =>
        new(name, about, scope, 2, parameters, handler) { OperatorOnly = true, Signs = scope != KeyScopes.Read };

    private async Task Submit<T>(RpcCall call, CommandKind kind, T command)
        where T : unmanaged
    {
        Answer(call, await caller.CarryOutAsync(call, kind, command));
    }

    private static void Answer(RpcCall call, Outcome outcome) => call.Reply(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("sequence"u8, outcome.Sequence);
        json.WriteNumber("created"u8, outcome.Created);
        json.WriteEndObject();
    });

    private Task SetStatus(RpcCall call, MarketStatus status) =>
        Submit(call, CommandKind.SetMarketStatus,
            new SetMarketStatus { Market = (ushort)call.Instrument(catalog).Number, Status = status });

    private async Task Operate(RpcCall call, OperatorCommand command)
    {
        List<byte[]> records;
        try
        {
            records =
                command.Records(call.Given.Where(g => g.Key != "access_token").ToDictionary(), catalog.Current.Listing,
                    venue.Released.TimeNs);
        }
        catch (OperateException e)
        {
            throw RpcException.BadParam(e.Field, e.Message);
        }
        Outcome outcome = default;
        foreach (byte[] record in records)
        {
            outcome = RefusalErrors.Accepted(await caller.SubmitAsync(call, record));
        }
        Answer(call, outcome);
    }

    private void Log(RpcCall call)
    {
        List<Node.History.OperatorRow> rows =
            history.OperatorCommands((int)call.Integer("count", 100, 1, 1_000), (ulong)call.Integer("before", long.MaxValue, 1));
        VenueListing listing = catalog.Current.Listing;
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (Node.History.OperatorRow row in rows)
            {
                json.WriteStartObject();
                json.WriteNumber("sequence"u8, row.Outcome.Sequence);
                json.WriteNumber("timestamp"u8, row.Outcome.TimeNs / 1_000_000);
                json.WriteNumber("account"u8, row.Account);
                json.WriteNumber("key"u8, row.Key);
                json.WriteString("command"u8, CommandWords.Of(row.Record, listing));
                json.WriteNumber("code"u8, (int)row.Outcome.Code);
                if (row.Outcome.Code != RefusalCode.None)
                {
                    json.WriteString("reason"u8, Refusals.Describe(row.Outcome.Code, row.Outcome.Detail));
                }
                if (row.Outcome.Created != 0)
                {
                    json.WriteNumber("created"u8, row.Outcome.Created);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private async Task Report(RpcCall call)
    {
        byte[] record = call.Bytes("command");
        if (!CommandCodec.IsWellFormed(record) || CommandCodec.View<CommandHeader>(record).Kind != CommandKind.ReportPrice
            || !venue.HasValidSignature(record))
        {
            throw RpcException.BadParam("command", "command: expected a ReportPrice command with a valid signature; see docs/protocol.md");
        }
        // A captured report that is sent again goes no further.
        Refusal lapsed = Admission.Check(venue.State, record);
        if (!lapsed.IsNone)
        {
            throw RpcException.Of(lapsed.Code, lapsed.Detail);
        }
        Outcome[] outcomes = await commands.SubmitAsync(record);
        ulong sequence = RefusalErrors.Accepted(outcomes[0]).Sequence;
        call.Reply(json => json.WriteNumberValue(sequence));
    }
}
