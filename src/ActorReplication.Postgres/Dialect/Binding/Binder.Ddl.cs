using System.Text.RegularExpressions;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>CREATE INDEX and VIEW, DROP, ALTER.</summary>
internal sealed partial class Binder
{
    private string? BindCreateIndex(CreateIndexStatement create)
    {
        var info = FindTable(create.Table);
        if (info.IsView) throw Error("42809", $"cannot create index on relation \"{info.Name}\"", create.Table.At, null, "This operation is not supported for views.");
        var name = create.Name ?? FreeIndexName($"{info.Name}_{string.Join('_', create.Keys.Select(k => k.Expression is ColumnExpr column ? column.Path[^1] : "expr"))}_idx");
        if (!IsFree(new Target(null, name, null, create.At), create.IfNotExists, "relation")) return null;
        _inSchema = true;
        var scope = new Scope(null) { Clause = "index expressions" };
        scope.Tables.Add(new RangeTable(info.Name, TableColumns(info, "", [], 0)));
        var keys = create.Keys.Select(k =>
        {
            var key = SettleAsText(Bind(k.Expression, scope));
            if (key.Sql.Contains(Now, StringComparison.Ordinal)) throw Error("42P17", "functions in index expression must be marked IMMUTABLE", k.Expression.At);
            return (k.Expression is ColumnExpr ? key.Sql : $"({key.Sql})") + (k.Descending ? " DESC" : "");
        }).ToList();
        scope.Clause = "index predicates";
        var where = create.Where is null ? "" : $" WHERE {RequireBool(Bind(create.Where, scope), "WHERE").Sql}";
        return $"CREATE {(create.Unique ? "UNIQUE " : "")}INDEX {Quote(name)} ON {Quote(info.Name)} ({string.Join(", ", keys)}){where}";
    }

    private string FreeIndexName(string stem)
    {
        var name = stem;
        for (var n = 1; _schema.Find(name) is not null || _schema.Indexes.Any(i => i.Name == name); n++) name = stem + n;
        return name;
    }

    private List<string> BindCreateView(CreateViewStatement create)
    {
        var statements = new List<string>();
        if (create.Replace && _schema.Find(create.View.Name) is { IsView: true }) statements.Add($"DROP VIEW {Quote(create.View.Name)}");
        else IsFree(create.View, false, "relation");
        _inSchema = true;
        var query = BindQuery(create.Query, null, null);
        if (_catalogTables.Count > 0) throw Unsupported("a view of system catalogs", create.At);
        var columns = Rename(query.Columns, create.Columns, create.View.Name, create.At);
        if (columns.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw Error("42701", $"column \"{twice.Key}\" specified more than once", create.At);
        statements.Add($"CREATE VIEW {Quote(create.View.Name)} ({Names(columns.Select(c => c.Name))}) AS {SchemaMarks.ViewTypes(columns.Select(c => c.Type))} {query.Sql}");
        return statements;
    }

    private List<string> BindDrop(DropStatement drop)
    {
        var statements = new List<string>();
        var tables = new List<TableInfo>();
        foreach (var name in drop.Names)
        {
            if (name.Schema is not (null or "public" or "main")) throw Error("3F000", $"schema \"{name.Schema}\" does not exist", name.At);
            var kind = drop.What.ToLowerInvariant();
            if (drop.What == "TRIGGER") statements.Add($"DROP TRIGGER {(drop.IfExists ? "IF EXISTS " : "")}{Quote(name.Name)}");
            else if (Exists(drop.What, name))
            {
                if (drop.What == "TABLE") tables.Add(_schema.Find(name.Name)!);
                else statements.Add($"DROP {drop.What} {Quote(name.Name)}");
            }
            else if (!drop.IfExists) throw Error(drop.What == "INDEX" ? "42704" : "42P01", $"{kind} \"{name.Name}\" does not exist", 0);
            else _notices.Add(new DialectNotice("NOTICE", "00000", $"{kind} \"{name.Name}\" does not exist, skipping"));
        }

        return drop.What == "TABLE" ? DropTables(tables.Distinct().ToList(), drop) : statements;
    }

    /// <summary>SQLite deletes the rows of a table that it drops, and foreign keys to it have their say: here those keys go first, or nothing goes.</summary>
    private List<string> DropTables(List<TableInfo> tables, DropStatement drop)
    {
        var statements = new List<string>();
        var order = new List<TableInfo>();
        while (tables.Count > 0)
        {
            var next = tables.FirstOrDefault(t => tables.All(other => other == t || other.ForeignKeys.All(f => f.Parent != t.Name))) ?? tables[0];
            tables.Remove(next);
            order.Add(next);
            foreach (var child in _schema.Tables.Where(t => t != next && (tables.Contains(t) || !order.Contains(t))))
            {
                foreach (var key in child.ForeignKeys.Where(f => f.Parent == next.Name))
                {
                    if (!drop.Cascade && !tables.Contains(child))
                        throw Error("2BP01", $"cannot drop table {next.Name} because other objects depend on it", Nowhere, "Use DROP ... CASCADE to drop the dependent objects too.", $"constraint {key.Name} on table {child.Name} depends on table {next.Name}");
                    var draft = Draft(child, drop.At);
                    if (FindClause(draft, key.Name) is { } found) draft.Remove(found.Clause);
                }
            }
        }

        statements.AddRange(_drafts.Values.SelectMany(d => d.Statements()));
        statements.AddRange(order.Select(t => $"DROP TABLE {Quote(t.Name)}"));
        return statements;
    }

    private bool Exists(string what, Target name)
    {
        if (what == "INDEX")
        {
            if (_schema.Indexes.Any(i => i.Name == name.Name)) return true;
            if (_schema.Find(name.Name) is not null) throw Error("42809", $"\"{name.Name}\" is not an index", Nowhere);
            return false;
        }

        if (_schema.Find(name.Name) is not { } found) return false;
        if (found.IsView == (what == "VIEW")) return true;
        throw Error("42809", $"\"{name.Name}\" is not a {what.ToLowerInvariant()}", 0, found.IsView ? "Use DROP VIEW to remove a view." : "Use DROP TABLE to remove a table.");
    }

    private List<string> BindAlter(AlterTableStatement alter)
    {
        if (alter.IfExists && _schema.Find(alter.Table.Name) is null)
        {
            _notices.Add(new DialectNotice("NOTICE", "00000", $"relation \"{alter.Table.Name}\" does not exist, skipping"));
            return [];
        }

        var info = FindTable(alter.Table);
        if (alter.Actions is [RenameTable rename])
        {
            IsFree(new Target(null, rename.NewName, null, rename.At), false, "relation");
            if (info.IsView) return RenamedView(info, rename.NewName);
            return [$"ALTER TABLE {Quote(info.Name)} RENAME TO {Quote(rename.NewName)}"];
        }

        if (info.IsView) throw Error("42809", $"ALTER action cannot be performed on relation \"{info.Name}\"", alter.At, null, "This operation is not supported for views.");
        _inSchema = true;
        if (alter.Actions is [RenameColumn column]) return RenameColumnOf(info, column);
        if (alter.Actions.All(a => a is NoAlteration || (a is AddColumn add && IsPlain(info, add)))) return alter.Actions.OfType<AddColumn>().SelectMany(add => BindAddColumn(info, add)).ToList();
        return BindRedefinition(info, alter);
    }

    private static List<string> RenamedView(TableInfo view, string name)
    {
        var head = $"CREATE VIEW {Quote(view.Name)}";
        return [$"DROP VIEW {Quote(view.Name)}", $"CREATE VIEW {Quote(name)}{view.Sql[head.Length..]}"];
    }

    private List<string> RenameColumnOf(TableInfo info, RenameColumn rename)
    {
        if (info.Columns.All(c => c.Name != rename.Name)) throw Error("42703", $"column \"{rename.Name}\" does not exist", 0);
        if (info.Columns.Any(c => c.Name == rename.NewName)) throw Error("42701", $"column \"{rename.NewName}\" of relation \"{info.Name}\" already exists", Nowhere);
        return [$"ALTER TABLE {Quote(info.Name)} RENAME COLUMN {Quote(rename.Name)} TO {Quote(rename.NewName)}"];
    }

    private List<string> BindRenameIndex(RenameIndexStatement rename)
    {
        if (_schema.Indexes.FirstOrDefault(i => i.Name == rename.Index.Name) is { } index) return RenamedIndex(index, rename.NewName, rename.At);
        if (!rename.IfExists) throw Error("42P01", $"relation \"{rename.Index.Name}\" does not exist", Nowhere);
        _notices.Add(new DialectNotice("NOTICE", "00000", $"relation \"{rename.Index.Name}\" does not exist, skipping"));
        return [];
    }

    /// <summary>SQLite's own ADD COLUMN does it, without a look at the rows.</summary>
    private bool IsPlain(TableInfo info, AddColumn add)
    {
        var column = add.Column;
        if (info.Columns.Any(c => c.Name == column.Name)) return true;
        if (column.Identity != IdentityKind.None || column.Generated is not null || column.Constraints.Any(c => c.Kind == ConstraintKind.PrimaryKey)) return false;
        var value = column.Default is null ? "" : DefaultClause(column, ResolveType(column.Type));
        if (value.Length == 0) return !column.NotNull;
        return PlainDefault().IsMatch(value) && column.Constraints.All(c => c.Kind != ConstraintKind.ForeignKey);
    }

    [GeneratedRegex(@"^ DEFAULT \((-?[0-9.]+(e[+-]?[0-9]+)?|'([^']|'')*')\)$", RegexOptions.IgnoreCase)]
    private static partial Regex PlainDefault();

    private List<string> BindAddColumn(TableInfo info, AddColumn add)
    {
        var column = add.Column;
        if (info.Columns.Any(c => c.Name == column.Name))
        {
            if (!add.IfNotExists) throw Error("42701", $"column \"{column.Name}\" of relation \"{info.Name}\" already exists", Nowhere);
            _notices.Add(new DialectNotice("NOTICE", "42701", $"column \"{column.Name}\" of relation \"{info.Name}\" already exists, skipping"));
            return [];
        }

        var type = ResolveType(column.Type);
        var table = new NewTable(new CreateTableStatement(new Target(null, info.Name, null, 0), false, [column], [], add.At), null);
        var sql = $"ALTER TABLE {Quote(info.Name)} ADD COLUMN {Quote(column.Name)} {TypeNames.Declared(type)}{(column.NotNull ? " NOT NULL" : "")}";
        if (column.Default is not null) sql += DefaultClause(column, type);
        sql += StorageCheck(column.Name, type);
        var statements = new List<string>();
        foreach (var constraint in column.Constraints)
        {
            if (constraint.Kind == ConstraintKind.Unique) statements.Add(UniqueIndex(info, constraint, false));
            else if (constraint.Kind == ConstraintKind.ForeignKey) sql += " " + ForeignKeySql(constraint, table).Replace($"FOREIGN KEY ({Quote(column.Name)}) ", "", StringComparison.Ordinal);
            else sql += " " + ConstraintSql(constraint, table);
        }

        statements.Insert(0, sql);
        return statements;
    }

    private static string UniqueIndex(TableInfo info, TableConstraint constraint, bool isPrimaryKey)
    {
        var name = constraint.Name ?? (isPrimaryKey ? info.Name + "_pkey" : $"{info.Name}_{string.Join('_', constraint.Columns)}_key");
        return $"CREATE UNIQUE INDEX {Quote(name)} {SchemaMarks.Index(isPrimaryKey)} ON {Quote(info.Name)} ({Names(constraint.Columns)})";
    }
}
