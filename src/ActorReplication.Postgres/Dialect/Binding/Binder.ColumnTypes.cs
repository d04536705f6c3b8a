using ActorReplication.Postgres.Dialect.Definitions;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>ALTER COLUMN … TYPE.</summary>
internal sealed partial class Binder
{
    private void Apply(TableDraft draft, SetType set)
    {
        RequireColumn(draft, set.Column);
        var (from, to) = (draft.Types[set.Column], ResolveType(set.Type));
        var text = draft.Columns[draft.IndexOf(set.Column)];
        if (text.Has(ClauseKind.Generated)) throw Unsupported("changing a generated column's type", set.At, "Drop the column and add it again.");
        if (draft.AllClauses.Any(c => c.Clause.Kind == ClauseKind.Generated && ColumnMentions.InRule(c.Clause.Rule, set.Column)))
            throw Error("0A000", "cannot alter type of a column used by a generated column", Nowhere, null, $"Column \"{set.Column}\" is used by a generated column.");
        RequireNoView(draft, set.Column, "0A000", "cannot alter type of a column used by a view or rule");
        if (KindOf(from) != KindOf(to)) RequireFree(draft, set, from, to);
        var isRowId = draft.IsRowId(set.Column);
        var value = ConvertedSql(draft, set, from, to);
        draft.Types[set.Column] = to;
        var clauses = text.Clauses.Where(c => !c.IsStorageCheck).ToList();
        var type = TypeNames.Declared(to);
        if (isRowId && to.IsInteger) type = $"INTEGER {SchemaMarks.KeyType(to, text.Type.Contains("serial", StringComparison.Ordinal))}";
        else if (isRowId) clauses = [new Clause(ClauseKind.NotNull, null, "NOT NULL", []), .. clauses.Select(c => c.Kind == ClauseKind.PrimaryKey ? c with { Rule = "PRIMARY KEY" } : c)];
        var check = StorageCheck(set.Column, to).Trim();
        if (check.Length > 0) clauses.Add(new Clause(ClauseKind.Check, null, check, []));
        draft.Change(set.Column, c => c with { Type = type, Clauses = clauses });
        if (value != Quote(set.Column)) Give(draft, set.Column, value, set.At);
        // The check fails by itself, with the type's error.
        if (check.Length > 0) draft.After.Add($"SELECT 1 FROM {Quote(draft.Info.Name)} WHERE NOT {check["CHECK ".Length..]} LIMIT 1");
    }

    private static int KindOf(SqlType type) => type.IsNumber ? 1 : type.IsString ? 2 : type.IsDateTime ? 3 : 100 + (int)type.Oid;

    /// <summary>Nothing that compares or gives the column's value is left with one of another kind.</summary>
    private void RequireFree(TableDraft draft, SetType set, SqlType from, SqlType to)
    {
        if (draft.AllClauses.Any(c => c.Clause is { Kind: ClauseKind.Check, IsStorageCheck: false } && ColumnMentions.InRule(c.Clause.Rule, set.Column)))
            throw Unsupported($"changing the type of column \"{set.Column}\", which a check constraint names,", set.At, "Drop the constraint first, and add it again.");
        var key = draft.Info.ForeignKeys.FirstOrDefault(f => f.Columns.Contains(set.Column)) ?? _schema.Tables.SelectMany(t => t.ForeignKeys).FirstOrDefault(f => f.Parent == draft.Info.Name && (f.Referenced.Count == 0 ? draft.Key : f.Referenced).Contains(set.Column));
        if (key is not null)
            throw Error("42804", $"foreign key constraint \"{key.Name}\" cannot be implemented", Nowhere, "Drop the constraint first.", $"Key columns are of incompatible types: {TypeNames.Shown(from)} and {TypeNames.Shown(to)}.");
        if (draft.Columns[draft.IndexOf(set.Column)].Has(ClauseKind.Default) && !CastRules.Allows(from, to, CastContext.Assignment))
            throw Error("42804", $"default for column \"{set.Column}\" cannot be cast automatically to type {TypeNames.Shown(to)}", Nowhere);
    }

    private string ConvertedSql(TableDraft draft, SetType set, SqlType from, SqlType to)
    {
        if (draft.Info.Columns.All(c => c.Name != set.Column)) throw Unsupported("changing the type of a column that the same statement adds", set.At);
        if (set.Using is null && !CastRules.Allows(from, to, CastContext.Assignment))
        {
            throw Error("42804", $"column \"{set.Column}\" cannot be cast automatically to type {TypeNames.Shown(to.Oid, to.Modifier)}", Nowhere,
                $"You might need to specify \"USING {set.Column}::{TypeNames.Shown(to.Oid, to.Modifier)}\".");
        }

        var scope = new Scope(null) { Clause = "transform expressions" };
        scope.Tables.Add(new RangeTable(draft.Info.Name, TableColumns(draft.Info, "", [], 0)));
        return Assign(Bind(set.Using ?? new ColumnExpr([set.Column], set.At), scope), set.Column, to).Sql;
    }
}
