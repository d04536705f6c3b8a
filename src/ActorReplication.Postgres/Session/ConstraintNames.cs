using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Session;

/// <summary>SQLite names a key's columns and nothing of a foreign key; clients look for the constraint's name.</summary>
internal static class ConstraintNames
{
    /// <param name="schema">Null: not at hand; the error stays as it is.</param>
    public static PgError Complete(PgError error, ISchemaView? schema, ParsedStatement? statement) => (error.SqlState, schema) switch
    {
        (_, null) => error,
        (SqlStates.UniqueViolation, _) => OfKey(error, schema),
        (SqlStates.ForeignKeyViolation, _) when error.Constraint is null => OfForeignKey(error, schema, (statement as PgStatement)?.Tree),
        _ => error,
    };

    private static PgError OfKey(PgError error, ISchemaView schema)
    {
        if (error.Table is null || schema.Find(error.Table) is not { } table || error.Detail is not { } detail || detail.IndexOf(')') is not (> 5 and var end)) return error;
        var columns = detail[5..end].Split(", ");
        var index = schema.Indexes.FirstOrDefault(i => i.Table == table.Name && i.Columns.SequenceEqual(columns) && (i.Unique || i.Sql?.StartsWith("CREATE UNIQUE", StringComparison.Ordinal) == true));
        if (index is null) return error;
        var name = SchemaMarks.ConstraintName(index, table);
        return error with { Constraint = name, Message = $"duplicate key value violates unique constraint \"{name}\"" };
    }

    /// <summary>Only where there is but one that can be meant.</summary>
    private static PgError OfForeignKey(PgError error, ISchemaView schema, Statement? statement)
    {
        var (name, writes) = statement switch
        {
            InsertStatement { OnConflict: null } insert => (insert.Table.Name, true),
            UpdateStatement update => (update.Table.Name, true),
            DeleteStatement delete => (delete.Table.Name, false),
            _ => (null, false),
        };
        if (name is null || schema.Find(name) is not { } table) return error;
        var parents = schema.Tables.SelectMany(t => t.ForeignKeys.Where(f => f.Parent == name).Select(f => (Child: t, Key: f))).ToList();
        if (statement is InsertStatement) parents.Clear();
        var own = writes ? table.ForeignKeys : [];
        if (own.Count + parents.Count != 1 || table.HasTriggers) return error;
        var (child, key) = own.Count == 1 ? (table, own[0]) : parents[0];
        return error with
        {
            Schema = "public",
            Table = child.Name,
            Constraint = key.Name,
            Message = own.Count == 1 ? $"insert or update on table \"{table.Name}\" violates foreign key constraint \"{key.Name}\"" : $"update or delete on table \"{table.Name}\" violates foreign key constraint \"{key.Name}\" on table \"{child.Name}\"",
        };
    }
}
