using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Surety.Gateway.Api;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Web;

/// <summary>The API's OpenAPI 3.1 document, written from the table of methods that answers it.</summary>
public static class OpenApi
{
    /// <summary>Answers with the document.</summary>
    public static async Task Write(HttpContext context, IReadOnlyList<RpcMethod> methods)
    {
        var buffer = new ArrayBufferWriter<byte>(65_536);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            Write(json, methods);
        }
        context.Response.ContentType = "application/json";
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    /// <summary>Writes the document.</summary>
    public static void Write(Utf8JsonWriter json, System.Collections.Generic.IReadOnlyList<RpcMethod> methods)
    {
        json.WriteStartObject();
        json.WriteString("openapi", "3.1.0");
        json.WriteStartObject("info");
        json.WriteString("title", "Surety");
        json.WriteString("version", "2");
        json.WriteString("description",
            "A derivatives venue that proves its own work. Every method can also be called as JSON-RPC 2.0 "
            + "by POST /api/v2 and over the WebSocket /ws/api/v2, where channels are.");
        json.WriteEndObject();
        json.WriteStartObject("components");
        json.WriteStartObject("securitySchemes");
        Scheme(json, "bearer", "bearer", "An access token of public/auth");
        Scheme(json, "basic", "basic", "client_id and client_secret of an API key");
        json.WriteEndObject();
        json.WriteStartObject("schemas");
        Error(json);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("paths");
        foreach (RpcMethod method in methods.Where(m => !m.NeedsConnection))
        {
            Path(json, method);
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
    }

    private static void Path(Utf8JsonWriter json, RpcMethod method)
    {
        json.WriteStartObject("/api/v2/" + method.Name);
        json.WriteStartObject(method.PostOnly ? "post" : "get");
        json.WriteString("operationId", method.Name.Replace('/', '_'));
        json.WriteString("summary", method.About);
        json.WriteString("description",
            $"Costs {method.Cost} unit{(method.Cost == 1 ? "" : "s")}."
            + (method.Scope == KeyScopes.None ? "" : $" Needs the scope {method.Scope}.")
            + (method.OperatorOnly ? " For the operator." : ""));
        json.WriteStartArray("tags");
        json.WriteStringValue(method.Name.Split('/')[0]);
        json.WriteEndArray();
        if (method.Scope != KeyScopes.None)
        {
            json.WriteStartArray("security");
            foreach (string scheme in (string[])["bearer", "basic"])
            {
                json.WriteStartObject();
                json.WriteStartArray(scheme);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (method.PostOnly)
        {
            Body(json, method);
        }
        json.WriteStartArray("parameters");
        foreach (RpcParam p in method.PostOnly ? [] : method.Params)
        {
            json.WriteStartObject();
            json.WriteString("name", p.Name);
            json.WriteString("in", "query");
            json.WriteString("description", p.About);
            json.WriteBoolean("required", p.Required);
            json.WriteStartObject("schema");
            Type(json, p.Kind);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("responses");
        json.WriteStartObject("200");
        json.WriteString("description", "The result");
        json.WriteEndObject();
        json.WriteStartObject("default");
        json.WriteString("description", "What is wrong and what to do about it");
        json.WriteStartObject("content");
        json.WriteStartObject("application/json");
        json.WriteStartObject("schema");
        json.WriteString("$ref", "#/components/schemas/Error");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Body(Utf8JsonWriter json, RpcMethod method)
    {
        json.WriteStartObject("requestBody");
        json.WriteStartObject("content");
        json.WriteStartObject("application/json");
        json.WriteStartObject("schema");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        foreach (RpcParam p in method.Params)
        {
            json.WriteStartObject(p.Name);
            Type(json, p.Kind);
            json.WriteString("description", p.About);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartArray("required");
        foreach (RpcParam p in method.Params)
        {
            if (p.Required)
            {
                json.WriteStringValue(p.Name);
            }
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Type(Utf8JsonWriter json, ParamKind kind)
    {
        json.WriteString("type",
            kind switch
            {
                ParamKind.Number => "number",
                ParamKind.Integer => "integer",
                ParamKind.Boolean => "boolean",
                ParamKind.List => "array",
                ParamKind.Object => "object",
                _ => "string"
            });
        if (kind == ParamKind.List)
        {
            json.WriteStartObject("items");
            json.WriteEndObject();
        }
    }

    private static void Scheme(Utf8JsonWriter json, string name, string scheme, string about)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "http");
        json.WriteString("scheme", scheme);
        json.WriteString("description", about);
        json.WriteEndObject();
    }

    private static void Error(Utf8JsonWriter json) => json.WriteRawPropertyValue("Error", """
        {"type":"object","properties":{"jsonrpc":{"type":"string"},"error":{"type":"object","required":["code","message"],
        "properties":{"code":{"type":"integer"},"message":{"type":"string"},"data":{"type":"object",
        "properties":{"reason":{"type":"string"},"param":{"type":"string"},"refusal":{"type":"string"},"wait_ms":{"type":"integer"}}}}}}}
        """);

    private static void WriteRawPropertyValue(this Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }
}
