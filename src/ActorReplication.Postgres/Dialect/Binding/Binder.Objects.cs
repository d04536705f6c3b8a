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
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number.ToString(CultureInfo.InvariantCulture);
        var oid = PgTypes.OidOf(text);
        return oid == 0 ? throw Error("42704", $"type \"{text}\" does not exist", at) : oid.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>regclass and regtype as text: the name behind the number.</summary>
    private string NameOfObject(Bound value)
    {
        if (value.Type.Oid == PgOid.RegType) return $"pg_format_type({value.Sql}, NULL)";
        NeedCatalog(_catalog.Find(null, "pg_class")!);
        return $"(SELECT \"relname\" FROM \"pg_catalog\".\"pg_class\" WHERE \"oid\" = {value.Sql})";
    }

    /// <summary>Catalogs that a function's template reads.</summary>
    private void NeedCatalogsOf(string sql)
    {
        foreach (var name in (string[])["pg_class", "pg_index", "pg_constraint", "pg_attribute"])
            if (sql.Contains($"\"pg_catalog\".\"{name}\"", StringComparison.Ordinal)) NeedCatalog(_catalog.Find(null, name)!);
    }
}
