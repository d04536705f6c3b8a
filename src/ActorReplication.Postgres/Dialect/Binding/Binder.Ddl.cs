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
        foreach (var name in drop.Names)
        {
            if (name.Schema is not (null or "public" or "main")) throw Error("3F000", $"schema \"{name.Schema}\" does not exist", name.At);
            var kind = drop.What.ToLowerInvariant();
            if (drop.What == "TRIGGER")
            {
                statements.Add($"DROP TRIGGER {(drop.IfExists ? "IF EXISTS " : "")}{Quote(name.Name)}");
                continue;
            }

            if (Exists(drop.What, name)) statements.Add($"DROP {drop.What} {Quote(name.Name)}");
            else if (!drop.IfExists) throw Error(drop.What == "INDEX" ? "42704" : "42P01", $"{kind} \"{name.Name}\" does not exist", 0);
            else _notices.Add(new DialectNotice("NOTICE", "00000", $"{kind} \"{name.Name}\" does not exist, skipping"));
        }

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
            if (info.IsView) throw Unsupported("renaming a view", alter.At, "Drop it and create it again.");
            return [$"ALTER TABLE {Quote(info.Name)} RENAME TO {Quote(rename.NewName)}"];
        }

        if (info.IsView) throw Error("42809", $"ALTER action cannot be performed on relation \"{info.Name}\"", alter.At, null, "This operation is not supported for views.");
        _inSchema = true;
        return alter.Actions.SelectMany(action => BindAction(info, action)).ToList();
    }

    private IEnumerable<string> BindAction(TableInfo info, AlterAction action)
    {
        var table = Quote(info.Name);
        switch (action)
        {
            case AddColumn add:
                return BindAddColumn(info, add);
            case DropColumn drop:
                if (!drop.IfExists) FindColumn(info, new NamedAt(drop.Name, drop.At));
                else if (info.Columns.All(c => c.Name != drop.Name)) return [];
                return [$"ALTER TABLE {table} DROP COLUMN {Quote(drop.Name)}"];
            case RenameColumn rename:
                if (info.Columns.All(c => c.Name != rename.Name)) throw Error("42703", $"column \"{rename.Name}\" does not exist", 0);
                if (info.Columns.Any(c => c.Name == rename.NewName)) throw Error("42701", $"column \"{rename.NewName}\" of relation \"{info.Name}\" already exists", Nowhere);
                return [$"ALTER TABLE {table} RENAME COLUMN {Quote(rename.Name)} TO {Quote(rename.NewName)}"];
            case SetNotNull set:
                FindColumn(info, new NamedAt(set.Column, 0));
                return [$"ALTER TABLE {table} ALTER COLUMN {Quote(set.Column)} {(set.NotNull ? "SET" : "DROP")} NOT NULL"];
            case AddConstraint add:
                return BindAddConstraint(info, add.Constraint);
            case DropConstraint drop:
                return BindDropConstraint(info, drop);
            case NoAlteration:
                return [];
            default:
                throw Unsupported("this action beside others", action.At, "Give it an ALTER TABLE of its own.");
        }
    }

    private List<string> BindAddColumn(TableInfo info, AddColumn add)
    {
        var column = add.Column;
        if (info.Columns.Any(c => c.Name == column.Name))
        {
            if (!add.IfNotExists) throw Error("42701", $"column \"{column.Name}\" of relation \"{info.Name}\" already exists", Nowhere);
            _notices.Add(new DialectNotice("NOTICE", "42701", $"column \"{column.Name}\" of relation \"{info.Name}\" already exists, skipping"));
            return [];
        }

        if (column.Identity != IdentityKind.None) throw Unsupported("adding a serial or identity column", add.At, "Create a new table with it and copy the rows.");
        if (column.Generated is not null) throw Unsupported("adding a stored generated column", add.At, "Create a new table with it and copy the rows.");
        if (column.Constraints.Any(c => c.Kind == ConstraintKind.PrimaryKey)) throw Unsupported("adding a primary key column", add.At, "Add the column, fill it, then ALTER TABLE … ADD PRIMARY KEY.");
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

    private List<string> BindAddConstraint(TableInfo info, TableConstraint constraint)
    {
        foreach (var name in constraint.Columns)
            if (info.Columns.All(c => c.Name != name)) throw Error("42703", $"column \"{name}\" of relation \"{info.Name}\" does not exist", Nowhere);
        var table = Quote(info.Name);
        switch (constraint.Kind)
        {
            case ConstraintKind.PrimaryKey:
                if (info.Columns.Any(c => c.PrimaryKey > 0)) throw Error("42P16", $"multiple primary keys for table \"{info.Name}\" are not allowed", Nowhere);
                var nullable = info.Columns.Where(c => constraint.Columns.Contains(c.Name) && !c.NotNull).Select(c => $"ALTER TABLE {table} ALTER COLUMN {Quote(c.Name)} SET NOT NULL");
                return [.. nullable, UniqueIndex(info, constraint, true)];
            case ConstraintKind.Unique:
                return [UniqueIndex(info, constraint, false)];
            case ConstraintKind.Check:
                var scope = new Scope(null) { Clause = "check constraints" };
                scope.Tables.Add(new RangeTable(info.Name, TableColumns(info, "", [], 0)));
                var check = RequireBool(Bind(constraint.Check!, scope), "CHECK");
                return [$"ALTER TABLE {table} ADD CONSTRAINT {Quote(constraint.Name ?? info.Name + "_check")} CHECK ({check.Sql})"];
            default:
                throw Unsupported("adding a foreign key to an existing table", constraint.At, "Declare it in CREATE TABLE, or with ALTER TABLE … ADD COLUMN … REFERENCES.");
        }
    }

    private List<string> BindDropConstraint(TableInfo info, DropConstraint drop)
    {
        var index = _schema.Indexes.FirstOrDefault(i => i.Table == info.Name && i.Unique && SchemaMarks.ConstraintName(i, info) == drop.Name);
        if (index is null) return [$"ALTER TABLE {Quote(info.Name)} DROP CONSTRAINT {Quote(drop.Name)}"];
        if (index.Sql is null) throw Unsupported("dropping a key that CREATE TABLE declared", drop.At, "Create a new table without it and copy the rows.");
        return [$"DROP INDEX {Quote(index.Name)}"];
    }
}
