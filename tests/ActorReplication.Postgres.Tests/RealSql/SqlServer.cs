using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Session;
using ActorReplication.Postgres.Tests.Sessions;

namespace ActorReplication.Postgres.Tests.RealSql;

/// <summary>A server with the real translator over a <see cref="SqliteGateway"/>.</summary>
internal sealed class SqlServer : IAsyncDisposable
{
    private SqlServer(PgServer server, SqliteGateway gateway)
    {
        Server = server;
        Gateway = gateway;
    }

    public PgServer Server { get; }
    public SqliteGateway Gateway { get; }

    public string ConnectionString => $"Host=127.0.0.1;Port={Server.Port};Username=postgres;Database=postgres;Pooling=false;Timeout=10;Command Timeout=20";

    public static async Task<SqlServer> StartAsync(SessionLimits? limits = null)
    {
        var gateway = new SqliteGateway();
        var options = new PgServerOptions { Port = 0, Limits = limits ?? new SessionLimits() };
        var server = new PgServer(options, gateway, gateway.Database.Translator, new SchemaViewBuilder(), new ListLogger());
        gateway.Database.Advisory = server.AdvisoryLocks;
        await server.StartAsync();
        return new SqlServer(server, gateway);
    }

    /// <summary>A raw client after startup, and after <paramref name="setup"/>.</summary>
    public async Task<RawClient> OpenAsync(params string[] setup)
    {
        var client = await RawClient.ConnectAsync(Server.Port);
        await client.StartupAsync();
        await client.UntilReadyAsync();
        foreach (var sql in setup)
        {
            var answers = await client.AskAsync(sql);
            if (Array.Find(answers, answer => answer.StartsWith('E')) is { } error) throw new InvalidOperationException($"{sql}: {error}");
        }
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Gateway.Dispose();
    }
}
