using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Surety.Proofs;
using Surety.Protocol.Blocks;

namespace Surety.Client;

/// <summary>
/// Follows a venue's headers and keeps the last one in a file. When a header comes that does not continue it, the client sends no more
/// orders: <see cref="VenueClient.Stopped"/> says why.
/// </summary>
public sealed class VenueHistory : IAsyncDisposable
{
    private const string ChannelName = "surety.blocks";
    private readonly VenueClient _client;
    private readonly string? _file;
    private readonly PinnedChain _chain;
    private readonly Channel<(BlockHeader Header, HeaderSeal? Seal)> _headers = Channel.CreateUnbounded<(BlockHeader, HeaderSeal?)>();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _working;

    private VenueHistory(VenueClient client, string? file)
    {
        _client = client;
        _file = file;
        (VenueHead? last, byte[]? key) = Read(file);
        _chain = new PinnedChain(last, key);
        _working = Task.Run(WorkAsync);
    }

    /// <summary>Told of the first thing that is wrong.</summary>
    public Action<string>? Broken { get; set; }

    /// <summary>The last header seen; until <see cref="Begun"/> ends, that of the file.</summary>
    public VenueHead? Last => _chain.Last;

    /// <summary>
    /// Ends when the first header of this session has been compared with the one in the file; <see cref="VenueClient.Stopped"/> then says
    /// whether it continues it. Cancelled when the history is disposed before that.
    /// </summary>
    public Task Begun => _begun.Task;

    /// <summary>Begins to follow.</summary>
    /// <param name="client">A connection to the venue.</param>
    /// <param name="file">Where the last header is kept from session to session; null for nowhere.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">The file holds no header.</exception>
    public static async Task<VenueHistory> FollowAsync(VenueClient client, string? file, CancellationToken cancellation = default)
    {
        var history = new VenueHistory(client, file);
        await client.SubscribeAsync(ChannelName, history.Take, cancellation).ConfigureAwait(false);
        return history;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _headers.Writer.TryComplete();
        await _working.ConfigureAwait(false);
        _begun.TrySetCanceled();
    }

    private static (VenueHead? Last, byte[]? Key) Read(string? file)
    {
        if (file is null || !File.Exists(file))
        {
            return (null, null);
        }
        string text = File.ReadAllText(file);
        VenueHead last = VenueHead.Parse(text)
            ?? throw new InvalidDataException($"{file}: it holds no line like head HEIGHT:HASH. Restore it, or name another file");
        string? key = text.Split('\n').FirstOrDefault(l => l.StartsWith("key ", StringComparison.Ordinal));
        return (last, key is null ? null : Convert.FromHexString(key[4..].Trim()));
    }

    private void Take(ChannelMessage message)
    {
        if (Parse(message.Data) is { } block)
        {
            _headers.Writer.TryWrite(block);
        }
    }

    private static (BlockHeader Header, HeaderSeal? Seal)? Parse(JsonElement block)
    {
        if (block.ValueKind != JsonValueKind.Object || !block.TryGetProperty("header", out JsonElement text)
            || !BlockHeader.TryRead(text.GetBytesFromBase64(), out BlockHeader header) || header.Height == 0)
        {
            return null;
        }
        HeaderSeal? seal = block.TryGetProperty("signature", out JsonElement signature)
            && block.TryGetProperty("public_key", out JsonElement key)
            ? new HeaderSeal(header.Height, 0, Convert.FromHexString(key.GetString()!), signature.GetBytesFromBase64()) : null;
        return (header, seal);
    }

    private async Task WorkAsync()
    {
        await foreach ((BlockHeader header, HeaderSeal? seal) in _headers.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                bool was = _chain.Broken is not null;
                if (await _chain.TakeAsync(header, seal, OlderAsync).ConfigureAwait(false) is { } reason)
                {
                    _client.Stopped = reason;
                    if (!was)
                    {
                        Broken?.Invoke(reason);
                    }
                }
                else if (_file is not null)
                {
                    string key = _chain.Key is { } k ? $"key {Convert.ToHexStringLower(k.Span)}\n" : "";
                    await File.WriteAllTextAsync(_file + ".new", $"head {_chain.Last}\n{key}").ConfigureAwait(false);
                    File.Move(_file + ".new", _file, overwrite: true);
                }
                _begun.TrySetResult();
            }
            catch (Exception e) when (e is IOException or VenueException)
            {
                // The connection broke while headers were asked for, or the file could not be written: the next header is compared with the
                // same one.
            }
        }
    }

    private async Task<IReadOnlyList<BlockHeader>> OlderAsync(ulong from, int count)
    {
        JsonElement list = await _client.CallAsync("surety/get_blocks", new { from, count }).ConfigureAwait(false);
        return [.. list.EnumerateArray().Select(b => Parse(b)).Where(b => b is not null).Select(b => b!.Value.Header)];
    }
}
