using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Capture;

internal static unsafe class SqliteValue
{
    /// <summary>Same type and same bytes: stricter than SQL's comparison, which knows collations and takes 1 for 1.0.</summary>
    internal static bool Same(nint a, nint b)
    {
        var type = sqlite3_value_type(a);
        if (type != sqlite3_value_type(b))
            return false;
        return type switch
        {
            SqliteCode.TypeInteger => sqlite3_value_int64(a) == sqlite3_value_int64(b),
            SqliteCode.TypeFloat => BitConverter.DoubleToInt64Bits(sqlite3_value_double(a)) == BitConverter.DoubleToInt64Bits(sqlite3_value_double(b)),
            SqliteCode.TypeNull => true,
            _ => Content(a).SequenceEqual(Content(b)),
        };
    }

    internal static ReadOnlySpan<byte> Content(nint value)
    {
        var content = sqlite3_value_blob(value);
        return new ReadOnlySpan<byte>(content, sqlite3_value_bytes(value));
    }
}
