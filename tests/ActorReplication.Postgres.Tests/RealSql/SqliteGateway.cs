using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Tests.Dialect;
using SQLitePCL;

namespace ActorReplication.Postgres.Tests.RealSql;

/// <summary>A node whose database is one SQLite connection in memory, with one transaction at a time: for sessions that speak real SQL.</summary>
internal sealed class SqliteGateway : ISqlGateway, IDisposable
{
    private long _schemaVersion = 1;
    private int _listeners;

    public DialectDatabase Database { get; } = new();

    /// <summary>Whoever holds it may use the connection.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>What commits of writes answer, having done nothing.</summary>
    public BackendError? CommitError { get; set; }

    public NodeState State { get; } = new(NodeRole.Leader, 1, "n1", "n1");
    public long SchemaVersion => Volatile.Read(ref _schemaVersion);
    public LogProgress Progress => default;

    public IDisposable OnStateChanged(Action<NodeState> changed) => new Nothing();
    public ISqlBackend OpenBackend() => new SqliteBackend(this);
    public string? SystemSetting(string name) => null;
    public ValueTask<BackendError?> AlterSystemAsync(string name, string? value, CancellationToken cancellation) => new(new BackendError.InvalidSetting("none here"));
    public IReadOnlyList<ReplicationRow> Replication() => [];

    public ActorReplication.Postgres.Security.RoleSet Roles => ActorReplication.Postgres.Security.RoleSet.Empty;

    public ValueTask<BackendError?> ChangeRolesAsync(RoleChange change, CancellationToken cancellation) => throw new NotSupportedException();

    public List<(int ProcessId, int Secret)> PassedOn { get; } = [];

    public void CancelElsewhere(int processId, int secret) { lock (PassedOn) PassedOn.Add((processId, secret)); }

    /// <summary>Who listens, by a number.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<int, Action<Notification>> Listeners { get; } = new();

    public ValueTask<IDisposable> ListenAsync(Action<Notification> heard, CancellationToken cancellation)
    {
        var number = Interlocked.Increment(ref _listeners);
        Listeners[number] = heard;
        return new(new Ending(() => Listeners.TryRemove(number, out _)));
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
    public void SchemaChanged() => Interlocked.Increment(ref _schemaVersion);
    public void Dispose() => Database.Dispose();

    private sealed class Nothing : IDisposable
    {
        public void Dispose() { }
    }
}

internal sealed class SqliteBackend(SqliteGateway gateway) : ISqlBackend
{
    private bool _hasTurn;
    private bool _changedSchema;
    private bool _hasWritten;

    public bool InTransaction { get; private set; }

    public async ValueTask<RunOutcome> RunAsync(IReadOnlyList<StatementCall> statements, RunOptions options, CancellationToken cancellation)
    {
        await BeginAsync(default, cancellation);
        var outcomes = new List<StatementOutcome>();
        foreach (var statement in statements)
        {
            outcomes.Add(await ExecuteAsync(statement, options, cancellation));
            if (outcomes[^1].Error is null) continue;
            await RollbackAsync();
            return new RunOutcome(outcomes, null);
        }
        return new RunOutcome(outcomes, await CommitAsync(options, cancellation));
    }

    public ValueTask<BackendError?> BeginAsync(TransactionMode mode, CancellationToken cancellation)
    {
        InTransaction = true;
        return new((BackendError?)null);
    }

    public async ValueTask<StatementOutcome> ExecuteAsync(StatementCall statement, RunOptions options, CancellationToken cancellation)
    {
        if (!_hasTurn)
        {
            await gateway.Turn.WaitAsync(cancellation);
            _hasTurn = true;
            gateway.Database.Execute("BEGIN");
        }
        return await Task.Factory.StartNew(() => Execute(statement), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public ValueTask<BackendError?> SavepointAsync(string name, CancellationToken cancellation) => new((BackendError?)null);
    public ValueTask<bool> ReleaseAsync(string name, CancellationToken cancellation) => new(true);
    public ValueTask<bool> RollbackToAsync(string name, CancellationToken cancellation) => new(true);

    public ValueTask<BackendError?> CommitAsync(RunOptions options, CancellationToken cancellation)
    {
        if (_hasWritten && gateway.CommitError is { } error)
        {
            End("ROLLBACK");
            return new(error);
        }
        End("COMMIT");
        foreach (var notification in options.Notifications ?? [])
            foreach (var listener in gateway.Listeners.Values) listener(notification);
        return new((BackendError?)null);
    }

    public ValueTask RollbackAsync()
    {
        End("ROLLBACK");
        return default;
    }

    public ValueTask<string?> LastCommitAsync(CancellationToken cancellation) => new((string?)null);
    public void Cancel() { }
    public ValueTask DisposeAsync() => RollbackAsync();

    private StatementOutcome Execute(StatementCall call)
    {
        try
        {
            var (rows, changes) = gateway.Database.Run(call);
            _hasWritten |= changes > 0;
            if (call.Sql.StartsWith("CREATE", StringComparison.Ordinal) || call.Sql.StartsWith("DROP", StringComparison.Ordinal) || call.Sql.StartsWith("ALTER", StringComparison.Ordinal) || call.Sql.StartsWith("REDEFINE", StringComparison.Ordinal)) _changedSchema = true;
            return new StatementOutcome(null, changes, rows);
        }
        catch (SqliteRefusal refused)
        {
            return new StatementOutcome(new BackendError.Engine(refused.Code, refused.SqliteMessage, -1, null), 0, 0);
        }
        catch (DialectException raised)
        {
            return new StatementOutcome(new BackendError.Engine(raw.SQLITE_ERROR, raised.Message, -1, raised.SqlState), 0, 0);
        }
    }

    private void End(string how)
    {
        InTransaction = false;
        if (!_hasTurn) return;
        gateway.Database.Execute(how);
        if (how == "ROLLBACK") gateway.Database.ForgetCatalogs();
        // Only then: the schema is read through another backend, which has to wait for this one's turn.
        if (_changedSchema) gateway.SchemaChanged();
        _hasTurn = _changedSchema = _hasWritten = false;
        gateway.Turn.Release();
    }
}
