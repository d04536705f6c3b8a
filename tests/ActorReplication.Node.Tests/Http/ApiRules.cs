using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Http;
using ActorReplication.Node.Tests.Configuration;
using ActorReplication.Node.Tests.Gateway;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

public sealed class ApiRules : ApiFixture
{
    private async Task<int> Status(string path) => (int)(await Http.GetAsync(path)).StatusCode;

    [Theory]
    [InlineData("/", 200, 503)]
    [InlineData("/primary", 200, 503)]
    [InlineData("/read-write", 200, 503)]
    [InlineData("/leader", 200, 503)]
    [InlineData("/replica", 503, 200)]
    [InlineData("/read-only", 200, 200)]
    [InlineData("/readiness", 200, 200)]
    [InlineData("/health", 200, 200)]
    [InlineData("/liveness", 200, 200)]
    [InlineData("/quorum", 503, 503)]
    [InlineData("/read-only-sync", 200, 503)]
    [InlineData("/standby-leader", 503, 503)]
    public async Task A_health_check_answers_as_Patroni_does(string path, int onLeader, int onFollower)
    {
        Assert.Equal(onLeader, await Status(path));
        Node.Become(Role.Follower, 2, "n2", true);
        Assert.Equal(onFollower, await Status(path));
        using var head = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(onFollower, (int)head.StatusCode);
        using var options = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, path));
        Assert.Equal((onFollower, 0), ((int)options.StatusCode, (await options.Content.ReadAsByteArrayAsync()).Length));
    }

    [Fact]
    public async Task A_leader_that_does_not_serve_yet_is_not_primary()
    {
        Node.Become(Role.Leader, 2, "n1", false);
        Assert.Equal(503, await Status("/primary"));
    }

    [Fact]
    public async Task A_lag_that_is_none_is_refused_and_one_that_nobody_knows_is_not_met()
    {
        Node.Become(Role.Follower, 2, "n2", true);
        Assert.Equal(400, await Status("/replica?lag=lots"));
        Assert.Equal(503, await Status("/replica?lag=1MB"));
    }

    [Fact]
    public async Task The_cluster_is_shown_with_who_does_not_answer()
    {
        Node.Become(Role.Leader, 5, "n1", true, [new PeerStatus(new NodeId("n2"), MemberKind.Voter, PeerMode.Stream, default, default, new LogIndex(15), new LogIndex(14), 100, 20, SyncState.Quorum)]);
        var cluster = await Http.GetFromJsonAsync<JsonNode>("/api/cluster");
        Assert.Equal("n1", (string?)cluster!["leader"]);
        Assert.Equal(["n2", "n3"], cluster["unreachable"]!.AsArray().Select(n => (string)n!));
        var n2 = cluster["nodes"]!.AsArray().Single(n => (string)n!["name"]! == "n2")!;
        Assert.Equal(("unreachable", 15, 6, "quorum"), ((string)n2["state"]!, (int)n2["durable"]!, (int)n2["lagEntries"]!, (string)n2["sync"]!));
    }

    [Fact]
    public async Task A_switchover_answers_when_the_new_leader_is_known()
    {
        var (status, body) = await Post("/api/leader/switchover", "{\"to\":\"n3\"}");
        Assert.Equal((200, "n3"), (status, (string)body["leader"]!));
        Assert.Equal(new NodeId("n3"), Assert.Single(Node.Transfers));
    }

    [Theory]
    [InlineData(RefusalReason.Invalid, 412)]
    [InlineData(RefusalReason.TransferUnderWay, 409)]
    [InlineData(RefusalReason.NotLeader, 503)]
    [InlineData(RefusalReason.TimedOut, 504)]
    public async Task A_refused_switchover_says_what_to_do(RefusalReason reason, int expected)
    {
        Node.Control = new ControlResult(reason, null);
        var (status, body) = await Post("/api/leader/switchover", "{}");
        Assert.Equal(expected, status);
        Assert.NotEmpty((string)body["detail"]!);
    }

    [Fact]
    public async Task A_failover_to_aNode_that_does_not_answer_is_refused()
    {
        var (status, body) = await Post("/api/leader/failover", "{\"to\":\"n2\"}");
        Assert.Equal(503, status);
        Assert.Contains("n2", (string)body["detail"]!);
    }

    [Fact]
    public async Task A_policy_is_set_by_either_spelling()
    {
        Assert.Equal(200, (await Post("/api/replication/policy", "{\"policy\":\"ANY 2 (*)\"}")).Status);
        Assert.Equal(2, Assert.IsType<ConfigChange.SetPolicy>(Assert.Single(Node.Changes)).Policy.Count);
        Assert.Equal(400, (await Post("/api/replication/policy", "{\"policy\":\"ANY 0 (*)\"}")).Status);
        Assert.Equal(400, (await Post("/api/replication/policy", "{\"policy\":\"sync\",\"onMissingAcks\":\"degrade-after never\"}")).Status);
        Assert.Equal(200, (await Post("/api/replication/policy", "{\"policy\":\"sync\",\"onMissingAcks\":\"degrade-after 10s\"}")).Status);
        Assert.Equal(10_000, Assert.IsType<ConfigChange.SetPolicy>(Node.Changes[^1]).Policy.DegradeAfterMs);
        Assert.Equal([PolicyPart.Copies, PolicyPart.All], Node.Changes.Cast<ConfigChange.SetPolicy>().Select(c => c.Part));
        Assert.Equal(412, (await Post("/api/replication/policy", "{\"policy\":\"FIRST 1 (n7)\"}")).Status);
    }

    [Theory]
    [InlineData("/api/leader/switchover", "{\"to\":", "application/json", 400)]
    [InlineData("/api/leader/switchover", "[]", "application/json", 400)]
    [InlineData("/api/leader/switchover", "{\"to\":\"n2\"}", "text/plain", 415)]
    [InlineData("/api/leader/switchover", "{\"to\":\"n9\"}", "application/json", 412)]
    [InlineData("/api/leader/failover", "{}", "application/json", 400)]
    [InlineData("/api/nothing", "{}", "application/json", 404)]
    [InlineData("/api/cluster", "{}", "application/json", 405)]
    public async Task A_bad_request_gets_a_problem_document(string path, string body, string type, int expected)
    {
        var (status, problem) = await Post(path, body, type);
        Assert.Equal(expected, status);
        Assert.Equal(expected, (int)problem["status"]!);
        Assert.Empty(Node.Transfers);
    }

    [Fact]
    public async Task Deep_and_large_bodies_are_refused()
    {
        Assert.Equal(400, (await Post("/api/leader/switchover", new string('[', 5000))).Status);
        Assert.Equal(413, (await Post("/api/leader/switchover", "{\"to\":\"" + new string('x', 100_000) + "\"}")).Status);
    }

    [Fact]
    public async Task A_browsers_page_from_elsewhere_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/leader/switchover") { Content = JsonContent.Create(new { to = "n2" }) };
        request.Headers.Add("Origin", "http://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await Http.SendAsync(request)).StatusCode);
        Assert.Empty(Node.Transfers);
    }

    [Theory]
    [InlineData("attacker.example", null, 403)]
    [InlineData("attacker.example:8008", null, 403)]
    [InlineData("localhost", "cross-site", 403)]
    [InlineData("localhost", "same-origin", 200)]
    [InlineData("127.0.0.1", null, 200)]
    [InlineData("[::1]:8008", null, 200)]
    public async Task A_request_under_a_foreign_name_changes_nothing(string host, string? site, int expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/leader/switchover") { Content = JsonContent.Create(new { to = "n2" }) };
        request.Headers.Host = host;
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        Assert.Equal(expected, (int)(await Http.SendAsync(request)).StatusCode);
        Assert.Equal(expected == 200 ? 1 : 0, Node.Transfers.Count);
    }

    [Theory]
    [InlineData("/api/log?full", 403)]
    [InlineData("/api/salvage", 403)]
    [InlineData("/api/node", 403)]
    [InlineData("/ui", 403)]
    [InlineData("/metrics", 200)]
    [InlineData("/health", 200)]
    [InlineData("/liveness", 200)]
    public async Task A_request_under_a_foreign_name_reads_health_and_metrics_alone(string path, int expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = "attacker.example";
        Assert.Equal(expected, (int)(await Http.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("/ui/../api/cluster/../../etc/passwd")]
    [InlineData("/ui/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/api/salvage/show?file=../../etc/passwd")]
    public async Task A_path_that_climbs_finds_nothing(string path) => Assert.NotEqual(200, await Status(path));

    [Fact]
    public async Task Metrics_are_Prometheus_text()
    {
        Node.Gate.Queue = new GateQueue(7, 1234);
        var text = await Http.GetStringAsync("/metrics");
        PrometheusText.Parse(text);
        Assert.Contains("actor_replication_gate_queue_transactions 7\n", text);
        Assert.Contains("actor_replication_gate_queue_sql_bytes 1234\n", text);
        Assert.Contains("actor_replication_role{role=\"leader\"} 1\n", text);
        Assert.Contains("actor_replication_log_applied_index 18\n", text);
    }

    [Fact]
    public async Task Garbage_on_thePort_is_closed_and_the_rest_is_served()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        var noise = new byte[20_000];
        new Random(1).NextBytes(noise);
        await socket.GetStream().WriteAsync(noise);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            while (await socket.GetStream().ReadAsync(new byte[4096], patience.Token) > 0) { }
        }
        catch (IOException)
        {
            // Reset is as good as closed.
        }
        Assert.Equal(200, await Status("/health"));
    }
}
