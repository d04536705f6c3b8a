using System.Collections.Concurrent;
using System.Threading.Channels;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>The gate of an old leader whose applied entries are cut: a real database and entry cache, with the test in the place of the replica's actor.</summary>
public sealed class WriteGateCuts : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string folder = Directory.CreateTempSubdirectory("gate-cuts").FullName;
    private readonly EntryCache cache = new(1 << 20);
    private readonly DatabaseHolder database;
    private readonly WriteGate gate;
    private readonly Replica replica = new();
    private readonly List<LogEntry> log = [];

    public WriteGateCuts()
    {
        database = new DatabaseHolder(new DatabaseOptions(Path.Combine(folder, "data.sqlite")));
        gate = new WriteGate(
            new GateLimits(100, 64, 1 << 20, 200), database, new LogReader(cache, new JournalMap(), "test"), new ReplicaBoard(), NullLogger.Instance, e => replica.Trouble.Enqueue(e.ToString()));
        gate.Attach(replica);
        gate.Start();
    }

    public void Dispose()
    {
        gate.Dispose();
        database.Dispose();
        Directory.Delete(folder, recursive: true);
        Assert.Empty(replica.Trouble);
    }

    [Fact]
    public async Task Cut_entry_is_not_applied_again_after_it_was_taken_back()
    {
        await LeadWith("CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES ('one')", "INSERT INTO t VALUES ('two')");
        var (kept, cut) = (log[1], log[2]);
        gate.OnNotServing();

        gate.OnCut(new LogIndex(2));
        gate.Undo(kept.Position, [cut]);
        await replica.AppliedIndex(2);
        await PassBy();

        Assert.Equal("one", Contents());
    }

    [Fact]
    public async Task New_leaders_entries_come_after_what_was_cut_is_taken_back()
    {
        await LeadWith("CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES ('one')", "INSERT INTO t VALUES ('two')");
        var (kept, cut) = (log[1], log[2]);
        gate.OnNotServing();

        gate.OnCut(new LogIndex(2));
        cache.Append(new LogIndex(3), [Barrier(3), cut with { Position = new LogPosition(new Term(2), new LogIndex(4)) }]);
        gate.OnCommit(new LogIndex(4));
        await PassBy();
        gate.Undo(kept.Position, [cut]);
        await replica.AppliedIndex(4);

        Assert.Equal("one,two", Contents());
    }

    [Fact]
    public async Task What_was_cut_is_taken_back_durably_before_the_replica_hears_of_it()
    {
        await LeadWith("CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES ('one')", "INSERT INTO t VALUES ('two')");
        gate.OnNotServing();
        // Everything is in the file alone, as after a checkpoint.
        database.Checkpoint();

        gate.OnCut(new LogIndex(2));
        gate.Undo(log[1].Position, [log[2]]);
        await replica.NextUndone();

        // The file without its log: what a power failure is sure to leave.
        var left = Path.Combine(folder, "left.sqlite");
        File.Copy(database.Path, left);
        using var found = new DatabaseHolder(new DatabaseOptions(left));
        Assert.Equal(2, found.Applied.Index);
    }

    private static LogEntry Barrier(long index) => new(new LogPosition(new Term(2), new LogIndex(index)), EntryKind.Barrier, default);

    private async Task LeadWith(params string[] statements)
    {
        gate.OnServing(new Term(1));
        for (var i = 0; i < statements.Length; i++)
        {
            var write = gate.RunAsync(new WriteRequest([new SqlCall(statements[i])], AckLevel.Committed, long.MaxValue, null));
            var (id, payload) = await replica.NextProposal();
            var index = new LogIndex(i + 1);
            log.Add(new LogEntry(new LogPosition(new Term(1), index), EntryKind.Data, payload));
            cache.Append(index, [log[^1]]);
            gate.OnAccepted(id, new LogRange(index, index));
            gate.OnCommit(index);
            Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
            await replica.AppliedIndex(index.Value);
        }
    }

    /// <summary>A write that comes to nothing: the gate takes it only when it finds nothing to apply, so whatever it wanted to apply is applied by then.</summary>
    private async Task PassBy()
    {
        gate.OnServing(new Term(3));
        var write = gate.RunAsync(new WriteRequest([new SqlCall("INSERT INTO t VALUES ('refused')")], AckLevel.Committed, long.MaxValue, null));
        gate.OnRefused((await replica.NextProposal()).Id);
        Assert.NotEqual(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        gate.OnNotServing();
    }

    private string Contents()
    {
        using var reader = database.Current.TryRentReader()!;
        var rows = new Rows();
        Assert.True(reader.Execute(new SqlCall("SELECT group_concat(v) FROM t", Rows: rows), long.MaxValue, null).Succeeded);
        return rows.All[0][0];
    }

    private sealed class Replica : IProposer
    {
        private readonly Channel<(ProposalId, ReadOnlyMemory<byte>)> proposals = Channel.CreateUnbounded<(ProposalId, ReadOnlyMemory<byte>)>();
        private readonly Channel<LogIndex> applied = Channel.CreateUnbounded<LogIndex>();

        private readonly Channel<bool> undone = Channel.CreateUnbounded<bool>();

        public async Task NextUndone() => await undone.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public ConcurrentQueue<string> Trouble { get; } = [];

        public async Task<(ProposalId Id, ReadOnlyMemory<byte> Payload)> NextProposal() => await proposals.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        /// <summary>Until the gate reports this index. Reports come in the order in which things were done.</summary>
        public async Task AppliedIndex(long index)
        {
            while ((await applied.Reader.ReadAsync().AsTask().WaitAsync(Patience)).Value != index)
            {
            }
        }

        public void Propose(ProposalId id, IReadOnlyList<ReadOnlyMemory<byte>> payloads, bool ackReceived, LogIndex? at) => proposals.Writer.TryWrite((id, payloads[0].ToArray()));

        public void Applied(LogIndex index) => applied.Writer.TryWrite(index);

        public void Undone() => undone.Writer.TryWrite(true);

        public void WantsPages() { }
        public void NeedsSnapshot(string why) => Trouble.Enqueue(why);

        public void SnapshotInstalled(LogPosition position, ClusterConfig config) => Trouble.Enqueue("installed a snapshot");

        public void SnapshotRefused(string why) => Trouble.Enqueue(why);
    }
}
