using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Surety.Gateway.Web;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Replay.Signing;

namespace Surety.Gateway.Api;

/// <summary>
/// Commands that clients signed themselves. What costs least is done first: the sender's allowance, the form, what is lapsed or was
/// used, then signatures, then the owner's allowance. The owner's comes last, because before the signature anybody could spend it.
/// </summary>
internal sealed class CommandIntake(VenueReader venue, CommandQueue commands, RateLimits limits, RefusalErrors refusals)
{
    /// <summary>The most bytes of a label, UTF-8.</summary>
    public const int MostLabelBytes = 64;

    private const int CostOfCommand = 4;

    /// <summary>Takes one call of surety/submit.</summary>
    /// <exception cref="RpcException">The commands do not have their form, an allowance is used up, or a signature is not
    /// valid.</exception>
    public void Take(RpcCall call)
    {
        string label = call.Text("label");
        if (Encoding.UTF8.GetByteCount(label) > MostLabelBytes)
        {
            throw RpcException.BadParam("label",
                $"label: at most {MostLabelBytes} bytes of UTF-8, found {Encoding.UTF8.GetByteCount(label)}");
        }
        byte[] bytes = call.Bytes("commands");
        byte[]? batch = null;
        List<byte[]> records = call.Has("signature") ? Batch(call, bytes, out batch) : Single(bytes);
        string sender = call.Caller is { } session ? "key:" + session.Key : "address:" + Addresses.NameOf(call.Peer.Address);
        Need(limits.Take(sender, null, records.Count, isOrder: false));

        var outcomes = new Outcome[records.Count];
        var admitted = new List<int>();
        // What a key may do and until when is told to its holder alone, so these refusals are checked like what is admitted.
        var toldToHolder = new List<int>();
        for (int i = 0; i < records.Count; i++)
        {
            Allow(records[i]);
            Refusal refusal = Admission.Check(venue.State, records[i]);
            outcomes[i] = new Outcome(refusal.Code, refusal.Detail, 0, 0, 0);
            if (refusal.IsNone)
            {
                admitted.Add(i);
            }
            else if (refusal.Code is RefusalCode.ScopeMissing or RefusalCode.KeyExpired)
            {
                toldToHolder.Add(i);
            }
        }
        if (toldToHolder.Count > 0)
        {
            CheckSignatures(records, toldToHolder, batch);
        }
        if (admitted.Count == 0)
        {
            call.Reply(json => Write(json, records, outcomes));
            return;
        }
        CheckSignatures(records, admitted, batch);
        Charge(records, admitted);
        commands.Enqueue(new Submission([.. admitted.ConvertAll(i => records[i])])
        {
            Batch = batch,
            Label = label.Length > 0 && admitted[0] == 0 ? label : null,
            Released = (submission, error) =>
            {
                if (error is not null)
                {
                    call.Fail(error);
                    return;
                }
                for (int i = 0; i < admitted.Count; i++)
                {
                    outcomes[admitted[i]] = submission.Outcomes[i];
                }
                call.Reply(json => Write(json, records, outcomes));
            },
        });
    }

    // Every key and account of the submission by itself: a stranger's commands ride on none of another's.
    private void Charge(List<byte[]> records, List<int> admitted)
    {
        var shares = new Dictionary<(uint Key, uint Account), (int Count, bool Waits)>();
        foreach (int i in admitted)
        {
            ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(records[i]);
            (int count, bool waits) = shares.GetValueOrDefault((header.Key, header.Account));
            shares[(header.Key, header.Account)] =
                (count + 1, waits || header.Kind is not (CommandKind.CancelOrder or CommandKind.CancelAll or CommandKind.RevokeKey));
        }
        foreach (((uint key, uint account), (int count, bool waits)) in shares)
        {
            Need(limits.Take("key:" + key.ToString(CultureInfo.InvariantCulture), account, CostOfCommand * count, isOrder: true, waits));
        }
    }

    private static void Need(Allowance allowance)
    {
        if (!allowance.Granted)
        {
            throw new RpcException(10028, "too_many_requests",
                $"the allowance is used up; try again in {allowance.WaitMs} ms")
            { WaitMs = allowance.WaitMs };
        }
    }

    private static List<byte[]> Single(byte[] bytes)
    {
        var commands = new List<byte[]>();
        for (ReadOnlySpan<byte> rest = bytes; !rest.IsEmpty;)
        {
            int length = rest.Length >= CommandHeader.Size
                ? CommandCodec.View<CommandHeader>(rest).Length + CommandHeader.SignatureSize
                : int.MaxValue;
            if (length > rest.Length || !CommandCodec.IsWellFormed(rest[..length]) || commands.Count == SignedBatch.MaxCommands)
            {
                throw RpcException.BadParam("commands",
                    $"commands: number {commands.Count} does not have the form of a signed command, or "
                    + $"there are more than {SignedBatch.MaxCommands}; see docs/protocol.md");
            }
            commands.Add(rest[..length].ToArray());
            rest = rest[length..];
        }
        return commands.Count == 0 ? throw RpcException.BadParam("commands", "commands: expected at least one") : commands;
    }

    private static List<byte[]> Batch(RpcCall call, byte[] bytes, out byte[] record)
    {
        byte[] signature = call.Bytes("signature");
        Span<byte> batch = stackalloc byte[SignedBatch.SizeOf(SignedBatch.MaxCommands)];
        uint key = bytes.Length >= CommandHeader.Size ? CommandCodec.View<CommandHeader>(bytes).Key : 0;
        int count = signature.Length == CommandHeader.SignatureSize ? SignedBatch.Write(key, bytes, batch) : 0;
        if (count == 0)
        {
            throw RpcException.BadParam("commands",
                $"commands: expected 1 to {SignedBatch.MaxCommands} commands of one key, and a signature "
                + $"of {CommandHeader.SignatureSize} bytes; see docs/protocol.md");
        }
        signature.CopyTo(SignedBatch.SignatureOf(batch));
        record = batch[..SignedBatch.SizeOf(count)].ToArray();
        var commands = new List<byte[]>(count);
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            int length = CommandCodec.View<CommandHeader>(bytes.AsSpan(at)).Length;
            var command = new byte[length + CommandHeader.BatchMarkSize];
            bytes.AsSpan(at, length).CopyTo(command);
            BitConverter.TryWriteBytes(command.AsSpan(length), i);
            commands.Add(command);
            at += length;
        }
        return commands;
    }

    private void CheckSignatures(List<byte[]> records, List<int> admitted, byte[]? batch)
    {
        if (batch is not null)
        {
            if (!venue.HasValidBatchSignature(batch))
            {
                throw RpcException.Unauthorized(
                    $"signature: it is not that of key {SignedBatch.KeyOf(batch)} over these commands for this venue");
            }
            return;
        }
        foreach (int i in admitted)
        {
            if (!venue.HasValidSignature(records[i]))
            {
                throw RpcException.Unauthorized(
                    $"commands: the signature of number {i} is not that of key "
                    + $"{CommandCodec.View<CommandHeader>(records[i]).Key} for this venue");
            }
        }
    }

    // Withdrawals are guarded by the ledger, where it keeps an address book; where it keeps none they name no address.
    private void Allow(byte[] record)
    {
        CommandKind kind = CommandCodec.View<CommandHeader>(record).Kind;
        if (kind is CommandKind.Tick or CommandKind.Exclusion)
        {
            throw RpcException.Forbidden($"{kind} commands are the sequencer's own");
        }
        if (kind == CommandKind.Withdraw && !venue.State.HasAddressBook)
        {
            throw RpcException.Of(RefusalCode.NoAddressBook, 0);
        }
    }

    private void Write(Utf8JsonWriter json, List<byte[]> records, Outcome[] outcomes)
    {
        json.WriteStartArray();
        for (int i = 0; i < outcomes.Length; i++)
        {
            Outcome outcome = outcomes[i];
            json.WriteStartObject();
            json.WriteNumber("sequence"u8, outcome.Sequence);
            json.WriteNumber("timestamp_ns"u8, outcome.TimeNs);
            json.WriteNumber("code"u8, (int)outcome.Code);
            if (outcome.Code != RefusalCode.None)
            {
                json.WriteString("refusal"u8, outcome.Code.ToString());
                json.WriteString("reason"u8, refusals.Words(outcome.Code, outcome.Detail, records[i]));
            }
            if (outcome.Created != 0)
            {
                json.WriteString("created"u8, outcome.Created.ToString(CultureInfo.InvariantCulture));
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
