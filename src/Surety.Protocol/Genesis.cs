using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol;

/// <summary>
/// What a venue is from the first record of its journal and never changes: its operator, and every limit for which
/// memory is taken. Its SHA-256 names the venue and is part of what clients sign.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
public struct Genesis
{
    /// <summary>Bytes of the record.</summary>
    public const int Size = 256;

    /// <summary>"SURETY1\0".</summary>
    public const ulong ExpectedMagic = 0x0031595445525553;

    /// <summary>Rows of all address books together.</summary>
    public const int MostAddresses = 1 << 22;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;
    /// <summary>Name of the venue.</summary>
    public ShortName Name;

    /// <summary>The operator's first key: account 0, key 0, every scope.</summary>
    public PublicKey OperatorKey;

    /// <summary>Time before the first command, nanoseconds since 1970.</summary>
    public long StartTimeNs;

    /// <summary>1 when every command must carry a signature.</summary>
    public int RequireSignatures;

    /// <summary>Rows of accounts.</summary>
    public int MaxAccounts;
    /// <summary>Rows of keys.</summary>
    public int MaxKeys;
    /// <summary>Rows of assets.</summary>
    public int MaxAssets;
    /// <summary>Rows of pools.</summary>
    public int MaxPools;
    /// <summary>Rows of indexes.</summary>
    public int MaxIndexes;
    /// <summary>Rows of markets.</summary>
    public int MaxMarkets;

    /// <summary>Markets in which one account may be at once; a power of two, 4 to 64.</summary>
    public int PositionsPerAccount;

    /// <summary>Live orders of an account.</summary>
    public int OrdersPerAccount;

    /// <summary>Client order ids remembered for an account; a power of two.</summary>
    public int ClientOrdersPerAccount;

    /// <summary>Resting orders of the venue, at most 2^24.</summary>
    public int MaxOrders;

    /// <summary>Rows of triggers.</summary>
    public int MaxTriggers;
    /// <summary>Rows of TWAPs.</summary>
    public int MaxTwaps;
    /// <summary>Rows of withdrawals.</summary>
    public int MaxWithdrawals;

    /// <summary>A block is sealed after so many commands …</summary>
    public int BlockCommands;

    /// <summary>… or with the first command this many milliseconds after the block's first.</summary>
    public int BlockMs;

    /// <summary>Zero.</summary>
    public int Reserved0;

    /// <summary>
    /// Addresses that an owner may ever name to withdraw to; 0 for a venue without an address book, in which a withdrawal names no
    /// address and needs no approval.
    /// </summary>
    public int AddressesPerOwner;

    /// <summary>How long a new address waits, at first; see <see cref="WithdrawalTerms"/>.</summary>
    public int AddressDelaySeconds;

    /// <summary>How old a key must be to ask for a withdrawal or to approve one, at first.</summary>
    public int KeyDelaySeconds;

    /// <summary>How long a withdrawal waits for its approval, at first.</summary>
    public int ConfirmSeconds;

    /// <summary>Zero.</summary>
    public int Reserved3;
    /// <summary>Zero.</summary>
    public long Reserved4;
    /// <summary>Zero.</summary>
    public long Reserved5;
    /// <summary>Zero.</summary>
    public long Reserved6;
    /// <summary>Zero.</summary>
    public long Reserved7;

    /// <summary>A venue of moderate size: 20,000 accounts, 64 markets, 200,000 resting orders.</summary>
    public static Genesis Default(string name, PublicKey operatorKey, long startTimeNs) => new()
    {
        Magic = ExpectedMagic,
        Name = ShortName.From(name),
        OperatorKey = operatorKey,
        StartTimeNs = startTimeNs,
        RequireSignatures = 1,
        MaxAccounts = 20_000,
        MaxKeys = 40_000,
        MaxAssets = 16,
        MaxPools = 8,
        MaxIndexes = 64,
        MaxMarkets = 64,
        PositionsPerAccount = 8,
        OrdersPerAccount = 256,
        ClientOrdersPerAccount = 16,
        MaxOrders = 200_000,
        MaxTriggers = 32_768,
        MaxTwaps = 4_096,
        MaxWithdrawals = 160_000,
        BlockCommands = 4_096,
        BlockMs = 60_000,
        AddressesPerOwner = 16,
        AddressDelaySeconds = 86_400,
        KeyDelaySeconds = 86_400,
        ConfirmSeconds = 3_600,
    };

    /// <summary>The terms of withdrawals that a venue begins with.</summary>
    public readonly WithdrawalTerms FirstWithdrawalTerms() => new()
    {
        AddressDelayNs = AddressDelaySeconds * 1_000_000_000L,
        KeyDelayNs = KeyDelaySeconds * 1_000_000_000L,
        ConfirmNs = ConfirmSeconds * 1_000_000_000L,
    };

    /// <summary>What room a venue begins with, and an owner's part of it.</summary>
    public readonly VenueLimits FirstLimits() => new()
    {
        MaxAccounts = MaxAccounts,
        MaxKeys = MaxKeys,
        MaxOrders = MaxOrders,
        MaxTriggers = MaxTriggers,
        MaxTwaps = MaxTwaps,
        MaxWithdrawals = MaxWithdrawals,
        OwnerSubAccounts = 32,
        OwnerKeys = 64,
        OwnerOrders = 4 * OrdersPerAccount,
        OwnerTriggers = 2 * OrdersPerAccount,
        OwnerTwaps = 64,
        OwnerWithdrawals = 64,
        FreeSubAccounts = 4,
        FreeKeys = 8,
        RowFeeMilli = 1_000,
        OwnerRefusals = 1_200,
        KeyRestMinutes = 1_440,
    };

    /// <summary>The name of the first field that is outside its range with what was expected, or null.</summary>
    public readonly string? FindError()
    {
        return Magic != ExpectedMagic ? "Magic: expected the text SURETY1; this is not a genesis record of this version"
            : !Name.IsValid() ? "Name: expected 1 to 24 letters, digits, _ and -, beginning with a letter or digit"
            : StartTimeNs < 0 ? $"StartTimeNs: expected nanoseconds since 1970, found {StartTimeNs}"
            : RequireSignatures is not (0 or 1) ? $"RequireSignatures: expected 0 or 1, found {RequireSignatures}"
            : Outside(nameof(MaxAccounts), MaxAccounts, 16, 1 << 22)
            ?? Outside(nameof(MaxKeys), MaxKeys, 16, 1 << 23)
            ?? Outside(nameof(MaxAssets), MaxAssets, 1, 256)
            ?? Outside(nameof(MaxPools), MaxPools, 1, 256)
            ?? Outside(nameof(MaxIndexes), MaxIndexes, 1, 1024)
            ?? Outside(nameof(MaxMarkets), MaxMarkets, 1, 4096)
            ?? Outside(nameof(PositionsPerAccount), PositionsPerAccount, 4, 64)
            ?? NotPowerOfTwo(nameof(PositionsPerAccount), PositionsPerAccount)
            ?? Outside(nameof(OrdersPerAccount), OrdersPerAccount, 1, 1 << 16)
            ?? Outside(nameof(ClientOrdersPerAccount), ClientOrdersPerAccount, 4, 1024)
            ?? NotPowerOfTwo(nameof(ClientOrdersPerAccount), ClientOrdersPerAccount)
            ?? Outside(nameof(MaxOrders), MaxOrders, 64, 1 << OrderSlotBits)
            ?? Outside(nameof(MaxTriggers), MaxTriggers, 16, 1 << 20)
            ?? Outside(nameof(MaxTwaps), MaxTwaps, 16, 1 << 20)
            ?? Outside(nameof(MaxWithdrawals), MaxWithdrawals, 16, 1 << 20)
            ?? Outside(nameof(BlockCommands), BlockCommands, 1, 1 << 20)
            ?? Outside(nameof(BlockMs), BlockMs, 1, 86_400_000)
            ?? Outside(nameof(AddressesPerOwner), AddressesPerOwner, 0, 1_024)
            ?? (AddressesPerOwner == 0
                ? null
                : Outside(nameof(AddressesPerOwner) + " * " + nameof(MaxAccounts), (long)AddressesPerOwner * MaxAccounts, 1, MostAddresses)
            ?? Outside(nameof(AddressDelaySeconds), AddressDelaySeconds, 0, WithdrawalTerms.LongestDelaySeconds)
            ?? Outside(nameof(KeyDelaySeconds), KeyDelaySeconds, 0, WithdrawalTerms.LongestDelaySeconds)
            ?? Outside(nameof(ConfirmSeconds), ConfirmSeconds, WithdrawalTerms.LeastConfirmSeconds, WithdrawalTerms.LongestConfirmSeconds));
    }

    private const int OrderSlotBits = OrderIds.SlotBits;

    private static string? Outside(string field, long value, long least, long most) =>
        value < least || value > most ? $"{field}: expected {least} to {most}, found {value}" : null;

    private static string? NotPowerOfTwo(string field, int value) =>
        int.IsPow2(value) ? null : $"{field}: expected a power of two, found {value}";
}
