using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Node.Identity;

/// <summary>A caller who logged in.</summary>
/// <param name="Account">The account it acts for.</param>
/// <param name="Owner">That account's master account.</param>
/// <param name="Key">The ledger's key it proved to hold, or that the venue holds for it.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="ApiKey">The venue-held key, for a session that can have its commands signed here; null for one that signs itself.</param>
/// <param name="ExpiresMs">When it ends, milliseconds since 1970; never after its key.</param>
public sealed record Session(uint Account, uint Owner, uint Key, KeyScopes Scopes, ApiKey? ApiKey, long ExpiresMs)
{
    /// <summary>
    /// The ledger's key as it was at the log-in: a number alone may be given again after a ledger was brought back from a backup.
    /// </summary>
    public PublicKey PublicKey { get; init; }

    /// <summary>The log-in that it came of; its tokens end together.</summary>
    public Login Login { get; init; } = new();

    /// <summary>Whether it acts for the venue's operator.</summary>
    public bool IsOperator => Account == 0 && Owner == 0;

    /// <summary>Whether it may act for an account: its own, and, with a key of the master account, each of the owner's.</summary>
    public bool MayActFor(uint account, IndexedState state) =>
        account == Account || (Account == Owner && account < (uint)state.Counts.Accounts && state.Accounts[(int)account].Owner == Owner);
}

/// <summary>One log-in, with all that was issued for it.</summary>
public sealed class Login
{
    private volatile bool _ended;

    /// <summary>Whether it was logged out.</summary>
    public bool HasEnded => _ended;

    /// <summary>Logs out: every token and session of it is refused from now on.</summary>
    public void End() => _ended = true;
}

/// <summary>Why a log-in failed; the text is for the caller.</summary>
public sealed class LoginException(string reason) : Exception(reason);

/// <summary>What comes with a text that is signed by HMAC.</summary>
/// <param name="Id">The API key.</param>
/// <param name="Timestamp">Milliseconds since 1970, within a minute of the venue's clock.</param>
/// <param name="Nonce">1 to 64 printable characters, used once with this key.</param>
/// <param name="Signature">32 bytes in hexadecimal, either letter case.</param>
public readonly record struct HmacProof(string Id, string Timestamp, string Nonce, string Signature);

/// <summary>Log-ins: by signed challenge, by id and secret, by HMAC, by passkey; and the tokens that come of them.</summary>
public sealed class Sessions(IdentityStore store, IndexedState state, CommandSignatures signatures, Func<long> nowMs,
    long tokenMs = Sessions.TokenMs)
{
    /// <summary>How long a token lasts, where nothing else was set.</summary>
    public const long TokenMs = 15 * 60_000;

    private const long RefreshMs = 24 * 3_600_000;
    private const long ClockSkewMs = 60_000;
    private const int MostTokensOfKey = 32;
    private const string WrongSecret = "client_id or client_secret is not right";

    private readonly ConcurrentDictionary<string, (Session Session, long ExpiresMs)> _tokens = new();
    private readonly ConcurrentDictionary<string, (Session Session, long ExpiresMs)> _refreshes = new();
    private readonly Challenges _challenges = new(nowMs);
    private readonly ConcurrentDictionary<uint, ConcurrentQueue<string>> _tokensOfKey = new();
    private readonly ConcurrentDictionary<(string, string), long> _nonces = new();
    private readonly long _startedMs = nowMs();
    private long _sweptMs;

    /// <summary>How long a log-in lasts, milliseconds.</summary>
    public long LastsMs => tokenMs;

    /// <summary>The venue's state; replaced when the venue is opened again.</summary>
    public IndexedState State { get; set; } = state;

    /// <summary>Checks signatures; replaced together with the state, because it remembers keys by number.</summary>
    public CommandSignatures Signatures { get; set; } = signatures;

    /// <summary>A text to be signed within a minute.</summary>
    public string Challenge(string login)
    {
        Sweep();
        return _challenges.Make(login);
    }

    /// <summary>What is signed to log in: a prefix, the venue, and the challenge.</summary>
    public static byte[] LoginMessage(Hash256 venue, string challenge) =>
        [.. SignedMessage.Login, .. Bytes(venue), .. Encoding.UTF8.GetBytes(challenge)];

    /// <summary>Logs a key's holder in who signed a challenge.</summary>
    public Session BySignature(uint key, string challenge, byte[] signature)
    {
        Open(challenge, key.ToString(CultureInfo.InvariantCulture));
        int row = State.Derived.KeyRows.Find(key);
        if (row < 0 || signature.Length != 64
            || !Signatures.IsValid(key, in State.PublicKeys[row], LoginMessage(State.GenesisHash, challenge), signature))
        {
            throw new LoginException("the signature is not the key's over this venue's log-in message");
        }
        Use(challenge);
        return Of(key, null);
    }

    /// <summary>Logs in with id and secret.</summary>
    public Session BySecret(string id, string secret, IPAddress? from)
    {
        ApiKey? key = store.Find(id);
        bool right = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key?.Secret ?? ""), Encoding.UTF8.GetBytes(secret));
        return key is not null && right ? Of(key.Key, Usable(key, from)) : throw new LoginException(WrongSecret);
    }

    /// <summary>
    /// Takes a request that is signed by itself, as Deribit's deri-hmac-sha256 does it: HMAC-SHA256, keyed with the secret, over
    /// timestamp, nonce, HTTP method, path with query, and body, each followed by a line feed.
    /// </summary>
    /// <param name="proof">Who signed when.</param>
    /// <param name="method">GET or POST.</param>
    /// <param name="target">Path and query as they came.</param>
    /// <param name="body">The body as it came.</param>
    /// <param name="from">Where the request comes from.</param>
    public Session ByRequest(in HmacProof proof, string method, string target, ReadOnlySpan<byte> body, IPAddress? from) =>
        ByHmac(in proof, [.. Encoding.UTF8.GetBytes($"{method}\n{target}\n"), .. body, (byte)'\n'], from);

    /// <summary>
    /// Logs in with a signed text, Deribit's grant type client_signature: HMAC-SHA256 over timestamp, nonce and data. The data has no line
    /// break and a signed request has five, so neither can stand for the other.
    /// </summary>
    /// <param name="proof">Who signed when.</param>
    /// <param name="data">Anything in one line, to 256 characters.</param>
    /// <param name="from">Where the request comes from.</param>
    public Session BySignedText(in HmacProof proof, string data, IPAddress? from) =>
        data.Length > 256 || data.Any(char.IsControl)
            ? throw new LoginException("data: expected one line of at most 256 characters")
            : ByHmac(in proof, Encoding.UTF8.GetBytes(data), from);

    private Session ByHmac(in HmacProof proof, ReadOnlySpan<byte> purpose, IPAddress? from)
    {
        (string id, string timestamp, string nonce, string signature) = proof;
        if (nonce.Length is 0 or > 64 || nonce.Any(c => c is <= ' ' or > '~'))
        {
            throw new LoginException("nonce: expected 1 to 64 printable characters without spaces");
        }
        long now = nowMs();
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long ms) || Math.Abs(now - ms) > ClockSkewMs)
        {
            throw new LoginException(
                $"timestamp: expected within {ClockSkewMs / 1000} s of the venue's clock, {now}, found "
                + $"{Instruments.Instrument.Short(timestamp)}; set the clock, see public/get_time");
        }
        if (ms < _startedMs)
        {
            // The nonces that were used before are not known any more.
            throw new LoginException("timestamp: the request was signed before this venue was started; sign it again");
        }
        ApiKey? key = store.Find(id);
        byte[] text = [.. Encoding.UTF8.GetBytes($"{timestamp}\n{nonce}\n"), .. purpose];
        byte[] expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key?.Secret ?? ""), text);
        byte[] given = new byte[32];
        bool hex = Convert.FromHexString(signature, given, out _, out int written) == System.Buffers.OperationStatus.Done && written == 32;
        if (!CryptographicOperations.FixedTimeEquals(expected, given) || !hex || key is null)
        {
            throw new LoginException("the signature is not the key's over this request");
        }
        Usable(key, from);
        Sweep();
        // A nonce counts once. One that is just the clock is no number of its own: ccxt sends the milliseconds, and several requests in
        // one.
        bool isClock = long.TryParse(nonce, NumberStyles.None, CultureInfo.InvariantCulture, out long clock) && Math.Abs(clock - ms) <= 10;
        string counted = isClock ? nonce + " " + Convert.ToHexStringLower(given) : nonce;
        return _nonces.TryAdd((key.Id, counted), Math.Max(now, ms) + (2 * ClockSkewMs))
            ? Of(key.Key, key)
            : throw new LoginException(
                $"nonce: this request was made before with nonce {Instruments.Instrument.Short(nonce)}; use a new nonce for each");
    }

    /// <summary>
    /// Logs in with a passkey's assertion over a challenge: with the powers of its API key, from where that key may be used.
    /// </summary>
    public Session ByPasskey(string credentialId, byte[] clientData, byte[] authenticatorData, byte[] signature, string origin,
        IPAddress? from)
    {
        Passkey passkey = store.FindPasskey(credentialId) ?? throw new LoginException("this passkey is not known here");
        string challenge = Passkeys.Check(passkey, clientData, authenticatorData, signature, origin);
        Take(challenge, "passkey");
        ApiKey key = Usable(store.Find(passkey.ApiKeyId) ?? throw new LoginException("the passkey's API key was removed"), from);
        return Of(key.Key, key);
    }

    /// <summary>Uses up a challenge that was given out for a passkey.</summary>
    public void TakeChallenge(string challenge) => Take(challenge, "passkey");

    /// <summary>A token and a refresh token for a session.</summary>
    public (string Access, string Refresh) Issue(Session session)
    {
        Sweep();
        string access = IdentityStore.Random(32);
        string refresh = IdentityStore.Random(32);
        _tokens[access] = (session, session.ExpiresMs);
        _refreshes[refresh] = (session, Math.Min(nowMs() + RefreshMs, EndOf(in State.Keys[KeyRows.RowOf(session.Key)], session.ApiKey)));
        Remember(session.Key, access);
        Remember(session.Key, refresh);
        return (access, refresh);
    }

    /// <summary>The session of an access token.</summary>
    public Session ByToken(string token, IPAddress? from)
    {
        if (!_tokens.TryGetValue(token, out (Session Session, long ExpiresMs) found) || found.ExpiresMs <= nowMs())
        {
            throw new LoginException("the access token is not known or has expired; log in again");
        }
        return Problem(found.Session, from) is { } problem ? throw new LoginException(problem) : found.Session;
    }

    /// <summary>A new session for a refresh token, which is used up: of the same log-in, with the same scopes.</summary>
    public Session ByRefresh(string refresh, IPAddress? from)
    {
        if (!_refreshes.TryGetValue(refresh, out (Session Session, long ExpiresMs) found) || found.ExpiresMs <= nowMs())
        {
            throw new LoginException("the refresh token is not known, was used, or has expired; log in again");
        }
        if (KeyProblem(found.Session, from) is { } problem)
        {
            throw new LoginException(problem);
        }
        return _refreshes.TryRemove(refresh, out _)
            ? Of(found.Session.Key, found.Session.ApiKey) with { Scopes = found.Session.Scopes, Login = found.Session.Login }
            : throw new LoginException("the refresh token was used; log in again");
    }

    /// <summary>
    /// Why a session may not be used any more from an address; null when it may. Asked at every request, and again and again of every
    /// private stream.
    /// </summary>
    public string? Problem(Session session, IPAddress? from) =>
        session.ExpiresMs <= nowMs() ? "the session has expired; log in again, or use the refresh token" : KeyProblem(session, from);

    private string? KeyProblem(Session session, IPAddress? from)
    {
        IndexedState state = State;
        if (session.Login.HasEnded)
        {
            return "the session was logged out; log in again";
        }
        int at = state.Derived.KeyRows.Find(session.Key);
        if (at < 0 || state.PublicKeys[at] != session.PublicKey)
        {
            return "the ledger does not have the session's key; log in again";
        }
        ref readonly Key row = ref state.Keys[at];
        if (row.Status != Key.Valid)
        {
            return "the key was revoked; log in with another one";
        }
        if (row.ExpiresNs != 0 && row.ExpiresNs <= state.TimeNs)
        {
            return "the key has expired; log in with another one";
        }
        if (!IsOpen(session.Account))
        {
            return "the account was closed";
        }
        return session.ApiKey is { } apiKey ? UseProblem(apiKey, from) : null;
    }

    private string? UseProblem(ApiKey key, IPAddress? from) =>
        key.Removed ? "the API key was removed"
        : key.Disabled ? "the API key is switched off"
        : key.ExpiresMs != 0 && key.ExpiresMs <= nowMs() ? "the API key has expired; make a new one"
        : !key.Allows(from) ? $"the API key may not be used from {from}; see its list of networks"
        : null;

    private ApiKey Usable(ApiKey key, IPAddress? from) => UseProblem(key, from) is { } problem ? throw new LoginException(problem) : key;

    private Session Of(uint key, ApiKey? apiKey)
    {
        IndexedState state = State;
        int at = state.Derived.KeyRows.Find(key);
        if (at < 0 || (apiKey is not null && state.PublicKeys[at] != apiKey.PublicKey))
        {
            throw new LoginException(
                "the API key is not of this ledger: its key was given again after a backup was brought back; make a new one");
        }
        ref readonly Key row = ref state.Keys[at];
        if (row.Status != Key.Valid || (row.ExpiresNs != 0 && row.ExpiresNs <= state.TimeNs))
        {
            throw new LoginException("the key was revoked or has expired");
        }
        uint account = apiKey?.Account ?? row.Account;
        if (!IsOpen(account))
        {
            throw new LoginException("the account was closed");
        }
        long expires = Math.Min(nowMs() + tokenMs, EndOf(in row, apiKey));
        return new Session(account, state.Accounts[(int)account].Owner, key, apiKey is null ? row.Scopes : row.Scopes & apiKey.Scopes,
            apiKey, expires)
        { PublicKey = state.PublicKeys[at] };
    }

    private bool IsOpen(uint account) =>
        account < (uint)State.Counts.Accounts && (State.Accounts[(int)account].Flags & AccountFlags.Open) != 0;

    private static long EndOf(in Key row, ApiKey? apiKey) =>
        Math.Min(row.ExpiresNs == 0 ? long.MaxValue : row.ExpiresNs / 1_000_000,
            apiKey is null or { ExpiresMs: 0 } ? long.MaxValue : apiKey.ExpiresMs);

    private void Take(string challenge, string login)
    {
        Open(challenge, login);
        Use(challenge);
    }

    private void Open(string challenge, string login)
    {
        if (!_challenges.IsOpen(challenge, login))
        {
            throw new LoginException("the challenge is not known, was used, or is older than a minute; ask for a new one");
        }
    }

    private void Use(string challenge)
    {
        if (!_challenges.Use(challenge))
        {
            throw new LoginException("the challenge is not known, was used, or is older than a minute; ask for a new one");
        }
    }

    // A key has so many tokens: a further log-in ends the oldest of that key and of no other.
    private void Remember(uint key, string token)
    {
        ConcurrentQueue<string> tokens = _tokensOfKey.GetOrAdd(key, _ => new ConcurrentQueue<string>());
        tokens.Enqueue(token);
        while (tokens.Count > MostTokensOfKey && tokens.TryDequeue(out string? oldest))
        {
            _tokens.TryRemove(oldest, out _);
            _refreshes.TryRemove(oldest, out _);
        }
    }

    private void Sweep()
    {
        long now = nowMs();
        if (now - _sweptMs < 10_000)
        {
            return;
        }
        _sweptMs = now;
        foreach (string old in _tokens.Where(t => t.Value.ExpiresMs < now).Select(t => t.Key).ToList())
        {
            _tokens.TryRemove(old, out _);
        }
        foreach (string old in _refreshes.Where(t => t.Value.ExpiresMs < now).Select(t => t.Key).ToList())
        {
            _refreshes.TryRemove(old, out _);
        }
        foreach ((string, string) old in _nonces.Where(n => n.Value < now).Select(n => n.Key).ToList())
        {
            _nonces.TryRemove(old, out _);
        }
    }

    private static byte[] Bytes(Hash256 hash)
    {
        var bytes = new byte[Hash256.Size];
        hash.CopyTo(bytes);
        return bytes;
    }
}
