using System.Collections.Immutable;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Tests.Gateway;

/// <summary>A node that says what the test tells it to, and remembers what it was asked.</summary>
internal sealed class FakeNode : IReplicaNode
{
    public FakeNode()
    {
        var members = ImmutableSortedDictionary.CreateRange(((string[])["n1", "n2", "n3"]).Select(n => KeyValuePair.Create(new NodeId(n), new Member(new NodeId(n), MemberKind.Voter, Address: $"akka.tcp://replication@127.0.0.{n[1]}:2551"))));
        Config = new ClusterConfig(new ClusterId(Guid.NewGuid()), members, DurabilityPolicy.Quorum);
        Status = Make(Role.Leader, 1, "n1", true);
    }

    public ClusterConfig Config { get; set; }
    public NodeStatus Status { get; private set; }
    public event Action<NodeStatus>? Changed;
    public FakeDatabase Data { get; } = new();
    public FakeGate Gate { get; } = new();
    public FakeReads Reading { get; } = new();
    public IDatabase Database => Data;
    public IWriteGate Writes => Gate;
    public IReadGate Reads => Reading;
    public Cluster.Archive.ArchiveStatus? Archive => null;
    public Cluster.Backups.IBackups Backups => throw new NotSupportedException();
    public FakeLog Log { get; } = new();
    public IReplicaLog Entries => Log;
    public Cluster.Salvage.ISalvage Salvage => throw new NotSupportedException();
    public IReadOnlyList<ElectionRecord> Elections { get; set; } = [];
    public Task<NodeFailure> Fatal { get; } = new TaskCompletionSource<NodeFailure>().Task;
    public List<ConfigChange> Changes { get; } = [];
    public List<NodeId?> Transfers { get; } = [];
    public ControlResult Control { get; set; }

    public NodeStatus Make(Role role, long term, string? leader, bool serving, IReadOnlyList<PeerStatus>? peers = null) => new(
        new NodeId("n1"), Guid.NewGuid(), Config.Cluster, role, new Term(term), leader is null ? null : new NodeId(leader), serving,
        new LogPosition(new Term(term), new LogIndex(20)), new LogIndex(20), new LogIndex(19), new LogIndex(18), Config, peers ?? [], 0, 0, null);

    public void Become(Role role, long term, string? leader, bool serving, IReadOnlyList<PeerStatus>? peers = null)
    {
        Status = Make(role, term, leader, serving, peers);
        Changed?.Invoke(Status);
    }

    public Task<MarkedState> PinAtAsync(string marker) => throw new NotSupportedException();
    public Task<string?> CloneAsync(CancellationToken cancellation) => Task.FromResult<string?>(null);

    public event Action<long>? CancelAsked;
    public List<(long Key, bool MeansN2)> Cancels { get; } = [];
    public void CancelElsewhere(long key, Func<string, bool> isMeant) => Cancels.Add((key, isMeant("n2")));
    public void AskCancel(long key) => CancelAsked?.Invoke(key);

    public CommitReceipt? Receipt { get; set; }

    public Task<CommitReceipt?> ReceiptAsync(LogPosition position, CancellationToken cancellation) => Task.FromResult(Receipt is { } r ? r with { Position = position } : null);

    public Task<ControlResult> ChangeConfigAsync(ConfigChange change, CancellationToken cancellation)
    {
        Changes.Add(change);
        return Task.FromResult(Control);
    }

    /// <summary>Before a change of a setting is looked at.</summary>
    public Action OnChangeSetting { get; set; } = () => { };

    public Task<ControlResult?> ChangeSettingAsync(ConfigChange.SetSetting change, SettingsBasis basis, CancellationToken cancellation)
    {
        OnChangeSetting();
        if (Status.Role != Role.Leader) return Task.FromResult<ControlResult?>(new ControlResult(RefusalReason.NotLeader, null));
        if (!basis.Holds(Config)) return Task.FromResult<ControlResult?>(null);
        Changes.Add(change);
        if (Control.Succeeded) Set(change.Name, change.Value);
        return Task.FromResult<ControlResult?>(Control);
    }

    /// <summary>The entry that sets it has been adopted, whoever wrote it.</summary>
    public void Set(string name, string? value)
    {
        Config = Config with { Settings = value is null ? Config.Settings.Remove(name) : Config.Settings.SetItem(name, value) };
        Status = Status with { Config = Config };
    }

    public Task<ControlResult> TransferLeadershipAsync(NodeId? to, CancellationToken cancellation)
    {
        Transfers.Add(to);
        if (Control.Succeeded) Become(Role.Follower, Status.Term.Value + 1, to?.Name ?? "n2", true);
        return Task.FromResult(Control);
    }

    public Task<ControlResult> CampaignAsync(CancellationToken cancellation)
    {
        if (Control.Succeeded) Become(Role.Leader, Status.Term.Value + 1, "n1", true);
        return Task.FromResult(Control);
    }

    public int Reinits { get; private set; }

    public Task<ControlResult> ReinitAsync(CancellationToken cancellation)
    {
        if (Control.Succeeded) Reinits++;
        return Task.FromResult(Control);
    }

    public Task StopAsync(CancellationToken cancellation) => Task.CompletedTask;
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

internal sealed class FakeReads : IReadGate
{
    public ReadAdmission Answer { get; set; }
    public List<(ReadLevel Level, long AtLeast)> Asked { get; } = [];

    public ValueTask<ReadAdmission> EnterAsync(ReadLevel level, LogIndex atLeast, CancellationToken cancellation)
    {
        Asked.Add((level, atLeast.Value));
        return new ValueTask<ReadAdmission>(Answer);
    }
}

internal sealed class FakeGate : IWriteGate
{
    public WriteStatus Answer { get; set; }
    public LogPosition Position { get; set; } = new(new Term(1), new LogIndex(21));
    public SqlFailure? Failure { get; set; }
    public GateQueue Queue { get; set; }
    public List<WriteRequest> Requests { get; } = [];
    public List<string> Log { get; } = [];
    public Dictionary<string, CommitRecord> Tokens { get; } = [];
    public LogPosition CommitPosition { get; set; } = new(new Term(1), new LogIndex(30));
    public Action OnRun { get; set; } = () => { };
    public Func<string, bool> FailsStatement { get; set; } = _ => false;
    public Func<string, WriteStatus> OnExecute { get; set; } = _ => WriteStatus.Committed;

    public Task<WriteResult> RunAsync(WriteRequest request)
    {
        Requests.Add(request);
        OnRun();
        SqlOutcome[] outcomes = Answer switch
        {
            WriteStatus.Committed => [.. request.Calls.Select(_ => new SqlOutcome(null, 1, 0, false))],
            WriteStatus.StatementFailed => [new SqlOutcome(Failure, 0, 0, false)],
            _ => [],
        };
        return Task.FromResult(new WriteResult(Answer, outcomes, Answer == WriteStatus.Committed ? Position : LogPosition.Zero));
    }

    public ValueTask<(WriteStatus Status, IInteractiveWrite? Transaction)> AcquireAsync(long deadline, int idleTimeoutMs, ICancelHandle? cancel)
    {
        Log.Add("acquire");
        return new((Answer, Answer == WriteStatus.Committed ? new Interactive(this) : null));
    }

    public IInteractiveWrite Open(int idleTimeoutMs)
    {
        Log.Add("open");
        return new Interactive(this);
    }

    private sealed class Interactive(FakeGate gate) : IInteractiveWrite
    {
        public ValueTask<(WriteStatus Status, SqlOutcome Outcome)> ExecuteAsync(SqlCall call, long deadline, ICancelHandle? cancel, int lockTimeoutMs = 0)
        {
            gate.Log.Add(call.Sql);
            return new((gate.OnExecute(call.Sql), gate.FailsStatement(call.Sql) ? new SqlOutcome(gate.Failure, 0, 0, false) : new SqlOutcome(null, 1, 0, false)));
        }

        public ValueTask<WriteStatus> SavepointAsync(string name)
        {
            gate.Log.Add("savepoint " + name);
            return new(WriteStatus.Committed);
        }

        public ValueTask<bool> ReleaseAsync(string name) => new(true);
        public ValueTask<bool> RollbackToAsync(string name) => new(true);

        public ValueTask<(WriteStatus Status, CommitRecord? Known)> FindTokenAsync(string token)
        {
            gate.Log.Add("find " + token);
            return new((WriteStatus.Committed, gate.Tokens.GetValueOrDefault(token)));
        }

        public ValueTask<WriteResult> CommitAsync(AckLevel level, CommitRecord? record)
        {
            gate.Log.Add("commit " + level);
            if (record is not null) gate.Tokens[record.Token] = record;
            return new(new WriteResult(WriteStatus.Committed, [], gate.CommitPosition));
        }

        public ValueTask RollbackAsync()
        {
            gate.Log.Add("rollback");
            return default;
        }

        public ValueTask DisposeAsync()
        {
            gate.Log.Add("dispose");
            return default;
        }
    }
}

internal sealed class FakeLog : IReplicaLog
{
    public List<LogEntry> Held { get; } = [];
    public long Start { get; set; }
    public LogExtent Extent => new(new LogIndex(Start), new LogIndex(Start + Held.Count), Held.Sum(e => (long)e.SizeBytes));

    public Task<IReadOnlyList<LogEntry>> ReadAsync(LogIndex first, LogIndex last, long maxBytes) =>
        Task.FromResult<IReadOnlyList<LogEntry>>([.. Held.Where(e => e.Index >= first && e.Index <= last)]);

    public Task<LogCheck> CheckAsync(CancellationToken cancellation) => Task.FromResult(new LogCheck(new LogIndex(Start + 1), Extent.Last, Held.Count, 0, null));
}
