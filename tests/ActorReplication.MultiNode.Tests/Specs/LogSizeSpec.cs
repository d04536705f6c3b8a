using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Two nodes with data and a witness, under async: with one of the two gone nothing more is firm, and the log must not be cut.</summary>
public sealed class LogSizeSpec : ReplicationSpec
{
    private readonly RoleName[] voters;
    private readonly RoleName witness;

    public LogSizeSpec(ITestOutputHelper output)
        : base(output)
    {
        voters = [Role("first"), Role("second")];
        witness = Outsider("witness");
    }

    [Fact]
    public async Task Log_that_must_not_be_cut_has_a_limit_and_the_dead_voters_removal_lets_it_be_cut()
    {
        var leader = await StartWithLeader(voters);
        await StartAsync(witness);
        await Change(leader, new ConfigChange.Add(new Member(witness.Id, MemberKind.Witness, Address: $"{this[witness].Address.Host}:{this[witness].Address.Port}")));
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
        await AwaitSameContents(voters);
        await AwaitCondition("the witness following", () => this[witness].Status.Leader == leader.Role.Id && this[witness].Status.Commit == leader.Status.Commit);
        var dead = this[Except(leader.Role, witness)[0]];
        await dead.CrashAsync();

        var id = 0;
        await AwaitCondition("writes refused, since the log is full", async () => await WriteBlob(leader, ++id) == WriteStatus.LogFull);
        await AwaitCondition("the leader naming who is missing", () => leader.Status.LastProblem?.Contains($"{dead.Role.Name} does not answer", StringComparison.Ordinal) == true);
        var rows = await leader.ValueAsync("SELECT count(*) FROM t");
        Assert.InRange(leader.Status.LogBytes, 4 << 20, 8 << 20);

        await Change(leader, new ConfigChange.Remove(dead.Role.Id));
        await AwaitCondition("writes taken again", async () => await WriteBlob(leader, ++id) == WriteStatus.Committed);
        await AwaitCondition("the log cut", () => leader.Status.LogBytes < 4 << 20);
        Assert.True(long.Parse(await leader.ValueAsync("SELECT count(*) FROM t")) > long.Parse(rows));
        await AwaitCondition("the witness's log cut too", () => this[witness].Status.LogStart.Index > LogIndex.Zero);
    }

    protected override DurabilityPolicy Policy => DurabilityPolicy.Async;

    protected override ReplicaNodeOptions Configure(RoleName role, ReplicaNodeOptions options) => role.Name == "witness"
        ? options with { InitialVoters = [], LogBudgetBytes = 1 << 10, CheckpointBytes = 64 << 10 }
        : options with { LogBudgetBytes = 1 << 20, LogLimitBytes = 4 << 20, EntryCacheBytes = 256 << 10, CheckpointBytes = 256 << 10 };

    private static async Task<WriteStatus> WriteBlob(SpecNode node, int id)
    {
        var body = new byte[50_000];
        new Random(id).NextBytes(body);
        return (await node.WriteAsync([new SqlCall("INSERT INTO t VALUES (?1, ?2)", new Values(id, body))])).Status;
    }

    private static async Task Change(SpecNode node, ConfigChange change)
    {
        var result = await node.Node.ChangeConfigAsync(change, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(result.Succeeded, $"{change}: {result.Reason} {result.Message}");
    }
}
