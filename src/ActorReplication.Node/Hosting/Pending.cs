using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Node.Hosting;

internal sealed class PgTranslator : ITranslator
{
    public IReadOnlyList<ParsedStatement> Parse(string sql) => throw new DialectException("0A000", "not in this build");
    public Translation Translate(ParsedStatement statement, ReadOnlySpan<uint> parameterTypes, ISchemaView schema) => throw new DialectException("0A000", "not in this build");
}

internal sealed class SchemaViewBuilder : ISchemaReader
{
    public string Sql => "SELECT 1";
    public ISchemaView Build(long version, IReadOnlyList<object?[]> rows) => throw new DialectException("0A000", "not in this build");
}

internal static class SqlFunctionLibrary
{
    public static IReadOnlyList<SqlFunction> Functions { get; } = [];
    public static IReadOnlyList<SqlAggregate> Aggregates { get; } = [];
}
