using System.Text.Json;
using System.Text.Json.Nodes;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Arrays, which the engine holds as JSON.</summary>
internal static class ArrayFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_array_length", 2, call => Length(call)),
        new SqlFunction("pg_array_concat", 4, true, Concat),
        Call.Strict("pg_array_contains", 2, call => call.Return(Contains(Read(call, 0), Read(call, 1)))),
        Call.Strict("pg_array_to_string", -1, ToText),
        new SqlFunction("pg_string_to_array", 2, true, Split),
        Call.Strict("pg_vector_array", 1, call => call.ReturnString("[" + call.String(0).Replace(' ', ',') + "]")),
        Call.Strict("pg_vector_element", 2, VectorElement),
    ];

    private static JsonArray Read(ISqlFunctionCall call, int argument)
    {
        try
        {
            return JsonNode.Parse(call.String(argument)) as JsonArray ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new DialectException("22P02", $"malformed array literal: \"{call.String(argument)}\"");
        }
    }

    private static void Length(ISqlFunctionCall call)
    {
        var array = Read(call, 0);
        if (call.Int64(1) != 1 || array.Count == 0) call.ReturnNull();
        else call.Return((long)array.Count);
    }

    /// <summary>(left, 1 if an array, right, 1 if an array).</summary>
    private static void Concat(ISqlFunctionCall call)
    {
        var result = new JsonArray();
        var any = false;
        for (var side = 0; side < 4; side += 2)
        {
            var isArray = call.Int64(side + 1) == 1;
            if (isArray && call.IsNull(side)) continue;
            any = true;
            if (isArray) foreach (var item in Read(call, side)) result.Add(item?.DeepClone());
            else result.Add(Element(call, side));
        }

        call.ReturnString(any ? result.ToJsonString(JsonbText.Relaxed) : null);
    }

    private static JsonNode? Element(ISqlFunctionCall call, int argument) => call.Kind(argument) switch
    {
        SqlKind.Null => null,
        SqlKind.Int64 => JsonValue.Create(call.Int64(argument)),
        SqlKind.Double => JsonValue.Create(call.Double(argument)),
        _ => JsonValue.Create(call.String(argument)),
    };

    private static bool Contains(JsonArray outer, JsonArray inner)
    {
        var items = outer.Where(i => i is not null).Select(i => i!.ToJsonString()).ToHashSet();
        return inner.All(i => i is not null && items.Contains(i.ToJsonString()));
    }

    /// <summary>(array, separator, text for NULL).</summary>
    private static void ToText(ISqlFunctionCall call)
    {
        var absent = call.Count > 2 ? call.String(2) : null;
        var items = Read(call, 0).Select(i => i is null ? absent : i is JsonValue value && value.TryGetValue<string>(out var text) ? text : i.ToJsonString()).Where(i => i is not null);
        call.ReturnString(string.Join(call.String(1), items));
    }

    private static void Split(ISqlFunctionCall call)
    {
        if (call.IsNull(0)) { call.ReturnNull(); return; }
        var text = call.String(0);
        IEnumerable<string> parts = text.Length == 0 ? [] : call.IsNull(1) ? text.EnumerateRunes().Select(r => r.ToString()) : call.String(1).Length == 0 ? [text] : text.Split(call.String(1));
        call.ReturnString(JsonSerializer.Serialize(parts, JsonbText.Relaxed));
    }

    /// <summary>Element of an int2vector, counted from 0.</summary>
    private static void VectorElement(ISqlFunctionCall call)
    {
        var parts = call.String(0).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var index = call.Int64(1);
        if (index < 0 || index >= parts.Length || !long.TryParse(parts[index], out var value)) call.ReturnNull();
        else call.Return(value);
    }
}
