using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Surety.Journal;
using Surety.Node.Settings;
using Surety.Replay.Signing;

namespace Surety.Node.Identity;

/// <summary>The identity folder cannot be used; the message says why and what to do.</summary>
public sealed class IdentityException(string message) : IOException(message);

/// <summary>
/// The folder <c>identity</c>: API keys, and private keys that the node holds. Files are readable by the node's user alone. With a secret,
/// a passphrase or the content of a key file, each is sealed by AES-256-GCM under a random data key, which <c>seal.json</c> keeps sealed
/// under a key that PBKDF2 makes of the secret. That answers a stolen disk or backup; not someone who may read the running node's memory.
/// </summary>
public sealed class IdentityVault
{
    /// <summary>The environment variable that may hold the secret.</summary>
    public const string Variable = "SURETY_IDENTITY_SECRET";

    private const string SealFile = "seal.json";
    private const string SealedPrefix = "surety sealed 1\n";
    private const int LeastSecret = 12;
    private const int Iterations = 600_000;
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };
    private readonly string _folder;
    private readonly byte[]? _key;

    private IdentityVault(string folder, byte[]? key) => (_folder, _key) = (folder, key);

    /// <summary>Whether files are sealed.</summary>
    public bool IsSealed => _key is not null;

    /// <summary>Opens a venue's folder as its settings say; for the holder of the directory's lock.</summary>
    /// <exception cref="SettingsException">The venue is no sandbox and has no secret, or the secret's file cannot be read.</exception>
    /// <exception cref="IdentityException">The secret does not open the folder.</exception>
    public static IdentityVault Open(string root, NodeSettings settings)
    {
        string? secret = SecretOf(settings.Identity);
        if (secret is null && !settings.Sandbox.Open)
        {
            throw new SettingsException(NeedsSecret);
        }
        string folder = Path.Combine(root, "identity");
        foreach (string half in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.new") : [])
        {
            // Half written when the power went; what it was to replace is there.
            File.Delete(half);
        }
        return Open(root, secret);
    }

    /// <summary>What a venue with real money is told that has no secret.</summary>
    public const string NeedsSecret =
        "identity.secretFile: a venue that is no sandbox keeps no private key in the clear; name a file with a passphrase or a key, or set "
            + Variable;

    /// <summary>The secret that settings or the environment name; null for none.</summary>
    /// <exception cref="SettingsException">Its file cannot be read, or it is too short.</exception>
    public static string? SecretOf(IdentitySettings settings)
    {
        string? secret = Environment.GetEnvironmentVariable(Variable);
        string name = Variable;
        if (settings.SecretFile is { } file)
        {
            name = "identity.secretFile";
            secret = ReadSecret(name, file);
        }
        return secret is null || secret.Length >= LeastSecret
            ? secret
            : throw new SettingsException($"{name}: expected at least {LeastSecret} characters, found {secret.Length}");
    }

    /// <summary>The text of a secret's file, without the line break at its end.</summary>
    /// <exception cref="SettingsException">It cannot be read.</exception>
    public static string ReadSecret(string name, string file)
    {
        try
        {
            string text = Encoding.Latin1.GetString(File.ReadAllBytes(file)).TrimEnd('\r', '\n');
            return text.Length >= LeastSecret
                ? text
                : throw new SettingsException($"{name}: expected at least {LeastSecret} characters in {file}, found {text.Length}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{name}: {file} cannot be read: {e.Message}");
        }
    }

    /// <summary>Opens a folder, making it where it is not there. With a secret, what lies in the clear is sealed now.</summary>
    /// <param name="root">The venue's directory.</param>
    /// <param name="secret">The secret; null for a folder in the clear.</param>
    /// <exception cref="IdentityException">The folder is sealed and the secret does not open it, or there is none.</exception>
    public static IdentityVault Open(string root, string? secret)
    {
        string folder = Path.Combine(root, "identity");
        PrivateFiles.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(folder))
        {
            PrivateFiles.Restrict(file);
        }
        string seal = Path.Combine(folder, SealFile);
        if (secret is null)
        {
            return File.Exists(seal)
                ? throw new IdentityException(
                    $"{folder} is sealed: name its secret by the setting identity.secretFile or the environment variable {Variable}")
                : new IdentityVault(folder, null);
        }
        if (!File.Exists(seal))
        {
            byte[] fresh = RandomNumberGenerator.GetBytes(32);
            WriteSeal(seal, fresh, secret);
        }
        var vault = new IdentityVault(folder, OpenSeal(seal, secret));
        foreach (string file in Directory.GetFiles(folder)
            .Where(f => Path.GetFileName(f) != SealFile && !f.EndsWith(".new", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(file);
            if (IdentityLog.IsClear(text))
            {
                var log = new IdentityLog(vault, Path.GetFileName(file));
                log.Rewrite(log.Load()!);
            }
            else if (!IdentityLog.Is(text) && !text.StartsWith(SealedPrefix, StringComparison.Ordinal))
            {
                vault.Write(Path.GetFileName(file), text);
            }
        }
        return vault;
    }

    /// <summary>Whether a venue's folder is sealed.</summary>
    public static bool IsSealedFolder(string root) => File.Exists(Path.Combine(root, "identity", SealFile));

    /// <summary>Gives a sealed folder another secret. A running node is not disturbed: it has the data key.</summary>
    /// <exception cref="IdentityException">The folder is not sealed, or the secret does not open it.</exception>
    public static void ChangeSecret(string root, string secret, string newSecret)
    {
        string seal = Path.Combine(root, "identity", SealFile);
        if (!File.Exists(seal))
        {
            throw new IdentityException($"{Path.Combine(root, "identity")} is not sealed; a start with identity.secretFile seals it");
        }
        WriteSeal(seal, OpenSeal(seal, secret), newSecret);
    }

    /// <summary>Where a file of the folder is.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Whether a file is there.</summary>
    public bool Exists(string name) => File.Exists(PathOf(name));

    /// <summary>A file's text; null when there is no such file.</summary>
    /// <exception cref="IdentityException">It was changed since it was sealed.</exception>
    public string? Read(string name)
    {
        if (!Exists(name))
        {
            return null;
        }
        string text = File.ReadAllText(PathOf(name));
        if (IdentityLog.Is(text))
        {
            return string.Concat(new IdentityLog(this, name).Load()!.Select(r => r + "\n"));
        }
        if (!text.StartsWith(SealedPrefix, StringComparison.Ordinal))
        {
            return text;
        }
        byte[] key = _key
            ?? throw new IdentityException($"{PathOf(name)} is sealed and this folder has no {SealFile}; restore the whole folder");
        try
        {
            return Encoding.UTF8.GetString(Unseal(key, Convert.FromBase64String(text[SealedPrefix.Length..].Trim()), name));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new IdentityException(
                $"{PathOf(name)}: it was changed or cut since it was sealed; restore the identity folder from a backup");
        }
    }

    /// <summary>Writes a file whole, for this user alone, sealed where the folder is.</summary>
    public void Write(string name, string text) =>
        PrivateFiles.Write(PathOf(name),
            _key is null ? text : SealedPrefix + Convert.ToBase64String(Seal(_key, Encoding.UTF8.GetBytes(text), name)) + "\n");

    /// <summary>Seals a text for a place, base64; for files that are sealed in parts.</summary>
    internal string SealText(string text, string place) => Convert.ToBase64String(Seal(_key!, Encoding.UTF8.GetBytes(text), place));

    /// <summary>Opens what <see cref="SealText"/> sealed.</summary>
    /// <exception cref="IdentityException">The folder has no key.</exception>
    internal string UnsealText(string text, string place) =>
        Encoding.UTF8.GetString(
            Unseal(_key ?? throw new IdentityException($"{_folder} has sealed files and no {SealFile}; restore the whole folder"),
                Convert.FromBase64String(text), place));

    /// <summary>Copies a file under another name of the folder, as it is.</summary>
    internal void Copy(string name, string to)
    {
        File.Copy(PathOf(name), PathOf(to));
        PrivateFiles.Restrict(PathOf(to));
    }

    /// <summary>Puts a file aside that is of no use any more.</summary>
    public void SetAside(string name) => File.Move(PathOf(name), PathOf($"{name}.unmatched-{DateTime.UtcNow.Ticks}"));

    /// <summary>The private key of a file NAME.pem; null when there is none.</summary>
    /// <exception cref="IdentityException">It holds no key.</exception>
    public SigningKey? FindKey(string name)
    {
        try
        {
            return Read(name + ".pem") is { } pem ? SigningKey.FromPem(pem) : null;
        }
        catch (ArgumentException e)
        {
            throw new IdentityException($"{PathOf(name + ".pem")}: {e.Message}");
        }
    }

    /// <summary>A new key pair in a file NAME.pem.</summary>
    public SigningKey MakeKey(string name)
    {
        SigningKey key = SigningKey.Create();
        Write(name + ".pem", key.ToPem());
        return key;
    }

    private static void WriteSeal(string path, byte[] dataKey, string secret)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(16);
        byte[] sealedKey = Seal(Derive(secret, salt, Iterations), dataKey, SealFile);
        PrivateFiles.Write(path,
            JsonSerializer.Serialize(
            new SealHeader(1, "pbkdf2-sha512", Iterations, Convert.ToBase64String(salt), "aes-256-gcm", Convert.ToBase64String(sealedKey)),
                Format));
    }

    private static byte[] OpenSeal(string path, string secret)
    {
        try
        {
            SealHeader? header = JsonSerializer.Deserialize<SealHeader>(File.ReadAllText(path));
            if (header is not { Format: 1, Kdf: "pbkdf2-sha512", Iterations: >= 1_000 and <= 100_000_000, Cipher: "aes-256-gcm" })
            {
                throw new JsonException("a field has a value that is not known");
            }
            return Unseal(Derive(secret, Convert.FromBase64String(header.Salt), header.Iterations), Convert.FromBase64String(header.Key),
                SealFile);
        }
        catch (CryptographicException)
        {
            throw new IdentityException(
                $"{path}: the secret does not open it. Give the secret that it was sealed with; ./surety seal changes it");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new IdentityException($"{path}: not readable: {e.Message}; restore the identity folder from a backup");
        }
    }

    private static byte[] Derive(string secret, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(secret), salt, iterations, HashAlgorithmName.SHA512, 32);

    // Nonce, ciphertext, tag; the file's name is bound in, so that no file can stand for another.
    private static byte[] Seal(byte[] key, byte[] text, string name)
    {
        var result = new byte[12 + text.Length + 16];
        RandomNumberGenerator.Fill(result.AsSpan(0, 12));
        using var cipher = new AesGcm(key, 16);
        cipher.Encrypt(result.AsSpan(0, 12), text, result.AsSpan(12, text.Length), result.AsSpan(12 + text.Length), Bound(name));
        return result;
    }

    private static byte[] Unseal(byte[] key, byte[] bytes, string name)
    {
        if (bytes.Length < 28)
        {
            throw new CryptographicException("too short");
        }
        var text = new byte[bytes.Length - 28];
        using var cipher = new AesGcm(key, 16);
        cipher.Decrypt(bytes.AsSpan(0, 12), bytes.AsSpan(12, text.Length), bytes.AsSpan(12 + text.Length), text, Bound(name));
        return text;
    }

    private static byte[] Bound(string name) => Encoding.UTF8.GetBytes("surety identity\0" + name);

    private sealed record SealHeader(int Format, string Kdf, int Iterations, string Salt, string Cipher, string Key);
}
