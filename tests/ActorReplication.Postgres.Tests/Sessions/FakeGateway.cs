using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>A node in memory that runs <see cref="FakeTranslator"/>'s language: a list of strings and a set of names as its database, one transaction
/// at a time by copying. It records what sessions asked of it.</summary>
internal sealed class FakeGateway : ISqlGateway
{
    private readonly List<Action<NodeState>> _listeners = [];
    private long _schemaVersion = 1;

    public List<string> Items { get; set; } = [];
    public List<string> Tables { get; set; } = ["t"];
    public Lock Gate { get; } = new();

    /// <summary>What was asked: "run a|b", "begin", "exec a", "commit", "rollback", "savepoint s" …</summary>
    public ConcurrentQueue<string> Log { get; } = new();
    public ConcurrentQueue<RunOptions> Options { get; } = new();
    public TransactionMode LastMode { get; set; }

    /// <summary>What commits answer.</summary>
    public BackendError? CommitError { get; set; }
    public NodeState State { get; private set; } = new(NodeRole.Leader, 1, "n1", "n1");
    public long SchemaVersion => Volatile.Read(ref _schemaVersion);
    public LogProgress Progress => default;
    public ConcurrentDictionary<string, string> System { get; } = new() { ["synchronous_standby_names"] = "ANY 1 (*)" };

    /// <summary>Released when a "wait" has begun.</summary>
    public SemaphoreSlim Waiting { get; } = new(0);

    /// <summary>Backends disposed so far.</summary>
    public SemaphoreSlim Disposed { get; } = new(0);

    public IDisposable OnStateChanged(Action<NodeState> changed)
    {
        lock (Gate) _listeners.Add(changed);
        return new Subscription(() => { lock (Gate) _listeners.Remove(changed); });
    }

    public void Become(NodeRole role, long epoch, string? leader = null)
    {
        State = new NodeState(role, epoch, "n1", leader);
        Action<NodeState>[] listeners;
        lock (Gate) listeners = [.. _listeners];
        foreach (var listener in listeners) listener(State);
    }

    public void SchemaChanged() => Interlocked.Increment(ref _schemaVersion);

    public ISqlBackend OpenBackend() => new FakeBackend(this);

    public string? SystemSetting(string name) => System.GetValueOrDefault(name);

    public ValueTask<BackendError?> AlterSystemAsync(string name, string? value, CancellationToken cancellation)
    {
        if (!System.ContainsKey(name)) return new(new BackendError.InvalidSetting($"unrecognized configuration parameter \"{name}\""));
        System[name] = value ?? "";
        return new((BackendError?)null);
    }

    public IReadOnlyList<ReplicationRow> Replication() => [];

    public List<(int ProcessId, int Secret)> PassedOn { get; } = [];

    public void CancelElsewhere(int processId, int secret) { lock (PassedOn) PassedOn.Add((processId, secret)); }

    /// <summary>Who listens.</summary>
    public List<Action<Notification>> Listening { get; } = [];

    public ValueTask<IDisposable> ListenAsync(Action<Notification> heard, CancellationToken cancellation)
    {
        lock (Listening) Listening.Add(heard);
        return new(new Subscription(() => { lock (Listening) Listening.Remove(heard); }));
    }

    /// <summary>As the feed does it: whoever listened when it looked is told.</summary>
    public void Tell(Notification notification)
    {
        Action<Notification>[] told;
        lock (Listening) told = [.. Listening];
        foreach (var heard in told) heard(notification);
    }

    /// <summary>What the roles are from the second reading on; null: no others.</summary>
    public RoleSet? NextRoles { get; set; }
    private RoleSet _roles = RoleSet.Empty;

    public RoleSet Roles
    {
        get
        {
            var now = _roles;
            (_roles, NextRoles) = (NextRoles ?? now, null);
            return now;
        }
        set => _roles = value;
    }

    public ValueTask<BackendError?> ChangeRolesAsync(RoleChange change, CancellationToken cancellation)
    {
        var roles = Roles.All.Where(r => !Roles.IsUnmanaged || r.Name != RoleSet.Owner).ToDictionary(r => r.Name);
        foreach (var (name, role) in change.Apply(Roles))
        {
            roles.Remove(name);
            if (role is not null) roles[name] = role;
        }
        Roles = new RoleSet(roles.Values, "secret"u8.ToArray());
        return new((BackendError?)null);
    }

    private sealed class Subscription(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }
}

internal sealed class FakeBackend(FakeGateway gateway) : ISqlBackend
{
    private readonly SemaphoreSlim _cancelled = new(0);
    private (List<string> Items, List<string> Tables)? _open;
    private readonly List<(string Name, List<string> Items, List<string> Tables)> _savepoints = [];

    public bool InTransaction => _open is not null;

    public ValueTask<string?> LastCommitAsync(CancellationToken cancellation) => new("{}");

    public async ValueTask<RunOutcome> RunAsync(IReadOnlyList<StatementCall> statements, RunOptions options, CancellationToken cancellation)
    {
        var isSchema = statements[0].Sql == "schema";
        if (!isSchema)
        {
            gateway.Log.Enqueue("run " + string.Join('|', statements.Select(statement => statement.Sql)));
            gateway.Options.Enqueue(options);
        }
        if (InTransaction) throw new InvalidOperationException("RunAsync inside a transaction");
        Begin();
        var outcomes = new List<StatementOutcome>();
        try
        {
            foreach (var statement in statements)
            {
                outcomes.Add(await StepAsync(statement, cancellation));
                if (outcomes[^1].Error is not null) return new RunOutcome(outcomes, null);
            }
            var writes = statements.Any(statement => !statement.ReadOnly);
            return writes && gateway.CommitError is { } error ? new RunOutcome(outcomes, error) : Committed(outcomes);
        }
        finally
        {
            _open = null;
        }
    }

    public ValueTask<BackendError?> BeginAsync(TransactionMode mode, CancellationToken cancellation)
    {
        gateway.Log.Enqueue("begin");
        gateway.LastMode = mode;
        if (InTransaction) throw new InvalidOperationException("a transaction is open");
        Begin();
        return new((BackendError?)null);
    }

    public async ValueTask<StatementOutcome> ExecuteAsync(StatementCall statement, RunOptions options, CancellationToken cancellation)
    {
        if (statement.Sql != "schema") gateway.Log.Enqueue("exec " + statement.Sql);
        if (!InTransaction) throw new InvalidOperationException("no transaction is open");
        return await StepAsync(statement, cancellation);
    }

    public ValueTask<BackendError?> SavepointAsync(string name, CancellationToken cancellation)
    {
        gateway.Log.Enqueue("savepoint " + name);
        _savepoints.Add((name, [.. _open!.Value.Items], [.. _open.Value.Tables]));
        return new((BackendError?)null);
    }

    public ValueTask<bool> ReleaseAsync(string name, CancellationToken cancellation)
    {
        gateway.Log.Enqueue("release " + name);
        var index = _savepoints.FindLastIndex(savepoint => savepoint.Name == name);
        if (index >= 0) _savepoints.RemoveRange(index, _savepoints.Count - index);
        return new(index >= 0);
    }

    public ValueTask<bool> RollbackToAsync(string name, CancellationToken cancellation)
    {
        gateway.Log.Enqueue("rollback to " + name);
        var index = _savepoints.FindLastIndex(savepoint => savepoint.Name == name);
        if (index < 0) return new(false);
        _open = ([.. _savepoints[index].Items], [.. _savepoints[index].Tables]);
        _savepoints.RemoveRange(index + 1, _savepoints.Count - index - 1);
        return new(true);
    }

    public ValueTask<BackendError?> CommitAsync(RunOptions options, CancellationToken cancellation)
    {
        gateway.Log.Enqueue("commit");
        gateway.Options.Enqueue(options);
        if (gateway.CommitError is null) Committed([]);
        _open = null;
        _savepoints.Clear();
        return new(gateway.CommitError);
    }

    public ValueTask RollbackAsync()
    {
        gateway.Log.Enqueue("rollback");
        _open = null;
        _savepoints.Clear();
        return default;
    }

    public void Cancel()
    {
        gateway.Log.Enqueue("cancel");
        _cancelled.Release();
    }

    public ValueTask DisposeAsync()
    {
        if (InTransaction) gateway.Log.Enqueue("rollback on dispose");
        _open = null;
        gateway.Disposed.Release();
        return default;
    }

    private void Begin()
    {
        lock (gateway.Gate) _open = ([.. gateway.Items], [.. gateway.Tables]);
    }

    private RunOutcome Committed(List<StatementOutcome> outcomes)
    {
        lock (gateway.Gate)
        {
            var changed = gateway.Tables.Count != _open!.Value.Tables.Count;
            (gateway.Items, gateway.Tables) = _open.Value;
            if (changed) gateway.SchemaChanged();
        }
        return new RunOutcome(outcomes, null);
    }

    private async ValueTask<StatementOutcome> StepAsync(StatementCall call, CancellationToken cancellation)
    {
        var words = call.Sql.Split(' ');
        var sink = call.Sink;
        var (items, tables) = _open!.Value;
        switch (words[0])
        {
            case "schema":
                foreach (var table in tables) sink!.Row(new FakeRow([SqlValue.Text(table)]));
                return default;
            case "select":
                var row = new FakeRow([.. FakeTranslator.Items(call.Sql).Select(item => Value(item.Type, item.Value, call.Parameters))]);
                sink?.Start(row);
                sink?.Row(row);
                return new StatementOutcome(null, 0, 1);
            case "wide":
                var wide = new FakeRow([.. Enumerable.Range(1, tables.Count).Select(i => SqlValue.Of((long)i))]);
                sink!.Start(wide);
                sink.Row(wide);
                return new StatementOutcome(null, 0, 1);
            case "series": return await SeriesAsync(call, int.Parse(words[1], CultureInfo.InvariantCulture), words.Length > 2 ? int.Parse(words[2], CultureInfo.InvariantCulture) : 1);
            case "list":
                foreach (var item in items) sink!.Row(new FakeRow([SqlValue.Text(item)]));
                return new StatementOutcome(null, 0, items.Count);
            case "now":
                sink!.Row(new FakeRow([call.Parameters.Span[^1]]));
                return new StatementOutcome(null, 0, 1);
            case "insert" or "returning" or "two":
                if (words[1] == "dup") return new StatementOutcome(new BackendError.Engine(2067, "UNIQUE constraint failed: t.x", -1, null), 0, 0);
                var value = words[1].StartsWith('$') ? Encoding.UTF8.GetString(call.Parameters.Span[0].Bytes.Span) : words[1];
                items.Add(value);
                if (words[0] == "returning") sink!.Row(new FakeRow([SqlValue.Text(value)]));
                return new StatementOutcome(null, 1, 0);
            case "create":
                tables.Add(words[1]);
                return default;
            case "fail" or "failread": return new StatementOutcome(Failure(words[1]), 0, 0);
            case "wait":
                gateway.Waiting.Release();
                using (cancellation.Register(() => _cancelled.Release())) await _cancelled.WaitAsync(CancellationToken.None);
                cancellation.ThrowIfCancellationRequested();
                return new StatementOutcome(new BackendError.Cancelled(), 0, 0);
            default: return new StatementOutcome(null, 1, 0);
        }
    }

    /// <summary>On a thread of its own, which the sink may block.</summary>
    private static Task<StatementOutcome> SeriesAsync(StatementCall call, int count, int padding) => Task.Factory.StartNew(() =>
    {
        var pad = SqlValue.Text(new string('x', padding));
        var row = new FakeRow([default, pad]);
        call.Sink!.Start(row);
        for (var i = 1; i <= count; i++)
        {
            row.Values[0] = SqlValue.Of((long)i);
            call.Sink.Row(row);
        }
        return new StatementOutcome(null, 0, count);
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static SqlValue Value(string type, string text, ReadOnlyMemory<SqlValue> parameters)
    {
        if (text.StartsWith('$')) return parameters.Span[int.Parse(text[1..], CultureInfo.InvariantCulture) - 1];
        if (text == "null") return SqlValue.Null;
        return type == "raw" ? SqlValue.Text(text) : PgTypes.Find(PgTypes.OidOf(type)).ReadText(Encoding.UTF8.GetBytes(text), new ValueArena(), ValueFormat.Default);
    }

    public static BackendError Failure(string name) => name switch
    {
        "NoLeader" => new BackendError.NoLeader(),
        "LeadershipLost" => new BackendError.LeadershipLost(),
        "OutcomeUnknown" => new BackendError.OutcomeUnknown(),
        "ReadOnly" => new BackendError.ReadOnly("cannot execute UPDATE in a read-only transaction"),
        "StatementTimeout" => new BackendError.StatementTimeout(),
        "LockTimeout" => new BackendError.LockTimeout(),
        "IdleTimeout" => new BackendError.IdleTimeout(),
        "Overloaded" => new BackendError.Overloaded("too busy"),
        "Serialization" => new BackendError.Serialization("could not serialize access"),
        "TooLarge" => new BackendError.TooLarge("too large"),
        "Refused" => new BackendError.Refused("not allowed"),
        _ => new BackendError.Cancelled(),
    };
}

internal sealed class FakeRow(SqlValue[] values) : IResultRow
{
    public SqlValue[] Values => values;
    public int Count => values.Length;
    public string Name(int column) => "c";
    public string? DeclaredType(int column) => null;
    public SqlKind Kind(int column) => values[column].Kind;
    public long Int64(int column) => values[column].Int64;
    public double Double(int column) => values[column].Double;
    public ReadOnlySpan<byte> Text(int column) => values[column].Bytes.Span;
    public ReadOnlySpan<byte> Blob(int column) => values[column].Bytes.Span;
}
