using System.Text;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>One prepared statement of one connection: binder, current row, and what preparing it told. Not thread-safe, like its connection.</summary>
internal sealed unsafe class Statement : IRowReader, IParameterBinder
{
    private readonly nint handle;
    private string?[] names = [];
    private string?[] types = [];
    private bool[] typesKnown = [];
    private int reprepared;
    private byte[]? sqlUtf8;
    private bool disposed;

    internal Statement(string sql, nint handle, StatementFacts facts)
    {
        Sql = sql;
        this.handle = handle;
        Facts = facts;
        ReadOnly = handle == 0 || sqlite3_stmt_readonly(handle) != 0 || sqlite3_stmt_isexplain(handle) != 0;
        Parameters = handle == 0 ? 0 : sqlite3_bind_parameter_count(handle);
        ReadColumns();
    }

    internal string Sql { get; }

    /// <summary>The text's bytes; made when first asked for.</summary>
    internal byte[] SqlUtf8 => sqlUtf8 ??= Encoding.UTF8.GetBytes(Sql);
    internal nint Handle => handle;

    /// <summary>No statement at all: white space or comments.</summary>
    internal bool IsEmpty => handle == 0;
    internal bool ReadOnly { get; }
    internal int Parameters { get; }
    internal StatementFacts Facts { get; }

    /// <summary>First binding that failed in this execution, or 0.</summary>
    internal int BindError { get; private set; }

    /// <summary>Neighbours in the cache's list of recent use.</summary>
    internal Statement? Newer, Older;

    public int Count { get; private set; }

    internal void Bind(IParameterSource source)
    {
        BindError = SqliteCode.Ok;
        source.Bind(this);
    }

    /// <summary>SQLite prepares again by itself when the schema has changed; the columns may then be others.</summary>
    internal void NoticeReprepare()
    {
        var count = sqlite3_stmt_status(handle, SqliteCode.StatementReprepared, 0);
        if (count == reprepared)
            return;
        reprepared = count;
        ReadColumns();
    }

    private void ReadColumns()
    {
        Count = handle == 0 ? 0 : sqlite3_column_count(handle);
        names = Count == 0 ? [] : new string?[Count];
        types = Count == 0 ? [] : new string?[Count];
        typesKnown = Count == 0 ? [] : new bool[Count];
    }

    public string Name(int column) => names[column] ??= Utf8.Text(sqlite3_column_name(handle, column)) ?? "";

    public string? DeclaredType(int column)
    {
        if (!typesKnown[column])
        {
            types[column] = Utf8.Text(sqlite3_column_decltype(handle, column));
            typesKnown[column] = true;
        }
        return types[column];
    }

    internal ColumnShape Shape(int column)
    {
        var ours = Utf8.Text(sqlite3_column_database_name(handle, column)) is "public" or "main";
        return new ColumnShape(
            Name(column),
            DeclaredType(column),
            ours ? Utf8.Text(sqlite3_column_table_name(handle, column)) : null,
            ours ? Utf8.Text(sqlite3_column_origin_name(handle, column)) : null);
    }

    public ValueKind Kind(int column) => sqlite3_column_type(handle, column) switch
    {
        SqliteCode.TypeInteger => ValueKind.Int64,
        SqliteCode.TypeFloat => ValueKind.Double,
        SqliteCode.TypeText => ValueKind.Text,
        SqliteCode.TypeBlob => ValueKind.Blob,
        _ => ValueKind.Null,
    };

    public long Int64(int column) => sqlite3_column_int64(handle, column);
    public double Double(int column) => sqlite3_column_double(handle, column);

    public ReadOnlySpan<byte> Text(int column)
    {
        // A text's bytes are had without the copy that a terminating zero may need.
        if (sqlite3_column_type(handle, column) == SqliteCode.TypeText)
            return Blob(column);
        var text = sqlite3_column_text(handle, column);
        return new ReadOnlySpan<byte>(text, sqlite3_column_bytes(handle, column));
    }

    public ReadOnlySpan<byte> Blob(int column)
    {
        var bytes = sqlite3_column_blob(handle, column);
        return new ReadOnlySpan<byte>(bytes, sqlite3_column_bytes(handle, column));
    }

    internal string TextString(int column) => Encoding.UTF8.GetString(Text(column));

    public void Null(int number) => Note(sqlite3_bind_null(handle, number));
    public void Int64(int number, long value) => Note(sqlite3_bind_int64(handle, number, value));
    public void Double(int number, double value) => Note(sqlite3_bind_double(handle, number, value));

    public void Text(int number, ReadOnlySpan<byte> utf8)
    {
        fixed (byte* p = utf8)
            Note(sqlite3_bind_text64(handle, number, utf8.IsEmpty ? EmptyText : p, (ulong)utf8.Length, SqliteCode.Transient, SqliteCode.Utf8));
    }

    public void Blob(int number, ReadOnlySpan<byte> bytes)
    {
        // A null pointer would mean NULL, not an empty blob.
        fixed (byte* p = bytes)
            Note(bytes.IsEmpty ? sqlite3_bind_zeroblob(handle, number, 0) : sqlite3_bind_blob64(handle, number, p, (ulong)bytes.Length, SqliteCode.Transient));
    }

    /// <summary>As <see cref="Text(int, ReadOnlySpan{byte})"/> without a copy: the memory must stay where it is until <see cref="ClearBindings"/>.</summary>
    internal void TextInPlace(int number, byte* utf8, int length) =>
        Note(sqlite3_bind_text64(handle, number, length == 0 ? EmptyText : utf8, (ulong)length, SqliteCode.Static, SqliteCode.Utf8));

    internal void BlobInPlace(int number, byte* bytes, int length) =>
        Note(length == 0 ? sqlite3_bind_zeroblob(handle, number, 0) : sqlite3_bind_blob64(handle, number, bytes, (ulong)length, SqliteCode.Static));

    internal void ClearBindings()
    {
        if (Parameters > 0)
            Note(sqlite3_clear_bindings(handle));
        BindError = SqliteCode.Ok;
    }

    private void Note(int code)
    {
        if (code != SqliteCode.Ok && BindError == SqliteCode.Ok)
            BindError = code;
    }

    private static byte* EmptyText { get; } = NativeText.Of("");

    /// <summary>Called by the connection that prepared it, before it closes.</summary>
    internal void FinalizeHandle()
    {
        if (disposed)
            return;
        disposed = true;
        // The result repeats the last step's error, which was told then.
        _ = sqlite3_finalize(handle);
    }
}
