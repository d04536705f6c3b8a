using ActorReplication.Postgres.Session;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>A server on a free port over a <see cref="FakeGateway"/>.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private TestServer(PgServer server, FakeGateway gateway, ListLogger log)
    {
        Server = server;
        Gateway = gateway;
        Log = log;
    }

    public PgServer Server { get; }
    public FakeGateway Gateway { get; }
    public ListLogger Log { get; }

    public string ConnectionString => $"Host=127.0.0.1;Port={Server.Port};Username=postgres;Database=postgres;Server Compatibility Mode=NoTypeLoading;Pooling=false;Timeout=10;Command Timeout=20";

    public static async Task<TestServer> StartAsync(PgServerOptions? options = null, FakeGateway? gateway = null)
    {
        gateway ??= new FakeGateway();
        var log = new ListLogger();
        var server = new PgServer((options ?? new PgServerOptions()) with { Port = 0 }, gateway, new FakeTranslator(), new FakeSchemaReader(), log);
        await server.StartAsync();
        return new TestServer(server, gateway, log);
    }

    /// <summary>A raw client that has not said anything yet.</summary>
    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Server.Port);

    /// <summary>A raw client after startup.</summary>
    public async Task<RawClient> OpenAsync(params (string, string)[] parameters)
    {
        var client = await ConnectAsync();
        await client.StartupAsync(parameters);
        await client.UntilReadyAsync();
        return client;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

internal sealed class ListLogger : ILogger<PgServer>
{
    public System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    public bool IsEnabled(LogLevel logLevel) => true;
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue((logLevel, formatter(state, exception) + exception));
}
