using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>ON CONFLICT, UPDATE, DELETE, TRUNCATE.</summary>
internal sealed partial class Binder
{
    private string BindConflict(ConflictClause conflict, Target target, TableInfo info, Scope outer)
    {
        var scope = new Scope(outer);
        var name = target.Alias ?? info.Name;
        scope.Tables.Add(new RangeTable(name, TableColumns(info, Quote(name) + ".", [], 0)) { Schema = target.Alias is null ? "public" : null });
        var arbiter = ConflictTarget(conflict, info, target);
        if (conflict.Assignments is null) return $" ON CONFLICT{arbiter} DO NOTHING";
        scope.Tables.Add(new RangeTable("excluded", TableColumns(info, "excluded.", [], 0)) { QualifiedOnly = true });
        var set = BindAssignments(conflict.Assignments, info, scope);
        var where = conflict.Where is null ? "" : $" WHERE {RequireBool(Bind(conflict.Where, scope), "WHERE").Sql}";
        return $" ON CONFLICT{arbiter} DO UPDATE SET {set}{where}";
    }

    private string ConflictTarget(ConflictClause conflict, TableInfo info, Target target)
    {
        if (conflict.Constraint is { } constraint)
        {
            var keys = info.Columns.Where(c => c.PrimaryKey > 0).OrderBy(c => c.PrimaryKey).Select(c => c.Name).ToList();
            var columns = constraint == info.Name + "_pkey" && keys.Count > 0 ? keys
                : _schema.Indexes.FirstOrDefault(i => i.Table == info.Name && i.Unique && SchemaMarks.ConstraintName(i, info) == constraint)?.Columns
                ?? throw Error("42704", $"constraint \"{constraint}\" for table \"{info.Name}\" does not exist", conflict.At);
            return $"({Names(columns)})";
        }

        if (conflict.Columns.Count == 0) return "";
        var scope = new Scope(null);
        scope.Tables.Add(new RangeTable(target.Alias ?? info.Name, TableColumns(info, "", [], 0)));
        var bound = conflict.Columns.Select(c => Bind(c, scope).Sql).ToList();
        if (conflict.Columns.All(c => c is ColumnExpr) && conflict.IndexWhere is null) RequireUnique(conflict, info);
        var where = conflict.IndexWhere is null ? "" : $" WHERE {RequireBool(Bind(conflict.IndexWhere, scope), "WHERE").Sql}";
        return $"({string.Join(", ", bound)}){where}";
    }

    private void RequireUnique(ConflictClause conflict, TableInfo info)
    {
        var names = conflict.Columns.Select(c => ((ColumnExpr)c).Path[^1]).ToHashSet();
        if (names.SetEquals(info.Columns.Where(c => c.PrimaryKey > 0).Select(c => c.Name)) && names.Count > 0) return;
        if (_schema.Indexes.Any(i => i.Table == info.Name && i.Unique && names.SetEquals(i.Columns))) return;
        throw Error("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification", Nowhere);
    }

    private string BindAssignments(IReadOnlyList<Assignment> assignments, TableInfo info, Scope scope)
    {
        var seen = new HashSet<string>();
        var parts = new List<string>();
        foreach (var assignment in assignments)
        {
            foreach (var name in assignment.Columns)
                if (!seen.Add(name.Name)) throw Error("42601", $"multiple assignments to same column \"{name.Name}\"", name.At);
            var columns = assignment.Columns.Select(n => FindColumn(info, n)).ToList();
            if (columns.FirstOrDefault(c => c.Generated) is { } generated) throw Error("428C9", $"column \"{generated.Name}\" can only be updated to DEFAULT", assignment.At);
            if (assignment.Value is ScalarQueryExpr query && columns.Count > 1)
            {
                var types = columns.Select(c => TypeNames.FromDeclared(c.DeclaredType)).ToList();
                var bound = BindQuery(query.Query, scope, types);
                if (bound.Columns.Count != columns.Count) throw Error("42601", "number of columns does not match number of values", assignment.At);
                for (var i = 0; i < columns.Count; i++)
                    if (Assign(new Bound("x", bound.Columns[i].Type, assignment.At), columns[i].Name, types[i]).Sql != "x")
                        throw Unsupported("a conversion inside SET (…) = (SELECT …)", assignment.At, "Cast the query's columns to the columns' types.");
                parts.Add($"({Names(columns.Select(c => c.Name))}) = ({bound.Sql})");
                continue;
            }

            IReadOnlyList<Expr> values = columns.Count == 1 ? [assignment.Value] : assignment.Value is RowExpr row ? row.Items : throw Error("0A000", "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression", assignment.At);
            if (values.Count != columns.Count) throw Error("42601", "number of columns does not match number of values", assignment.At);
            for (var i = 0; i < columns.Count; i++)
                parts.Add($"{Quote(columns[i].Name)} = {(values[i] is DefaultExpr ? DefaultSql(columns[i]) : StoredSql(info, columns[i], Bind(values[i], scope)))}");
        }

        return string.Join(", ", parts);
    }

    private (string Sql, IReadOnlyList<OutputColumn>? Returning) BindUpdate(UpdateStatement update)
    {
        var info = FindWritable(update.Table, "update");
        _changed = info.Name;
        var outer = new Scope(null);
        var with = update.With is null ? "" : BindWith(update.With, outer);
        var scope = new Scope(outer) { Clause = "UPDATE" };
        var alias = AddTarget(update.Table, info, scope);
        var from = BindFrom(update.From, scope);
        var set = BindAssignments(update.Assignments, info, scope);
        var where = update.Where is null ? "" : $" WHERE {BindWhere(update.Where, scope)}";
        var returning = BindReturning(update.Returning, update.Table, info, out var output, scope.Tables.Skip(1));
        return ($"{with}UPDATE {Quote(info.Name)}{alias} SET {set}{from}{where}{returning}", output);
    }

    private string BindWhere(Expr where, Scope scope)
    {
        scope.Clause = "WHERE";
        return RequireBool(Bind(where, scope), "WHERE").Sql;
    }

    private string AddTarget(Target target, TableInfo info, Scope scope)
    {
        var name = target.Alias ?? info.Name;
        scope.Tables.Add(new RangeTable(name, TableColumns(info, Quote(name) + ".", [], 0)) { Info = info, Schema = target.Alias is null ? "public" : null });
        return target.Alias is null ? "" : $" AS {Quote(name)}";
    }

    private (string Sql, IReadOnlyList<OutputColumn>? Returning) BindDelete(DeleteStatement delete)
    {
        var info = FindWritable(delete.Table, "delete from");
        _changed = info.Name;
        var outer = new Scope(null);
        var with = delete.With is null ? "" : BindWith(delete.With, outer);
        var scope = new Scope(outer);
        var alias = AddTarget(delete.Table, info, scope);
        // One level of names for the target and the USING tables: a name that both have is ambiguous, not the nearer one's.
        var from = BindFrom(delete.Using, scope);
        RequireOneOfTheName(delete, scope);
        var where = delete.Where is null ? "" : $" WHERE {BindWhere(delete.Where, scope)}";
        // A row goes if there is any match for it: that is what USING means.
        if (from.Length > 0) where = $" WHERE EXISTS (SELECT 1{from}{where})";
        var returning = BindReturning(delete.Returning, delete.Table, info, out var output, scope.Tables.Skip(1));
        return ($"{with}DELETE FROM {Quote(info.Name)}{alias}{where}{returning}", output);
    }

    /// <summary>SQLite looks for the USING tables' names first, whatever their schemas: one of the target's name would hide the target.</summary>
    private void RequireOneOfTheName(DeleteStatement delete, Scope scope)
    {
        var name = scope.Tables[0].Name;
        if (scope.Tables.Skip(1).Any(table => table.Name == name)) throw Error("42712", $"table name \"{name}\" specified more than once", delete.Table.At, "Give one of the two an alias.");
    }
}
