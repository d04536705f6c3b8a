using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect.Binding;
using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Parsing;

namespace ActorReplication.Postgres.Dialect;

/// <summary>The translator: parses by text, binds by schema, and remembers both. Thread-safe.</summary>
/// <param name="cachedTexts">Query texts whose statements are kept; each keeps its last translation with it.</param>
public sealed class PgTranslator(ICatalogSource source, int cachedTexts = 4096) : ITranslator
{
    /// <summary>Longer texts (bulk inserts) seldom come twice.</summary>
    private const int LongestCachedText = 16 * 1024;

    private readonly PgCatalog _catalog = new(source);
    private readonly TextCache<IReadOnlyList<ParsedStatement>> _parsed = new(cachedTexts);

    public IReadOnlyList<ParsedStatement> Parse(string sql)
    {
        if (_parsed.Find(sql) is { } known) return known;
        var statements = Parser.Parse(CatalogSpellings.Rewrite(sql));
        if (sql.Length <= LongestCachedText) _parsed.Add(sql, statements);
        return statements;
    }

    public Translation Translate(ParsedStatement statement, ReadOnlySpan<uint> parameterTypes, ISchemaView schema)
    {
        if (statement is not PgStatement parsed) throw new ArgumentException("not a statement of this translator", nameof(statement));
        var memo = parsed.Memo;
        if (memo is not null && memo.SchemaVersion == schema.Version && schema.Version >= 0 && parameterTypes.SequenceEqual(memo.ParameterTypes)) return memo.Translation;
        var translation = TranslateAnew(parsed, parameterTypes, schema);
        parsed.Memo = new TranslationMemo(schema.Version, parameterTypes.ToArray(), translation);
        return translation;
    }

    private Translation TranslateAnew(PgStatement statement, ReadOnlySpan<uint> parameterTypes, ISchemaView schema)
    {
        if (statement.Control is { } control) return new Translation { Control = control, Tag = ControlTag.Of(control) };
        if (NpgsqlTypeLoading.Find(statement.Text) is { } canned) return new Translation { Canned = canned, Columns = canned.Columns, Tag = "SELECT", TagCount = TagCount.Returned, ReadOnly = true };
        try
        {
            return new Binder(statement, parameterTypes, schema, _catalog).Translate(statement.Tree!);
        }
        catch (PgException refused)
        {
            throw new DialectException(refused.Error.SqlState, refused.Error.Message, TextPosition.Of(statement.Query, statement.Offset), refused.Error.Hint, refused.Error.Detail);
        }
    }
}
