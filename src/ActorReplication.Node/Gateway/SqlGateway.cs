using ActorReplication.Cluster;
using ActorReplication.Core.Durability;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using ActorReplication.Postgres.Session;

namespace ActorReplication.Node.Gateway;

/// <summary>The node, as the PostgreSQL front end sees it.</summary>
internal sealed class SqlGateway : ISqlGateway, IDisposable
{
    private const int LongReadsWaiting = 1000;
    private readonly IReplicaNode _node;
    private readonly NodeStateFeed _feed;
    private readonly ReadThreads _threads;
    private readonly ReadPath _reads;
    private readonly SystemSettings _settings;
    private readonly NotificationFeed _notifications;
    private readonly RoleStore _roles;

    /// <param name="readers">Size of the database's reader pool. A quarter of it stays for point reads, whatever long reads do.</param>
    public SqlGateway(IReplicaNode node, DurabilityPolicy initialPolicy, int readers, RoleStore? roles = null)
    {
        _node = node;
        _feed = new NodeStateFeed(node);
        _threads = new ReadThreads(Math.Max(1, readers - Math.Max(1, readers / 4)), LongReadsWaiting);
        _reads = new ReadPath(node, _threads);
        _roles = roles ?? new RoleStore(node);
        _settings = new SystemSettings(node, initialPolicy);
        _notifications = new NotificationFeed(node);
    }

    public NodeState State => _feed.State;

    public IDisposable OnStateChanged(Action<NodeState> changed) => _feed.Subscribe(changed);

    public long SchemaVersion => _node.Database.SchemaVersion;

    public ISqlBackend OpenBackend() => new SqlBackend(_node, _reads, () => _feed.State);

    public string? SystemSetting(string name) => _settings.Get(name);

    public ValueTask<BackendError?> AlterSystemAsync(string name, string? value, CancellationToken cancellation) => _settings.AlterAsync(name, value, cancellation);

    public ValueTask<IDisposable> ListenAsync(Action<Notification> heard, CancellationToken cancellation) => _notifications.ListenAsync(heard, cancellation);

    public void CancelElsewhere(int processId, int secret) => _node.CancelElsewhere(SessionNumbers.Key(processId, secret), node => SessionNumbers.IsOn(node, processId));

    public RoleSet Roles => _roles.Roles;

    public ValueTask<BackendError?> ChangeRolesAsync(RoleChange change, CancellationToken cancellation) => _roles.ChangeAsync(change, _feed.State, cancellation);

    public IReadOnlyList<ReplicationRow> Replication() => ReplicationRows.Of(_node.Status);

    public LogProgress Progress
    {
        get
        {
            var status = _node.Status;
            return new LogProgress(status.Last.Index.Value, status.Commit.Value, status.Applied.Value);
        }
    }

    public void Dispose()
    {
        _notifications.Dispose();
        _feed.Dispose();
        _threads.Dispose();
    }
}
