using System.Runtime.CompilerServices;
using System.Text;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>The call that a function of ours answers; one object per registered function, used again for each call.</summary>
internal sealed unsafe class FunctionCall(Draws draws) : IFunctionCall
{
    private nint context;
    private nint* arguments;

    internal void Enter(nint call, int count, nint* values)
    {
        context = call;
        Count = count;
        arguments = values;
    }

    public int Count { get; private set; }

    public long TransactionMicros => draws.TransactionMicros;
    public long StatementMicros => draws.StatementMicros;
    public ulong NextRandom() => draws.Next();

    public ValueKind Kind(int argument) => sqlite3_value_type(At(argument)) switch
    {
        SqliteCode.TypeInteger => ValueKind.Int64,
        SqliteCode.TypeFloat => ValueKind.Double,
        SqliteCode.TypeText => ValueKind.Text,
        SqliteCode.TypeBlob => ValueKind.Blob,
        _ => ValueKind.Null,
    };

    public long Int64(int argument) => sqlite3_value_int64(At(argument));
    public double Double(int argument) => sqlite3_value_double(At(argument));

    public ReadOnlySpan<byte> Text(int argument)
    {
        var value = At(argument);
        var text = sqlite3_value_type(value) == SqliteCode.TypeText ? sqlite3_value_blob(value) : sqlite3_value_text(value);
        return new ReadOnlySpan<byte>(text, sqlite3_value_bytes(value));
    }

    public ReadOnlySpan<byte> Blob(int argument)
    {
        var value = At(argument);
        var bytes = sqlite3_value_blob(value);
        return new ReadOnlySpan<byte>(bytes, sqlite3_value_bytes(value));
    }

    public void ReturnNull() => sqlite3_result_null(context);
    public void Return(long value) => sqlite3_result_int64(context, value);
    public void Return(double value) => sqlite3_result_double(context, value);

    public void ReturnText(ReadOnlySpan<byte> utf8)
    {
        var empty = (byte)0;
        fixed (byte* p = utf8)
            sqlite3_result_text64(context, p is null ? &empty : p, (ulong)utf8.Length, SqliteCode.Transient, SqliteCode.Utf8);
    }

    public void ReturnBlob(ReadOnlySpan<byte> bytes)
    {
        var empty = (byte)0;
        fixed (byte* p = bytes)
            sqlite3_result_blob64(context, p is null ? &empty : p, (ulong)bytes.Length, SqliteCode.Transient);
    }

    internal void Fail(string message)
    {
        var bytes = Encoding.UTF8.GetBytes(message);
        fixed (byte* p = bytes)
            sqlite3_result_error(context, p, bytes.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint At(int argument)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)argument, (uint)Count, nameof(argument));
        return arguments[argument];
    }
}
