using System.Collections.Immutable;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>The state that a gate keeps at a marker in the log: that of the marker's index, whatever is applied with it.</summary>
public sealed class WriteGateMarkers : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Term Term = new(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("markers").FullName;
    private readonly EntryCache _cache = new(1 << 20);
    private readonly ReplicaBoard _board = new();
    private readonly DatabaseHolder _database;
    private readonly WriteGate _gate;
    private readonly Proposals _proposals = new();

    public WriteGateMarkers()
    {
        _database = new DatabaseHolder(new DatabaseOptions(Path.Combine(_folder, "data.sqlite")));
        _gate = new WriteGate(new GateLimits(100, 64, 1 << 20, 200), _database, new LogReader(_cache, new JournalMap(), "test"), _board, NullLogger.Instance, e => throw e);
        _gate.Attach(_proposals);
        _gate.Start();
    }

    public void Dispose()
    {
        _gate.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Follower_keeps_the_markers_state_although_more_is_committed_at_once()
    {
        var payloads = Payloads("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)");
        _cache.Append(new LogIndex(1), [Data(1, payloads[0]), Data(2, payloads[1]), Marker(3, "m"), Data(4, payloads[2])]);
        var reached = _gate.PinAtAsync("m");
        _gate.OnCommit(new LogIndex(4));
        await _board.WhenApplied(new LogIndex(4), default).WaitAsync(Patience);
        var marked = await reached.WaitAsync(Patience);
        using var state = marked.State;
        Assert.Equal(new LogPosition(Term, new LogIndex(3)), marked.At);
        Assert.Equal(1, state.HashTables().Single(t => t.Table == "t").Rows);
        using var now = _database.Pin();
        Assert.Equal(2, now.HashTables().Single(t => t.Table == "t").Rows);
    }

    [Fact]
    public async Task Leader_keeps_the_markers_state_without_the_batch_that_comes_after_it()
    {
        _gate.OnServing(Term);
        await Lead("CREATE TABLE t (a)", 1);
        await Lead("INSERT INTO t VALUES (1)", 2);
        var reached = _gate.PinAtAsync("m");
        var write = Run("INSERT INTO t VALUES (2)");
        var id = await _proposals.Next();
        _cache.Append(new LogIndex(3), [Marker(3, "m")]);
        _gate.OnAccepted(id, new LogRange(new LogIndex(4), new LogIndex(4)));
        _gate.OnCommit(new LogIndex(4));
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        var marked = await reached.WaitAsync(Patience);
        using var state = marked.State;
        Assert.Equal(3, marked.At.Index.Value);
        Assert.Equal(1, state.HashTables().Single(t => t.Table == "t").Rows);
    }

    [Fact]
    public async Task Other_markers_are_passed_by_and_one_that_is_asked_for_anew_is_given_up()
    {
        var first = _gate.PinAtAsync("one");
        var second = _gate.PinAtAsync("two");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        _cache.Append(new LogIndex(1), [Marker(1, "other")]);
        _gate.OnCommit(new LogIndex(1));
        await _board.WhenApplied(new LogIndex(1), default).WaitAsync(Patience);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task Leader_takes_no_clone_and_a_follower_asks_for_one()
    {
        _gate.OnServing(Term);
        Assert.Contains("this node leads", await _gate.CloneAsync().WaitAsync(Patience), StringComparison.Ordinal);
        _gate.OnNotServing();
        var clone = _gate.CloneAsync();
        Assert.Equal("an operator asked for a clone", await _proposals.Wanted.WaitAsync(Patience));
        Assert.False(clone.IsCompleted);
    }

    private async Task Lead(string sql, long index)
    {
        var write = Run(sql);
        _gate.OnAccepted(await _proposals.Next(), new LogRange(new LogIndex(index), new LogIndex(index)));
        _gate.OnCommit(new LogIndex(index));
        await write.WaitAsync(Patience);
    }

    private Task<WriteResult> Run(string sql) => _gate.RunAsync(new WriteRequest([new SqlCall(sql)], AckLevel.Committed, long.MaxValue, null));

    private static LogEntry Data(long index, ReadOnlyMemory<byte> payload) => new(new LogPosition(Term, new LogIndex(index)), EntryKind.Data, payload);

    private static LogEntry Marker(long index, string value)
    {
        var id = new NodeId("n1");
        var config = new ClusterConfig(new ClusterId(Guid.NewGuid()), ImmutableSortedDictionary<NodeId, Member>.Empty.Add(id, new Member(id, MemberKind.Voter)), DurabilityPolicy.Quorum);
        return new LogEntry(new LogPosition(Term, new LogIndex(index)), EntryKind.Config, default, config with { Settings = config.Settings.SetItem(WriteGate.Marker, value) });
    }

    private List<ReadOnlyMemory<byte>> Payloads(params string[] statements)
    {
        using var other = Database.Open(new DatabaseOptions(Path.Combine(_folder, "other.sqlite")));
        var payloads = new List<ReadOnlyMemory<byte>>();
        foreach (var sql in statements)
        {
            other.Writer.BeginBatch();
            other.Writer.BeginTransaction();
            Assert.True(other.Writer.Execute(new SqlCall(sql), long.MaxValue, null).Succeeded);
            payloads.Add(other.Writer.EndTransaction().Payload);
            other.Writer.CommitBatch(1, 1);
        }
        return payloads;
    }

    private sealed class Proposals : IProposer
    {
        private readonly System.Threading.Channels.Channel<ProposalId> _proposals = System.Threading.Channels.Channel.CreateUnbounded<ProposalId>();
        private readonly TaskCompletionSource<string> _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Wanted => _wanted.Task;

        public Task<ProposalId> Next() => _proposals.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public void Propose(ProposalId id, IReadOnlyList<ReadOnlyMemory<byte>> payloads, bool ackReceived, LogIndex? at) => _proposals.Writer.TryWrite(id);
        public void Applied(LogIndex index) { }
        public void Undone() { }
        public void WantsPages() { }
        public void NeedsSnapshot(string why) => _wanted.TrySetResult(why);
        public void SnapshotInstalled(LogPosition position, ClusterConfig config) { }
        public void SnapshotRefused(string why) { }
    }
}
