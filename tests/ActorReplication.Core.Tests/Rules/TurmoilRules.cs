using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

/// <summary>A short, coarse storm over the rules' own cluster; the simulator does this thoroughly.</summary>
public sealed class TurmoilRules
{
    public static TheoryData<int, string> Storms()
    {
        var data = new TheoryData<int, string>();
        for (var seed = 1; seed <= 20; seed++) data.Add(seed, new[] { "quorum", "semi", "sync", "async", "any" }[seed % 5]);
        return data;
    }

    [Theory, MemberData(nameof(Storms))]
    public void After_a_storm_all_logs_agree_and_the_cluster_serves(int seed, string policyName)
    {
        var policy = policyName switch
        {
            "semi" => DurabilityPolicy.SemiSync, "sync" => DurabilityPolicy.Sync, "async" => DurabilityPolicy.Async,
            "any" => DurabilityPolicy.AnyOf(1), _ => DurabilityPolicy.Quorum,
        };
        var names = new[] { "a", "b", "c", "d", "e" }[..(seed % 3 + 3)];
        var cluster = new TestCluster(string.Join(' ', names), policy);
        var draws = new Random(seed);
        cluster.Filter = (_, _, _) => draws.Next(20) != 0;
        for (var i = 0; i < 400; i++)
        {
            var name = names[draws.Next(names.Length)];
            var node = cluster[name];
            switch (draws.Next(12))
            {
                case 0: if (cluster.Nodes.Count(n => n.IsDown) < names.Length / 2) node.Crash(); break;
                case 1 or 2: if (node.IsDown) cluster.Restart(name); break;
                case 3: cluster.Isolate(name); break;
                case 4 or 5: cluster.Heal(); break;
                case 6: cluster.Step(name, new Input.CampaignRequested(new RequestId(i))); break;
                case 7: cluster.Step(name, new Input.TransferRequested(new RequestId(i), null)); break;
                case 8: node.SyncsAtOnce = draws.Next(3) != 0; break;
                case 9: cluster.Step(name, new Input.PeerSuspected(node.Replica.Leader ?? node.Id)); break;
                case 10: cluster.Step(name, new Input.CompactionRequested(node.Replica.Applied)); break;
                default: cluster.Step(name, new Input.ReadRequested(new RequestId(i))); break;
            }
            foreach (var n in cluster.Nodes.Where(n => !n.IsDown && n.Replica.IsServing).ToArray()) cluster.Propose(n.Id.Name, $"{seed}-{i}");
            if (draws.Next(2) == 0) foreach (var n in names) cluster.Sync(n);
            cluster.Run(draws.Next(6) * 10);
        }
        cluster.Filter = (_, _, _) => true;
        cluster.Heal();
        foreach (var node in cluster.Nodes)
        {
            node.SyncsAtOnce = true;
            if (node.IsDown) cluster.Restart(node.Id.Name);
            else cluster.Sync(node.Id.Name);
        }
        cluster.Elect();
        cluster.Propose(cluster.Leader.Id.Name, "end");
        cluster.RunUntil(() => cluster.IsLevel);
        foreach (var node in cluster.Nodes)
            foreach (var entry in node.Entries)
                if (cluster.Leader.EntryAt(entry.Index.Value) is { } same)
                    Assert.True(same.Position == entry.Position && same.Payload.Span.SequenceEqual(entry.Payload.Span));
    }
}
