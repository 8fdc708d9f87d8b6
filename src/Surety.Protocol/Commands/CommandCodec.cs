using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Surety.Protocol.Commands;

/// <summary>
/// Commands as bytes: fixed layouts, little-endian, no optional parts but the signature. Whatever does not have exactly
/// the form of a command is refused before anything is read from it.
/// </summary>
public static class CommandCodec
{
    /// <summary>The longest record: a page of the commands' log.</summary>
    public const int MaxRecordBytes = 1024;

    /// <summary>The latest time that a command may bear, in the year 2116: sums of times then stay within 64 bits.</summary>
    public const long LatestNs = 1L << 62;

    private const int LargestKind = 255;

    private static readonly ushort[] Sizes = MakeSizes();

    /// <summary>Whether the bytes have the form of a command, with or without a signature.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> record)
    {
        if (record.Length < CommandHeader.Size || record.Length > MaxRecordBytes)
        {
            return false;
        }
        ref readonly CommandHeader header = ref View<CommandHeader>(record);
        if (record.Length != header.Length && record.Length != header.Length + CommandHeader.SignatureSize
            && record.Length != header.Length + CommandHeader.BatchMarkSize)
        {
            return false;
        }
        uint kind = (uint)header.Kind;
        if (kind >= (uint)Sizes.Length || header.Reserved != 0 || header.TimeNs is < 0 or > LatestNs
            || header.ExpiresNs is < 0 or > LatestNs)
        {
            return false;
        }
        if (header.Kind == CommandKind.MassQuote)
        {
            return header.Length >= MassQuote.FixedSize
                && BitConverter.ToUInt32(record[CommandHeader.Size..]) is var count
                && count is >= 1 and <= MassQuote.MaxEntries
                && header.Length == MassQuote.FixedSize + (count * Unsafe.SizeOf<QuoteEntry>());
        }
        return Sizes[kind] != 0 && header.Length == Sizes[kind];
    }

    /// <summary>
    /// Whether the record carries a signature, or the mark that a batch's signature covers it. Of a well-formed record only.
    /// </summary>
    public static bool IsSigned(ReadOnlySpan<byte> record) => record.Length > View<CommandHeader>(record).Length;

    /// <summary>Whether the signature of the batch before it covers the record. Of a well-formed record only.</summary>
    public static bool IsInBatch(ReadOnlySpan<byte> record) =>
        record.Length == View<CommandHeader>(record).Length + CommandHeader.BatchMarkSize;

    /// <summary>What the client signs: everything but the sequencer's stamp and the signature itself.</summary>
    public static ReadOnlySpan<byte> SignedPart(ReadOnlySpan<byte> record) =>
        record[CommandHeader.StampSize..View<CommandHeader>(record).Length];

    /// <summary>The signature of a signed record.</summary>
    public static ReadOnlySpan<byte> Signature(ReadOnlySpan<byte> record) => record[View<CommandHeader>(record).Length..];

    /// <summary>A well-formed record as the command it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref readonly T View<T>(ReadOnlySpan<byte> record)
        where T : unmanaged => ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(record));

    /// <summary>A mass quote's entries.</summary>
    public static ReadOnlySpan<QuoteEntry> Quotes(ReadOnlySpan<byte> record) =>
        MemoryMarshal.Cast<byte, QuoteEntry>(record[MassQuote.FixedSize..View<CommandHeader>(record).Length]);

    /// <summary>Fills in kind and length and writes the command; returns the bytes written.</summary>
    public static int Write<T>(CommandKind kind, ref T command, Span<byte> destination)
        where T : unmanaged
    {
        int length = Unsafe.SizeOf<T>();
        ref CommandHeader header = ref Unsafe.As<T, CommandHeader>(ref command);
        header.Kind = kind;
        header.Length = (ushort)length;
        MemoryMarshal.Write(destination, in command);
        return length;
    }

    /// <summary>Writes a mass quote of as many entries as its count says; returns the bytes written.</summary>
    public static int WriteMassQuote(ref MassQuote command, Span<byte> destination)
    {
        int length = MassQuote.FixedSize + ((int)command.Count * Unsafe.SizeOf<QuoteEntry>());
        command.Header.Kind = CommandKind.MassQuote;
        command.Header.Length = (ushort)length;
        MemoryMarshal.AsBytes([command])[..length].CopyTo(destination);
        return length;
    }

    /// <summary>Bytes of a command of a fixed-size kind, 0 for one that is not.</summary>
    public static int SizeOf(CommandKind kind) => (uint)kind < (uint)Sizes.Length ? Sizes[(int)kind] : 0;

    private static ushort[] MakeSizes()
    {
        var sizes = new ushort[LargestKind + 1];
        void Set<T>(CommandKind kind) => sizes[(int)kind] = (ushort)Unsafe.SizeOf<T>();
        Set<CommandHeader>(CommandKind.Tick);
        Set<Exclusion>(CommandKind.Exclusion);
        Set<CreateAsset>(CommandKind.CreateAsset);
        Set<CreatePool>(CommandKind.CreatePool);
        Set<CreateIndex>(CommandKind.CreateIndex);
        Set<SetPriceSource>(CommandKind.SetPriceSource);
        Set<ListMarket>(CommandKind.ListMarket);
        Set<SetMarketStatus>(CommandKind.SetMarketStatus);
        Set<OpenAccount>(CommandKind.OpenAccount);
        Set<Deposit>(CommandKind.Deposit);
        Set<ConfirmWithdrawal>(CommandKind.ConfirmWithdrawal);
        Set<ChangeMarket>(CommandKind.ChangeMarket);
        Set<WriteContractText>(CommandKind.WriteContractText);
        Set<ListContract>(CommandKind.ListContract);
        Set<CreateSurface>(CommandKind.CreateSurface);
        Set<ScheduleListings>(CommandKind.ScheduleListings);
        Set<ConfirmIndexPrice>(CommandKind.ConfirmIndexPrice);
        Set<LinkOwners>(CommandKind.LinkOwners);
        Set<ExerciseContract>(CommandKind.ExerciseContract);
        Set<GrowCapacity>(CommandKind.GrowCapacity);
        Set<SetOwnerLimits>(CommandKind.SetOwnerLimits);
        Set<CloseSubAccount>(CommandKind.CloseSubAccount);
        Set<CreateSubAccount>(CommandKind.CreateSubAccount);
        Set<AddKey>(CommandKind.AddKey);
        Set<RevokeKey>(CommandKind.RevokeKey);
        Set<Withdraw>(CommandKind.Withdraw);
        Set<Transfer>(CommandKind.Transfer);
        Set<SetMarginMode>(CommandKind.SetMarginMode);
        Set<AdjustIsolatedMargin>(CommandKind.AdjustIsolatedMargin);
        Set<PlaceBackstopBid>(CommandKind.PlaceBackstopBid);
        Set<PostBond>(CommandKind.PostBond);
        Set<AllowAddress>(CommandKind.AllowAddress);
        Set<RemoveAddress>(CommandKind.RemoveAddress);
        Set<CancelWithdrawal>(CommandKind.CancelWithdrawal);
        Set<ApproveWithdrawal>(CommandKind.ApproveWithdrawal);
        Set<SetWithdrawalRule>(CommandKind.SetWithdrawalRule);
        Set<SetWithdrawalTerms>(CommandKind.SetWithdrawalTerms);
        Set<PlaceOrder>(CommandKind.PlaceOrder);
        Set<AmendOrder>(CommandKind.AmendOrder);
        Set<CancelOrder>(CommandKind.CancelOrder);
        Set<CancelAll>(CommandKind.CancelAll);
        Set<PlaceTrigger>(CommandKind.PlaceTrigger);
        Set<PlaceTwap>(CommandKind.PlaceTwap);
        Set<SetQuoteProtection>(CommandKind.SetQuoteProtection);
        Set<ReportPrice>(CommandKind.ReportPrice);
        Set<SetFees>(CommandKind.SetFees);
        return sizes;
    }
}
