using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Surety.Node;
using Surety.Node.Settings;

namespace Surety.Gateway.Web;

/// <summary>A node on the network: HTTP, WebSocket, metrics, health, and the terminal's files, by the platform's server.</summary>
public sealed class NodeHost : IAsyncDisposable
{
    private const int RoomForWords = 16;

    private readonly WebApplication _app;
    private readonly VenueGateway _gateway;

    private NodeHost(WebApplication app, VenueGateway gateway) => (_app, _gateway) = (app, gateway);

    /// <summary>Where it can be reached, for example http://127.0.0.1:8080.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Starts listening.</summary>
    /// <param name="gateway">The venue and its doors.</param>
    /// <param name="logging">Where logs go.</param>
    /// <param name="terminal">The folder of the built terminal; null when it is not built.</param>
    /// <exception cref="IOException">The address is taken, or is none of this machine's; the message says what to change.</exception>
    public static async Task<NodeHost> StartAsync(VenueGateway gateway, Action<ILoggingBuilder> logging, string? terminal)
    {
        ListenSettings listen = gateway.Node.Settings.Listen;
        LimitSettings limits = gateway.Node.Settings.Limits;
        Certificates? certificates = listen.Certificate is null ? null : new Certificates(listen, gateway.Node.Log);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.Logging.ClearProviders();
        logging(builder.Logging);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = limits.Connections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = limits.Connections;
            kestrel.Limits.MaxRequestBodySize = limits.MessageBytes;
            kestrel.Limits.MaxRequestLineSize = 16_384;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(120);
            kestrel.Listen(IPAddress.Parse(listen.Address), listen.Port, options =>
            {
                // First of all, before a handshake costs anything. A few more than there may be WebSockets, so that a refusal can be said
                // in words.
                options.Use(next => async connection =>
                {
                    string sender = Addresses.NameOf((connection.RemoteEndPoint as IPEndPoint)?.Address);
                    if (!gateway.Connections.TryEnter(sender, limits.ConnectionsPerAddress + RoomForWords))
                    {
                        gateway.Node.Metrics.CountDisconnection("too many of one address");
                        connection.Abort();
                        return;
                    }
                    try
                    {
                        await next(connection);
                    }
                    finally
                    {
                        gateway.Connections.Leave(sender);
                    }
                });
                if (listen.Certificate is not null)
                {
                    options.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ =>
                            ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificates!.Current }),
                    });
                }
            });
        });
        WebApplication app = builder.Build();
        try
        {
            Map(app, gateway, terminal);
            await app.StartAsync();
            string url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return new NodeHost(app, gateway) { Url = url };
        }
        catch (Exception e)
        {
            await app.DisposeAsync();
            if (e is IOException or SocketException)
            {
                throw new IOException(
                    $"{listen.Address}:{listen.Port} cannot be listened on: {e.Message} Choose another port with --port or listen.port.",
                        e);
            }
            throw;
        }
    }

    /// <summary>Returns when the token is cancelled.</summary>
    public static async Task WaitAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException)
        {
            // What was waited for.
        }
    }

    /// <summary>Stops listening, finishes what is under way, then stops the venue.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _app.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Connections that did not end in time are cut.
        }
        await _gateway.DisposeAsync();
        await _app.DisposeAsync();
    }

    private static void Map(WebApplication app, VenueGateway gateway, string? terminal)
    {
        VenueNode node = gateway.Node;
        var sockets = new SocketEndpoint(
            gateway.Dispatcher, gateway.Channels, gateway.Cancelling, gateway.Outgoing, node.Metrics, node.Settings, node.Stopping);
        var http = new HttpEndpoint(gateway.Dispatcher, node.Sessions, gateway.PlainAnswers, node.Metrics, node.Settings);
        var metrics = new PrometheusPage(
            node.Venue, node.History, node.Blocks, node.Limits, node.Recovery, node.Archive, node.Metrics, gateway.Channels,
            () => gateway.OutgoingBytes, node.Settings.Telemetry);
        app.Use(async (context, next) =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            await next(context);
        });
        app.Map("/ws/api/v2", sockets.Run);
        app.Map("/ws", sockets.Run);
        app.Map("/api/v2", http.JsonRpc);
        app.Map("/api/v2/{scope}/{method}", http.Plain);
        app.MapGet("/api/openapi.json", c => OpenApi.Write(c, gateway.Methods));
        app.MapGet("/health/live", c => c.Response.WriteAsync("alive\n"));
        app.MapGet("/health/ready", c =>
        {
            c.Response.StatusCode = node.Venue.IsReady ? 200 : 503;
            return c.Response.WriteAsync(node.Venue.IsReady
                ? "ready\n"
                : "not ready: the journal cannot be written, or the venue is stopping; see the log\n");
        });
        app.MapGet("/metrics", c => metrics.Write(c));
        if (terminal is not null)
        {
            var files = new PhysicalFileProvider(Path.GetFullPath(terminal));
            app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
            app.UseStaticFiles(new StaticFileOptions
            {
                FileProvider = files,
                OnPrepareResponse = c =>
                {
                    c.Context.Response.Headers.ContentSecurityPolicy =
                        "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' "
                        + "ws: wss:; img-src 'self' data:; frame-ancestors 'none'";
                    c.Context.Response.Headers.CacheControl = c.File.Name == "index.html" ? "no-cache" : "max-age=31536000, immutable";
                },
            });
        }
        else
        {
            app.MapGet("/",
                c => c.Response.WriteAsync(
                "Surety. The API is at /api/v2 and /ws/api/v2, its description at /api/openapi.json. "
                + "The web terminal is not built: it needs npm.\n"));
        }
    }
}
