using System.Buffers.Binary;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Capture;

/// <summary>Sees the rows that a statement changes, hands them on to another observer, and asks for each whether somebody has locked it. A key stands for a row, by its
/// rowid or primary key, or for a value of a unique index, as the row has it after the change.</summary>
internal sealed unsafe class LockingCapture(Connection connection, TableCatalog catalog, TraitsReader traits) : IRowObserver
{
    private const ulong Odd = 0x9e3779b97f4a7c15;

    private IRowObserver inner = null!;
    private IRowLocks locks = null!;
    private RowNumbering? numbering;

    /// <summary>In the order written; some more than once.</summary>
    internal List<ulong> Keys { get; } = [];

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
        if (operation == SqliteCode.Delete)
            return;
        for (var i = 0; i < trait.UniqueKeys.Length; i++)
            TakeUnique(operation, shape, trait.UniqueKeys[i], i);
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
        var (hash, hasNull) = OfKey(shape, columns, after: true, shape.NameHash + (ulong)(number + 1) * Odd);
        if (!hasNull)
            Take(hash);
    }

    private void Take(ulong key)
    {
        if (Taken is null && locks.IsTaken(key, RowLockMode.Write))
            Taken = key;
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

    /// <summary>The same for an integer and the same number as a float: they are equal to an index.</summary>
    private static ulong OfValue(nint value, ulong seed)
    {
        Span<byte> number = stackalloc byte[8];
        switch (sqlite3_value_type(value))
        {
            case SqliteCode.TypeInteger:
                BinaryPrimitives.WriteInt64LittleEndian(number, sqlite3_value_int64(value));
                return RowDigest.Hash(number, seed);
            case SqliteCode.TypeFloat:
                var real = sqlite3_value_double(value);
                if (real >= long.MinValue && real < long.MaxValue && Math.Truncate(real) == real)
                    BinaryPrimitives.WriteInt64LittleEndian(number, (long)real);
                else
                    BinaryPrimitives.WriteDoubleLittleEndian(number, real);
                return RowDigest.Hash(number, seed);
            case SqliteCode.TypeNull:
                return seed + Odd;
            default:
                return RowDigest.Hash(SqliteValue.Content(value), seed + 1);
        }
    }

    private bool Changes(int column) => !SqliteValue.Same(Value(column, after: false), Value(column, after: true));

    private nint Value(int column, bool after)
    {
        nint value;
        var code = after ? sqlite3_preupdate_new(connection.Handle, column, &value) : sqlite3_preupdate_old(connection.Handle, column, &value);
        return code == SqliteCode.Ok ? value : throw connection.Damage(code);
    }
}
