using System;
using System.Collections.Generic;
using System.CommandLine;
using Surety.Journal;
using Surety.Node.Identity;
using Surety.Node.Settings;

namespace Surety.Cli.Commands;

/// <summary><c>surety seal</c>, <c>unseal</c></summary>
internal static class IdentityCommands
{
    public static IEnumerable<Command> Create()
    {
        var directory = new Argument<string>("DIR") { Description = "The venue's directory" };
        var secret =
            new Option<string?>("--secret")
            {
                Description =
                "The file with the passphrase or key that the identity folder is sealed with; else the environment's "
                    + IdentityVault.Variable
            };
        var newSecret = new Option<string?>("--new-secret") { Description = "A file with another one, to change to" };
        var seal =
            new Command("seal",
                "Seal a venue's identity folder with a passphrase or key, or change it; at a "
                + "stopped or a running node whose folder is sealed already") { directory, secret, newSecret };
        seal.SetAction(parsed => Seal(parsed.GetValue(directory)!, parsed.GetValue(secret), parsed.GetValue(newSecret)));
        yield return seal;

        var name =
            new Argument<string>("NAME") { Description = "A file of the folder identity, for example operator-login.txt or source-1.pem" };
        var unseal = new Command("unseal", "Print one file of a sealed identity folder") { directory, name, secret };
        unseal.SetAction(parsed => Unseal(parsed.GetValue(directory)!, parsed.GetValue(name)!, parsed.GetValue(secret)));
        yield return unseal;
    }

    private static int Seal(string directory, string? file, string? newFile)
    {
        string secret = SecretOf(file);
        if (newFile is not null)
        {
            IdentityVault.ChangeSecret(directory, secret, IdentityVault.ReadSecret("--new-secret", newFile));
            Console.WriteLine(
                $"{directory}: the identity folder opens with the new secret from now on. Backups made before open with the old one.");
            return 0;
        }
        using JournalDirectory stopped = JournalDirectory.Exists(directory)
            ? JournalDirectory.OpenToWrite(directory)
            : throw new UsageException($"{directory}: there is no venue here");
        IdentityVault.Open(directory, secret);
        Console.WriteLine(
            $"{directory}: the identity folder is sealed. Start the node with the same "
            + $"secret: identity.secretFile or {IdentityVault.Variable}.");
        return 0;
    }

    private static int Unseal(string directory, string name, string? file)
    {
        if (name.AsSpan().ContainsAny('/', '\\'))
        {
            throw new UsageException($"NAME: expected the name of a file in {directory}/identity, found {name}");
        }
        if (!IdentityVault.IsSealedFolder(directory))
        {
            throw new UsageException($"{directory}/identity is not sealed: its files can be read as they are");
        }
        string text = IdentityVault.Open(directory, SecretOf(file)).Read(name)
            ?? throw new UsageException($"NAME: there is no {name} in {directory}/identity");
        Console.Write(text);
        return 0;
    }

    private static string SecretOf(string? file) => IdentityVault.SecretOf(new IdentitySettings { SecretFile = file })
        ?? throw new UsageException($"name the secret's file with --secret, or set {IdentityVault.Variable}");
}
