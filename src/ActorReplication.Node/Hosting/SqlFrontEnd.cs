using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Storage.Engine;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Hosting;

/// <summary>The PostgreSQL front end, put together.</summary>
internal sealed class SqlFrontEnd : IAsyncDisposable
{
    public static IReadOnlyList<ScalarFunction> Functions { get; } = [];
    public static IReadOnlyList<AggregateFunction> Aggregates { get; } = [];

    public static Task<SqlFrontEnd> StartAsync(SqlGateway gateway, NodeSettings settings, ILoggerFactory logging) => Task.FromResult(new SqlFrontEnd());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
