using System;
using System.Threading.Tasks;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;

namespace Surety.Gateway.Api;

/// <summary>Commands that the node signs for the caller, with the key of the API key that he logged in with.</summary>
internal sealed class CallerCommands(
    IdentityStore identities, VenueReader venue, DelegatedSigning signing, CommandQueue commands, RefusalErrors refusals)
{
    /// <summary>Signs a command for the caller and carries it out; what came of it.</summary>
    /// <exception cref="RpcException">It was refused, or the node holds no key of the caller.</exception>
    public async Task<Outcome> CarryOutAsync<T>(RpcCall call, CommandKind kind, T command)
        where T : unmanaged
    {
        DelegatedKey key = SignerOf(call);
        byte[] record;
        Task<Outcome[]> submitted;
        lock (key.Gate)
        {
            record = signing.Sign(key, call.Session.Account, kind, command);
            submitted = commands.SubmitAsync(record);
        }
        return refusals.Accepted((await submitted)[0], record);
    }

    /// <summary>The same, and a refusal is an outcome like any other.</summary>
    /// <exception cref="RpcException">The node holds no key of the caller.</exception>
    public Task<Outcome> SubmitAsync<T>(RpcCall call, CommandKind kind, T command)
        where T : unmanaged =>
        signing.SubmitAsync(SignerOf(call), call.Session.Account, kind, command);

    /// <summary>The same with a record that is made already.</summary>
    /// <exception cref="RpcException">The node holds no key of the caller.</exception>
    public Task<Outcome> SubmitAsync(RpcCall call, byte[] record) => signing.SubmitAsync(SignerOf(call), call.Session.Account, record);

    /// <summary>Signs a command for the caller and hands it in; errors are the call's answer.</summary>
    /// <param name="call">The caller's request.</param>
    /// <param name="kind">The command's kind.</param>
    /// <param name="command">The command.</param>
    /// <param name="accepted">Called when it is durable, on the outbox's thread.</param>
    /// <param name="label">A label for the order that it places.</param>
    /// <exception cref="RpcException">The node holds no key of the caller.</exception>
    public void Enqueue<T>(RpcCall call, CommandKind kind, T command, Action<Outcome> accepted, string? label = null)
        where T : unmanaged
    {
        DelegatedKey key = SignerOf(call);
        lock (key.Gate)
        {
            byte[] record = signing.Sign(key, call.Session.Account, kind, command);
            Enqueue(call, [record], label, outcomes => accepted(refusals.Accepted(outcomes[0], record)));
        }
    }

    /// <summary>Signs commands of one kind and hands them in together; refusals are outcomes like any other.</summary>
    /// <exception cref="RpcException">The node holds no key of the caller.</exception>
    public void EnqueueAll<T>(RpcCall call, CommandKind kind, T[] all, Action<Outcome[]> released)
        where T : unmanaged
    {
        DelegatedKey key = SignerOf(call);
        lock (key.Gate)
        {
            byte[][] records = Array.ConvertAll(all, command => signing.Sign(key, call.Session.Account, kind, command));
            Enqueue(call, records, null, released);
        }
    }

    /// <summary>Signs a record that is made already, with its account, and hands it in.</summary>
    /// <param name="call">The caller's request.</param>
    /// <param name="record">The command without nonce and signature.</param>
    /// <param name="accepted">Called with what became of it and the signed record.</param>
    /// <exception cref="RpcException">The node holds no key of the caller.</exception>
    public void Enqueue(RpcCall call, ReadOnlySpan<byte> record, Action<Outcome, byte[]> accepted)
    {
        DelegatedKey key = SignerOf(call);
        lock (key.Gate)
        {
            byte[] signed = key.Sign(venue.State, record);
            Enqueue(call, [signed], null, outcomes => accepted(refusals.Accepted(outcomes[0], signed), signed));
        }
    }

    private DelegatedKey SignerOf(RpcCall call) => call.Session.ApiKey is { } key
        ? identities.SignerOf(key, venue.State)
        : throw RpcException.Forbidden(
            "the venue cannot sign for this key: sign the command yourself and send it by surety/submit, or log in with an API key");

    private void Enqueue(RpcCall call, byte[][] records, string? label, Action<Outcome[]> released) =>
        commands.Enqueue(new Submission(records)
        {
            Label = label,
            Released = (submission, error) =>
            {
                try
                {
                    if (error is not null)
                    {
                        throw error;
                    }
                    released(submission.Outcomes);
                }
                catch (Exception e)
                {
                    call.Fail(e);
                }
            },
        });
}
