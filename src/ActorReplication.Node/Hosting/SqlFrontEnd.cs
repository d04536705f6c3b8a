using System.Net.Sockets;
using ActorReplication.Cluster.Security;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Functions;
using ActorReplication.Postgres.Security;
using ActorReplication.Postgres.Session;
using ActorReplication.Storage.Engine;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Hosting;

/// <summary>The PostgreSQL front end, put together.</summary>
internal static class SqlFrontEnd
{
    /// <summary>What translated statements call and SQLite lacks; on every connection of the database.</summary>
    public static IReadOnlyList<ScalarFunction> Functions { get; } = [.. SqlFunctionLibrary.Functions.Select(FunctionBridge.ToEngine)];

    public static IReadOnlyList<AggregateFunction> Aggregates { get; } = [.. SqlFunctionLibrary.Aggregates.Select(FunctionBridge.ToEngine)];

    public static async Task<PgServer> StartAsync(SqlGateway gateway, NodeSettings settings, ILoggerFactory logging)
    {
        var options = new PgServerOptions
        {
            Addresses = [settings.Postgres.Address],
            Port = settings.Postgres.Port,
            MaxConnections = settings.MaxConnections,
            StopTime = TimeSpan.FromSeconds(2),
            Access = settings.PostgresAccess,
            Tls = Tls(settings.PostgresTls, logging),
        };
        var source = new GatewayCatalogSource(() => gateway, options.Database);
        var server = new PgServer(options, gateway, new PgTranslator(source), new SchemaViewBuilder(), logging.CreateLogger<PgServer>());
        source.Advisory = server.AdvisoryLocks;
        try
        {
            await server.StartAsync();
            return server;
        }
        catch (SocketException e)
        {
            await server.DisposeAsync();
            throw new ExitException(ExitCodes.PortInUse, $"port {settings.Postgres.Port} on {settings.Postgres.Address} cannot be had ({e.Message}): choose another postgres.port");
        }
    }

    private static ServerTls? Tls(PostgresTlsSettings settings, ILoggerFactory logging)
    {
        if (settings.Files is not { } files || settings.Mode == "off") return null;
        var log = logging.CreateLogger<PemIdentity>();
        var identity = new PemIdentity(files.Certificate, files.Key, log);
        var authorities = settings.ClientAuthorities is { } file ? new PemBundle(file, log) : null;
        return new ServerTls(settings.Mode == "require" ? TlsMode.Require : TlsMode.Prefer, () => identity.Current, authorities is null ? null : () => authorities.Current);
    }
}
