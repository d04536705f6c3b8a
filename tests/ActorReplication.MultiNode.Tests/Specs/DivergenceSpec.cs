using ActorReplication.Cluster.Writes;
using ActorReplication.Core.Durability;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Under quorum the old leader's tail was never visible.</summary>
public sealed class DivergedTailSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public DivergedTailSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Tail_that_only_the_old_leader_holds_is_cut()
    {
        var old = await StartWithLeader(all);
        await old.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        await AwaitSameContents(all);

        TestConductor.Isolate(old.Role);
        var durable = old.Status.Durable;
        var lost = Enumerable.Range(1, 5).Select(id => old.WriteAsync($"INSERT INTO t VALUES ({id}, 'lost')")).ToList();
        await AwaitCondition("the tail in the old leader's journal", () => old.Status.Durable > durable);
        var leader = await AwaitLeader(Except(old.Role));
        await leader.CommitAsync("INSERT INTO t VALUES (1, 'kept'), (2, 'kept')");
        TestConductor.Rejoin(old.Role);

        await AwaitSameContents(all);
        Assert.Equal("kept,kept", await old.ValueAsync("SELECT group_concat(v) FROM t"));
        Assert.All(await Task.WhenAll(lost), result => Assert.NotEqual(WriteStatus.Committed, result.Status));
        Assert.Equal(0, old.Status.DivergencesFound);
    }
}

/// <summary>Under async the old leader has acknowledged and applied a tail that nobody else has.</summary>
public sealed class AsyncTailSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public AsyncTailSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    protected override DurabilityPolicy Policy => DurabilityPolicy.Async;

    [Fact]
    public async Task Applied_tail_is_undone_and_salvaged()
    {
        var old = await IsolateLeaderWithTail();

        TestConductor.Rejoin(old.Role);
        await AwaitSameContents(all);

        Assert.Equal("1:all,2:kept", await old.ValueAsync("SELECT group_concat(id || ':' || v) FROM t"));
        await AssertSalvaged(old);
        await AssertPutBack(old, all);
    }

    [Fact]
    public async Task Applied_tail_is_undone_and_salvaged_after_a_crash_too()
    {
        var old = await IsolateLeaderWithTail();

        await old.CrashAsync();
        TestConductor.Rejoin(old.Role);
        await old.StartAsync();
        await AwaitSameContents(all);

        Assert.Equal("1:all,2:kept", await old.ValueAsync("SELECT group_concat(id || ':' || v) FROM t"));
        await AssertSalvaged(old);
    }

    [Fact]
    public async Task Tail_with_a_schema_change_is_replaced_by_a_clone_and_salvaged()
    {
        var old = await IsolateLeaderWithTail("ALTER TABLE t ADD COLUMN w TEXT");

        TestConductor.Rejoin(old.Role);
        await AwaitCondition("the clone", () => old.Logged("Cloned from the leader"));
        await AwaitSameContents(all);

        Assert.Equal("1:all,2:kept", await old.ValueAsync("SELECT group_concat(id || ':' || v) FROM t"));
        await AssertSalvaged(old);
    }

    [Fact]
    public async Task Cut_is_not_in_the_journal_before_what_was_applied_is_taken_back()
    {
        var old = await StartWithLeader(all);
        await old.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'all')");
        await AwaitSameContents(all);
        var kept = old.Progress.Last;
        TestConductor.Isolate(old.Role);
        await old.CommitAsync("INSERT INTO t VALUES (2, 'lost')");
        await old.CommitAsync("UPDATE t SET v = 'changed' WHERE id = 1");
        using var busy = await BusyGate.OfAsync(old);
        var leader = await AwaitLeader(Except(old.Role));
        await AwaitCondition("the old leader stepping down", () => !old.Serves);

        TestConductor.Rejoin(old.Role);
        await AwaitCondition("the new leader's entries at the old one", () => old.Status.Last.Term == leader.Status.Term);
        for (var i = 1; i <= 20; i++)
            await leader.CommitAsync($"INSERT INTO t VALUES ({i * 10}, 'kept')");
        await AwaitCondition("more of them", () => old.Status.Last.Index.Value > kept.Value + 10);
        Assert.True(old.Status.Durable <= kept, $"durable up to {old.Status.Durable}, and the database still holds what is cut after {kept}");
        busy.Dispose();

        await AwaitSameContents(all);
        await AssertSalvaged(old);
    }

    private async Task<SpecNode> IsolateLeaderWithTail(params string[] more)
    {
        var old = await StartWithLeader(all);
        await old.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'all')");
        await AwaitSameContents(all);

        TestConductor.Isolate(old.Role);
        await old.CommitAsync("INSERT INTO t VALUES (2, 'lost')");
        await old.CommitAsync(["UPDATE t SET v = 'changed' WHERE id = 1", .. more]);
        Assert.Equal("1:changed,2:lost", await old.ValueAsync("SELECT group_concat(id || ':' || v) FROM t"));
        var leader = await AwaitLeader(Except(old.Role));
        await leader.CommitAsync("INSERT INTO t VALUES (2, 'kept')");
        await AwaitCondition("the old leader stepping down", () => !old.Serves);
        return old;
    }

    /// <summary>Row 2 is another one by now, row 1 is still as the tail found it.</summary>
    private async Task AssertPutBack(SpecNode node, RoleName[] roles)
    {
        var leader = await AwaitLeader(roles);
        var file = Assert.Single(node.Node.Salvage.List());
        Assert.Equal((null, 2, 2), (file.Problem, file.Transactions, file.Changes));
        var text = node.Node.Salvage.Read(file.Name);
        Assert.Contains("\"after\":{\"v\":\"lost\"}", text, StringComparison.Ordinal);

        var refused = await leader.Node.Salvage.ApplyAsync(text, skipConflicts: false, CancellationToken.None);
        Assert.Equal((false, "t", "2", "a row with its key exists, and is another"), (refused.IsDone, refused.Conflicts.Single().Table, refused.Conflicts.Single().Key, refused.Conflicts.Single().What));
        Assert.Equal("1:all,2:kept", await leader.ValueAsync("SELECT group_concat(id || ':' || v) FROM t"));

        foreach (var edited in (string[])[text.Replace("lost", "mine", StringComparison.Ordinal), text[..(text.IndexOf('\n') + 1)] + text[(text.IndexOf('\n', text.IndexOf('\n') + 1) + 1)..], text[..^20], ""])
            await Assert.ThrowsAsync<Cluster.Salvage.SalvageException>(() => leader.Node.Salvage.ApplyAsync(edited, true, CancellationToken.None));
        Assert.Throws<Cluster.Salvage.SalvageException>(() => node.Node.Salvage.Read("../node.json"));

        var applied = await leader.Node.Salvage.ApplyAsync(text, skipConflicts: true, CancellationToken.None);
        Assert.Equal((true, 1, 1, 1), (applied.IsDone, applied.Transactions, applied.PutBack, applied.Conflicts.Count));
        await AwaitSameContents(roles);
        Assert.Equal("1:changed,2:kept", await node.ValueAsync("SELECT group_concat(id || ':' || v) FROM t"));
    }

    private async Task AssertSalvaged(SpecNode node)
    {
        await AwaitCondition("the salvaged entries counted", () => node.Status.SalvagedEntries == 2);
        var lines = Directory.GetFiles(Path.Combine(node.Folder, "salvage"), "*.jsonl").SelectMany(File.ReadAllLines).ToList();
        Assert.Contains(lines, line => line.Contains("lost", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("changed", StringComparison.Ordinal));
    }
}
