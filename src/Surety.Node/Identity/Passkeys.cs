using System;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Surety.Node.Identity;

/// <summary>WebAuthn assertions (W3C Web Authentication Level 3, section 7.2) with ES256, P-256 keys.</summary>
public static class Passkeys
{
    private const int FlagsAt = 32;
    private const byte UserPresent = 1;

    /// <summary>Checks an assertion and returns the challenge that it answers, base64url.</summary>
    /// <exception cref="LoginException">It does not hold; the message says why.</exception>
    public static string Check(Passkey passkey, byte[] clientData, byte[] authenticatorData, byte[] signature, string origin)
    {
        string challenge = Challenge(clientData, "webauthn.get", origin);
        string host = new Uri(origin).Host;
        if (authenticatorData.Length < 37
            || !SHA256.HashData(Encoding.UTF8.GetBytes(host)).AsSpan().SequenceEqual(authenticatorData.AsSpan(0, 32)))
        {
            throw new LoginException($"the passkey's answer is for another site than {host}");
        }
        if ((authenticatorData[FlagsAt] & UserPresent) == 0)
        {
            throw new LoginException("the passkey's answer says that no user was present");
        }
        byte[] signed = [.. authenticatorData, .. SHA256.HashData(clientData)];
        using ECDsa key = Import(passkey.PublicKey);
        return key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            ? challenge
            : throw new LoginException("the passkey's signature is not valid");
    }

    /// <summary>
    /// Checks what a browser says when it makes a passkey, and that the public key (SubjectPublicKeyInfo, base64url) is P-256.
    /// </summary>
    /// <exception cref="LoginException">It does not hold.</exception>
    public static string CheckNew(byte[] clientData, string publicKey, string origin)
    {
        using ECDsa key = Import(publicKey);
        return key.KeySize == 256
            ? Challenge(clientData, "webauthn.create", origin)
            : throw new LoginException("the passkey is not a P-256 key; choose ES256");
    }

    /// <summary>Reads base64 with or without padding, in either alphabet.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static byte[] FromBase64(string text)
    {
        string plain = text.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        return Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
    }

    private static string Challenge(byte[] clientData, string type, string origin)
    {
        if (!Uri.TryCreate(origin, UriKind.Absolute, out _))
        {
            throw new LoginException("a passkey is used from a page, whose browser names its origin");
        }
        try
        {
            using JsonDocument data = JsonDocument.Parse(clientData);
            return data.RootElement.GetProperty("type").GetString() != type
                ? throw new LoginException($"the browser's data is not of type {type}")
                : data.RootElement.GetProperty("origin").GetString() != origin
                    ? throw new LoginException($"the browser's data is for {data.RootElement.GetProperty("origin")}, not {origin}")
                : data.RootElement.GetProperty("challenge").GetString() ?? throw new LoginException("the browser's data has no challenge");
        }
        catch (Exception e) when (e is JsonException or System.Collections.Generic.KeyNotFoundException or InvalidOperationException)
        {
            throw new LoginException("the browser's data cannot be read");
        }
    }

    private static ECDsa Import(string publicKey)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(FromBase64(publicKey), out _);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            key.Dispose();
            throw new LoginException("the passkey's public key cannot be read");
        }
    }
}
