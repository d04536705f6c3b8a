using System.Buffers.Binary;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Capture;

/// <summary>Sees the rows that a statement changes, hands them on to another observer, and asks for each whether somebody has locked it. A key stands for a row, by its
/// rowid or primary key, or for a value of a unique index that the row has before or after the change.</summary>
internal sealed unsafe class LockingCapture(Connection connection, TableCatalog catalog, TraitsReader traits) : IRowObserver
{
    private const ulong Odd = 0x9e3779b97f4a7c15;

    private IRowObserver inner = null!;
    private IRowLocks locks = null!;
    private RowNumbering? numbering;

    /// <summary>In the order written; some more than once.</summary>
    internal List<ulong> Keys { get; } = [];

    /// <summary>Tables in which a row went, or its key or a unique value of it became another.</summary>
    internal HashSet<string> Vacated { get; } = new(StringComparer.Ordinal);

    internal int Rows { get; private set; }

    /// <summary>The first that somebody else has locked.</summary>
    internal ulong? Taken { get; private set; }

    /// <summary>Why the changes cannot be made again by their rows alone.</summary>
    internal string? NotRepeatable { get; private set; }

    /// <param name="own">Knows the rows whose rowids nobody else sees; null: they need not be told from others.</param>
    internal void Begin(IRowObserver next, IRowLocks held, RowNumbering? own)
    {
        (inner, locks, numbering) = (next, held, own);
        Keys.Clear();
        Vacated.Clear();
        Rows = 0;
        Taken = null;
        NotRepeatable = null;
    }

    public void RowChanging(int operation, byte* table, long oldRowid, long newRowid)
    {
        inner.RowChanging(operation, table, oldRowid, newRowid);
        if (Taken is not null || catalog.Find(Utf8.Span(table)) is not { IsLocal: false } shape)
            return;
        Rows++;
        var trait = traits.Of(shape);
        var moved = operation == SqliteCode.Update && shape.HasRowid && oldRowid != newRowid;
        NotRepeatable ??= WhyNot(operation, shape, trait, moved);
        if (shape.HasRowid)
            TakeRow(operation, shape, oldRowid, newRowid, moved);
        else
            TakeKey(operation, shape);
        for (var i = 0; i < trait.UniqueKeys.Length; i++)
            TakeUnique(operation, shape, trait.UniqueKeys[i], i);
        var vacates = operation == SqliteCode.Delete || operation == SqliteCode.Update && (moved || ChangesKey(shape, trait));
        for (var i = 0; i < trait.Queries.Length; i++)
            vacates |= TakeQueried(operation, trait.Queries[i], shape.NameHash + (ulong)(trait.UniqueKeys.Length + i + 1) * Odd);
        if (vacates)
            Vacated.Add(shape.Name);
    }

    private string? WhyNot(int operation, TableShape shape, TableTraits trait, bool moved)
    {
        if (trait.HasTriggers)
            return $"table {shape.Name} has triggers";
        if (shape.IsVirtual)
            return $"table {shape.Name} is virtual";
        if (trait.ReferencesItself && Rows > 1)
            return $"table {shape.Name} has a foreign key to itself, and several rows are changed at once";
        if (trait.IsReferenced && (operation == SqliteCode.Delete || operation == SqliteCode.Update && (moved || ChangesKey(shape, trait))))
            return $"foreign keys refer to table {shape.Name}";
        return moved && shape.RowidColumn < 0 ? $"rowids of table {shape.Name} are changed" : null;
    }

    private bool ChangesKey(TableShape shape, TableTraits trait)
    {
        foreach (var column in shape.Key)
            if (Changes(column))
                return true;
        foreach (var key in trait.UniqueKeys)
            foreach (var column in key)
                if (Changes(column))
                    return true;
        return false;
    }

    private void TakeRow(int operation, TableShape shape, long oldRowid, long newRowid, bool moved)
    {
        var isHidden = shape.RowidColumn < 0;
        if (operation == SqliteCode.Insert)
        {
            // A rowid that nobody sees: if another transaction takes the same, one of the two rows gets another.
            if (isHidden)
                numbering?.AddOwn(shape, newRowid);
            else
                Take(OfRow(shape, newRowid));
            return;
        }
        if (!isHidden || numbering?.IsOwn(shape, oldRowid) != true)
            Take(OfRow(shape, oldRowid));
        if (moved)
            Take(OfRow(shape, newRowid));
    }

    private void TakeKey(int operation, TableShape shape)
    {
        if (operation != SqliteCode.Insert)
            Take(OfKey(shape, shape.Key, after: false, shape.NameHash).Hash);
        if (operation != SqliteCode.Delete)
            Take(OfKey(shape, shape.Key, after: true, shape.NameHash).Hash);
    }

    private void TakeUnique(int operation, TableShape shape, int[] columns, int number)
    {
        if (operation == SqliteCode.Update && !Array.Exists(columns, Changes))
            return;
        var seed = shape.NameHash + (ulong)(number + 1) * Odd;
        // The old value too: whether another row may have it is known when the transaction ends.
        for (var after = operation == SqliteCode.Insert ? 1 : 0; after <= (operation == SqliteCode.Delete ? 0 : 1); after++)
        {
            var (hash, hasNull) = OfKey(shape, columns, after != 0, seed);
            if (!hasNull)
                Take(hash);
        }
    }

    /// <returns>A value of the index went.</returns>
    private bool TakeQueried(int operation, IndexQuery query, ulong seed)
    {
        var before = operation == SqliteCode.Insert ? null : Ask(query, after: false, seed);
        var after = operation == SqliteCode.Delete ? null : Ask(query, after: true, seed);
        if (before == after)
            return false;
        if (before is { } old)
            Take(old);
        if (after is { } made)
            Take(made);
        return before is not null;
    }

    /// <summary>Null: the row has no place in the index, or none that another row could have.</summary>
    private ulong? Ask(IndexQuery query, bool after, ulong seed)
    {
        if (traits.Prepare(query) is not { } statement)
            return null;
        for (var i = 0; i < query.Columns.Length; i++)
            Bind(statement, i + 1, Value(query.Columns[i], after));
        try
        {
            if (!connection.TryStepInternal(statement))
                return null;
            var hash = LockingRows.OfKey(statement, 0, statement.Count, seed, out var hasNull);
            Connection.Reset(statement);
            return hasNull ? null : hash;
        }
        finally
        {
            statement.ClearBindings();
        }
    }

    /// <summary>Without a copy: the value stays where it is while the row is looked at.</summary>
    private static void Bind(Statement statement, int number, nint value)
    {
        switch (sqlite3_value_type(value))
        {
            case SqliteCode.TypeInteger:
                statement.Int64(number, sqlite3_value_int64(value));
                break;
            case SqliteCode.TypeFloat:
                statement.Double(number, sqlite3_value_double(value));
                break;
            case SqliteCode.TypeNull:
                statement.Null(number);
                break;
            case SqliteCode.TypeText:
                statement.TextInPlace(number, (byte*)sqlite3_value_blob(value), sqlite3_value_bytes(value));
                break;
            default:
                statement.BlobInPlace(number, (byte*)sqlite3_value_blob(value), sqlite3_value_bytes(value));
                break;
        }
    }

    private void Take(ulong key)
    {
        if (Taken is null && locks.IsTaken(key, RowLockMode.Write))
            Taken = key;
        // More are not asked for: who changes more rows holds the gate, and locks nothing.
        if (Rows <= OpenChanges.MostRows)
            Keys.Add(key);
    }

    internal static ulong OfRow(TableShape shape, long rowid)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, rowid);
        return RowDigest.Hash(bytes, shape.NameHash);
    }

    private (ulong Hash, bool HasNull) OfKey(TableShape shape, int[] columns, bool after, ulong seed)
    {
        var hasNull = false;
        var hash = seed;
        foreach (var column in columns)
        {
            var value = Value(column, after);
            hasNull |= sqlite3_value_type(value) == SqliteCode.TypeNull;
            hash = OfValue(value, hash);
        }
        return (hash, hasNull);
    }

    private static ulong OfValue(nint value, ulong seed) => sqlite3_value_type(value) switch
    {
        SqliteCode.TypeInteger => OfNumber(sqlite3_value_int64(value), seed),
        SqliteCode.TypeFloat => OfNumber(sqlite3_value_double(value), seed),
        SqliteCode.TypeNull => OfNull(seed),
        _ => OfContent(SqliteValue.Content(value), seed),
    };

    internal static ulong OfNull(ulong seed) => seed + Odd;

    /// <summary>Of text or a blob.</summary>
    internal static ulong OfContent(ReadOnlySpan<byte> content, ulong seed) => RowDigest.Hash(content, seed + 1);

    internal static ulong OfNumber(long value, ulong seed)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        return RowDigest.Hash(number, seed);
    }

    /// <summary>The same for an integer and the same number as a float: they are equal to an index.</summary>
    internal static ulong OfNumber(double value, ulong seed)
    {
        if (value >= long.MinValue && value < long.MaxValue && Math.Truncate(value) == value)
            return OfNumber((long)value, seed);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(number, value);
        return RowDigest.Hash(number, seed);
    }

    private bool Changes(int column) => !SqliteValue.Same(Value(column, after: false), Value(column, after: true));

    private nint Value(int column, bool after)
    {
        nint value;
        var code = after ? sqlite3_preupdate_new(connection.Handle, column, &value) : sqlite3_preupdate_old(connection.Handle, column, &value);
        return code == SqliteCode.Ok ? value : throw connection.Damage(code);
    }
}
