using ActorReplication.Cluster.Writes;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Entries that do not fit into one message of Akka.Remote.</summary>
public sealed class LargeTransactionSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public LargeTransactionSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Theory]
    [InlineData(300_000)]
    [InlineData(6_000_000)]
    public async Task Large_entry_travels_in_pieces(int bytes)
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");

        await WriteBlob(leader, 1, bytes);
        await leader.CommitAsync("INSERT INTO t VALUES (2, NULL)");

        await AwaitSameContents(all);
        Assert.Equal($"{bytes}", await this[all[2]].ValueAsync("SELECT length(body) FROM t WHERE id = 1"));
        Assert.True(leader.Serves);
    }

    [Fact]
    public async Task Several_large_entries_at_once_arrive_while_the_leader_stays()
    {
        var leader = await StartWithLeader(all);
        var term = leader.Status.Term;
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");

        await Task.WhenAll(Enumerable.Range(1, 6).Select(id => WriteBlob(leader, id, 1_500_000)));

        await AwaitSameContents(all);
        Assert.Equal(term, leader.Status.Term);
    }

    [Fact]
    public async Task Follower_that_was_away_catches_up_on_large_entries()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
        var away = this[Except(leader.Role)[0]];
        await away.CrashAsync();
        for (var id = 1; id <= 4; id++)
            await WriteBlob(leader, id, 1_000_000);

        await away.StartAsync();

        await AwaitSameContents(all);
    }

    private static async Task WriteBlob(SpecNode node, int id, int bytes)
    {
        var body = new byte[bytes];
        new Random(id).NextBytes(body);
        var result = await node.WriteAsync([new SqlCall("INSERT INTO t VALUES (?1, ?2)", new Values(id, body))]).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(WriteStatus.Committed, result.Status);
    }
}
