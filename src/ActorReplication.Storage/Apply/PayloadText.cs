using System.Globalization;
using System.Text;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Apply;

/// <summary>Values in messages, cut to a length that fits a log line.</summary>
internal static unsafe class PayloadText
{
    private const int ShownBytes = 40;

    internal static string Of(in PayloadValue value, byte* memory) => value.Kind switch
    {
        ValueKind.Null => "NULL",
        ValueKind.Int64 => value.Bits.ToString(CultureInfo.InvariantCulture),
        ValueKind.Double => value.Real.ToString("R", CultureInfo.InvariantCulture),
        var kind => Content(kind == ValueKind.Text, new ReadOnlySpan<byte>(memory + value.Offset, value.Length)),
    };

    internal static string Of(nint value) => sqlite3_value_type(value) switch
    {
        SqliteCode.TypeInteger => sqlite3_value_int64(value).ToString(CultureInfo.InvariantCulture),
        SqliteCode.TypeFloat => sqlite3_value_double(value).ToString("R", CultureInfo.InvariantCulture),
        SqliteCode.TypeText => Content(true, SqliteValue.Content(value)),
        SqliteCode.TypeBlob => Content(false, SqliteValue.Content(value)),
        _ => "NULL",
    };

    /// <summary>"table t key 5" or "table t key (a, 'b')".</summary>
    internal static string Key(RowChange change, TableShape shape, byte* memory)
    {
        if (shape.HasRowid)
            return $"table {shape.Name} key {(change.Kind == ChangeKind.Insert ? change.NewRowid : change.OldRowid).ToString(CultureInfo.InvariantCulture)}";
        var parts = new StringBuilder();
        for (var i = 0; i < shape.Key.Length; i++)
        {
            // A whole row holds its key among its values.
            var place = change.Kind == ChangeKind.Update ? i : Array.IndexOf(shape.Stored, shape.Key[i]);
            parts.Append(i == 0 ? "" : ", ").Append(Of(change.Values[place], memory));
        }
        return $"table {shape.Name} key ({parts})";
    }

    private static string Content(bool text, ReadOnlySpan<byte> bytes)
    {
        var shown = bytes[..Math.Min(bytes.Length, ShownBytes)];
        var more = bytes.Length > ShownBytes ? $"… ({bytes.Length} bytes)" : "";
        return text ? $"'{Encoding.UTF8.GetString(shown)}'{more}" : $"x'{Convert.ToHexStringLower(shown)}'{more}";
    }
}
