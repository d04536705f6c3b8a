using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Tests.Http;
using Xunit;

namespace ActorReplication.Node.Tests.Deployment;

/// <summary>Alert rules and dashboard in deploy/: every metric that they name is one that a node tells.</summary>
public sealed partial class MonitoringFiles : ApiFixture
{
    // Told only by a node that archives; Metrics.cs has them.
    private static readonly string[] OnlySometimes = ["actor_replication_archive_failing"];

    [Theory]
    [InlineData("prometheus/alerts.yml")]
    [InlineData("grafana/dashboard.json")]
    public async Task Every_metric_named_in_a_shipped_file_exists(string file)
    {
        Node.Become(Role.Leader, 5, "n1", true, [new PeerStatus(new NodeId("n2"), MemberKind.Voter, PeerMode.Stream, default, default, new LogIndex(15), new LogIndex(14), 100, 20, SyncState.Quorum)]);
        var told = PrometheusText.Parse(await Http.GetStringAsync("/metrics")).Keys.Select(k => k.Split('{')[0]).Concat(OnlySometimes).ToHashSet();
        var named = Metric().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", file))).Select(m => m.Value).Distinct().ToArray();
        Assert.True(named.Length > 5);
        Assert.Empty(named.Except(told));
    }

    [Fact]
    public void The_dashboard_is_one_that_Grafana_takes()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "grafana", "dashboard.json")))!;
        var panels = dashboard["panels"]!.AsArray();
        Assert.Equal(panels.Count, panels.Select(p => (int)p!["id"]!).Distinct().Count());
        Assert.All(panels, p => Assert.NotEmpty(p!["targets"]!.AsArray()));
        Assert.All(panels, p => Assert.InRange((int)p!["gridPos"]!["x"]! + (int)p["gridPos"]!["w"]!, 1, 24));
    }

    [Fact]
    public void Every_alert_says_what_is_wrong_and_what_to_do()
    {
        var rules = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "alerts.yml")).Split("- alert: ")[1..];
        Assert.All(rules, rule => Assert.All((string[])["expr: ", "severity: ", "summary: ", "action: "], key => Assert.Contains(key, rule)));
    }

    [GeneratedRegex(@"(?:actor_replication|process)_[a-z_]+\b")]
    private static partial Regex Metric();
}
