using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>INSERT.</summary>
internal sealed partial class Binder
{
    private const string Now = "pg_now()";

    private (string Sql, IReadOnlyList<OutputColumn>? Returning) BindInsert(InsertStatement insert)
    {
        var info = FindWritable(insert.Table, "insert into");
        var scope = new Scope(null);
        var with = insert.With is null ? "" : BindWith(insert.With, scope);
        var columns = TargetColumns(insert, info);
        var extra = MissingColumns(info, insert.DefaultValues ? [] : columns);
        string source;
        if (insert.DefaultValues)
        {
            // Written as rows, since defaults that are the session's (now()) must be given.
            source = extra.Count == 0 ? "DEFAULT VALUES" : $"VALUES ({string.Join(", ", extra.Select(e => e.Sql))})";
            columns = [];
        }
        else if (insert.Source!.Body is ValuesBody values && IsOnlyBody(insert.Source)) source = BindInsertRows(values, insert.Columns, info, columns, extra, scope);
        else source = BindInsertQuery(insert, ref columns, info, extra, scope);

        var names = columns.Select(c => c.Name).Concat(extra.Select(e => e.Column)).ToList();
        var alias = insert.Table.Alias is { } renamed ? $" AS {Quote(renamed)}" : "";
        var conflict = insert.OnConflict is null ? "" : BindConflict(insert.OnConflict, insert.Table, info, scope);
        var returning = BindReturning(insert.Returning, insert.Table, info, out var output);
        var target = $"{with}INSERT INTO {Quote(info.Name)}{alias}{(names.Count == 0 ? "" : $"({Names(names)})")}";
        return ($"{target} {source}{conflict}{returning}", output);
    }

    private static bool IsOnlyBody(Query query) => query is { With: null, OrderBy.Count: 0, Limit: null, Offset: null };

    private List<ColumnInfo> TargetColumns(InsertStatement insert, TableInfo info)
    {
        if (insert.Columns.Count == 0) return info.Columns.Where(c => !c.Generated).ToList();
        var columns = new List<ColumnInfo>();
        foreach (var name in insert.Columns)
        {
            var column = FindColumn(info, name);
            if (columns.Contains(column)) throw Error("42701", $"column \"{name.Name}\" specified more than once", name.At);
            columns.Add(column);
        }

        return columns;
    }

    private ColumnInfo FindColumn(TableInfo info, NamedAt name) => info.Columns.FirstOrDefault(c => c.Name == name.Name)
        ?? throw Error("42703", $"column \"{name.Name}\" of relation \"{info.Name}\" does not exist", name.At);

    /// <summary>Columns that the statement leaves out and SQLite would fill otherwise than PostgreSQL.</summary>
    private List<(string Column, string Sql)> MissingColumns(TableInfo info, List<ColumnInfo> given)
    {
        var missing = new List<(string, string)>();
        foreach (var column in info.Columns)
        {
            if (given.Contains(column) || column.Generated) continue;
            if (column.Default?.Contains(Now, StringComparison.Ordinal) == true) missing.Add((column.Name, DefaultSql(column)));
            else if (IsUnfilledKey(info, column)) missing.Add((column.Name, NullViolation(info, column)));
        }

        return missing;
    }

    /// <summary>A key that is the table's rowid would be made up by SQLite when it is NULL, although it is not declared serial.</summary>
    private static bool IsUnfilledKey(TableInfo info, ColumnInfo column) =>
        column.PrimaryKey == 1 && !SchemaMarks.IsSerial(column) && column.Default is null && TypeNames.FromDeclared(column.DeclaredType).IsInteger && info.Columns.Count(c => c.PrimaryKey > 0) == 1;

    private static string NullViolation(TableInfo info, ColumnInfo column) => $"pg_null_violation({QuoteText(column.Name)}, {QuoteText(info.Name)})";

    private string DefaultSql(ColumnInfo column)
    {
        if (column.Default is null) return "NULL";
        return column.Default.Contains(Now, StringComparison.Ordinal) ? $"({column.Default.Replace(Now, TransactionTime(0).Sql, StringComparison.Ordinal)})" : $"({column.Default})";
    }

    /// <summary>The value as the column stores it; a key that may not be NULL is guarded.</summary>
    private string StoredSql(TableInfo info, ColumnInfo column, Bound value)
    {
        var stored = Assign(value, column.Name, TypeNames.FromDeclared(column.DeclaredType));
        if (!IsUnfilledKey(info, column) || stored.NotNull) return stored.Sql;
        return stored.IsNull ? NullViolation(info, column) : $"coalesce({stored.Sql}, {NullViolation(info, column)})";
    }

    private string BindInsertRows(ValuesBody values, IReadOnlyList<NamedAt> given, TableInfo info, List<ColumnInfo> columns, List<(string Column, string Sql)> extra, Scope scope)
    {
        var inner = new Scope(scope) { Clause = "VALUES" };
        var rows = new List<string>();
        var width = values.Rows[0].Count;
        foreach (var row in values.Rows)
        {
            if (row.Count != width) throw Error("42601", "VALUES lists must all be the same length", row[0].At);
            if (row.Count > columns.Count) throw Error("42601", "INSERT has more expressions than target columns", row[columns.Count].At);
        }

        if (width < columns.Count) Shorten(info, columns, extra, width, given);
        foreach (var row in values.Rows)
        {
            var cells = row.Select((cell, i) => cell is DefaultExpr ? DefaultCell(info, columns[i]) : StoredSql(info, columns[i], Bind(cell, inner)));
            rows.Add($"({string.Join(", ", cells.Concat(extra.Select(e => e.Sql)))})");
        }

        return "VALUES " + string.Join(", ", rows);
    }

    private string DefaultCell(TableInfo info, ColumnInfo column)
    {
        if (column.Generated) throw Error("428C9", $"cannot insert a non-DEFAULT value into column \"{column.Name}\"", 0);
        return IsUnfilledKey(info, column) ? NullViolation(info, column) : DefaultSql(column);
    }

    /// <summary>Fewer values than columns: with an explicit column list that is an error, without one the rest take their defaults.</summary>
    private void Shorten(TableInfo info, List<ColumnInfo> columns, List<(string Column, string Sql)> extra, int width, IReadOnlyList<NamedAt> given)
    {
        if (given.Count > 0) throw Error("42601", "INSERT has more target columns than expressions", given[width].At);
        columns.RemoveRange(width, columns.Count - width);
        extra.AddRange(MissingColumns(info, columns).Where(m => !extra.Contains(m)));
    }

    private string BindInsertQuery(InsertStatement insert, ref List<ColumnInfo> columns, TableInfo info, List<(string Column, string Sql)> extra, Scope scope)
    {
        var types = columns.Select(c => TypeNames.FromDeclared(c.DeclaredType)).ToList();
        var query = BindQuery(insert.Source!, scope, types);
        if (query.Columns.Count > columns.Count) throw Error("42601", "INSERT has more expressions than target columns",
            insert.Source!.Body is SelectBody select && select.Items.Count > columns.Count ? select.Items[columns.Count].Expression.At : insert.Source.At);
        if (query.Columns.Count < columns.Count)
        {
            if (insert.Columns.Count > 0) throw Error("42601", "INSERT has more target columns than expressions", insert.Columns[query.Columns.Count].At);
            columns = columns[..query.Columns.Count];
            extra.AddRange(MissingColumns(info, columns).Where(m => !extra.Contains(m)));
        }

        var cells = new List<string>();
        var isPlain = extra.Count == 0 && insert.OnConflict is null;
        for (var i = 0; i < columns.Count; i++)
        {
            var source = query.Columns[i];
            var plain = $"\"s\".{Quote(source.SqlName)}";
            var cell = StoredSql(info, columns[i], new Bound(plain, source.Type.IsUnknown ? types[i] : source.Type, insert.Source!.At) { NotNull = source.NotNull });
            isPlain &= cell == plain;
            cells.Add(cell);
        }

        if (isPlain) return query.Sql;
        // "WHERE true" keeps SQLite from reading ON CONFLICT as a join's ON.
        return $"SELECT {string.Join(", ", cells.Concat(extra.Select(e => e.Sql)))} FROM ({query.Sql}) AS \"s\" WHERE true";
    }

    /// <summary>Stands for a value that SQLite does not know in RETURNING.</summary>
    private const string Elsewhere = "\u0001";

    /// <param name="others">Tables of FROM or USING: their names count, their values cannot be had.</param>
    private string BindReturning(IReadOnlyList<SelectItem>? items, Target target, TableInfo info, out IReadOnlyList<OutputColumn>? output, IEnumerable<RangeTable>? others = null)
    {
        output = null;
        if (items is null) return "";
        // SQLite knows the table's own columns there, by their bare names only.
        var scope = new Scope(null) { Clause = "RETURNING" };
        scope.Tables.Add(new RangeTable(target.Alias ?? target.Name, TableColumns(info, "", [], 0)) { Schema = target.Alias is null ? "public" : null });
        foreach (var other in others ?? []) scope.Tables.Add(new RangeTable(other.Name, [.. other.Columns.Select(column => column with { Sql = Elsewhere })]) { Schema = other.Schema });
        var bound = BindItems(items, scope, null);
        if (bound.Find(item => item.Value.Sql.Contains(Elsewhere, StringComparison.Ordinal)) is { Value: { } value })
            throw Unsupported("RETURNING columns of another table than the one that is changed", value.At, "Return the changed table's own columns (RETURNING t.*), and look the others up by them.");
        output = MakeUnique(bound.Select(b => b.Column).ToList());
        var names = output;
        return $" RETURNING {string.Join(", ", bound.Select((b, i) => $"{b.Value.Sql} AS {Quote(names[i].SqlName)}"))}";
    }
}
