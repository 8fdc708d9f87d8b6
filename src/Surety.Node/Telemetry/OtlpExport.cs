using System;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Surety.Node.Telemetry;

/// <summary>Sends metrics and traces to a collector by OTLP over gRPC, or over HTTP where the address says /v1/.</summary>
public sealed class OtlpExport : IDisposable
{
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    /// <param name="address">For example http://127.0.0.1:4317.</param>
    public OtlpExport(string address)
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault().AddService("surety");
        void Set(OtlpExporterOptions options, string path)
        {
            bool http = address.Contains("/v1/", StringComparison.Ordinal);
            options.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
            options.Endpoint = new Uri(http ? address[..address.IndexOf("/v1/", StringComparison.Ordinal)] + path : address);
        }
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(NodeMetrics.Name)
            .AddOtlpExporter((options, reader) =>
            {
                Set(options, "/v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 10_000;
            })
            .Build();
        _traces =
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(NodeMetrics.Name)
                .AddOtlpExporter(options => Set(options, "/v1/traces")).Build();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.Dispose();
        _traces.Dispose();
    }
}
