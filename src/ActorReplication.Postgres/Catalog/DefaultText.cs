using System.Text.RegularExpressions;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Catalog;

/// <summary>A column's default as PostgreSQL would show it: clients compare it with what they asked for.</summary>
internal static partial class DefaultText
{
    public static string? Of(TableInfo table, ColumnInfo column)
    {
        if (SchemaMarks.IsSerial(column)) return $"nextval('{table.Name}_{column.Name}_seq'::regclass)";
        return column.Default is { } sql ? Show(sql, TypeNames.FromDeclared(column.DeclaredType)) : null;
    }

    private static string Show(string sql, SqlType type)
    {
        if (type.Oid == PgOid.Bool && sql is "0" or "1") return sql == "1" ? "true" : "false";
        if (type.IsArray && sql.StartsWith("'[", StringComparison.Ordinal)) return $"'{{{Inner(sql)}}}'::{TypeNames.Shown(type)}";
        if (Text().IsMatch(sql)) return $"{sql}::{TypeNames.Shown(type)}";
        if (Negative().IsMatch(sql)) return $"'{sql.Trim('(', ')')}'::{TypeNames.Shown(type)}";
        if (type.Oid == PgOid.Date && sql.Contains("pg_now()", StringComparison.Ordinal)) return "CURRENT_DATE";
        if (type.IsDateTime && sql.Contains("pg_now()", StringComparison.Ordinal) && !sql.Contains("interval", StringComparison.Ordinal)) return "now()";
        return sql.Replace("pg_now()", "now()", StringComparison.Ordinal).Replace("pg_random_uuid()", "gen_random_uuid()", StringComparison.Ordinal).Replace("pg_clock()", "clock_timestamp()", StringComparison.Ordinal);
    }

    /// <summary>An array's elements, where JSON and PostgreSQL's text are alike.</summary>
    private static string Inner(string json) => json[2..^2].Replace(", ", ",", StringComparison.Ordinal);

    [GeneratedRegex("^'([^']|'')*'$")]
    private static partial Regex Text();

    [GeneratedRegex("^(-[0-9.]+|\\(-[0-9.]+\\))$")]
    private static partial Regex Negative();
}
