using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Statements instead of rows in the log, and the change between both while the cluster works.</summary>
public sealed class MethodSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public MethodSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Nodes_are_equal_whatever_the_statements_draw()
    {
        var leader = await StartWithLeader(all);
        await SetAsync(leader, "replication.method", "statement");
        await leader.CommitAsync(
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, r DEFAULT (random()), at DEFAULT CURRENT_TIMESTAMP, n INT)",
            "CREATE TABLE log (r, at, n)",
            "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (random(), datetime('now'), last_insert_rowid()); END");
        await leader.CommitAsync("INSERT INTO t(n) VALUES (random()), (strftime('%s', 'now')), (last_insert_rowid())");
        await leader.CommitAsync("INSERT INTO t(n) SELECT n FROM t ORDER BY random() LIMIT 1", "UPDATE t SET n = n + 1", "INSERT INTO t(n) SELECT id FROM t");
        await leader.CommitAsync("DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY random() LIMIT 2)");

        await AwaitSameContents(all);
        Assert.Equal("6", await leader.ValueAsync("SELECT count(*) FROM t"));
        Assert.All(all, role => Assert.Equal(0, this[role].Status.DivergencesFound));
    }

    [Fact]
    public async Task A_node_that_was_down_repeats_them_when_it_comes_back_and_after_its_own_restart()
    {
        var leader = await StartWithLeader(all);
        await SetAsync(leader, "replication.method", "statement");
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, r DEFAULT (random()))");
        await AwaitSameContents(all);
        var follower = this[Except(leader.Role)[0]];
        await follower.CrashAsync();
        for (var i = 1; i <= 20; i++)
            await leader.CommitAsync($"INSERT INTO t(id) VALUES ({i})", "UPDATE t SET r = r + 1");
        await follower.StartAsync();
        await AwaitSameContents(all);
        Assert.Equal(0, follower.Status.DivergencesFound);
    }

    [Fact]
    public async Task Divergence_under_allow_is_counted_and_names_the_statement()
    {
        var leader = await StartWithLeader(all);
        await SetAsync(leader, "replication.method", "statement");
        await SetAsync(leader, "replication.unsafe_statements", "allow");
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)");
        // The one function here whose result is another on each connection: what it has changed since it was opened.
        await leader.CommitAsync("INSERT INTO t VALUES (1, total_changes()), (2, 0)");
        await leader.CommitAsync("INSERT INTO t VALUES (3, total_changes()), (4, 0)");
        var follower = this[Except(leader.Role)[0]];
        await AwaitCondition("the divergence found", () => follower.Status.DivergencesFound > 0);
        Assert.True(follower.Logged("INSERT INTO t VALUES"));
        Assert.True(follower.Logged("checksum"));
    }

    [Fact]
    public async Task Methods_change_under_load_with_a_crash_of_the_leader_in_it()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync(WriteLoad.CreateTable, "CREATE TABLE drawn (id INTEGER PRIMARY KEY, r DEFAULT (random()), at DEFAULT CURRENT_TIMESTAMP, n INT DEFAULT 0)");
        var load = new WriteLoad(6, Serving);
        var methods = new[] { "statement", "mixed", "row", "statement" };
        for (var i = 0; i < methods.Length; i++)
        {
            await AwaitCondition("the method changed", async () => Serving() is { } now && await TrySetAsync(now, "replication.method", methods[i]));
            var before = load.Acknowledged;
            await AwaitCondition("writes under it", async () =>
            {
                if (Serving() is { } now)
                    await now.WriteAsync("INSERT INTO drawn(n) VALUES (1), (2)", "UPDATE drawn SET n = n + 1");
                return load.Acknowledged > before + 100;
            });
            if (i != 1)
                continue;
            var crashed = Serving()!;
            await crashed.CrashAsync();
            await AwaitLeader(Except(crashed.Role));
            await crashed.StartAsync();
        }

        await load.StopAsync();
        await AwaitLeader(all);
        await AwaitSameContents(all);
        foreach (var role in all)
        {
            await load.AssertHeldBy(this[role]);
            Assert.Equal(0, this[role].Status.DivergencesFound);
        }
    }

    internal static async Task SetAsync(SpecNode node, string name, string? value) =>
        Assert.Equal(Core.RefusalReason.None, (await node.Node.ChangeConfigAsync(new ConfigChange.SetSetting(name, value), CancellationToken.None)).Reason);

    private static async Task<bool> TrySetAsync(SpecNode node, string name, string value) =>
        (await node.Node.ChangeConfigAsync(new ConfigChange.SetSetting(name, value), CancellationToken.None)).Succeeded;
}

/// <summary>Under async, statements that only the old leader has applied.</summary>
public sealed class StatementTailSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public StatementTailSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    protected override DurabilityPolicy Policy => DurabilityPolicy.Async;

    [Fact]
    public async Task An_applied_tail_of_statements_is_salvaged_and_replaced_by_a_clone()
    {
        var old = await StartWithLeader(all);
        await MethodSpec.SetAsync(old, "replication.method", "statement");
        await old.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'all')");
        await AwaitSameContents(all);

        TestConductor.Isolate(old.Role);
        await old.CommitAsync("INSERT INTO t VALUES (2, 'lost')");
        await old.CommitAsync("UPDATE t SET v = 'changed' WHERE id = 1");
        var leader = await AwaitLeader(Except(old.Role));
        await leader.CommitAsync("INSERT INTO t VALUES (2, 'kept')");
        await AwaitCondition("the old leader stepping down", () => !old.Serves);
        TestConductor.Rejoin(old.Role);

        await AwaitCondition("the clone", () => old.Logged("Cloned from the leader"));
        await AwaitSameContents(all);
        Assert.Equal("1:all,2:kept", await old.ValueAsync("SELECT group_concat(id || ':' || v) FROM t"));
        await AwaitCondition("the salvaged entries counted", () => old.Status.SalvagedEntries == 2);
        var lines = Directory.GetFiles(Path.Combine(old.Folder, "salvage"), "*.jsonl").SelectMany(File.ReadAllLines).ToList();
        Assert.Contains(lines, line => line.Contains("lost", StringComparison.Ordinal));
    }
}
