using ActorReplication.Cluster;
using ActorReplication.Cluster.Membership;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Programs of two formats in one cluster. An older one is this one that does no more than the oldest format.</summary>
public sealed class UpgradeSpec : ReplicationSpec
{
    private const int HoldMs = 300;

    private readonly RoleName first, second, third;
    private readonly HashSet<RoleName> older = [];

    public UpgradeSpec(ITestOutputHelper output)
        : base(output) => (first, second, third) = (Role("first"), Role("second"), Role("third"));

    protected override ReplicaNodeOptions Configure(RoleName role, ReplicaNodeOptions options) =>
        options with { NewestFormat = (byte)(older.Contains(role) ? ClusterFormat.Oldest : ClusterFormat.Newest), IdentifyAfterMs = 300, FinalizeAfterMs = HoldMs };

    [Fact]
    public async Task Member_with_an_older_program_holds_the_format_until_it_is_replaced_and_is_refused_afterwards()
    {
        older.Add(third);
        var leader = await StartWithLeader(first, second, third);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await AwaitKnown(leader, (first, 3), (second, 3), (third, 2));
        await AwaitSameContents(first, second, third);
        // Longer than it takes where nothing is in the way.
        var written = 0;
        for (var until = Environment.TickCount64 + 4 * HoldMs; Environment.TickCount64 < until; written++) await leader.CommitAsync($"INSERT INTO t VALUES ({written})");
        Assert.All((SpecNode[])[this[first], this[second], this[third]], n => Assert.Equal(2, n.Status.Format));

        await ReplaceAsync(third, isOlder: false);
        await AwaitFormat(3, first, second, third);
        leader = await AwaitLeader(first, second, third);
        await leader.CommitAsync($"INSERT INTO t VALUES ({written})");
        await AwaitSameContents(first, second, third);

        await this[third].StopAsync();
        older.Add(third);
        Assert.Contains("Start the newer program", (await Assert.ThrowsAsync<NodeStartException>(this[third].StartAsync)).Message, StringComparison.Ordinal);
        older.Remove(third);
        await this[third].StartAsync();
        await AwaitSameContents(first, second, third);
    }

    [Fact]
    public async Task Operator_holds_the_format_and_an_older_program_comes_back_until_it_is_let_go()
    {
        older.Add(third);
        var leader = await StartWithLeader(first, second, third);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        Assert.True((await leader.Node.ChangeConfigAsync(new ConfigChange.SetSetting(ClusterFormat.Finalize, ClusterFormat.Manual), CancellationToken.None)).Succeeded);
        await ReplaceAsync(third, isOlder: false);
        leader = await AwaitLeader(first, second, third);
        await AwaitKnown(leader, (first, 3), (second, 3), (third, 3));
        await leader.CommitAsync("INSERT INTO t VALUES (1)");

        await ReplaceAsync(third, isOlder: true);
        leader = await AwaitLeader(first, second, third);
        await leader.CommitAsync("INSERT INTO t VALUES (2)");
        await AwaitSameContents(first, second, third);
        Assert.Equal(2, leader.Status.Format);

        await ReplaceAsync(third, isOlder: false);
        leader = await AwaitLeader(first, second, third);
        Assert.True((await leader.Node.ChangeConfigAsync(new ConfigChange.SetSetting(ClusterFormat.Finalize, null), CancellationToken.None)).Succeeded);
        await AwaitFormat(3, first, second, third);
    }

    [Fact]
    public async Task Journal_says_itself_that_the_format_was_raised_though_nothing_was_written_since()
    {
        var leader = await StartWithLeader(first, second, third);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await AwaitFormat(3, first, second, third);
        await AwaitSameContents(first, second, third);
        await this[third].StopAsync();
        // Without the database, whose configuration would tell it first.
        Directory.Delete(Path.Combine(this[third].Folder, "db"), recursive: true);

        older.Add(third);
        await this[third].StartAsync();

        var failure = await this[third].Node.Fatal.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(StartFailure.DataFolder, failure.Start);
        Assert.Contains("a newer program wrote", failure.Message, StringComparison.Ordinal);
    }

    private async Task ReplaceAsync(RoleName role, bool isOlder)
    {
        await this[role].StopAsync();
        if (isOlder) older.Add(role);
        else older.Remove(role);
        await this[role].StartAsync();
    }

    private Task AwaitFormat(int format, params RoleName[] roles) => AwaitCondition($"format {format} on {string.Join(", ", roles)}", () => roles.All(r => this[r].Status.Format == format), TimeSpan.FromSeconds(30));

    private Task AwaitKnown(SpecNode leader, params (RoleName Role, int Newest)[] nodes) => AwaitCondition(
        "the leader knows what each program can do", () => nodes.All(n => leader.Node.Board.Formats.GetValueOrDefault(n.Role.Id) == n.Newest), TimeSpan.FromSeconds(30));
}
