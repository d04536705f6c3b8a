using ActorReplication.Postgres.Dialect.Definitions;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Constraints that come to a table and leave it.</summary>
internal sealed partial class Binder
{
    private void Apply(TableDraft draft, TableConstraint constraint)
    {
        foreach (var column in constraint.Columns) RequireColumn(draft, column);
        switch (constraint.Kind)
        {
            case ConstraintKind.PrimaryKey:
                if (draft.Key.Count > 0) throw Error("42P16", $"multiple primary keys for table \"{draft.Info.Name}\" are not allowed", Nowhere);
                foreach (var column in constraint.Columns) RequireNotNull(draft, column);
                draft.Key = [.. constraint.Columns];
                AddIndex(draft, constraint, true);
                break;
            case ConstraintKind.Unique:
                AddIndex(draft, constraint, false);
                break;
            case ConstraintKind.Check:
                AddCheck(draft, constraint);
                break;
            default:
                AddForeignKey(draft, constraint);
                break;
        }
    }

    private void AddIndex(TableDraft draft, TableConstraint constraint, bool isPrimaryKey)
    {
        var name = constraint.Name ?? FreeIndexName(isPrimaryKey ? draft.Info.Name + "_pkey" : $"{draft.Info.Name}_{string.Join('_', constraint.Columns)}_key");
        IsFree(new Target(null, name, null, constraint.At), false, "relation");
        if (_schema.Indexes.Any(i => _schema.Find(i.Table) is { } table && SchemaMarks.ConstraintName(i, table) == name)) throw Error("42P07", $"relation \"{name}\" already exists", Nowhere);
        draft.After.Add(UniqueIndex(draft.Info, constraint with { Name = name }, isPrimaryKey));
    }

    private void AddCheck(TableDraft draft, TableConstraint constraint)
    {
        var name = ConstraintName(draft, constraint, string.Concat(constraint.Columns.Select(c => "_" + c)) + "_check");
        var clause = TableText.ReadClause(ConstraintSql(constraint with { Name = name }, AsNewTable(draft))!);
        draft.Add(clause);
        if (!constraint.NotValid) draft.After.Add(FailWhere(draft, $"NOT {clause.Rule["CHECK ".Length..]}", "23514", $"check constraint \"{name}\" of relation \"{draft.Info.Name}\" is violated by some row"));
    }

    private void AddForeignKey(TableDraft draft, TableConstraint constraint)
    {
        var name = ConstraintName(draft, constraint, $"_{string.Join('_', constraint.Columns)}_fkey");
        var table = AsNewTable(draft);
        var referenced = ReferencedColumns(constraint, table);
        draft.Add(TableText.ReadClause(ForeignKeySql(constraint with { Name = name }, table)));
        if (constraint.NotValid) return;
        var columns = constraint.Columns.Select(c => $"{Quote(draft.Info.Name)}.{Quote(c)}").ToList();
        var matches = columns.Select((c, i) => $"\"parent\".{Quote(referenced[i])} = {c}");
        // Not IS NOT NULL, which SQLite takes to be true of a column that becomes NOT NULL by another action.
        draft.After.Add(FailWhere(draft,
            $"{string.Join(" AND ", columns.Select(c => $"typeof({c}) <> 'null'"))} AND NOT EXISTS (SELECT 1 FROM {Quote(constraint.References!.Name)} AS \"parent\" WHERE {string.Join(" AND ", matches)})",
            "23503", $"insert or update on table \"{draft.Info.Name}\" violates foreign key constraint \"{name}\""));
    }

    private string ConstraintName(TableDraft draft, TableConstraint constraint, string ending)
    {
        var taken = draft.AllClauses.Select(c => EffectiveName(draft, c.Column, c.Clause)).OfType<string>()
            .Concat(_schema.Indexes.Where(i => i.Table == draft.Info.Name && SchemaMarks.IsConstraint(i.Sql)).Select(i => SchemaMarks.ConstraintName(i, draft.Info))).ToHashSet();
        if (constraint.Name is { } given) return taken.Contains(given) ? throw Error("42710", $"constraint \"{given}\" for relation \"{draft.Info.Name}\" already exists", Nowhere) : given;
        var name = draft.Info.Name + ending;
        for (var n = 1; taken.Contains(name); n++) name = draft.Info.Name + ending + n;
        return name;
    }

    /// <summary>The name that PostgreSQL gives where none was said; null: it is no constraint of the client's.</summary>
    private static string? EffectiveName(TableDraft draft, ColumnText? column, Clause clause)
    {
        if (clause.IsStorageCheck) return null;
        var columns = string.Join('_', column is null ? clause.Columns : [column.Name]);
        return clause.Kind switch
        {
            ClauseKind.PrimaryKey => clause.Name ?? draft.Info.Name + "_pkey",
            ClauseKind.Unique => clause.Name ?? $"{draft.Info.Name}_{columns}_key",
            ClauseKind.ForeignKey => clause.Name ?? $"{draft.Info.Name}_{columns}_fkey",
            ClauseKind.Check => clause.Name ?? $"{draft.Info.Name}{(column is null ? "" : "_" + column.Name)}_check",
            _ => null,
        };
    }

    private static (ColumnText? Column, Clause Clause)? FindClause(TableDraft draft, string name)
    {
        foreach (var found in draft.AllClauses)
            if (EffectiveName(draft, found.Column, found.Clause) == name) return found;
        return null;
    }

    private IndexInfo? FindAddedIndex(TableDraft draft, string name) =>
        _schema.Indexes.FirstOrDefault(i => i.Table == draft.Info.Name && i.Sql is not null && SchemaMarks.IsConstraint(i.Sql) && i.Name == name);

    private void Apply(TableDraft draft, DropConstraint drop)
    {
        if (FindAddedIndex(draft, drop.Name) is { } index)
        {
            DropDependents(draft, index.Columns, drop.Cascade, $"constraint {drop.Name} on table {draft.Info.Name}", drop.At);
            draft.Before.Add($"DROP INDEX {Quote(index.Name)}");
            if (index.PrimaryKey) draft.Key = [];
            return;
        }

        if (FindClause(draft, drop.Name) is not { } found)
        {
            if (!drop.IfExists) throw Error("42704", $"constraint \"{drop.Name}\" of relation \"{draft.Info.Name}\" does not exist", Nowhere);
            _notices.Add(new DialectNotice("NOTICE", "00000", $"constraint \"{drop.Name}\" of relation \"{draft.Info.Name}\" does not exist, skipping"));
            return;
        }

        if (found.Clause.Kind is ClauseKind.Unique or ClauseKind.PrimaryKey)
            DropDependents(draft, found.Column is null ? found.Clause.Columns : [found.Column.Name], drop.Cascade, $"constraint {drop.Name} on table {draft.Info.Name}", drop.At);
        if (found.Clause.Kind == ClauseKind.PrimaryKey) DropKey(draft, found.Column, found.Clause);
        else draft.Remove(found.Clause);
    }

    private static void DropKey(TableDraft draft, ColumnText? column, Clause clause)
    {
        if (column is not null && draft.IsRowId(column.Name))
        {
            var type = draft.Types[column.Name];
            draft.Change(column.Name, c => c with { Type = TypeNames.Declared(type), Clauses = [new Clause(ClauseKind.NotNull, null, "NOT NULL", []), .. c.Clauses.Where(k => k != clause)] });
        }
        else draft.Remove(clause);
        draft.Key = [];
        draft.Options = "";
    }

    /// <summary>Foreign keys that refer to a key which goes: they go with it under CASCADE, else nothing does.</summary>
    private void DropDependents(TableDraft draft, IReadOnlyList<string> key, bool cascade, string what, int at)
    {
        foreach (var table in _schema.Tables)
        {
            foreach (var reference in table.ForeignKeys.Where(f => f.Parent == draft.Info.Name && (f.Referenced.Count == 0 ? draft.Key : f.Referenced).ToHashSet().SetEquals(key)))
            {
                if (!cascade)
                    throw Error("2BP01", $"cannot drop {what} because other objects depend on it", Nowhere, "Use DROP ... CASCADE to drop the dependent objects too.", $"constraint {reference.Name} on table {table.Name} depends on it");
                var child = Draft(table, at);
                if (FindClause(child, reference.Name) is { } found) child.Remove(found.Clause);
            }
        }
    }

    private void Apply(TableDraft draft, RenameConstraint rename)
    {
        if (FindClause(draft, rename.NewName) is not null) throw Error("42710", $"constraint \"{rename.NewName}\" for relation \"{draft.Info.Name}\" already exists", Nowhere);
        if (FindAddedIndex(draft, rename.Name) is { } index) draft.Before.AddRange(RenamedIndex(index, rename.NewName, rename.At));
        else if (FindClause(draft, rename.Name) is { } found)
        {
            var renamed = found.Clause with { Name = rename.NewName };
            if (found.Column is { } column) draft.Change(column.Name, c => c with { Clauses = [.. c.Clauses.Select(k => k == found.Clause ? renamed : k)] });
            else
            {
                draft.Clauses[draft.Clauses.IndexOf(found.Clause)] = renamed;
                draft.IsChanged = true;
            }
        }
        else throw Error("42704", $"constraint \"{rename.Name}\" for table \"{draft.Info.Name}\" does not exist", Nowhere);
    }

    /// <summary>SQLite cannot rename an index: it is made anew, from its own text.</summary>
    private List<string> RenamedIndex(IndexInfo index, string name, int at)
    {
        IsFree(new Target(null, name, null, at), false, "relation");
        var old = $"INDEX {Quote(index.Name)}";
        if (index.Sql?.IndexOf(old, StringComparison.Ordinal) is not { } place || place < 0) throw Unsupported("renaming this index", at, "Drop it and create it under the new name.");
        return [$"DROP INDEX {Quote(index.Name)}", $"{index.Sql[..place]}INDEX {Quote(name)}{index.Sql[(place + old.Length)..]}"];
    }
}
