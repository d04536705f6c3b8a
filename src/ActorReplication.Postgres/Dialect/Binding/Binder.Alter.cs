using ActorReplication.Postgres.Dialect.Definitions;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>ALTER TABLE beyond what SQLite has: the table's text is changed and the table defined anew with it (<see cref="TableDraft"/>).</summary>
internal sealed partial class Binder
{
    /// <summary>One draft for each table that the statement touches.</summary>
    private readonly Dictionary<string, TableDraft> _drafts = [];

    private List<string> BindRedefinition(TableInfo info, AlterTableStatement alter)
    {
        var draft = Draft(info, alter.At);
        foreach (var action in alter.Actions) Apply(draft, action);
        // Those that lose a foreign key to this table first.
        return [.. _drafts.Values.Where(d => d != draft).SelectMany(d => d.Statements()), .. draft.Statements()];
    }

    private TableDraft Draft(TableInfo info, int at)
    {
        if (_drafts.TryGetValue(info.Name, out var known)) return known;
        var text = TableText.TryRead(info.Sql);
        if (text is null || !text.Columns.Select(c => c.Name).SequenceEqual(info.Columns.Select(c => c.Name)))
            throw Unsupported($"this change of table \"{info.Name}\", which was not made in this dialect,", at, "Create a new table and copy the rows with INSERT … SELECT.");
        return _drafts[info.Name] = new TableDraft(info, text);
    }

    private void Apply(TableDraft draft, AlterAction action)
    {
        switch (action)
        {
            case AddColumn add:
                Apply(draft, add);
                break;
            case DropColumn drop:
                Apply(draft, drop);
                break;
            case AddConstraint add:
                Apply(draft, add.Constraint);
                break;
            case DropConstraint drop:
                Apply(draft, drop);
                break;
            case RenameConstraint rename:
                Apply(draft, rename);
                break;
            case SetNotNull set:
                Apply(draft, set);
                break;
            case SetDefault set:
                Apply(draft, set);
                break;
            case SetType set:
                Apply(draft, set);
                break;
            case SetIdentity set:
                Apply(draft, set);
                break;
            case NoAlteration:
                break;
            default:
                throw Unsupported("this action beside others", action.At, "Give it an ALTER TABLE of its own.");
        }
    }

    private void RequireColumn(TableDraft draft, string column)
    {
        if (draft.IndexOf(column) < 0) throw Error("42703", $"column \"{column}\" of relation \"{draft.Info.Name}\" does not exist", Nowhere);
    }

    /// <summary>The table as expressions of its new definition see it.</summary>
    private static NewTable AsNewTable(TableDraft draft) => new(draft.Info.Name, draft.Key,
        draft.Columns.Select(c => new RangeColumn(c.Name, Quote(c.Name), draft.Types[c.Name]) { NotNull = c.Has(ClauseKind.NotNull) || draft.Key.Contains(c.Name) }).ToList());

    private void Apply(TableDraft draft, AddColumn add)
    {
        var column = add.Column;
        if (draft.IndexOf(column.Name) >= 0)
        {
            if (!add.IfNotExists) throw Error("42701", $"column \"{column.Name}\" of relation \"{draft.Info.Name}\" already exists", Nowhere);
            _notices.Add(new DialectNotice("NOTICE", "42701", $"column \"{column.Name}\" of relation \"{draft.Info.Name}\" already exists, skipping"));
            return;
        }

        var type = ResolveType(column.Type);
        var key = column.Constraints.FirstOrDefault(c => c.Kind == ConstraintKind.PrimaryKey);
        if (key is not null && draft.Key.Count > 0) throw Error("42P16", $"multiple primary keys for table \"{draft.Info.Name}\" are not allowed", key.At);
        if (column.Identity != IdentityKind.None && key is null)
            throw Unsupported("adding a serial or identity column that is not the primary key", add.At, "Make it the primary key, or give the value in INSERT.");
        draft.Types[column.Name] = type;
        if (key is not null && type.IsInteger && column is { Default: null, Generated: null } && draft.Options.Length == 0)
        {
            AddRowIdKey(draft, column, key, type);
        }
        else
        {
            var text = TableText.ReadColumn(ColumnSql(column with { Identity = IdentityKind.None, NotNull = column.NotNull || key is not null }, AsNewTable(draft)));
            draft.Columns.Add(text);
            draft.IsChanged = true;
            if (text.Clauses.FirstOrDefault(c => c.Kind == ClauseKind.Default) is { } value) Give(draft, column.Name, value.Rule["DEFAULT ".Length..], add.At);
            if (key is not null) Apply(draft, key);
        }

        foreach (var constraint in column.Constraints.Where(c => c.Kind != ConstraintKind.PrimaryKey)) Apply(draft, constraint);
    }

    /// <summary>Rows that are there are numbered in their order.</summary>
    private static void AddRowIdKey(TableDraft draft, ColumnDefinition column, TableConstraint key, SqlType type)
    {
        var isSerial = column.Identity != IdentityKind.None;
        draft.Columns.Add(TableText.ReadColumn($"{Quote(column.Name)} INTEGER {SchemaMarks.KeyType(type, isSerial)} {(key.Name is null ? "" : $"CONSTRAINT {Quote(key.Name)} ")}PRIMARY KEY{(isSerial ? " AUTOINCREMENT" : "")}{StorageCheck(column.Name, type)}"));
        draft.Key = [column.Name];
        draft.IsChanged = true;
    }

    private void Give(TableDraft draft, string column, string value, int at)
    {
        if (!Volatility.IsVolatile(value)) draft.Set(column, value);
        else if (draft.Info.HasTriggers) throw Unsupported("filling the rows of a table with triggers with a value that changes", at, "Drop the triggers, and create them again afterwards.");
        else draft.Fill(column, value);
    }

    private void Apply(TableDraft draft, DropColumn drop)
    {
        if (draft.IndexOf(drop.Name) < 0)
        {
            if (!drop.IfExists) RequireColumn(draft, drop.Name);
            _notices.Add(new DialectNotice("NOTICE", "00000", $"column \"{drop.Name}\" of relation \"{draft.Info.Name}\" does not exist, skipping"));
            return;
        }

        RequireNoView(draft, drop.Name, "2BP01", $"cannot drop column {drop.Name} of table {draft.Info.Name} because other objects depend on it");
        foreach (var index in _schema.Indexes.Where(i => i.Table == draft.Info.Name && i.Columns.Contains(drop.Name)).ToList()) DropDependents(draft, index.Columns, drop.Cascade, $"column {drop.Name} of table {draft.Info.Name}", drop.At);
        foreach (var index in _schema.Indexes.Where(i => i.Table == draft.Info.Name && i.Sql is not null && (i.Columns.Contains(drop.Name) || ColumnMentions.InIndex(i.Sql, drop.Name)))) draft.Before.Add($"DROP INDEX {Quote(index.Name)}");
        foreach (var (column, clause) in draft.AllClauses.ToList())
            if (column?.Name != drop.Name && (clause.Columns.Contains(drop.Name) || (clause.Kind is ClauseKind.Check or ClauseKind.Generated && ColumnMentions.InRule(clause.Rule, drop.Name))))
            {
                if (clause.Kind == ClauseKind.Generated) throw Error("2BP01", $"cannot drop column {drop.Name} of table {draft.Info.Name} because other objects depend on it", Nowhere, "Drop the generated column first.", $"column {column?.Name} of table {draft.Info.Name} depends on it");
                draft.Remove(clause);
            }

        if (draft.Key.Contains(drop.Name))
        {
            draft.Key = [];
            draft.Options = "";
        }

        if (draft.Columns.Count == 1) throw Unsupported("dropping a table's only column", drop.At, "Drop the table.");
        draft.Columns.RemoveAt(draft.IndexOf(drop.Name));
        draft.IsChanged = true;
    }

    /// <summary>Whether a view names the column cannot be told exactly: one that names both it and the table is taken for one.</summary>
    private void RequireNoView(TableDraft draft, string column, string state, string message)
    {
        var view = _schema.Tables.FirstOrDefault(t => t.IsView && t.Sql.Contains(Quote(draft.Info.Name), StringComparison.Ordinal) && t.Sql.Contains(Quote(column), StringComparison.Ordinal));
        if (view is not null) throw Error(state, message, Nowhere, "Drop the view, and create it again afterwards.", $"view {view.Name} depends on column \"{column}\"");
    }

    private void Apply(TableDraft draft, SetNotNull set)
    {
        RequireColumn(draft, set.Column);
        if (draft.IsRowId(set.Column) || draft.Key.Contains(set.Column))
        {
            if (!set.NotNull) throw Error("42P16", $"column \"{set.Column}\" is in a primary key", Nowhere);
            return;
        }

        if (set.NotNull) RequireNotNull(draft, set.Column);
        else draft.Change(set.Column, c => c.Without(ClauseKind.NotNull));
    }

    private static void RequireNotNull(TableDraft draft, string column)
    {
        if (draft.Columns[draft.IndexOf(column)].Has(ClauseKind.NotNull)) return;
        draft.Change(column, c => c with { Clauses = [new Clause(ClauseKind.NotNull, null, "NOT NULL", []), .. c.Clauses] });
        // Not IS NULL, which SQLite takes to be false by the new definition, without a look at the rows.
        draft.After.Add(FailWhere(draft, $"typeof({Quote(column)}) = 'null'", "23502", $"column \"{column}\" of relation \"{draft.Info.Name}\" contains null values"));
    }

    /// <summary>A SELECT that fails if it finds a row.</summary>
    private static string FailWhere(TableDraft draft, string condition, string state, string message) =>
        $"SELECT pg_fail({QuoteText(state)}, {QuoteText(message)}) FROM {Quote(draft.Info.Name)} WHERE {condition} LIMIT 1";

    private void Apply(TableDraft draft, SetDefault set)
    {
        RequireColumn(draft, set.Column);
        var type = draft.Types[set.Column];
        if (draft.IsRowId(set.Column))
        {
            if (set.Value is not null) throw Unsupported("a default for an integer primary key", set.At, "Declare it GENERATED BY DEFAULT AS IDENTITY.");
            SetSerial(draft, set.Column, false);
            return;
        }

        if (draft.Columns[draft.IndexOf(set.Column)].Has(ClauseKind.Generated)) throw Error("42601", $"column \"{set.Column}\" of relation \"{draft.Info.Name}\" is a generated column", Nowhere);
        draft.Change(set.Column, c => c.Without(ClauseKind.Default));
        if (set.Value is null) return;
        var sql = DefaultClause(new ColumnDefinition(set.Column, new TypeName("text", [], 0, set.At), set.At) { Default = set.Value }, type).Trim();
        if (sql.Length > 0) draft.Change(set.Column, c => c with { Clauses = [.. c.Clauses.Where(k => !k.IsStorageCheck), new Clause(ClauseKind.Default, null, sql, []), .. c.Clauses.Where(k => k.IsStorageCheck)] });
    }

    private void Apply(TableDraft draft, SetIdentity set)
    {
        RequireColumn(draft, set.Column);
        var isSerial = draft.Columns[draft.IndexOf(set.Column)].Type.Contains("serial", StringComparison.Ordinal);
        if (set.On)
        {
            if (isSerial) throw Error("55000", $"column \"{set.Column}\" of relation \"{draft.Info.Name}\" is already an identity column", Nowhere);
            if (!draft.IsRowId(set.Column)) throw Unsupported("an identity column that is not an integer primary key", set.At, "Give the value in INSERT.");
            SetSerial(draft, set.Column, true);
        }
        else if (isSerial) SetSerial(draft, set.Column, false);
        else if (!set.IfExists) throw Error("55000", $"column \"{set.Column}\" of relation \"{draft.Info.Name}\" is not an identity column", Nowhere);
        else _notices.Add(new DialectNotice("NOTICE", "00000", $"column \"{set.Column}\" of relation \"{draft.Info.Name}\" is not an identity column, skipping"));
    }

    private static void SetSerial(TableDraft draft, string column, bool on) => draft.Change(column, c => c with
    {
        Type = $"INTEGER {SchemaMarks.KeyType(draft.Types[column], on)}",
        Clauses = [.. c.Clauses.Select(k => k.Kind == ClauseKind.PrimaryKey ? k with { Rule = on ? "PRIMARY KEY AUTOINCREMENT" : "PRIMARY KEY" } : k)],
    });
}
