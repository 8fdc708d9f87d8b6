using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Surety.Journal;

namespace Surety.Node.Identity;

/// <summary>
/// A file of records to which changes are appended. A line is a record: a checksum, a space, the record's text, sealed where the vault is.
/// Checksums are chained from the first line on, so a record that was changed, moved or taken out of the middle is noticed. The file begins
/// with a base, which is written beside its name and renamed, and ends with a mark; what follows is appended, and is durable before
/// <see cref="Append"/> returns. A tail without a line break was cut by a stop and was never acknowledged.
/// </summary>
internal sealed class IdentityLog
{
    /// <summary>What is appended before the file is rewritten, at least.</summary>
    public const int LeastAppended = 65_536;

    private const string Magic = "surety identity log 1 ";
    private const string EndOfBase = "=";
    private const int ChecksumLength = 16;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private readonly IdentityVault _vault;
    private readonly string _name;
    private byte[] _link = [];
    private long _records;
    private long _length;
    private long _baseLength;

    // The file is not what was written here last: a tail was cut, or a write failed. The next change writes it whole.
    private bool _isSpoilt = true;

    public IdentityLog(IdentityVault vault, string name) => (_vault, _name) = (vault, name);

    /// <summary>Bytes written so far.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Whether what was appended outgrew the base.</summary>
    public bool IsOutgrown => _length - _baseLength > Math.Max(_baseLength, LeastAppended);

    /// <summary>Whether a file's text is such a log.</summary>
    public static bool Is(string text) => text.StartsWith(Magic, StringComparison.Ordinal);

    /// <summary>Whether a log's text lies in the clear.</summary>
    public static bool IsClear(string text) => text.StartsWith(Magic + "clear ", StringComparison.Ordinal);

    /// <summary>The records of the file; null when there is no file.</summary>
    /// <exception cref="IdentityException">It is damaged.</exception>
    public List<string>? Load()
    {
        string path = _vault.PathOf(_name);
        if (!File.Exists(path))
        {
            return null;
        }
        byte[] bytes = File.ReadAllBytes(path);
        var records = new List<string>();
        bool hasBase = false;
        int at = bytes.AsSpan().IndexOf((byte)'\n') + 1;
        string header = Encoding.Latin1.GetString(bytes, 0, Math.Max(at - 1, 0));
        if (!Is(header))
        {
            throw Damaged("its first line is not one of an identity log");
        }
        bool isSealed = !IsClear(header);
        Begin(header);
        while (at < bytes.Length)
        {
            int length = bytes.AsSpan(at).IndexOf((byte)'\n');
            // A page that was not written when the power went reads as zeros; no text of a record has one.
            if (length < 0 || (at + length + 1 == bytes.Length && bytes.AsSpan(at, length).Contains((byte)0)))
            {
                break;
            }
            string text = Take(bytes.AsSpan(at, length), at, isSealed);
            at += length + 1;
            _length = at;
            if (text == EndOfBase)
            {
                hasBase = true;
                _baseLength = at;
            }
            else
            {
                records.Add(text);
            }
        }
        if (!hasBase)
        {
            throw Damaged($"it ends at byte {bytes.Length}, within the part that is never cut by a stop");
        }
        _isSpoilt = at < bytes.Length || isSealed != _vault.IsSealed;
        return records;
    }

    /// <summary>Appends a record. It is on disk when this returns.</summary>
    /// <param name="record">Its text.</param>
    /// <param name="whole">All records, with this one, for when the file has to be written whole.</param>
    /// <exception cref="IOException">It could not be written, and the file is as before or is written whole by the next change.</exception>
    public void Append(string record, Func<IEnumerable<string>> whole)
    {
        string path = _vault.PathOf(_name);
        if (_isSpoilt || !File.Exists(path))
        {
            Rewrite(whole());
            return;
        }
        _isSpoilt = true;
        byte[] link = _link;
        byte[] line = Line(record, ref link, _records);
        using (FileStream file = PrivateFiles.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            if (file.Length == _length)
            {
                try
                {
                    file.Position = _length;
                    file.Write(line);
                    file.Flush(flushToDisk: true);
                }
                catch
                {
                    file.SetLength(_length);
                    throw;
                }
                BytesWritten += line.Length;
                (_link, _records, _length, _isSpoilt) = (link, _records + 1, _length + line.Length, false);
                return;
            }
        }
        Rewrite(whole());
    }

    /// <summary>Rewrites the file with these records as its base.</summary>
    public void Rewrite(IEnumerable<string> records)
    {
        _isSpoilt = true;
        string header = $"{Magic}{(_vault.IsSealed ? "sealed" : "clear")} {IdentityStore.Random(12)}";
        Begin(header);
        var text = new StringBuilder(header).Append('\n');
        foreach (string record in records)
        {
            text.Append(Utf8.GetString(Line(record, ref _link, _records++)));
        }
        text.Append(Utf8.GetString(Line(EndOfBase, ref _link, _records++)));
        string whole = text.ToString();
        PrivateFiles.Write(_vault.PathOf(_name), whole);
        _length = _baseLength = Utf8.GetByteCount(whole);
        BytesWritten += _length;
        _isSpoilt = false;
    }

    private void Begin(string header)
    {
        _link = SHA256.HashData(Utf8.GetBytes(header));
        _records = 0;
        _length = header.Length + 1;
        _baseLength = _length;
    }

    private string Take(ReadOnlySpan<byte> line, int at, bool isSealed)
    {
        ReadOnlySpan<byte> payload = line.Length > ChecksumLength ? line[(ChecksumLength + 1)..] : default;
        byte[] link = Next(_link, payload);
        if (line.Length <= ChecksumLength || line[ChecksumLength] != ' ' || !line[..ChecksumLength].SequenceEqual(Checksum(link)))
        {
            throw Damaged($"the checksum of record {_records + 1}, at byte {at}, does not match");
        }
        string text = Utf8.GetString(payload);
        if (isSealed)
        {
            try
            {
                text = _vault.UnsealText(text, Place(_link, _records));
            }
            catch (Exception e) when (e is CryptographicException or FormatException)
            {
                throw Damaged($"record {_records + 1}, at byte {at}, was not sealed with this folder's key");
            }
        }
        _link = link;
        _records++;
        return text;
    }

    private byte[] Line(string record, ref byte[] link, long number)
    {
        byte[] payload = Utf8.GetBytes(_vault.IsSealed ? _vault.SealText(record, Place(link, number)) : record);
        link = Next(link, payload);
        return [.. Checksum(link), (byte)' ', .. payload, (byte)'\n'];
    }

    // Where a sealed record stands is bound into it: it cannot stand elsewhere, nor in another file.
    private static string Place(byte[] link, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{IdentityStore.FileName}\0{number}\0{Convert.ToHexString(link)}");

    private static byte[] Next(byte[] link, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(link);
        hash.AppendData(payload);
        return hash.GetHashAndReset();
    }

    private static byte[] Checksum(byte[] link) => Utf8.GetBytes(Convert.ToHexStringLower(link.AsSpan(0, ChecksumLength / 2)));

    private IdentityException Damaged(string how) => IdentityStore.Damaged(_vault.PathOf(_name), how);
}
