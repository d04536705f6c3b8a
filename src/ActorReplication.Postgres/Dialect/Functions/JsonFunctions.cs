using System.Text.Json;
using System.Text.Json.Nodes;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>json and jsonb. SQLite's own operators answer otherwise (booleans as 1, text of strings), so these are ours.</summary>
internal static class JsonFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_json_get", 2, call => Get(call, asText: false)),
        Call.Strict("pg_json_get_text", 2, call => Get(call, asText: true)),
        Call.Strict("pg_json_path", 2, call => GetPath(call, Names(call), asText: false)),
        Call.Strict("pg_json_path_text", 2, call => GetPath(call, Names(call), asText: true)),
        Call.Strict("pg_json_extract", -1, call => GetPath(call, Arguments(call), asText: false)),
        Call.Strict("pg_json_extract_text", -1, call => GetPath(call, Arguments(call), asText: true)),
        Call.Strict("pg_json_typeof", 1, call => call.ReturnString(JsonbText.KindOf(call.String(0).TrimStart()) is "numeric" ? "number" : JsonbText.KindOf(call.String(0).TrimStart()))),
        Call.Strict("pg_jsonb_contains", 2, call => call.Return(Contains(JsonbText.ReadNode(call.String(0)), JsonbText.ReadNode(call.String(1)), isTop: true))),
        Call.Strict("pg_jsonb_exists", 2, Exists),
        Call.Strict("pg_jsonb_concat", 2, Concat),
        Call.Strict("pg_jsonb_delete", 2, Delete),
        Call.Strict("pg_jsonb_set", -1, Set),
        Call.Strict("pg_jsonb_strip_nulls", 1, call => Return(call, Strip(JsonbText.ReadNode(call.String(0))))),
        Call.Strict("pg_jsonb_pretty", 1, call => call.ReturnString(JsonSerializer.Serialize(JsonbText.ReadDocument(call.String(0)).RootElement, Indented))),
    ];

    private static readonly JsonSerializerOptions Indented = new(JsonbText.Relaxed) { WriteIndented = true, IndentSize = 4, NewLine = "\n" };

    private static string[] Names(ISqlFunctionCall call) => JsonSerializer.Deserialize<string[]>(call.String(1)) ?? [];

    private static string[] Arguments(ISqlFunctionCall call) => Enumerable.Range(1, call.Count - 1).Select(call.String).ToArray();

    private static void Get(ISqlFunctionCall call, bool asText)
    {
        using var document = JsonbText.ReadDocument(call.String(0));
        var root = document.RootElement;
        JsonElement? found = call.Kind(1) == SqlKind.Int64 ? At(root, call.Int64(1)) : root.ValueKind == JsonValueKind.Object && root.TryGetProperty(call.String(1), out var member) ? member : null;
        Return(call, found, asText);
    }

    private static JsonElement? At(JsonElement root, long index)
    {
        if (root.ValueKind != JsonValueKind.Array) return null;
        if (index < 0) index += root.GetArrayLength();
        return index >= 0 && index < root.GetArrayLength() ? root[(int)index] : null;
    }

    private static void GetPath(ISqlFunctionCall call, string[] path, bool asText)
    {
        using var document = JsonbText.ReadDocument(call.String(0));
        JsonElement? found = document.RootElement;
        foreach (var step in path)
        {
            if (found is not { } here) break;
            found = here.ValueKind switch
            {
                JsonValueKind.Object when here.TryGetProperty(step, out var member) => member,
                JsonValueKind.Array when long.TryParse(step, out var index) => At(here, index),
                _ => null,
            };
        }

        Return(call, found, asText);
    }

    private static void Return(ISqlFunctionCall call, JsonElement? found, bool asText)
    {
        if (found is not { } element || (asText && element.ValueKind == JsonValueKind.Null)) call.ReturnNull();
        else if (asText && element.ValueKind == JsonValueKind.String) call.ReturnString(element.GetString());
        else call.ReturnString(element.GetRawText());
    }

    private static void Return(ISqlFunctionCall call, JsonNode? node) => call.ReturnString(JsonbText.Normalise(node?.ToJsonString(JsonbText.Relaxed) ?? "null"));

    private static bool Contains(JsonNode? outer, JsonNode? inner, bool isTop = false)
    {
        switch (outer, inner)
        {
            case (JsonObject a, JsonObject b):
                return b.All(m => a.TryGetPropertyValue(m.Key, out var value) && Contains(value, m.Value));
            case (JsonArray a, JsonArray b):
                return b.All(item => a.Any(candidate => Contains(candidate, item)));
            case (JsonArray a, JsonValue b) when isTop:
                return a.Any(candidate => Contains(candidate, b));
            default:
                return JsonNode.DeepEquals(outer, inner);
        }
    }

    private static void Exists(ISqlFunctionCall call)
    {
        var key = call.String(1);
        call.Return(JsonbText.ReadNode(call.String(0)) switch
        {
            JsonObject members => members.ContainsKey(key),
            JsonArray items => items.Any(i => i is JsonValue value && value.TryGetValue<string>(out var text) && text == key),
            JsonValue value => value.TryGetValue<string>(out var text) && text == key,
            _ => false,
        });
    }

    private static void Concat(ISqlFunctionCall call)
    {
        var (left, right) = (JsonbText.ReadNode(call.String(0)), JsonbText.ReadNode(call.String(1)));
        if (left is JsonObject a && right is JsonObject b)
        {
            foreach (var (key, value) in b.ToList()) a[key] = value?.DeepClone();
            Return(call, a);
            return;
        }

        var items = new JsonArray();
        foreach (var side in (JsonNode?[])[left, right])
            if (side is JsonArray array) foreach (var item in array) items.Add(item?.DeepClone());
            else items.Add(side?.DeepClone());
        Return(call, items);
    }

    private static void Delete(ISqlFunctionCall call)
    {
        var node = JsonbText.ReadNode(call.String(0));
        if (node is JsonObject members) members.Remove(call.String(1));
        else if (node is JsonArray items && call.Kind(1) == SqlKind.Int64)
        {
            var index = call.Int64(1) < 0 ? call.Int64(1) + items.Count : call.Int64(1);
            if (index >= 0 && index < items.Count) items.RemoveAt((int)index);
        }
        else if (node is JsonArray texts)
            foreach (var item in texts.Where(i => i is JsonValue v && v.TryGetValue<string>(out var text) && text == call.String(1)).ToList()) texts.Remove(item);
        Return(call, node);
    }

    /// <summary>(target, path, value, create).</summary>
    private static void Set(ISqlFunctionCall call)
    {
        var root = JsonbText.ReadNode(call.String(0));
        var path = Names(call);
        var create = call.Count < 4 || call.Int64(3) != 0;
        var here = root;
        for (var i = 0; i < path.Length - 1; i++) here = Step(here, path[i]);
        if (path.Length > 0) Put(here, path[^1], JsonbText.ReadNode(call.String(2)), create);
        Return(call, root);
    }

    private static JsonNode? Step(JsonNode? node, string name) => node switch
    {
        JsonObject members => members[name],
        JsonArray items when int.TryParse(name, out var index) && (index < 0 ? index + items.Count : index) is var at && at >= 0 && at < items.Count => items[at],
        _ => null,
    };

    private static void Put(JsonNode? node, string name, JsonNode? value, bool create)
    {
        if (node is JsonObject members && (create || members.ContainsKey(name))) members[name] = value;
        else if (node is JsonArray items && int.TryParse(name, out var index))
        {
            if (index < 0) index += items.Count;
            if (index >= 0 && index < items.Count) items[index] = value;
            else if (create) items.Insert(index < 0 ? 0 : items.Count, value);
        }
    }

    private static JsonNode? Strip(JsonNode? node)
    {
        if (node is JsonObject members)
            foreach (var (key, value) in members.ToList())
                if (value is null) members.Remove(key);
                else Strip(value);
        else if (node is JsonArray items) foreach (var item in items) Strip(item);
        return node;
    }
}
