using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>The names that an expression can use: one query's tables, and those of the queries around it.</summary>
internal sealed class Scope(Scope? parent)
{
    public Scope? Parent { get; } = parent;
    public List<RangeTable> Tables { get; } = [];
    public Dictionary<string, CommonTableShape> CommonTables { get; } = [];
    public Dictionary<string, WindowSpec> Windows { get; } = [];

    /// <summary>Columns of this query named outside aggregates, while it is not known whether it groups.</summary>
    public List<ColumnUse> Uses { get; } = [];

    /// <summary>SQL of the GROUP BY expressions.</summary>
    public HashSet<string> GroupKeys { get; } = [];
    public bool HasAggregates { get; set; }
    public bool HasWindowCalls { get; set; }

    /// <summary>Columns before the select list, for locking rows.</summary>
    public IReadOnlyList<string> Hidden { get; set; } = [];

    /// <summary>Name of the clause in which aggregates are refused; null where they are allowed.</summary>
    public string? Clause { get; set; }
    public bool InsideAggregate { get; set; }

    public CommonTableShape? FindCommonTable(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
            if (scope.CommonTables.TryGetValue(name, out var table)) return table;
        return null;
    }
}

internal sealed record CommonTableShape(string SqlName, IReadOnlyList<OutputColumn> Columns);

internal readonly record struct ColumnUse(RangeTable Table, RangeColumn Column, int At);

/// <summary>A table, view, subquery or function under its name in a query.</summary>
internal sealed class RangeTable(string name, IReadOnlyList<RangeColumn> columns)
{
    public string Name { get; } = name;
    public IReadOnlyList<RangeColumn> Columns { get; } = columns;

    /// <summary>Set for a table or view of the database.</summary>
    public TableInfo? Info { get; init; }

    /// <summary>Its schema, if it may be named with one.</summary>
    public string? Schema { get; init; }

    /// <summary>Columns that USING or NATURAL merged into one found elsewhere.</summary>
    public HashSet<string> Merged { get; } = [];

    /// <summary>A function's single value: its table's name can be used as the column.</summary>
    public bool IsScalar { get; init; }

    /// <summary>Reachable only by its qualified name (EXCLUDED).</summary>
    public bool QualifiedOnly { get; init; }
}

/// <param name="Sql">How SQLite reaches it.</param>
internal sealed record RangeColumn(string Name, string Sql, SqlType Type)
{
    public bool NotNull { get; init; }
    public uint TableOid { get; init; }
    public short Attribute { get; init; }
}
