using System.Text.Json;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Node.Http;

/// <summary>One change of a log entry as a JSON object; what it does not have is left out.</summary>
internal static class ChangeText
{
    /// <param name="most">Longer texts are cut, with an ellipsis.</param>
    public static void Write(Utf8JsonWriter json, EntryChange change, int most)
    {
        json.WriteStartObject();
        json.WriteString("operation", change.Operation);
        if (change.Table.Length > 0) json.WriteString("table", change.Table);
        if (change.Sql is { } sql) json.WriteString("sql", Short(sql, most));
        if (change.Key.Count > 0)
        {
            json.WriteStartArray(change.Operation == "statement" ? "parameters" : "key");
            foreach (var value in change.Key) Value(json, value, most);
            json.WriteEndArray();
        }
        Image(json, "before", change.Before, most);
        Image(json, "after", change.After, most);
        if (change.NewRowid is { } moved) json.WriteNumber("movedTo", moved);
        if (change.Reason is { } reason) json.WriteString("reason", reason);
        json.WriteEndObject();
    }

    private static void Image(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, object?>? image, int most)
    {
        if (image is null) return;
        json.WriteStartObject(name);
        foreach (var (column, value) in image)
        {
            json.WritePropertyName(column);
            Value(json, value, most);
        }
        json.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter json, object? value, int most)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case long number: json.WriteNumberValue(number); break;
            case double real when double.IsFinite(real): json.WriteNumberValue(real); break;
            default: json.WriteStringValue(Short(value.ToString()!, most)); break;
        }
    }

    private static string Short(string text, int most) => text.Length <= most ? text : text[..most] + "…";
}
