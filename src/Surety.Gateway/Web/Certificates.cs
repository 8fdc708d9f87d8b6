using System;
using System.IO;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using Microsoft.Extensions.Logging;
using Surety.Node.Settings;

namespace Surety.Gateway.Web;

/// <summary>
/// What TLS shows to clients: the certificate with its whole chain, as the files have it, read again when they change. Files that cannot be
/// read any more leave the last good ones in use.
/// </summary>
public sealed partial class Certificates
{
    private const long LookMs = 1_000;
    private readonly ListenSettings _listen;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private volatile SslStreamCertificateContext _current;
    private (DateTime, long, DateTime, long) _seen;
    private long _lookedMs;

    /// <summary>Reads the files.</summary>
    /// <exception cref="SettingsException">They hold no certificate with its key.</exception>
    public Certificates(ListenSettings listen, ILogger log)
    {
        (_listen, _log) = (listen, log);
        _seen = Stamp();
        _current = Read();
        _lookedMs = Environment.TickCount64;
    }

    /// <summary>The chain to show now.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            if (Environment.TickCount64 - Volatile.Read(ref _lookedMs) >= LookMs)
            {
                Look();
            }
            return _current;
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            if (Environment.TickCount64 - _lookedMs < LookMs)
            {
                return;
            }
            Volatile.Write(ref _lookedMs, Environment.TickCount64);
            (DateTime, long, DateTime, long) now = Stamp();
            if (now == _seen)
            {
                return;
            }
            try
            {
                _current = Read();
                _seen = now;
                LogReloaded(_log, _current.TargetCertificate.Subject, _current.TargetCertificate.NotAfter);
            }
            catch (SettingsException e)
            {
                // Half written, or a mistake: looked at again when it changes again.
                _seen = now;
                LogKept(_log, e.Message);
            }
        }
    }

    private SslStreamCertificateContext Read()
    {
        string file = _listen.Certificate!;
        try
        {
            bool pem = file.EndsWith(".pem", StringComparison.Ordinal) || file.EndsWith(".crt", StringComparison.Ordinal);
            var chain = new X509Certificate2Collection();
            X509Certificate2 leaf;
            if (pem)
            {
                using var withKey = X509Certificate2.CreateFromPemFile(file, _listen.CertificateKey);
                leaf = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
                chain.ImportFromPemFile(file);
            }
            else
            {
                string? password = _listen.CertificatePasswordFile is { } path ? File.ReadAllText(path).Trim() : null;
                chain = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
                leaf = null!;
                foreach (X509Certificate2 one in chain)
                {
                    leaf = one.HasPrivateKey ? one : leaf;
                }
            }
            if (leaf is null || !leaf.HasPrivateKey)
            {
                throw new SettingsException(
                    $"listen.certificate: {file} holds no certificate with its private key; name the "
                    + $"key in listen.certificateKey, or a PKCS#12 file that has both");
            }
            return SslStreamCertificateContext.Create(leaf, chain, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SettingsException(
                $"listen.certificate: {file} cannot be used: {e.Message}; it should be PEM with "
                + $"listen.certificateKey, or PKCS#12 with listen.certificatePasswordFile");
        }
    }

    private (DateTime, long, DateTime, long) Stamp()
    {
        var certificate = new FileInfo(_listen.Certificate!);
        FileInfo? key = _listen.CertificateKey is { } path ? new FileInfo(path) : null;
        return (certificate.LastWriteTimeUtc, certificate.Exists ? certificate.Length : 0, key?.LastWriteTimeUtc ?? default,
            key is { Exists: true } ? key.Length : 0);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "TLS: {Subject}, valid until {Until}, is in use from the next connection on")]
    private static partial void LogReloaded(ILogger log, string subject, DateTime until);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "TLS: the certificate's files have changed and cannot be used; the last good ones stay in use. {Reason}")]
    private static partial void LogKept(ILogger log, string reason);
}
