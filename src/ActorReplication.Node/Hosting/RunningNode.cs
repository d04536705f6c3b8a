using ActorReplication.Cluster;
using ActorReplication.Node.Callbacks;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Node.Http;
using ActorReplication.Node.Logging;
using ActorReplication.Node.Telemetry;
using ActorReplication.Postgres.Session;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Hosting;

/// <summary>A node's parts, up in their order (replica, SQL, HTTP), and down in the opposite one.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private readonly SqlGateway _gateway;
    private readonly PgServer _postgres;
    private readonly HttpApi _http;
    private readonly StatusMeters _meters;
    private InitialPassword? _firstPassword;
    private RoleCallbacks? _callbacks;
    private bool _isDown;

    private RunningNode(IReplicaNode replica, SqlGateway gateway, PgServer postgres, HttpApi http) =>
        (Replica, _gateway, _postgres, _http, _meters) = (replica, gateway, postgres, http, new StatusMeters(replica));

    public IReplicaNode Replica { get; }

    /// <exception cref="ExitException">It cannot start: the message says why, the code is the process's.</exception>
    /// <param name="alter">For the tests' own program, which plants bugs.</param>
    public static async Task<RunningNode> StartAsync(NodeSettings settings, ILoggerFactory logging, Func<ReplicaNodeOptions, ReplicaNodeOptions>? alter = null)
    {
        var replica = await StartReplicaAsync(settings, logging, alter);
        SqlGateway? gateway = null;
        PgServer? postgres = null;
        try
        {
            var roles = new RoleStore(replica);
            gateway = new SqlGateway(replica, settings.InitialPolicy, settings.Storage.Readers, roles);
            postgres = await SqlFrontEnd.StartAsync(gateway, settings, logging);
            var sessions = postgres;
            replica.CancelAsked += key =>
            {
                var (processId, secret) = SessionNumbers.Parts(key);
                sessions.Cancel(processId, secret);
            };
            return new RunningNode(replica, gateway, postgres, await HttpApi.StartAsync(replica, settings, logging, postgres, CancellationToken.None, roles))
            {
                _callbacks = RoleCallbacks.Start(replica, settings.SystemName, settings.Callbacks, logging.CreateLogger(NodeLogging.Lifecycle)),
                _firstPassword = settings.InitialPasswordFile is { } file ? new InitialPassword(replica, gateway, file, logging.CreateLogger(NodeLogging.Lifecycle)) : null,
            };
        }
        catch
        {
            if (postgres is not null) await postgres.DisposeAsync();
            gateway?.Dispose();
            await replica.DisposeAsync();
            throw;
        }
    }

    /// <summary>Hands the leadership over first, while the sessions are still there to be told where to go.</summary>
    public Task HandOverAsync(CancellationToken cancellation) => Replica.StopAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_isDown) return;
        _isDown = true;
        _firstPassword?.Dispose();
        await _http.DisposeAsync();
        await _postgres.DisposeAsync();
        _gateway.Dispose();
        _meters.Dispose();
        // By now nobody is served any more: what moves an address may do so.
        if (_callbacks is not null) await _callbacks.DisposeAsync();
        await Replica.DisposeAsync();
    }

    private static async Task<IReplicaNode> StartReplicaAsync(NodeSettings settings, ILoggerFactory logging, Func<ReplicaNodeOptions, ReplicaNodeOptions>? alter)
    {
        try
        {
            var options = ReplicaSetup.From(settings);
            return await ReplicaNode.StartAsync(alter is null ? options : alter(options), logging, CancellationToken.None);
        }
        catch (NodeStartException e)
        {
            throw new ExitException(ExitCodes.Of(e.Failure), e.Message);
        }
    }
}
