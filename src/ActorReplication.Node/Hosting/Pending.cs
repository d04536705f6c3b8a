using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Catalog
{
    internal sealed record GatewayCatalogSource(Func<ISqlGateway> Gateway, string Database);
    internal sealed class SchemaViewBuilder : ISchemaReader
    {
        public string Sql => "SELECT 1";
        public ISchemaView Build(long version, IReadOnlyList<object?[]> rows) => throw new DialectException("0A000", "not in this build");
    }
}

namespace ActorReplication.Postgres.Dialect
{
    internal sealed class PgTranslator(Catalog.GatewayCatalogSource source) : ITranslator
    {
        public IReadOnlyList<ParsedStatement> Parse(string sql) => throw new DialectException("0A000", $"not in this build {source}");
        public Translation Translate(ParsedStatement statement, ReadOnlySpan<uint> parameterTypes, ISchemaView schema) => throw new DialectException("0A000", "not in this build");
    }
}

namespace ActorReplication.Postgres.Dialect.Functions
{
    internal static class SqlFunctionLibrary
    {
        public static IReadOnlyList<SqlFunction> Functions { get; } = [];
        public static IReadOnlyList<SqlAggregate> Aggregates { get; } = [];
    }
}
