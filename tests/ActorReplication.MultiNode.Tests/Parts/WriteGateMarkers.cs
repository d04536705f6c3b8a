using System.Collections.Immutable;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>The state that a gate keeps at a marker in the log: that of the marker's index, whatever is applied with it.</summary>
public sealed class WriteGateMarkers : GateFixture
{
    private static readonly Term Term = new(1);


    [Fact]
    public async Task Follower_keeps_the_markers_state_although_more_is_committed_at_once()
    {
        var payloads = Payloads("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)");
        Cache.Append(new LogIndex(1), [Data(1, payloads[0]), Data(2, payloads[1]), Marker(3, "m"), Data(4, payloads[2])]);
        var reached = Gate.PinAtAsync("m");
        Gate.OnCommit(new LogIndex(4));
        await Board.WhenApplied(new LogIndex(4), default).WaitAsync(Patience);
        var marked = await reached.WaitAsync(Patience);
        using var state = marked.State;
        Assert.Equal(new LogPosition(Term, new LogIndex(3)), marked.At);
        Assert.Equal(1, state.HashTables().Single(t => t.Table == "t").Rows);
        using var now = Holder.Pin();
        Assert.Equal(2, now.HashTables().Single(t => t.Table == "t").Rows);
    }

    [Fact]
    public async Task Leader_keeps_the_markers_state_without_the_batch_that_comes_after_it()
    {
        Gate.OnServing(Term);
        await Lead("CREATE TABLE t (a)", 1);
        await Lead("INSERT INTO t VALUES (1)", 2);
        var reached = Gate.PinAtAsync("m");
        var write = Run("INSERT INTO t VALUES (2)");
        var id = (await Proposals.Next()).Id;
        Cache.Append(new LogIndex(3), [Marker(3, "m")]);
        Gate.OnAccepted(id, new LogRange(new LogIndex(4), new LogIndex(4)));
        Gate.OnCommit(new LogIndex(4));
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        var marked = await reached.WaitAsync(Patience);
        using var state = marked.State;
        Assert.Equal(3, marked.At.Index.Value);
        Assert.Equal(1, state.HashTables().Single(t => t.Table == "t").Rows);
    }

    [Fact]
    public async Task Other_markers_are_passed_by_and_one_that_is_asked_for_anew_is_given_up()
    {
        var first = Gate.PinAtAsync("one");
        var second = Gate.PinAtAsync("two");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        Cache.Append(new LogIndex(1), [Marker(1, "other")]);
        Gate.OnCommit(new LogIndex(1));
        await Board.WhenApplied(new LogIndex(1), default).WaitAsync(Patience);
        Assert.False(second.IsCompleted);
    }

    private async Task Lead(string sql, long index)
    {
        var write = Run(sql);
        Gate.OnAccepted((await Proposals.Next()).Id, new LogRange(new LogIndex(index), new LogIndex(index)));
        Gate.OnCommit(new LogIndex(index));
        await write.WaitAsync(Patience);
    }

    private static LogEntry Data(long index, ReadOnlyMemory<byte> payload) => new(new LogPosition(Term, new LogIndex(index)), EntryKind.Data, payload);

    private static LogEntry Marker(long index, string value)
    {
        var id = new NodeId("n1");
        var config = new ClusterConfig(new ClusterId(Guid.NewGuid()), ImmutableSortedDictionary<NodeId, Member>.Empty.Add(id, new Member(id, MemberKind.Voter)), DurabilityPolicy.Quorum);
        return new LogEntry(new LogPosition(Term, new LogIndex(index)), EntryKind.Config, default, config with { Settings = config.Settings.SetItem(WriteGate.Marker, value) });
    }

    private List<ReadOnlyMemory<byte>> Payloads(params string[] statements)
    {
        using var other = Database.Open(new DatabaseOptions(Path.Combine(Folder, "other.sqlite")));
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
}
