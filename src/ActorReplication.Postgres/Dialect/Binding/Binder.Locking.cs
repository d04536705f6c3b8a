using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>SELECT … FOR UPDATE: which rows it locks. The engine learns them from columns before the client's.</summary>
internal sealed partial class Binder
{
    private static readonly string[] RowidNames = ["rowid", "_rowid_", "oid"];

    private RowLock BindLocking(LockingClause locking, SelectBody select, Scope scope, IReadOnlyList<string> limits)
    {
        if (select.Distinct) throw Error("0A000", $"{locking.Words} is not allowed with DISTINCT clause", locking.At);
        if (select.GroupBy.Count > 0) throw Error("0A000", $"{locking.Words} is not allowed with GROUP BY clause", locking.At);
        if (select.Having is not null) throw Error("0A000", $"{locking.Words} is not allowed with HAVING clause", locking.At);
        foreach (var name in locking.Of)
            if (!scope.Tables.Exists(t => t.Name == name)) throw Error("42P01", $"relation \"{name}\" in {locking.Words} clause not found in FROM clause", locking.At);
        var tables = new List<string>();
        var hidden = new List<string>(limits);
        foreach (var table in scope.Tables)
        {
            if (table.Info is not { IsView: false } info || (locking.Of.Count > 0 && !locking.Of.Contains(table.Name))) continue;
            if (Array.Find(RowidNames, name => !info.Columns.Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) is not { } rowid) continue;
            tables.Add(info.Name);
            hidden.Add($"{Quote(table.Name)}.{rowid}");
        }
        scope.Hidden = hidden;
        return new RowLock(tables, locking.Shares, locking.Wait, limits.Count > 0);
    }
}
