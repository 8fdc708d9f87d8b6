using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Surety.Core.Hashing;
using Surety.Engine.Accounts;
using Surety.Engine.State;
using Surety.Node.Gateway;

namespace Surety.Node.Identity;

/// <summary>Somebody who logged in.</summary>
/// <param name="Account">The account it acts for.</param>
/// <param name="Owner">That account's master account.</param>
/// <param name="Key">The ledger's key it proved to hold, or that the venue holds for it.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="ApiKey">The venue-held key, for a session that can have its commands signed here; null for one that signs itself.</param>
/// <param name="ExpiresMs">When it ends, milliseconds since 1970.</param>
public sealed record Session(uint Account, uint Owner, uint Key, KeyScopes Scopes, ApiKey? ApiKey, long ExpiresMs)
{
    /// <summary>Whether it acts for the venue's operator.</summary>
    public bool IsOperator => Owner == 0;
}

/// <summary>Why somebody could not log in; the text is for them.</summary>
public sealed class LoginException(string reason) : Exception(reason);

/// <summary>Log-ins: by signed challenge, by id and secret, by HMAC, by passkey; and the tokens that come of them.</summary>
public sealed class Sessions(IdentityStore store, VenueState state, CommandSignatures signatures, Func<long> nowMs, long tokenMs = Sessions.TokenMs)
{
    /// <summary>How long a token lasts, where nothing else was set.</summary>
    public const long TokenMs = 15 * 60_000;

    private const long RefreshMs = 24 * 3_600_000;
    private const long ChallengeMs = 60_000;
    private const long ClockSkewMs = 60_000;
    private const int MostChallenges = 100_000;

    private readonly ConcurrentDictionary<string, (Session Session, long ExpiresMs)> _tokens = new();
    private readonly ConcurrentDictionary<string, (string Login, long ExpiresMs)> _challenges = new();
    private readonly ConcurrentDictionary<(string, string), long> _nonces = new();
    private long _sweptMs;

    /// <summary>How long a log-in lasts, milliseconds.</summary>
    public long LastsMs => tokenMs;

    /// <summary>The venue's state; replaced when the venue is opened anew.</summary>
    public VenueState State { get; set; } = state;

    /// <summary>A text to be signed within a minute.</summary>
    public string Challenge(string login)
    {
        Sweep();
        if (_challenges.Count >= MostChallenges)
        {
            throw new LoginException("too many log-ins are under way; try again in a minute");
        }
        string challenge = IdentityStore.Random(32);
        _challenges[challenge] = (login, nowMs() + ChallengeMs);
        return challenge;
    }

    /// <summary>What is signed to log in: a prefix, the venue, and the challenge.</summary>
    public static byte[] LoginMessage(Hash256 venue, string challenge) =>
        [.. "surety login\0\0\0\u0001"u8, .. Bytes(venue), .. Encoding.UTF8.GetBytes(challenge)];

    /// <summary>Logs a key's holder in who signed a challenge.</summary>
    public Session BySignature(uint key, string challenge, byte[] signature)
    {
        Take(challenge, key.ToString(CultureInfo.InvariantCulture));
        if (key >= (uint)State.Venue[0].Keys || signature.Length != 64
            || !signatures.IsValid(key, in State.PublicKeys[(int)key], LoginMessage(State.GenesisHash, challenge), signature))
        {
            throw new LoginException("the signature is not the key's over this venue's log-in message");
        }
        return Of(key, null);
    }

    /// <summary>Logs in with id and secret.</summary>
    public Session BySecret(string id, string secret, IPAddress? from)
    {
        ApiKey key = Usable(id, from);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key.Secret), Encoding.UTF8.GetBytes(secret))
            ? Of(key.Key, key)
            : throw new LoginException("client_id or client_secret is not right");
    }

    /// <summary>Logs in with HMAC-SHA256 over a text that begins with timestamp and nonce.</summary>
    /// <param name="id">The API key.</param>
    /// <param name="timestamp">Milliseconds since 1970, within a minute of the venue's clock.</param>
    /// <param name="nonce">Not used with this key in the last two minutes.</param>
    /// <param name="text">What was signed.</param>
    /// <param name="signature">Hexadecimal.</param>
    /// <param name="from">Where the request comes from.</param>
    public Session ByHmac(string id, string timestamp, string nonce, string text, string signature, IPAddress? from)
    {
        ApiKey key = Usable(id, from);
        long now = nowMs();
        if (!long.TryParse(timestamp, CultureInfo.InvariantCulture, out long ms) || Math.Abs(now - ms) > ClockSkewMs)
        {
            throw new LoginException($"timestamp: expected within {ClockSkewMs / 1000} s of the venue's clock, {now}, found {timestamp}; set the clock, see public/get_time");
        }
        byte[] expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.Secret), Encoding.UTF8.GetBytes(text));
        byte[] given = new byte[32];
        if (Convert.FromHexString(signature, given, out _, out int written) != System.Buffers.OperationStatus.Done || written != 32
            || !CryptographicOperations.FixedTimeEquals(expected, given))
        {
            throw new LoginException("the signature is not the key's over this request");
        }
        Sweep();
        return _nonces.TryAdd((id, signature), now + (2 * ClockSkewMs))
            ? Of(key.Key, key)
            : throw new LoginException($"nonce: this request was made before with nonce {Instruments.Instrument.Short(nonce)}; use a new nonce for each");
    }

    /// <summary>Logs in with a passkey's assertion over a challenge.</summary>
    public Session ByPasskey(string credentialId, byte[] clientData, byte[] authenticatorData, byte[] signature, string origin)
    {
        Passkey passkey = store.FindPasskey(credentialId) ?? throw new LoginException("this passkey is not known here");
        string challenge = Passkeys.Check(passkey, clientData, authenticatorData, signature, origin);
        Take(challenge, "passkey");
        ApiKey key = Usable(passkey.ApiKeyId, from: null, anywhere: true);
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
        _tokens["refresh:" + refresh] = (session, nowMs() + RefreshMs);
        return (access, refresh);
    }

    /// <summary>The session of an access token.</summary>
    public Session ByToken(string token) =>
        _tokens.TryGetValue(token, out (Session Session, long ExpiresMs) found) && found.ExpiresMs > nowMs()
            ? Current(found.Session)
            : throw new LoginException("the access token is not known or has expired; log in again");

    /// <summary>A new session for a refresh token, which is used up.</summary>
    public Session ByRefresh(string refresh) =>
        _tokens.TryRemove("refresh:" + refresh, out (Session Session, long ExpiresMs) found) && found.ExpiresMs > nowMs()
            ? Of(found.Session.Key, found.Session.ApiKey)
            : throw new LoginException("the refresh token is not known, was used, or has expired; log in again");

    /// <summary>Ends a token.</summary>
    public void Forget(string token) => _tokens.TryRemove(token, out _);

    /// <summary>The session if its key may still be used.</summary>
    public Session Current(Session session)
    {
        ref readonly Key key = ref State.Keys[(int)session.Key];
        return key.Status != Key.Valid || session.ApiKey is { Disabled: true } || session.ExpiresMs <= nowMs()
            ? throw new LoginException("the key was revoked or switched off, or the session has expired; log in again")
            : session;
    }

    private ApiKey Usable(string id, IPAddress? from, bool anywhere = false)
    {
        ApiKey? key = store.Find(id);
        return key is null || key.Disabled ? throw new LoginException("client_id or client_secret is not right")
            : key.ExpiresMs != 0 && key.ExpiresMs <= nowMs() ? throw new LoginException("the API key has expired; make a new one")
            : !anywhere && !key.Allows(from) ? throw new LoginException($"the API key may not be used from {from}; see its list of networks")
            : key;
    }

    private Session Of(uint key, ApiKey? apiKey)
    {
        ref readonly Key row = ref State.Keys[(int)key];
        if (row.Status != Key.Valid || (row.ExpiresNs != 0 && row.ExpiresNs <= State.TimeNs))
        {
            throw new LoginException("the key was revoked or has expired");
        }
        uint account = apiKey?.Account ?? row.Account;
        return new Session(account, State.Accounts[(int)account].Owner, key, apiKey is null ? row.Scopes : row.Scopes & apiKey.Scopes, apiKey, nowMs() + tokenMs);
    }

    private void Take(string challenge, string login)
    {
        if (!_challenges.TryRemove(challenge, out (string Login, long ExpiresMs) found) || found.Login != login || found.ExpiresMs < nowMs())
        {
            throw new LoginException("the challenge is not known, was used, or is older than a minute; ask for a new one");
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
        foreach (string old in _challenges.Where(c => c.Value.ExpiresMs < now).Select(c => c.Key).ToList())
        {
            _challenges.TryRemove(old, out _);
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
