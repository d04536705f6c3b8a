using System.Globalization;
using System.Text.Json;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Cluster.Salvage;

/// <summary>A value in a salvage file, with its type: integers are numbers without, reals numbers with a point or an exponent; <c>{"real":"NaN"}</c> and the like, and
/// <c>{"blob":"ab01"}</c>.</summary>
internal static class SalvageValue
{
    public static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case long number: json.WriteNumberValue(number); break;
            case double real when !double.IsFinite(real): Named(json, "real", real.ToString("R", CultureInfo.InvariantCulture)); break;
            case double real:
                var text = real.ToString("R", CultureInfo.InvariantCulture);
                json.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text);
                break;
            case BlobText blob: Named(json, "blob", blob.Hex); break;
            default: json.WriteStringValue(value.ToString()); break;
        }
    }

    /// <returns>null, long, double, string or byte[].</returns>
    /// <exception cref="SalvageException">It is no value.</exception>
    public static object? Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => json.GetRawText().AsSpan().IndexOfAny('.', 'E', 'e') < 0 ? (object)json.GetInt64() : json.GetDouble(),
        JsonValueKind.Object when json.TryGetProperty("blob", out var blob) => Convert.FromHexString(blob.GetString()!),
        JsonValueKind.Object when json.TryGetProperty("real", out var real) => double.Parse(real.GetString()!, CultureInfo.InvariantCulture),
        _ => throw new SalvageException($"{json.GetRawText()} is no value"),
    };

    private static void Named(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject();
        json.WriteString(name, text);
        json.WriteEndObject();
    }
}
