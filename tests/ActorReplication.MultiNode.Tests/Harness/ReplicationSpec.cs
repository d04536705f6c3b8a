using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>A spec over several nodes, in the shape of Akka's <c>MultiNodeSpec</c>: it declares roles, starts them, runs code on some of them with <see cref="RunOn"/>, waits for
/// everybody at <see cref="EnterBarrier"/>, and makes faults with <see cref="TestConductor"/>. Every role is a whole node with an actor system of its own on real Akka.Remote over loopback,
/// in this process.</summary>
[Collection(WholeClusters.Name)]
public abstract class ReplicationSpec : TestKit, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly string folder = Path.Combine(Path.GetTempPath(), $"replication-spec-{Guid.NewGuid():N}");
    private readonly SpecNetwork network = new();
    private readonly SpecLog log;
    private readonly Dictionary<RoleName, SpecNode> nodes = [];
    private readonly List<RoleName> voters = [];
    private readonly List<(RoleName Role, Task Work)> underWay = [];

    protected ReplicationSpec(ITestOutputHelper output)
        : base("akka.loglevel = WARNING")
    {
        log = new SpecLog(output);
        TestConductor = new TestConductor(network, nodes);
    }

    protected TestConductor TestConductor { get; }

    /// <summary>What the cluster starts with.</summary>
    protected virtual DurabilityPolicy Policy => DurabilityPolicy.Quorum;

    /// <summary>Every node's options before it starts.</summary>
    protected virtual ReplicaNodeOptions Configure(RoleName role, ReplicaNodeOptions options) => options;

    /// <summary>The journal's part of the HOCON.</summary>
    protected virtual string JournalHocon(string dataFolder) => SpecHocon.SegmentJournal;

    protected SpecNode this[RoleName role] => nodes[role];

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        await Task.WhenAll(nodes.Values.Select(node => node.EndAsync()));
        await network.DisposeAsync();
        log.End();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A voter from the start.</summary>
    protected RoleName Role(string name)
    {
        var role = Outsider(name);
        voters.Add(role);
        return role;
    }

    /// <summary>A node that is not in the cluster until it is added.</summary>
    protected RoleName Outsider(string name)
    {
        var role = new RoleName(name);
        nodes.Add(role, new SpecNode(role, Path.Combine(folder, name), network, log, OptionsOf));
        return role;
    }

    protected Task StartAsync(params IReadOnlyList<RoleName> roles) => Task.WhenAll(roles.Select(role => nodes[role].StartAsync()));

    /// <summary>Starts the nodes and has the first of them stand for election at once; the others elect it.</summary>
    protected async Task<SpecNode> StartWithLeader(params IReadOnlyList<RoleName> roles)
    {
        await StartAsync(roles);
        await nodes[roles[0]].Node.CampaignAsync(CancellationToken.None);
        return await AwaitLeader(roles);
    }

    /// <summary>The one that leads and takes writes right now, if there is one.</summary>
    protected SpecNode? Serving() => nodes.Values.FirstOrDefault(node => node.Serves);

    /// <summary>Starts the code for each of the roles at the same time; <see cref="EnterBarrier"/> waits for its end.</summary>
    protected void RunOn(Func<SpecNode, Task> body, params IReadOnlyList<RoleName> roles)
    {
        foreach (var role in roles)
            underWay.Add((role, Task.Run(() => body(nodes[role]))));
    }

    /// <summary>Waits until everything that was started with <see cref="RunOn"/> has ended on every role; its first failure is this one's.</summary>
    protected async Task EnterBarrier(string name)
    {
        log.Line("spec", $"barrier {name}");
        var all = Task.WhenAll(underWay.Select(w => w.Work));
        try
        {
            await all.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            var late = underWay.Where(w => !w.Work.IsCompleted).Select(w => w.Role.Name);
            throw new XunitException($"Barrier '{name}': still waiting for {string.Join(", ", late)}.\n{State()}");
        }

        underWay.Clear();
    }

    /// <summary>Waits for the condition, and says what it was and how all nodes stand if it does not come.</summary>
    protected async Task AwaitCondition(string what, Func<Task<bool>> condition, TimeSpan? max = null)
    {
        if (!await AwaitConditionNoThrowAsync(condition, max ?? Patience, Interval))
            throw new XunitException($"Did not come: {what}.\n{State()}");
        log.Line("spec", what);
    }

    protected Task AwaitCondition(string what, Func<bool> condition, TimeSpan? max = null) => AwaitCondition(what, () => Task.FromResult(condition()), max);

    /// <summary>The one of the roles that leads and takes writes, with all the others of them following it.</summary>
    protected async Task<SpecNode> AwaitLeader(params IReadOnlyList<RoleName> roles)
    {
        SpecNode? leader = null;
        await AwaitCondition($"a leader that all of {string.Join(", ", roles)} follow", () =>
        {
            leader = roles.Select(r => nodes[r]).Where(n => n.Serves).MaxBy(n => n.Status.Term.Value);
            return leader is not null && roles.All(r => nodes[r].IsRunning && nodes[r].Status.Leader == leader.Role.Id && nodes[r].Status.Term == leader.Status.Term);
        });
        return leader!;
    }

    /// <summary>All come to the same last position, have applied everything up to it, and hold the same tables.</summary>
    protected async Task AwaitSameContents(params IReadOnlyList<RoleName> roles)
    {
        var all = roles.Select(r => nodes[r]).ToList();
        await AwaitCondition(
            $"the same entries applied on {string.Join(", ", roles)}",
            () => all.All(n => n.IsRunning && n.Status.Last == all[0].Status.Last && n.Progress.Applied == all[0].Progress.Last && n.Progress.Last == all[0].Progress.Last));
        // An index that was applied may be of an entry that is just being taken back; the tables settle the matter.
        await AwaitCondition($"the same tables on {string.Join(", ", roles)}", () => all.Select(n => n.Contents()).Distinct().Count() == 1);
    }

    /// <summary>An actor system on the spec's network that is no node; the caller ends it.</summary>
    protected ActorSystem StartStranger(string name, string hocon)
    {
        var proxy = network.Proxy(new RoleName(name));
        proxy.BehindPort = SpecNode.FreePort();
        var config = ConfigurationFactory.ParseString(hocon)
            .WithFallback("akka.actor.provider = remote\n" + SpecHocon.Remote(proxy.BehindPort, proxy.Port));
        return ActorSystem.Create(name, config);
    }

    protected IReadOnlyList<RoleName> Except(params IReadOnlyList<RoleName> roles) => [.. nodes.Keys.Where(r => !roles.Contains(r) && nodes[r].IsRunning)];

    private string State() => string.Join("\n", nodes.Values.Select(node => node.IsRunning ? $"{node}\n  {node.Contents()}" : node.ToString()));

    private ReplicaNodeOptions OptionsOf(SpecNode node, int port)
    {
        var hocon = SpecHocon.Remote(port, node.Address.Port) + "\n" + JournalHocon(node.Folder);
        var options = new ReplicaNodeOptions(node.Role.Id, node.Folder, hocon, [.. voters.Select(v => nodes[v].Address)], Policy)
        {
            ElectionTimeoutMs = 1500,
            HeartbeatMs = 50,
            LeaseMs = 250,
        };
        return Configure(node.Role, options);
    }
}
