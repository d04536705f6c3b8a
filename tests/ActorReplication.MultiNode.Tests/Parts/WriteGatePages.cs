using System.Collections.Immutable;
using System.Threading.Channels;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>The gate with pages as the method, on a real database, with the test in the place of the replica's actor.</summary>
public sealed class WriteGatePages : GateFixture
{
    private static readonly Term Term = new(1);
    private const string WantsPages = nameof(IProposer.WantsPages), NeedsSnapshot = nameof(IProposer.NeedsSnapshot), SnapshotInstalled = nameof(IProposer.SnapshotInstalled);

    private long _last;

    public WriteGatePages()
        : base(options => options with { MaxEntryBytes = 100_000 }, new CaptureRules(ReplicationMethod.Page, UnsafeStatements.Row))
    {
    }

    [Fact]
    public async Task One_entry_holds_the_whole_batch_and_is_proposed_for_one_position()
    {
        await Serve();
        var first = Run("INSERT INTO t VALUES (1)");
        var proposal = await Proposals.Next();
        var second = Run("INSERT INTO t VALUES (2)");
        var third = Run("INSERT INTO t VALUES (3)");
        Accept(proposal);
        await first.WaitAsync(Patience);
        var both = await Proposals.Next();
        Assert.Equal(new LogIndex(3), both.At);
        Assert.Single(both.Payloads);
        Accept(both);
        Assert.Equal(new LogPosition(Term, new LogIndex(3)), (await second.WaitAsync(Patience)).Position);
        Assert.Equal(new LogPosition(Term, new LogIndex(3)), (await third.WaitAsync(Patience)).Position);
        Assert.Equal(3, Count());
        Assert.Equal(3, Holder.Current.Applied.Index);
    }

    [Fact]
    public async Task Rows_travel_beside_the_pages_until_all_hold_them()
    {
        await Serve();
        Assert.True(await HasRows("INSERT INTO t VALUES (1)"));
        Board.PagesHeld = Guid.NewGuid();
        Assert.True(await HasRows("INSERT INTO t VALUES (2)"));
        Board.PagesHeld = Holder.Current.Writer.Lineage;
        Holder.Checkpoint();
        Assert.False(await HasRows("INSERT INTO t VALUES (3)"));
        Board.PagesHeld = null;
        Assert.False(await HasRows("INSERT INTO t VALUES (4)"));
    }

    /// <summary>A power failure would leave a file that no entry of pages fits, and nobody to clone from.</summary>
    [Fact]
    public async Task Rows_travel_beside_the_pages_until_a_checkpoint_has_made_the_lineage_durable()
    {
        Board.PagesHeld = null;
        await Serve();
        Assert.True(Holder.LineageAwaitsCheckpoint);
        Assert.True(await HasRows("INSERT INTO t VALUES (1)"));
        Holder.Checkpoint();
        Assert.False(Holder.LineageAwaitsCheckpoint);
        Assert.False(await HasRows("INSERT INTO t VALUES (2)"));
    }

    [Theory]
    [InlineData(true, WantsPages)]
    [InlineData(false, NeedsSnapshot)]
    public async Task An_actor_that_comes_later_is_told_what_theGate_asked_for(bool withRows, string wanted)
    {
        await Serve();
        Gate.OnNotServing();
        using (var other = Database.Open(new DatabaseOptions(Path.Combine(Folder, "other.sqlite"))))
        {
            CommitPages(other, 1, withRows, "CREATE TABLE t(a)");
            Append(EntryKind.Data, CommitPages(other, 2, withRows, "INSERT INTO t VALUES (1)"));
        }
        Gate.OnCommit(new LogIndex(2));
        Assert.Equal(wanted, (await Proposals.NextTold()).Call);
        var later = new ScriptedProposer();
        Gate.Attach(later);
        Assert.Equal(wanted, (await later.NextTold()).Call);
    }

    /// <summary>The replica forgets, with the install, what was wanted before it.</summary>
    [Theory]
    [InlineData(true, WantsPages)]
    [InlineData(false, NeedsSnapshot)]
    public async Task What_the_entries_after_an_installed_copy_ask_for_is_told_after_the_install(bool withRows, string wanted)
    {
        await Serve();
        if (!withRows) Board.PagesHeld = null;
        Holder.Checkpoint();
        Assert.Equal(withRows, await HasRows("INSERT INTO t VALUES (1)"));
        Gate.OnNotServing();
        var copy = Path.Combine(Folder, "copy.sqlite");
        Gate.InstallSnapshot(copy, CopyOfOther(copy));
        string told;
        while ((told = (await Proposals.NextTold()).Call) != SnapshotInstalled) Assert.Equal(wanted, told);
        Assert.Equal(wanted, (await Proposals.NextTold()).Call);
    }

    [Fact]
    public async Task A_batch_whose_position_was_taken_is_made_again_for_the_next()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)");
        var proposal = await Proposals.Next();
        Append(EntryKind.Barrier, default);
        Gate.OnMoved(proposal.Id);
        var again = await Proposals.Next();
        Assert.Equal(new LogIndex(3), again.At);
        Accept(again);
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(3, Holder.Current.Applied.Index);
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task A_transaction_too_large_for_an_entry_fails_and_takes_no_other_with_it()
    {
        await Serve();
        var first = Run("INSERT INTO t VALUES (1)");
        var proposal = await Proposals.Next();
        var small = Run("INSERT INTO t VALUES (2)");
        var large = Run("INSERT INTO t VALUES (randomblob(200000))");
        var second = Run("INSERT INTO t VALUES (3)");
        Accept(proposal);
        await first.WaitAsync(Patience);
        Accept(await Proposals.Next());
        Assert.Equal(WriteStatus.Committed, (await small.WaitAsync(Patience)).Status);
        var refused = await large.WaitAsync(Patience);
        Assert.Equal((WriteStatus.StatementFailed, FailureKind.TooLarge), (refused.Status, refused.Statements[^1].Failure!.Kind));
        Accept(await Proposals.Next());
        Assert.Equal(WriteStatus.Committed, (await second.WaitAsync(Patience)).Status);
        Assert.Equal(3, Count());
    }

    [Fact]
    public async Task A_refused_batch_had_no_effect()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)");
        Gate.OnRefused((await Proposals.Next()).Id);
        Assert.Equal(WriteStatus.LeadershipLost, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(0, Count());
        await HasRows("INSERT INTO t VALUES (2)");
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task What_was_proposed_when_leadership_was_lost_is_applied_from_the_log_if_it_commits_after_all()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)");
        var proposal = await Proposals.Next();
        Append(EntryKind.Data, proposal.Payloads[0]);
        Gate.OnAccepted(proposal.Id, new LogRange(new LogIndex(2), new LogIndex(2)));
        Gate.OnNotServing();
        Assert.Equal(WriteStatus.OutcomeUnknown, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(0, Count());
        Gate.OnCommit(new LogIndex(2));
        await Board.WhenApplied(new LogIndex(2), default).WaitAsync(Patience);
        Assert.Equal(1, Count());
        Assert.Equal(2, Holder.Current.Applied.Index);
    }

    [Fact]
    public async Task Failed_and_empty_transactions_make_no_entry()
    {
        await Serve();
        Assert.Equal(WriteStatus.StatementFailed, (await Run("INSERT INTO nowhere VALUES (1)").WaitAsync(Patience)).Status);
        Assert.Equal(WriteStatus.Committed, (await Run("DELETE FROM t").WaitAsync(Patience)).Status);
        Assert.Equal(1, Holder.Current.Applied.Index);
    }

    /// <summary>Of a database with the table, at the first position, that is of no lineage.</summary>
    private SnapshotManifest CopyOfOther(string path)
    {
        var config = new ClusterConfig(new ClusterId(Guid.NewGuid()), ImmutableSortedDictionary<NodeId, Member>.Empty, DurabilityPolicy.Quorum);
        using var other = Database.Open(new DatabaseOptions(Path.Combine(Folder, "other.sqlite")));
        other.Writer.BeginBatch();
        Execute(other, default, "CREATE TABLE t(a)");
        other.Writer.StoreConfig(Cluster.Wire.LogCodec.EncodeConfig(config));
        other.Writer.CommitBatch(Term.Value, 1);
        return other.CopyTo(path, 0, CancellationToken.None);
    }

    private static byte[] CommitPages(IDatabase database, long index, bool withRows, string sql)
    {
        byte[] payload = [];
        database.Writer.BeginBatch();
        Execute(database, new CaptureRules(ReplicationMethod.Page, UnsafeStatements.Row), sql);
        database.Writer.CommitPages(Term.Value, index, withRows, made => (payload = made.ToArray()).Length > 0);
        return payload;
    }

    private static void Execute(IDatabase database, CaptureRules rules, string sql)
    {
        database.Writer.BeginTransaction(rules);
        Assert.True(database.Writer.Execute(new SqlCall(sql), long.MaxValue, null).Succeeded);
        Assert.Null(database.Writer.EndTransaction().Failure);
    }

    private async Task<bool> HasRows(string sql)
    {
        var write = Run(sql);
        var proposal = await Proposals.Next();
        Accept(proposal);
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        return (proposal.Payloads[0].Span[1] & 1) != 0;
    }

    private async Task Serve()
    {
        Gate.OnServing(Term);
        var create = Run("CREATE TABLE t(a)");
        Accept(await Proposals.Next());
        Assert.Equal(WriteStatus.Committed, (await create.WaitAsync(Patience)).Status);
    }

    private void Accept(Proposal proposal)
    {
        Append(EntryKind.Data, proposal.Payloads[0]);
        var at = new LogIndex(_last);
        Gate.OnAccepted(proposal.Id, new LogRange(at, at));
        Gate.OnCommit(at);
    }

    private void Append(EntryKind kind, ReadOnlyMemory<byte> payload)
    {
        var entry = new LogEntry(new LogPosition(Term, new LogIndex(++_last)), kind, payload);
        Cache.Append(entry.Index, [entry]);
        Board.Last = entry.Index;
    }
}
