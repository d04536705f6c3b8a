using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Node.Http.Sql;

/// <summary>Columns and rows of the protocol, in text form, as JSON. Booleans, integers and floats become JSON's own; json stays what it is; numeric, times, bytea, arrays
/// and floats that JSON cannot write (NaN, Infinity) are texts in PostgreSQL's spelling.</summary>
internal static class SqlJson
{
    /// <summary>Reads a RowDescription, writes the columns, and returns their types.</summary>
    public static uint[] WriteColumns(Utf8JsonWriter json, ReadOnlySpan<byte> body)
    {
        var types = new uint[BinaryPrimitives.ReadUInt16BigEndian(body)];
        body = body[2..];
        json.WriteStartArray("columns");
        for (var i = 0; i < types.Length; i++)
        {
            var end = body.IndexOf((byte)0);
            var name = Encoding.UTF8.GetString(body[..end]);
            body = body[(end + 1)..];
            types[i] = BinaryPrimitives.ReadUInt32BigEndian(body[6..]);
            body = body[18..];
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("type", PgOid.NameOf(types[i]));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        return types;
    }

    public static void WriteRow(Utf8JsonWriter json, ReadOnlySpan<byte> body, uint[] types)
    {
        body = body[2..];
        json.WriteStartArray();
        foreach (var type in types)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(body);
            body = body[4..];
            if (length < 0)
            {
                json.WriteNullValue();
                continue;
            }
            WriteValue(json, body[..length], type);
            body = body[length..];
        }
        json.WriteEndArray();
    }

    /// <summary>A parameter as the protocol takes it; null is NULL.</summary>
    public static string? ToText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.GetRawText(),
    };

    private static void WriteValue(Utf8JsonWriter json, ReadOnlySpan<byte> text, uint type)
    {
        switch (type)
        {
            case PgOid.Bool: json.WriteBooleanValue(text is [(byte)'t', ..]); return;
            case PgOid.Int2 or PgOid.Int4 or PgOid.Int8 or PgOid.Oid: json.WriteRawValue(text, skipInputValidation: true); return;
            case PgOid.Float4 or PgOid.Float8 when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number): json.WriteRawValue(text, skipInputValidation: true); return;
            case PgOid.Json or PgOid.Jsonb when IsJson(text): json.WriteRawValue(text, skipInputValidation: true); return;
            default: json.WriteStringValue(text); return;
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 64 });
        try
        {
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>RFC 9457, with what PostgreSQL's clients are told of an error.</summary>
/// <param name="Statement">Which of the request's statements, from 0; null: the whole transaction.</param>
/// <param name="Position">Character in the statement, from 1.</param>
internal sealed record SqlProblem(string Title, int Status, string Detail, string SqlState, int? Statement, string? Hint, int? Position);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never, MaxDepth = 32)]
[JsonSerializable(typeof(SqlRequest))]
[JsonSerializable(typeof(SqlProblem))]
internal sealed partial class SqlJsonContext : JsonSerializerContext;
