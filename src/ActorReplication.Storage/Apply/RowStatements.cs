using System.Text;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Apply;

/// <summary>The prepared statements that change one table's rows by key. Parameters: key first, then values. ABORT is said outright: a
/// table's own ON CONFLICT clause could otherwise hide that the row was not as expected.</summary>
internal sealed class RowStatements(Connection connection, TableShape shape)
{
    private readonly Dictionary<string, Statement> updates = new(StringComparer.Ordinal);
    private Statement? insert, replace, delete, lastUpdate;
    private int[] lastChanged = [];

    internal TableShape Shape => shape;

    internal Statement Insert => insert ??= connection.PrepareInternal(InsertSql("INSERT OR ABORT", shape.Stored));
    internal Statement Replace => replace ??= connection.PrepareInternal(InsertSql("INSERT OR REPLACE", shape.Stored));
    internal Statement Delete => delete ??= connection.PrepareInternal($"DELETE FROM public.{Name} WHERE {KeyCondition()}");

    /// <summary>SET of the changed columns; the rowid is always set too (to itself when it stays).</summary>
    internal Statement Update(ReadOnlySpan<int> changed, bool moved)
    {
        if (lastUpdate is not null && !moved && changed.SequenceEqual(lastChanged))
            return lastUpdate;
        var sql = UpdateSql("UPDATE OR ABORT", changed, moved);
        if (!updates.TryGetValue(sql, out var statement))
        {
            if (updates.Count == 64)
                DropUpdates();
            updates[sql] = statement = connection.PrepareInternal(sql);
        }
        if (!moved)
            (lastUpdate, lastChanged) = (statement, changed.ToArray());
        return statement;
    }

    internal string UpdateSql(string verb, ReadOnlySpan<int> changed, bool moved)
    {
        var sql = new StringBuilder($"{verb} public.{Name} SET ");
        var number = KeyCount;
        if (moved)
            sql.Append(Connection.Quote(shape.RowidName!)).Append(" = ?").Append(++number);
        foreach (var column in changed)
        {
            if (number > KeyCount)
                sql.Append(", ");
            sql.Append(Connection.Quote(shape.Columns[column])).Append(" = ?").Append(++number);
        }
        return sql.Append(" WHERE ").Append(KeyCondition()).ToString();
    }

    internal string InsertSql(string verb, ReadOnlySpan<int> columns)
    {
        var names = new StringBuilder();
        var values = new StringBuilder();
        var number = 0;
        if (shape.HasRowid)
        {
            names.Append(Connection.Quote(shape.RowidName!));
            values.Append('?').Append(++number);
        }
        foreach (var column in columns)
        {
            if (number > 0)
            {
                names.Append(", ");
                values.Append(", ");
            }
            names.Append(Connection.Quote(shape.Columns[column]));
            values.Append('?').Append(++number);
        }
        return $"{verb} INTO public.{Name} ({names}) VALUES ({values})";
    }

    /// <summary>Parameters that the key takes.</summary>
    internal int KeyCount => shape.HasRowid ? 1 : shape.Key.Length;

    private string Name => Connection.Quote(shape.Name);

    private string KeyCondition() => shape.HasRowid
        ? $"{Connection.Quote(shape.RowidName!)} = ?1"
        : string.Join(" AND ", shape.Key.Select((column, i) => $"{Connection.Quote(shape.Columns[column])} = ?{i + 1}"));

    internal void Close()
    {
        insert?.FinalizeHandle();
        replace?.FinalizeHandle();
        delete?.FinalizeHandle();
        DropUpdates();
    }

    private void DropUpdates()
    {
        foreach (var statement in updates.Values)
            statement.FinalizeHandle();
        updates.Clear();
        lastUpdate = null;
    }
}
