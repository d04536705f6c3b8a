using System.Globalization;
using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Names of tables and types as values: regclass, regtype.</summary>
internal sealed partial class Binder
{
    private string ResolveRelation(string text, int at) => FindRelation(text)?.ToString(CultureInfo.InvariantCulture)
        ?? throw Error("42P01", $"relation \"{text}\" does not exist", at);

    private uint? FindRelation(string text)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        var names = Lexer.Read(text).Where(t => t.Kind is TokenKind.Word or TokenKind.QuotedName).Select(t => t.Value).ToList();
        if (names.Count is 0 or > 2) return null;
        var schema = names.Count == 2 ? names[0] : null;
        if (schema is null or "pg_catalog" or "information_schema" && _catalog.Find(schema, names[^1]) is { } shape) return shape.Oid;
        if (schema is not (null or "public")) return null;
        return _schema.Find(names[^1])?.Oid ?? _schema.Indexes.FirstOrDefault(i => i.Name == names[^1])?.Oid;
    }

    private string ResolveTypeName(string text, int at)
    {
        try
        {
            return TypeNames.OidOf(text).ToString(CultureInfo.InvariantCulture);
        }
        catch (DialectException unknown)
        {
            throw Error(unknown.SqlState, unknown.Message, at);
        }
    }

    /// <summary>regclass and regtype as text: the name behind the number.</summary>
    private string NameOfObject(Bound value)
    {
        if (value.Type.Oid == PgOid.RegType) return $"pg_format_type({value.Sql}, NULL)";
        // The alias is nobody else's: a column of a pg_class outside must not be taken for this one's.
        var (table, name) = value.Type.Oid == TypeNames.RegNamespace ? ("pg_namespace", "nspname") : ("pg_class", "relname");
        NeedCatalog(_catalog.Find(null, table)!);
        return $"(SELECT \"o$\".\"{name}\" FROM \"pg_catalog\".\"{table}\" AS \"o$\" WHERE \"o$\".\"oid\" = {value.Sql})";
    }

    /// <summary>What a client gets of an object's number: text formats show the name, binary ones the number, so both go out: see <see cref="ObjectNameType"/>.</summary>
    private string ShownObject(Bound value) => value.Type.Oid is PgOid.RegClass or PgOid.RegType or TypeNames.RegNamespace && !value.IsNull
        ? $"coalesce({value.Sql} || ' ' || {NameOfObject(value)}, {value.Sql})" : value.Sql;

    /// <summary>Catalogs that a function's template reads.</summary>
    private void NeedCatalogsOf(string sql)
    {
        foreach (var name in (string[])["pg_class", "pg_index", "pg_constraint", "pg_attribute"])
            if (sql.Contains($"\"pg_catalog\".\"{name}\"", StringComparison.Ordinal)) NeedCatalog(_catalog.Find(null, name)!);
    }
}
