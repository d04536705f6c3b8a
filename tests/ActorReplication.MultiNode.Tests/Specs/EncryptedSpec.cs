using System.Net;
using System.Net.Sockets;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Three nodes that talk over TLS, without the proxies of other specs, which read what is said.</summary>
[Collection(WholeClusters.Name)]
public sealed class EncryptedSpec(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly string[] Names = ["first", "second", "third"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("encrypted-spec-");
    private readonly SpecLog log = new(output);
    private readonly Dictionary<string, ReplicaNode> nodes = [];
    private readonly Dictionary<string, int> ports = Names.ToDictionary(n => n, _ => FreePort());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(nodes.Values.Select(n => n.DisposeAsync().AsTask()));
        log.End();
        folder.Delete(true);
    }

    [Fact]
    public async Task A_node_with_a_foreign_certificate_changes_nothing_and_is_one_of_us_with_a_good_one()
    {
        TestAuthority ours = new(Path.Combine(folder.FullName, "ours"), "ours"), foreign = new(Path.Combine(folder.FullName, "foreign"), "foreign");
        ours.Sign("first");
        ours.Sign("second");
        foreign.Sign("third");
        await StartAsync("first", ours.Hocon("first"));
        await StartAsync("second", ours.Hocon("second"));
        await StartAsync("third", foreign.Hocon("third", ours.Bundle));

        var leader = await LeaderAsync();
        await CommitAsync(leader, "CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var term = leader.Status.Term;
        for (var i = 0; i < 20; i++) await CommitAsync(leader, $"INSERT INTO t VALUES ({i})");
        await UntilAsync("both sides have said why", () => log.Has("third", "the other side does not take our certificate") && (log.Has("first", "is not from an authority that is trusted here") || log.Has("second", "is not from an authority that is trusted here")));
        Assert.Equal(default, nodes["third"].Status.Commit);
        Assert.Equal((term, true), (leader.Status.Term, leader.Status.Serving));

        await nodes["third"].DisposeAsync();
        ours.Sign("third");
        await StartAsync("third", ours.Hocon("third"));
        await UntilAsync("the third has caught up", () => nodes["third"].Status.Applied >= leader.Status.Commit && leader.Status.Commit.Value > 20);
    }

    private async Task StartAsync(string name, string tls)
    {
        var hocon = $"{SpecHocon.Remote(ports[name], ports[name])}\nakka.loglevel = WARNING\nakka.remote.dot-netty.tcp.{tls}\n{SpecHocon.SegmentJournal}";
        NodeAddress[] voters = [.. Names.Select(n => new NodeAddress(new NodeId(n), "127.0.0.1", ports[n]))];
        var options = new ReplicaNodeOptions(new NodeId(name), Path.Combine(folder.FullName, name), hocon, voters, DurabilityPolicy.Quorum) { ElectionTimeoutMs = 1500 };
        var node = await ReplicaNode.StartAsync(options, log.For(new RoleName(name)), CancellationToken.None);
        node.System!.EventStream.Subscribe(node.System.ActorOf(Akka.Actor.Props.Create(() => new Listener(log, name))), typeof(Akka.Event.Warning));
        nodes[name] = node;
    }

    private async Task<ReplicaNode> LeaderAsync()
    {
        await UntilAsync("somebody leads", () => nodes.Values.Any(n => n.Status is { Role: Role.Leader, Serving: true }));
        return nodes.Values.First(n => n.Status is { Role: Role.Leader, Serving: true });
    }

    private static async Task CommitAsync(ReplicaNode node, string sql)
    {
        var result = await node.Writes.RunAsync(new WriteRequest([new SqlCall(sql)], AckLevel.Committed, long.MaxValue, null)).WaitAsync(Patience);
        Assert.Equal(WriteStatus.Committed, result.Status);
    }

    private static async Task UntilAsync(string what, Func<bool> met)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!met())
        {
            Assert.False(patience.IsCancellationRequested, "never: " + what);
            await Task.Delay(20);
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private sealed class Listener : Akka.Actor.ReceiveActor
    {
        public Listener(SpecLog log, string name) => Receive<Akka.Event.Warning>(w => log.Line(name, w.Message.ToString()!));
    }
}
