using System.Text.Json;
using ActorReplication.Core;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Cluster.Salvage;

/// <summary>One change of a salvaged transaction, as <see cref="EntryChange"/>; values are null, long, double, string or byte[].</summary>
/// <param name="KeyColumns">Null: the table's columns are known by number only, because it had others when the file was written.</param>
internal sealed record SalvagedChange(
    long Term, long Index, string Operation, string Table, IReadOnlyList<string>? KeyColumns, IReadOnlyList<object?> Key,
    IReadOnlyDictionary<string, object?>? Before, IReadOnlyDictionary<string, object?>? After, string? Sql, long? MovedTo)
{
    public static void Write(Utf8JsonWriter json, LogPosition position, EntryChange change)
    {
        json.WriteNumber("term", position.Term.Value);
        json.WriteNumber("index", position.Index.Value);
        json.WriteString("operation", change.Operation);
        json.WriteString("table", change.Table);
        if (change.KeyColumns is { } columns)
        {
            json.WriteStartArray("keyColumns");
            foreach (var column in columns) json.WriteStringValue(column);
            json.WriteEndArray();
        }
        json.WriteStartArray("key");
        foreach (var value in change.Key) SalvageValue.Write(json, value);
        json.WriteEndArray();
        Image(json, "before", change.Before);
        Image(json, "after", change.After);
        if (change.Sql is { } sql) json.WriteString("sql", sql);
        if (change.NewRowid is { } moved) json.WriteNumber("movedTo", moved);
    }

    public static SalvagedChange Read(JsonElement line) => new(
        line.GetProperty("term").GetInt64(), line.GetProperty("index").GetInt64(), line.GetProperty("operation").GetString()!, line.GetProperty("table").GetString()!,
        line.TryGetProperty("keyColumns", out var columns) ? [.. columns.EnumerateArray().Select(c => c.GetString()!)] : null,
        [.. line.GetProperty("key").EnumerateArray().Select(SalvageValue.Read)], Image(line, "before"), Image(line, "after"),
        line.TryGetProperty("sql", out var sql) ? sql.GetString() : null, line.TryGetProperty("movedTo", out var moved) ? moved.GetInt64() : null);

    private static void Image(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, object?>? image)
    {
        if (image is null) return;
        json.WriteStartObject(name);
        foreach (var (column, value) in image)
        {
            json.WritePropertyName(column);
            SalvageValue.Write(json, value);
        }
        json.WriteEndObject();
    }

    private static Dictionary<string, object?>? Image(JsonElement line, string name) =>
        line.TryGetProperty(name, out var image) ? image.EnumerateObject().ToDictionary(p => p.Name, p => SalvageValue.Read(p.Value)) : null;
}
