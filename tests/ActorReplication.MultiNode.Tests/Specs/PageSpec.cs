using System.Security.Cryptography;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core.Durability;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Pages instead of rows in the log: every node's database file is the same, byte for byte.</summary>
public sealed class PageSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public PageSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    /// <summary>An entry of hundreds of megabytes keeps a leader's replica silent for seconds, with three nodes in one process.</summary>
    protected override ReplicaNodeOptions Configure(RoleName role, ReplicaNodeOptions options) =>
        LargeMegabytes > 64 ? options with { ElectionTimeoutMs = 20_000 } : options;

    [Fact]
    public async Task Files_are_equal_after_writes_schema_changes_and_full_text()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE before (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO before VALUES (1, 'rows')");
        await MethodSpec.SetAsync(leader, "replication.method", "page");
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
        await AwaitPages(all);
        await leader.CommitAsync("CREATE VIRTUAL TABLE f USING fts5(x)", "INSERT INTO f VALUES ('some words')", "INSERT INTO t SELECT 1, randomblob(100000)");
        await leader.CommitAsync("UPDATE t SET v = 'x'", "INSERT INTO f VALUES ('other words')", "DROP TABLE before", "CREATE INDEX tv ON t(v)");
        await AwaitSameFiles(all);
        foreach (var role in all)
            Assert.Equal("2", await this[role].ValueAsync("SELECT count(*) FROM f WHERE f MATCH 'words'"));
    }

    [Fact]
    public async Task Leader_and_followers_crash_under_load_and_all_files_are_equal_in_the_end()
    {
        await StartPaging();
        await Serving()!.CommitAsync(WriteLoad.CreateTable);
        var load = new WriteLoad(6, Serving);
        for (var round = 0; round < Rounds; round++)
        {
            var before = load.Acknowledged;
            await AwaitCondition("writes", () => load.Acknowledged > before + Random.Shared.Next(200));
            var leader = await AwaitLeader(all);
            var crashed = round % 2 == 0 ? leader : this[Except(leader.Role)[Random.Shared.Next(2)]];
            await crashed.CrashAsync();
            if (crashed == leader)
                await AwaitLeader(Except(crashed.Role));
            await crashed.StartAsync();
        }

        await load.StopAsync();
        await AwaitLeader(all);
        await AwaitSameFiles(all);
        foreach (var role in all)
            await load.AssertHeldBy(this[role]);
    }

    [Fact]
    public async Task Leadership_goes_round_and_back()
    {
        var leader = await StartPaging();
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
        var lineage = leader.Node.Database.Writer.Lineage;
        for (var i = 0; i < 4; i++)
        {
            var next = Except(leader.Role)[i % 2];
            await AwaitCondition("the handover", async () => (await leader.Node.TransferLeadershipAsync(this[next].Role.Id, CancellationToken.None)).Succeeded);
            leader = await AwaitLeader(all);
            await leader.CommitAsync($"INSERT INTO t VALUES ({i}, '{leader.Role}')", "UPDATE t SET v = v || '.'");
        }

        await AwaitSameFiles(all);
        Assert.Equal("4", await leader.ValueAsync("SELECT count(*) FROM t"));
        Assert.Equal(lineage, leader.Node.Database.Writer.Lineage);
        Assert.All(all, role => Assert.False(this[role].Logged("Waiting for a snapshot")));
    }

    [Fact]
    public async Task A_large_transaction_is_one_entry()
    {
        var leader = await StartPaging();
        await leader.CommitAsync("CREATE TABLE big (id INTEGER PRIMARY KEY, v BLOB)");
        var rows = LargeMegabytes * 16;
        var written = leader.WriteAsync($"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO big SELECT i, randomblob(65536) FROM n");
        Assert.Equal(WriteStatus.Committed, (await written.WaitAsync(TimeSpan.FromMinutes(5))).Status);
        await AwaitCondition("it applied everywhere", () => all.All(r => this[r].Progress.Applied >= leader.Progress.Commit), TimeSpan.FromMinutes(5));
        await AwaitSameFiles(all);
    }

    [Fact]
    public async Task Methods_change_to_pages_and_back_under_load()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync(WriteLoad.CreateTable);
        var load = new WriteLoad(6, Serving);
        foreach (var method in new[] { "page", "row", "statement", "page" })
        {
            await MethodSpec.SetAsync(leader, "replication.method", method);
            var before = load.Acknowledged;
            await AwaitCondition("writes under it", () => load.Acknowledged > before + 100);
            if (method == "page")
                await AwaitPages(all);
        }

        // Each of these takes the position that some batch was made for.
        for (var i = 0; i < 20; i++)
            await MethodSpec.SetAsync(leader, "replication.unsafe_statements", i % 2 == 0 ? "error" : "row");
        await load.StopAsync();
        await AwaitSameFiles(all);
        foreach (var role in all)
        {
            await load.AssertHeldBy(this[role]);
            Assert.Equal(0, this[role].Status.DivergencesFound);
        }
    }

    /// <summary>Nobody has its file's bytes then: what travels must not be of use to it alone.</summary>
    [Fact]
    public async Task A_leader_that_dies_right_after_the_switch_takes_nothing_with_it()
    {
        var old = await StartWithLeader(all);
        await old.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
        await MethodSpec.SetAsync(old, "replication.method", "page");
        await old.CommitAsync("INSERT INTO t VALUES (1, 1)");
        await old.CrashAsync();
        var leader = await AwaitLeader(Except(old.Role));
        await leader.CommitAsync("INSERT INTO t VALUES (2, 2)");
        Assert.Equal("2", await leader.ValueAsync("SELECT count(*) FROM t"));
        await old.StartAsync();
        await AwaitSameFiles(all);
    }

    [Fact]
    public async Task While_a_node_is_down_during_the_switch_its_rows_are_not_lost()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
        var down = this[Except(leader.Role)[0]];
        await AwaitSameContents(all);
        await down.CrashAsync();
        await MethodSpec.SetAsync(leader, "replication.method", "page");
        await leader.CommitAsync("INSERT INTO t VALUES (1, 1)");
        await AwaitCondition("the other one cloned", () => leader.Node.Database.Writer.Lineage is var l && l == this[Except(leader.Role)[0]].Node.Database.Writer.Lineage);
        await leader.CommitAsync("INSERT INTO t VALUES (2, 2)");
        await AwaitCondition("the one that is down awaited", () => leader.Status.PagesAwaited is [var awaited] && awaited == down.Role.Id);

        // The one that comes back has other bytes, and takes the rows that travelled beside the pages.
        await this[Except(leader.Role)[0]].StopAsync();
        await down.StartAsync();
        await AwaitLeader(leader.Role, down.Role);
        await AwaitCondition("what it missed", async () => await down.ValueAsync("SELECT count(*) FROM t") == "2");
        await this[all.First(r => r != leader.Role && r != down.Role)].StartAsync();
        await AwaitSameFiles(all);
        await AwaitCondition("nobody awaited", () => Serving() is { } now && now.Status.PagesAwaited.Count == 0);
    }

    /// <summary>A large test is run by hand: <c>PAGE_ROUNDS=200 PAGE_MEGABYTES=256</c>.</summary>
    private static int Rounds => Number("PAGE_ROUNDS", 3);

    private static int LargeMegabytes => Number("PAGE_MEGABYTES", 16);

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private async Task<SpecNode> StartPaging()
    {
        var leader = await StartWithLeader(all);
        await MethodSpec.SetAsync(leader, "replication.method", "page");
        await leader.CommitAsync("CREATE TABLE first (id INTEGER PRIMARY KEY)");
        await AwaitPages(all);
        return leader;
    }

    /// <summary>Every node holds the leader's lineage: entries are pages alone from here on.</summary>
    private Task AwaitPages(params IReadOnlyList<RoleName> roles) => AwaitCondition("the same lineage on all", () => HoldSamePages(roles.Select(r => this[r])));

    internal static bool HoldSamePages(IEnumerable<SpecNode> nodes)
    {
        var lineages = nodes.Select(n => n.IsRunning ? n.Node.Database.Writer.Lineage : Guid.Empty).Distinct().ToList();
        return lineages.Count == 1 && lineages[0] != Guid.Empty;
    }

    private async Task AwaitSameFiles(params IReadOnlyList<RoleName> roles)
    {
        await AwaitPages(roles);
        await AwaitSameContents(roles);
        foreach (var role in roles)
            this[role].Node.Database.Checkpoint();
        Assert.Single(roles.Select(r => HashOf(this[r])).Distinct());
    }

    private static string HashOf(SpecNode node)
    {
        using var file = new FileStream(Path.Combine(node.Folder, "db", "data.sqlite"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}

/// <summary>Under async, pages that only the old leader has applied.</summary>
public sealed class PageTailSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public PageTailSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    protected override DurabilityPolicy Policy => DurabilityPolicy.Async;

    [Fact]
    public async Task An_applied_tail_of_pages_is_named_and_replaced_by_a_clone()
    {
        var old = await StartWithLeader(all);
        await MethodSpec.SetAsync(old, "replication.method", "page");
        await old.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'all')");
        await AwaitCondition("the same lineage on all", () => PageSpec.HoldSamePages(all.Select(r => this[r])));
        // Until then rows travel beside the pages, and a tail could be told row by row.
        await AwaitCondition("pages alone", () => old.Status.PagesAwaited.Count == 0 && old.Node.Database.DurableLineage == old.Node.Database.Writer.Lineage);

        TestConductor.Isolate(old.Role);
        await old.CommitAsync("INSERT INTO t VALUES (2, 'lost')");
        var leader = await AwaitLeader(Except(old.Role));
        await leader.CommitAsync("INSERT INTO t VALUES (2, 'kept')");
        await AwaitCondition("the old leader stepping down", () => !old.Serves);
        TestConductor.Rejoin(old.Role);

        await AwaitCondition("the clone", () => old.Logged("Cloned from the leader") && old.Progress.Applied == leader.Progress.Last);
        await AwaitSameContents(all);
        Assert.Equal("1:all,2:kept", await old.ValueAsync("SELECT group_concat(id || ':' || v) FROM t"));
        Assert.True(old.Status.SalvagedEntries > 0);
        var lines = Directory.GetFiles(Path.Combine(old.Folder, "salvage"), "*.jsonl").SelectMany(File.ReadAllLines).ToList();
        Assert.Contains(lines, line => line.Contains("\"operation\":\"pages\"", StringComparison.Ordinal));
    }
}
