using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>CREATE TABLE.</summary>
internal sealed partial class Binder
{
    /// <summary>Null: it exists and that is accepted.</summary>
    private string? BindCreateTable(CreateTableStatement create)
    {
        if (!IsFree(create.Table, create.IfNotExists, "relation")) return null;
        _inSchema = true;
        var names = new HashSet<string>();
        foreach (var column in create.Columns)
            if (!names.Add(column.Name)) throw Error("42701", $"column \"{column.Name}\" specified more than once", column.At);
        if (create.Columns.Count == 0) throw Unsupported("a table without columns", create.At);
        var constraints = create.Columns.SelectMany(c => c.Constraints).Concat(create.Constraints).ToList();
        var keys = constraints.Where(c => c.Kind == ConstraintKind.PrimaryKey).ToList();
        if (keys.Count > 1) throw Error("42P16", $"multiple primary keys for table \"{create.Table.Name}\" are not allowed", keys[1].At);
        foreach (var name in constraints.Where(c => c.Kind != ConstraintKind.Check).SelectMany(c => c.Columns.Select(n => (n, c.At))))
            if (!names.Contains(name.n)) throw Error("42703", $"column \"{name.n}\" named in key does not exist", name.At);
        var table = new NewTable(create, keys.FirstOrDefault());
        var parts = create.Columns.Select(c => ColumnSql(c, table)).ToList();
        if (table.Key is { } key && !table.KeyIsInline) parts.Add($"CONSTRAINT {Quote(key.Name ?? create.Table.Name + "_pkey")} PRIMARY KEY ({Names(key.Columns)})");
        parts.AddRange(constraints.Select(c => ConstraintSql(c, table)).OfType<string>());
        return $"CREATE TABLE {Quote(create.Table.Name)} ({string.Join(", ", parts)}){(create.WithoutRowId && table.Key is not null ? " WITHOUT ROWID" : "")}";
    }

    /// <summary>The table in the making, as its own constraints see it.</summary>
    private sealed class NewTable
    {
        public NewTable(CreateTableStatement create, TableConstraint? key)
        {
            Name = create.Table.Name;
            Columns = create.Columns;
            Key = key;
            var serial = create.Columns.FirstOrDefault(c => c.Identity != IdentityKind.None);
            if (Key is null && serial is not null) Key = new TableConstraint(ConstraintKind.PrimaryKey, null, [serial.Name], serial.At);
            if (Key is not { Columns: [var only] }) return;
            KeyIsInline = true;
            var column = create.Columns.First(c => c.Name == only);
            IsRowIdKey = TypeNames.Resolve(column.Type) is { IsInteger: true } && column is { Default: null, Generated: null } && (!create.WithoutRowId || column.Identity != IdentityKind.None);
        }

        /// <summary>A table that is there, and gets something more.</summary>
        public NewTable(string name, IReadOnlyList<string> key, IReadOnlyList<RangeColumn> columns)
        {
            Name = name;
            Columns = [];
            Known = columns;
            if (key.Count > 0) Key = new TableConstraint(ConstraintKind.PrimaryKey, null, key, 0);
        }

        public string Name { get; }
        public IReadOnlyList<ColumnDefinition> Columns { get; }

        /// <summary>Columns beside those in the making.</summary>
        public IReadOnlyList<RangeColumn> Known { get; } = [];
        public TableConstraint? Key { get; }

        /// <summary>A key of one column stands with the column.</summary>
        public bool KeyIsInline { get; }

        /// <summary>That column is SQLite's INTEGER PRIMARY KEY: the table is one b-tree.</summary>
        public bool IsRowIdKey { get; }
        public HashSet<string> ConstraintNames { get; } = [];

        public bool IsKey(ColumnDefinition column) => Key?.Columns.Contains(column.Name) == true;
    }

    private string ColumnSql(ColumnDefinition column, NewTable table)
    {
        var type = ResolveType(column.Type);
        if (column.Name.Length == 0) throw Error("42601", "zero-length column name", column.At);
        if (column.Identity != IdentityKind.None && !(table.IsRowIdKey && table.IsKey(column)))
            throw Unsupported("a serial or identity column that is not the table's primary key", column.At, "Make it the primary key, or give the value in INSERT.");
        if (column.Identity != IdentityKind.None && !type.IsInteger) throw Error("22023", "identity column type must be smallint, integer, or bigint", column.At);
        if (table.IsRowIdKey && table.IsKey(column))
        {
            var isSerial = column.Identity != IdentityKind.None;
            var named = table.Key!.Name is { } name ? $"CONSTRAINT {Quote(name)} " : "";
            return $"{Quote(column.Name)} INTEGER {SchemaMarks.KeyType(type, isSerial)} {named}PRIMARY KEY{(isSerial ? " AUTOINCREMENT" : "")}{StorageCheck(column.Name, type)}";
        }

        var sql = $"{Quote(column.Name)} {TypeNames.Declared(type)}";
        if (column.NotNull || table.IsKey(column)) sql += " NOT NULL";
        if (table.KeyIsInline && table.IsKey(column)) sql += $" CONSTRAINT {Quote(table.Key!.Name ?? table.Name + "_pkey")} PRIMARY KEY";
        if (column.Default is not null) sql += DefaultClause(column, type);
        if (column.Generated is not null) sql += GeneratedClause(column, type, table);
        return sql + StorageCheck(column.Name, type);
    }

    private string DefaultClause(ColumnDefinition column, SqlType type)
    {
        var value = Assign(Bind(column.Default!, new Scope(null) { Clause = "DEFAULT expressions" }), column.Name, type);
        return value.IsNull ? "" : $" DEFAULT ({value.Sql})";
    }

    private string GeneratedClause(ColumnDefinition column, SqlType type, NewTable table)
    {
        var value = Assign(Bind(column.Generated!, RowScope(table)), column.Name, type);
        if (value.Sql.Contains(Now, StringComparison.Ordinal)) throw Error("42P17", "generation expression is not immutable", column.At);
        return $" GENERATED ALWAYS AS ({value.Sql}) STORED";
    }

    /// <summary>What PostgreSQL's type refuses and SQLite's would take: checked by the column itself, so that triggers and other writers are bound too.</summary>
    private static string StorageCheck(string column, SqlType type)
    {
        var name = Quote(column);
        return type.Oid switch
        {
            PgOid.Int2 => $" CHECK ({name} BETWEEN -32768 AND 32767 OR pg_in_range({name}, 21))",
            PgOid.Int4 => $" CHECK ({name} BETWEEN -2147483648 AND 2147483647 OR pg_in_range({name}, 23))",
            // Others may hold text: numbers of more than 15 digits.
            PgOid.Numeric when type.Modifier >= 0 && type.Precision <= NumberDigits => $" CHECK (typeof({name}) <> 'text' OR pg_is_exact({name}))",
            PgOid.Varchar or PgOid.Bpchar when type.Modifier >= 0 => $" CHECK (length({name}) <= {type.Length} OR pg_fits({name}, {type.Length}, {type.Oid}))",
            _ => "",
        };
    }

    private Scope RowScope(NewTable table)
    {
        var scope = new Scope(null) { Clause = "check constraints" };
        scope.Tables.Add(new RangeTable(table.Name, table.Known.Concat(table.Columns.Select(c => new RangeColumn(c.Name, Quote(c.Name), ResolveType(c.Type)) { NotNull = c.NotNull })).ToList()));
        return scope;
    }

    private string? ConstraintSql(TableConstraint constraint, NewTable table)
    {
        switch (constraint.Kind)
        {
            case ConstraintKind.Unique:
                return $"CONSTRAINT {Quote(constraint.Name ?? $"{table.Name}_{string.Join('_', constraint.Columns)}_key")} UNIQUE ({Names(constraint.Columns)})";
            case ConstraintKind.Check:
                var check = RequireBool(Bind(constraint.Check!, RowScope(table)), "CHECK");
                return $"CONSTRAINT {Quote(CheckName(constraint, table))} CHECK ({check.Sql})";
            case ConstraintKind.ForeignKey:
                return ForeignKeySql(constraint, table);
            default:
                return null;
        }
    }

    private static string CheckName(TableConstraint constraint, NewTable table)
    {
        var stem = constraint.Name ?? $"{table.Name}{string.Concat(constraint.Columns.Select(c => "_" + c))}_check";
        var name = stem;
        for (var n = 1; !table.ConstraintNames.Add(name); n++) name = stem + n;
        return name;
    }

    private IReadOnlyList<string> ReferencedColumns(TableConstraint constraint, NewTable table)
    {
        var target = constraint.References!;
        IReadOnlyList<string> referenced = constraint.ReferencedColumns;
        if (target.Name == table.Name)
        {
            if (referenced.Count == 0) referenced = table.Key?.Columns ?? throw Error("42704", $"there is no primary key for referenced table \"{table.Name}\"", constraint.At);
        }
        else
        {
            var parent = FindTable(target);
            var key = parent.Columns.Where(c => c.PrimaryKey > 0).OrderBy(c => c.PrimaryKey).Select(c => c.Name).ToList();
            if (referenced.Count == 0) referenced = key.Count > 0 ? key : throw Error("42704", $"there is no primary key for referenced table \"{parent.Name}\"", constraint.At);
            foreach (var name in referenced)
                if (parent.Columns.All(c => c.Name != name)) throw Error("42703", $"column \"{name}\" referenced in foreign key constraint does not exist", constraint.At);
            var isUnique = referenced.ToHashSet().SetEquals(key) || _schema.Indexes.Any(i => i.Table == parent.Name && i.Unique && referenced.ToHashSet().SetEquals(i.Columns));
            if (!isUnique) throw Error("42830", $"there is no unique constraint matching given keys for referenced table \"{parent.Name}\"", constraint.At);
        }

        return referenced.Count == constraint.Columns.Count ? referenced : throw Error("42830", "number of referencing and referenced columns for foreign key disagree", constraint.At);
    }

    private string ForeignKeySql(TableConstraint constraint, NewTable table)
    {
        var name = Quote(constraint.Name ?? $"{table.Name}_{string.Join('_', constraint.Columns)}_fkey");
        var referenced = ReferencedColumns(constraint, table);
        return $"CONSTRAINT {name} FOREIGN KEY ({Names(constraint.Columns)}) REFERENCES {Quote(constraint.References!.Name)}({Names(referenced)}){(constraint.Actions.Length > 0 ? " " + constraint.Actions : "")}";
    }

    /// <summary>False: the name is taken and IF NOT EXISTS was said; a notice tells.</summary>
    private bool IsFree(Target target, bool ifNotExists, string kind)
    {
        if (target.Schema is not (null or "public" or "main")) throw Error("3F000", $"schema \"{target.Schema}\" does not exist", target.At);
        if (target.Name.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase)) throw Error("42939", $"unacceptable relation name \"{target.Name}\"", target.At, "Names that begin with sqlite_ are reserved.");
        if (_schema.Find(target.Name) is null && _schema.Indexes.All(i => i.Name != target.Name)) return true;
        if (!ifNotExists) throw Error("42P07", $"{kind} \"{target.Name}\" already exists", 0);
        _notices.Add(new DialectNotice("NOTICE", "42P07", $"{kind} \"{target.Name}\" already exists, skipping"));
        return false;
    }

    /// <summary>The empty table first, with the query's types; then the rows.</summary>
    private (string Create, string? Insert)? BindCreateTableAs(CreateTableAsStatement create)
    {
        if (!IsFree(create.Table, create.IfNotExists, "relation")) return null;
        var query = BindQuery(create.Query, null, null);
        var columns = Rename(query.Columns, create.Columns, create.Table.Name, create.At);
        if (columns.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw Error("42701", $"column \"{twice.Key}\" specified more than once", create.At);
        var parts = columns.Select(c => $"{Quote(c.Name)} {TypeNames.Declared(c.Type)}{StorageCheck(c.Name, c.Type)}");
        var table = Quote(create.Table.Name);
        return ($"CREATE TABLE {table} ({string.Join(", ", parts)})", create.WithData ? $"INSERT INTO {table} {query.Sql}" : null);
    }
}
