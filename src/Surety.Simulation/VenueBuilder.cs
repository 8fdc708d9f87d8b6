using System;
using System.Text;
using Surety.Core.Hashing;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation;

/// <summary>
/// Makes a venue step by step: indexes with their sources, assets, pools, markets, contracts, accounts with their deposits. Each step
/// sends its commands at once, so their order is that of the calls; what is made gets the next number of its kind.
/// </summary>
public sealed class VenueBuilder(CommandSender sender)
{
    private const int Wide = 1_000_000_000;

    /// <summary>Assets made.</summary>
    public int Assets { get; private set; }

    /// <summary>Indexes made.</summary>
    public int Indexes { get; private set; }

    /// <summary>Pools made; each has opened an account, its insurance fund's.</summary>
    public int Pools { get; private set; }

    /// <summary>Markets listed.</summary>
    public int Markets { get; private set; }

    /// <summary>Accounts there are, the operator's and the insurance funds' with them.</summary>
    public uint Accounts { get; private set; } = 1;

    /// <summary>Keys there are, the operator's with them.</summary>
    public uint Keys { get; private set; } = 1;

    /// <summary>A genesis record of a venue without signatures and without delays of withdrawals, with room for so many accounts.</summary>
    public static Genesis Unsigned(string name, long startNs, int accounts, int keys)
    {
        Genesis genesis = Genesis.Default(name, default, startNs);
        genesis.RequireSignatures = 0;
        (genesis.AddressesPerOwner, genesis.AddressDelaySeconds, genesis.KeyDelaySeconds, genesis.ConfirmSeconds) = (0, 0, 0, 0);
        (genesis.MaxAccounts, genesis.MaxKeys) = (accounts, keys);
        return genesis;
    }

    /// <summary>An index without sources.</summary>
    public VenueBuilder Index(CreateIndex index)
    {
        sender.Must(CommandKind.CreateIndex, index);
        Indexes++;
        return this;
    }

    /// <summary>An index that takes any jump, of which two sources are enough.</summary>
    public VenueBuilder Index(string name, int decimals, int maxAgeMs, long minPrice = 0, long jumpFloor = 0, int quorum = 2) =>
        Index(new CreateIndex
        {
            Name = ShortName.From(name),
            Decimals = (ushort)decimals,
            Quorum = (ushort)quorum,
            MaxAgeMs = maxAgeMs,
            MinPrice = minPrice,
            JumpFloor = jumpFloor,
            QuarantinePpm = Wide,
        });

    /// <summary>A key that may report prices; its number.</summary>
    public uint SourceKey(PublicKey publicKey = default)
    {
        sender.Must(CommandKind.AddKey, new AddKey { PublicKey = publicKey, Scopes = KeyScopes.Report });
        return Keys++;
    }

    /// <summary>Makes a key a source of an index, the last made where none is named.</summary>
    public VenueBuilder Source(uint key, int? index = null, int jumpPpm = Wide)
    {
        var number = (ushort)(index ?? Indexes - 1);
        sender.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = number, SourceKey = key, Weight = 1, JumpPpm = jumpPpm });
        return this;
    }

    /// <summary>Makes keys 1 and on sources of the last index; keys that are not there yet are made.</summary>
    public VenueBuilder Sources(int count, int jumpPpm = Wide, Func<uint, PublicKey>? keys = null)
    {
        for (uint key = 1; key <= count; key++)
        {
            if (key >= Keys)
            {
                SourceKey(keys?.Invoke(key) ?? default);
            }
            Source(key, jumpPpm: jumpPpm);
        }
        return this;
    }

    /// <summary>An asset.</summary>
    public VenueBuilder Asset(CreateAsset asset)
    {
        sender.Must(CommandKind.CreateAsset, asset);
        Assets++;
        return this;
    }

    /// <summary>An asset to settle in.</summary>
    public VenueBuilder Settlement(string name, int decimals) =>
        Asset(new CreateAsset
        {
            Name = ShortName.From(name),
            Decimals = (ushort)decimals,
            CollateralCapAtoms = Protocol.Rows.Asset.MaxAmountAtoms,
        });

    /// <summary>An asset with a price, taken as collateral less its haircut.</summary>
    public VenueBuilder Collateral(string name, int decimals, int index, int haircutPpm, long capAtoms, long poolCapAtoms) =>
        Asset(new CreateAsset
        {
            Name = ShortName.From(name),
            Decimals = (ushort)decimals,
            HaircutPpm = haircutPpm,
            PriceIndex = OptionalId.Of(index),
            CollateralCapAtoms = capAtoms,
            PoolCapAtoms = poolCapAtoms,
        });

    /// <summary>A pool, and with it its insurance fund's account.</summary>
    public VenueBuilder Pool(CreatePool pool)
    {
        sender.Must(CommandKind.CreatePool, pool);
        Pools++;
        Accounts++;
        return this;
    }

    /// <summary>A perpetual or a future.</summary>
    public VenueBuilder Market(MarketTerms terms)
    {
        sender.Must(CommandKind.ListMarket, new ListMarket { Terms = terms });
        Markets++;
        return this;
    }

    /// <summary>A contract by its text.</summary>
    public VenueBuilder Contract(string text, MarketTerms terms, OptionalId? surface = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteText(bytes, piece => sender.Must(CommandKind.WriteContractText, piece));
        var list = new ListContract { Terms = terms, TextHash = Hash256.Of(bytes), Surface = surface ?? OptionalId.None };
        sender.Must(CommandKind.ListContract, list);
        Markets++;
        return this;
    }

    /// <summary>Opens a customer's account, the operator crediting it; its number.</summary>
    public uint Account(int pool = 0, long atoms = 0, int asset = 0, PublicKey publicKey = default)
    {
        sender.Must(CommandKind.OpenAccount, new OpenAccount { PublicKey = publicKey, Pool = (ushort)pool, Scopes = KeyScopes.Customer });
        Keys++;
        uint account = Accounts++;
        if (atoms > 0)
        {
            Deposit(account, atoms, asset);
        }
        return account;
    }

    /// <summary>Opens so many accounts with a deposit of settlement atoms each.</summary>
    public VenueBuilder Customers(int count, long atoms, int pool = 0)
    {
        for (int i = 0; i < count; i++)
        {
            Account(pool, atoms);
        }
        return this;
    }

    /// <summary>Credits an account.</summary>
    public VenueBuilder Deposit(uint account, long atoms, int asset = 0)
    {
        sender.Must(CommandKind.Deposit, new Deposit { ToAccount = account, Asset = (ushort)asset, AmountAtoms = atoms });
        return this;
    }

    /// <summary>A contract's text in the pieces in which it is sent.</summary>
    public static void WriteText(ReadOnlySpan<byte> text, Action<WriteContractText> send)
    {
        for (int at = 0; at < text.Length; at += WriteContractText.MaxBytes)
        {
            int length = Math.Min(WriteContractText.MaxBytes, text.Length - at);
            var piece = new WriteContractText { Offset = (ushort)at, Length = (ushort)length };
            text.Slice(at, length).CopyTo(piece.Bytes);
            send(piece);
        }
    }
}
