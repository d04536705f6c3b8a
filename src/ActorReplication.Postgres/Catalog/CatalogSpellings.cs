using System.Text.RegularExpressions;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Drivers ask for an index's columns with functions that return several rows from a SELECT's list, or with fields of composite values, which the dialect has not.
/// Those queries, known by their text (pgjdbc 42, SQLAlchemy 1.4), are asked of pg_index_keys, which holds a row for each column.</summary>
internal static partial class CatalogSpellings
{
    public static string Rewrite(string sql)
    {
        if (sql.Contains("information_schema._pg_expandarray(", StringComparison.Ordinal)) return ForJdbc(sql);
        return sql.Contains("generate_subscripts(ix.indkey", StringComparison.Ordinal)
            ? Subscripts().Replace(sql, "SELECT ix.attnum, ix.n AS ord FROM pg_catalog.pg_index_keys ix WHERE") : sql;
    }

    private static string ForJdbc(string sql)
    {
        sql = Ordinal().Replace(sql, "$1.n");
        sql = Keys().Replace(sql, "$1.attnum AS keys, $1.n AS keys_n");
        sql = KeyField().Replace(sql, m => m.Groups[2].Value == "x" ? m.Groups[1].Value + ".keys" : m.Groups[1].Value + ".keys_n");
        return Index().Replace(sql, "pg_catalog.pg_index_keys i");
    }

    [GeneratedRegex(@"\(information_schema\._pg_expandarray\((\w+)\.indkey\)\)\.n\b")]
    private static partial Regex Ordinal();

    [GeneratedRegex(@"information_schema\._pg_expandarray\((\w+)\.indkey\) AS keys\b", RegexOptions.IgnoreCase)]
    private static partial Regex Keys();

    [GeneratedRegex(@"\((\w+)\.keys\)\.([xn])\b", RegexOptions.IgnoreCase)]
    private static partial Regex KeyField();

    [GeneratedRegex(@"pg_catalog\.pg_index i\b")]
    private static partial Regex Index();

    [GeneratedRegex(@"SELECT\s+unnest\(ix\.indkey\)\s+attnum,\s+generate_subscripts\(ix\.indkey,\s*1\)\s+ord\s+FROM\s+pg_index\s+ix\s+WHERE")]
    private static partial Regex Subscripts();
}
