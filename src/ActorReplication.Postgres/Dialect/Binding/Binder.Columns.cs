using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Which column a name means.</summary>
internal sealed partial class Binder
{
    private Bound BindColumn(ColumnExpr column, Scope scope)
    {
        var name = column.Path[^1];
        var table = column.Path.Count > 1 ? column.Path[^2] : null;
        var schema = column.Path.Count > 2 ? column.Path[0] : null;
        for (Scope? level = scope; level is not null; level = level.Parent)
        {
            if (table is null ? FindUnqualified(level, name, column.At) is { } found : FindQualified(level, schema, table, name, column, out found))
                return Use(level, found.Table, found.Column, column.At);
        }

        if (table is null) throw Error("42703", $"column \"{name}\" does not exist", column.At);
        throw Error("42P01", $"missing FROM-clause entry for table \"{table}\"", column.At);
    }

    private static Bound Use(Scope level, RangeTable table, RangeColumn column, int at)
    {
        level.Uses.Add(new ColumnUse(table, column, at));
        return new Bound(column.Sql, column.Type, at) { NotNull = column.NotNull, TableOid = column.TableOid, Attribute = column.Attribute };
    }

    private (RangeTable Table, RangeColumn Column)? FindUnqualified(Scope level, string name, int at)
    {
        (RangeTable, RangeColumn)? found = null;
        foreach (var table in level.Tables)
        {
            if (table.QualifiedOnly || table.Merged.Contains(name)) continue;
            foreach (var column in table.Columns)
            {
                if (column.Name != name) continue;
                if (found is not null) throw Error("42702", $"column reference \"{name}\" is ambiguous", at);
                found = (table, column);
            }
        }

        if (found is not null) return found;
        foreach (var table in level.Tables)
            if (table.IsScalar && table.Name == name) return (table, table.Columns[0]);
        return null;
    }

    private bool FindQualified(Scope level, string? schema, string table, string name, ColumnExpr at, out (RangeTable Table, RangeColumn Column) found)
    {
        found = default;
        foreach (var candidate in level.Tables)
        {
            if (candidate.Name != table || (schema is not null && candidate.Schema != schema)) continue;
            foreach (var column in candidate.Columns)
            {
                if (column.Name != name) continue;
                found = (candidate, column);
                return true;
            }

            throw Error("42703", $"column {table}.{name} does not exist", at.At);
        }

        return false;
    }

    /// <summary>* or t.*, in order; what USING merged comes once.</summary>
    private List<(string Name, Bound Value)> ExpandStar(StarExpr star, Scope scope)
    {
        var columns = new List<(string, Bound)>();
        if (scope.Tables.Count == 0) throw Error("42601", "SELECT * with no tables specified is not valid", star.At);
        var isKnown = false;
        foreach (var table in scope.Tables)
        {
            if (table.QualifiedOnly || (star.Table is not null && table.Name != star.Table)) continue;
            isKnown = true;
            foreach (var column in table.Columns)
                if (star.Table is not null || !table.Merged.Contains(column.Name)) columns.Add((column.Name, Use(scope, table, column, star.At)));
        }

        if (!isKnown) throw Error("42P01", $"missing FROM-clause entry for table \"{star.Table}\"", star.At);
        return columns;
    }

    private void RequireGrouped(Scope scope)
    {
        foreach (var use in scope.Uses)
        {
            if (IsDependent(scope, use.Table)) continue;
            throw Error("42803", $"column \"{use.Table.Name}.{use.Column.Name}\" must appear in the GROUP BY clause or be used in an aggregate function", use.At);
        }
    }

    /// <summary>The table's whole primary key is grouped by, so its other columns have one value in each group.</summary>
    private static bool IsDependent(Scope scope, RangeTable table)
    {
        if (table.Info is null) return false;
        var keys = table.Info.Columns.Where(c => c.PrimaryKey > 0).ToList();
        return keys.Count > 0 && keys.All(key => table.Columns.FirstOrDefault(c => c.Name == key.Name) is { } column && scope.GroupKeys.Contains(column.Sql));
    }
}
