using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>jsonb's text: keys by length and then bytes, the last of equal keys, a blank after comma and colon.</summary>
internal static class JsonbText
{
    public static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1000 };

    /// <exception cref="DialectException">22P02: not JSON.</exception>
    public static string Normalise(string text)
    {
        using var document = ReadDocument(text);
        var result = new StringBuilder(text.Length + 16);
        Write(document.RootElement, result);
        return result.ToString();
    }

    public static JsonDocument ReadDocument(string text)
    {
        try
        {
            return JsonDocument.Parse(text, Deep);
        }
        catch (JsonException)
        {
            throw new DialectException("22P02", "invalid input syntax for type json", 0, null, $"The input is not valid JSON: {(text.Length > 100 ? text[..100] + "…" : text)}");
        }
    }

    public static JsonNode? ReadNode(string text)
    {
        try
        {
            return JsonNode.Parse(text, null, Deep);
        }
        catch (JsonException)
        {
            throw new DialectException("22P02", "invalid input syntax for type json");
        }
    }

    public static string Write(JsonElement element)
    {
        var result = new StringBuilder();
        Write(element, result);
        return result.ToString();
    }

    private static void Write(JsonElement element, StringBuilder result)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new Dictionary<string, JsonElement>();
                foreach (var member in element.EnumerateObject()) members[member.Name] = member.Value;
                var isFirst = true;
                result.Append('{');
                foreach (var (name, value) in members.OrderBy(m => Encoding.UTF8.GetByteCount(m.Key)).ThenBy(m => m.Key, StringComparer.Ordinal))
                {
                    if (!isFirst) result.Append(", ");
                    isFirst = false;
                    Quote(name, result);
                    result.Append(": ");
                    Write(value, result);
                }

                result.Append('}');
                break;
            case JsonValueKind.Array:
                result.Append('[');
                var count = 0;
                foreach (var item in element.EnumerateArray())
                {
                    if (count++ > 0) result.Append(", ");
                    Write(item, result);
                }

                result.Append(']');
                break;
            case JsonValueKind.String:
                Quote(element.GetString()!, result);
                break;
            case JsonValueKind.Number:
                result.Append(Number(element.GetRawText()));
                break;
            default:
                result.Append(element.GetRawText());
                break;
        }
    }

    /// <summary>jsonb holds numbers as numeric: an exponent is written out where that is short.</summary>
    private static string Number(string raw) =>
        raw.AsSpan().IndexOfAny('e', 'E') >= 0 && decimal.TryParse(raw, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value)
            ? value.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : raw;

    private static void Quote(string text, StringBuilder result) => result.Append('"').Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)).Append('"');

    public static string KindOf(string text) => text.Length == 0 ? "null" : text[0] switch
    {
        '{' => "object",
        '[' => "array",
        '"' => "string",
        't' or 'f' => "boolean",
        'n' => "null",
        _ => "numeric",
    };
}
