using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using ActorReplication.Node.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http.Description;

/// <summary><c>GET /openapi.json</c>, OpenAPI 3.1: <see cref="Operations"/>, with the schemas of the very types that are sent.</summary>
internal static class OpenApi
{
    private const int SchemaDepth = 64;
    private static readonly Lazy<byte[]> Text = new(Write);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMethods("/openapi.json", ["GET", "HEAD"], context =>
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Text.Value.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(Text.Value, context.RequestAborted).AsTask();
    });

    internal static JsonObject Document()
    {
        var paths = new JsonObject();
        foreach (var path in Operations.All.GroupBy(o => o.Path))
        {
            var methods = new JsonObject();
            foreach (var operation in path) methods[operation.Method] = Describe(operation);
            paths[path.Key] = methods;
        }
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "ActorReplication", ["version"] = Usage.Version, ["description"] = "A node of a replicated SQL database. Any node answers for the whole cluster." },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = new JsonObject { ["Problem"] = Schema(ApiJson.Default.Problem) } },
        };
    }

    private static JsonObject Describe(Operation operation)
    {
        var answers = new JsonObject { ["200"] = Answer("done", operation.ContentType, operation.Answer) };
        foreach (var (status, meaning) in operation.Others) answers[status.ToString()] = new JsonObject { ["description"] = meaning, ["content"] = Content("application/problem+json", new JsonObject { ["$ref"] = "#/components/schemas/Problem" }) };
        var described = new JsonObject
        {
            ["tags"] = new JsonArray(operation.Group),
            ["summary"] = operation.Summary,
            ["operationId"] = operation.Method + operation.Path.Replace('/', '_').Replace('.', '_').Replace('-', '_'),
            ["parameters"] = new JsonArray([.. operation.Query.Select(q => new JsonObject { ["name"] = q.Name, ["in"] = "query", ["required"] = false, ["description"] = q.Meaning, ["schema"] = new JsonObject { ["type"] = "string" } })]),
            ["responses"] = answers,
        };
        if (operation.Body is { } body) described["requestBody"] = new JsonObject { ["content"] = Content("application/json", Schema(body)) };
        return described;
    }

    private static JsonObject Answer(string meaning, string contentType, JsonTypeInfo? type) =>
        new() { ["description"] = meaning, ["content"] = Content(contentType, type is null ? new JsonObject() : Schema(type)) };

    private static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    // The depth that bodies are read with is the schema's too, and it is too little for that.
    private static JsonNode Schema(JsonTypeInfo type) => new JsonSerializerOptions(type.Options) { MaxDepth = SchemaDepth }.GetTypeInfo(type.Type).GetJsonSchemaAsNode();

    private static byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true })) Document().WriteTo(json);
        return buffer.WrittenSpan.ToArray();
    }
}
