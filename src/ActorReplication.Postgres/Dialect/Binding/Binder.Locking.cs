using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>SELECT … FOR UPDATE: which rows it locks. The engine learns them from columns before the client's.</summary>
internal sealed partial class Binder
{
    private static readonly string[] RowidNames = ["rowid", "_rowid_", "oid"];

    private RowLock BindLocking(LockingClause locking, SelectBody select, Scope scope, IReadOnlyList<string> limits)
    {
        if (select.Distinct || select.DistinctOn.Count > 0) throw NotAllowed(locking, "DISTINCT clause");
        if (select.GroupBy.Count > 0) throw NotAllowed(locking, "GROUP BY clause");
        if (select.Having is not null) throw NotAllowed(locking, "HAVING clause");
        foreach (var name in locking.Of)
            if (!scope.Tables.Exists(t => t.Name == name)) throw Error("42P01", $"relation \"{name}\" in {locking.Words} clause not found in FROM clause", locking.At);
        var tables = new List<string>();
        var hidden = new List<string>(limits);
        foreach (var table in scope.Tables)
        {
            if (table.Info is not { IsView: false } info || (locking.Of.Count > 0 && !locking.Of.Contains(table.Name))) continue;
            if (RowKey(info) is not { } key) continue;
            tables.Add(info.Name);
            hidden.AddRange(key.Select(column => $"{Quote(table.Name)}.{column}"));
        }
        scope.Hidden = hidden;
        return new RowLock(tables, locking.Shares, locking.Wait, limits.Count > 0, hidden.Count);
    }

    /// <summary>After everything is bound.</summary>
    private void RequireRowsThatCanBeLocked(LockingClause? locking, Scope scope)
    {
        if (locking is null) return;
        if (scope.HasAggregates) throw NotAllowed(locking, "aggregate functions");
        if (scope.HasWindowCalls) throw NotAllowed(locking, "window functions");
    }

    /// <summary>The engine locks rows that the outermost SELECT returns, and rows that are changed.</summary>
    private void RequireLockedByChange(LockingClause locking, Scope scope)
    {
        foreach (var table in scope.Tables)
            if ((locking.Of.Count == 0 || locking.Of.Contains(table.Name)) && (table.Info is null || table.Info.Name != _changed))
                throw Unsupported($"{locking.Words} in a subquery", locking.At, "Lock the rows first, in the same transaction, with a SELECT … FOR UPDATE of its own; only an UPDATE or DELETE may lock rows of its own table in a subquery.");
    }

    private DialectException NotAllowed(LockingClause locking, string with) => Error("0A000", $"{locking.Words} is not allowed with {with}", locking.At);

    /// <summary>What the engine knows a row by: its rowid, or its primary key where it has none. Null: it cannot be asked for.</summary>
    private static IReadOnlyList<string>? RowKey(TableInfo info)
    {
        if (SchemaMarks.IsWithoutRowId(info.Sql)) return [.. info.Columns.Where(c => c.PrimaryKey > 0).OrderBy(c => c.PrimaryKey).Select(c => Quote(c.Name))];
        return Array.Find(RowidNames, name => !info.Columns.Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) is { } rowid ? [rowid] : null;
    }
}
