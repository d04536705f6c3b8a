using System.Globalization;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect;

/// <summary>What SQLite's schema has no place for is written into comments of the stored SQL, which SQLite keeps, also through ALTER TABLE … RENAME:
/// the integer type of a rowid key, that an index is a primary key, the column types of a view.</summary>
internal static class SchemaMarks
{
    private const string Open = "/*pg:", Close = "*/", PrimaryKey = "/*pg:primary key*/", Unique = "/*pg:unique*/";

    public static string KeyType(SqlType type, bool isSerial) => Open + (isSerial ? type.Oid switch { Types.PgOid.Int2 => "smallserial", Types.PgOid.Int4 => "serial", _ => "bigserial" } : TypeNames.Declared(type)) + Close;

    public static string Index(bool isPrimaryKey) => isPrimaryKey ? PrimaryKey : Unique;

    public static string ViewTypes(IEnumerable<SqlType> types) => Open + string.Join(',', types.Select(t => t.Modifier < 0 ? $"{t.Oid}" : $"{t.Oid}:{t.Modifier}")) + Close;

    /// <summary>The declared type of a table's rowid key: <c>serial</c>, <c>bigint</c> …; bigserial where there is no mark, since SQLite fills it.</summary>
    public static string ReadKeyType(string? tableSql) => Read(tableSql, "INTEGER " + Open) ?? "bigserial";

    public static bool IsPrimaryKey(string? indexSql) => indexSql?.Contains(PrimaryKey, StringComparison.Ordinal) == true;
    public static bool IsConstraint(string? indexSql) => indexSql is null || indexSql.Contains(PrimaryKey, StringComparison.Ordinal) || indexSql.Contains(Unique, StringComparison.Ordinal);

    public static IReadOnlyList<string>? ReadViewTypes(string? viewSql) =>
        Read(viewSql, " AS " + Open)?.Split(',').Select(part => part.Split(':')).Select(part =>
            TypeNames.Declared(new SqlType(uint.Parse(part[0], CultureInfo.InvariantCulture), part.Length > 1 ? int.Parse(part[1], CultureInfo.InvariantCulture) : -1))).ToList();

    /// <summary>The query of a view that the translator made, in SQLite's SQL; the whole text of another.</summary>
    public static string ViewQuery(string viewSql)
    {
        var at = viewSql.IndexOf(" AS " + Open, StringComparison.Ordinal);
        return at < 0 ? viewSql : viewSql[(viewSql.IndexOf(Close, at, StringComparison.Ordinal) + Close.Length)..].Trim() + ";";
    }

    private static string? Read(string? sql, string opening)
    {
        var start = sql?.IndexOf(opening, StringComparison.Ordinal) ?? -1;
        if (start < 0) return null;
        start += opening.Length;
        var end = sql!.IndexOf(Close, start, StringComparison.Ordinal);
        return end < 0 ? null : sql[start..end];
    }

    /// <param name="tableSql">CREATE TABLE.</param>
    public static bool IsWithoutRowId(string tableSql) => tableSql.AsSpan(tableSql.LastIndexOf(')') + 1).Contains("WITHOUT ROWID", StringComparison.OrdinalIgnoreCase);

    public static bool IsSerial(ColumnInfo column) => column.DeclaredType is "serial" or "bigserial" or "smallserial";

    /// <summary>The constraint's name as PostgreSQL would give it.</summary>
    public static string ConstraintName(IndexInfo index, TableInfo table) =>
        !index.Name.StartsWith("sqlite_autoindex_", StringComparison.Ordinal) ? index.Name
        : index.DeclaredName is { } declared ? declared
        : index.PrimaryKey ? table.Name + "_pkey"
        : $"{table.Name}_{string.Join('_', index.Columns)}_key";
}
