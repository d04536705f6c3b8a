using System.Text;
using System.Text.Json.Nodes;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Http;
using ActorReplication.Node.Tests.Configuration;
using ActorReplication.Node.Tests.Gateway;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

public sealed class MemberApiRules : IAsyncLifetime
{
    private readonly FakeNode _node = new();
    private readonly ConfigFolder _folder = new();
    private readonly int _port = FreePorts.Take();
    private readonly HttpClient _http = new();
    private HttpApi _api = null!;

    public async Task InitializeAsync()
    {
        var settings = _folder.Load(ConfigFolder.Minimal + $"http {{ port = {_port}, peers = [\"n1@127.0.0.1:{_port}\", \"n3@127.0.0.1:{_port}\"] }}\n").Settings!;
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_port}");
        _api = await HttpApi.StartAsync(_node, settings, NullLoggerFactory.Instance, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("\"as\":\"voter\"", MemberKind.Learner, true)]
    [InlineData("\"tags\":{}", MemberKind.Learner, true)]
    [InlineData("\"as\":\"learner\"", MemberKind.Learner, false)]
    [InlineData("\"as\":\"witness\"", MemberKind.Witness, false)]
    public async Task A_voter_is_added_as_a_learner_that_is_to_become_one(string kind, MemberKind expected, bool joining)
    {
        Assert.Equal(200, (await Post("add", $"{{\"name\":\"n4\",\"address\":\"h:2554\",{kind}}}")).Status);
        var member = Assert.IsType<ConfigChange.Add>(Assert.Single(_node.Changes)).Member;
        Assert.Equal((expected, joining, "h:2554"), (member.Kind, member.IsJoining, member.Address));
    }

    [Theory]
    [InlineData("add", "{\"address\":\"h:1\"}")]
    [InlineData("add", "{\"name\":\"../x\",\"address\":\"h:1\"}")]
    [InlineData("add", "{\"name\":\"n4\"}")]
    [InlineData("add", "{\"name\":\"n4\",\"address\":\"h\"}")]
    [InlineData("add", "{\"name\":\"n4\",\"address\":\"h:70000\"}")]
    [InlineData("add", "{\"name\":\"n4\",\"address\":\"h:1\",\"as\":\"leader\"}")]
    [InlineData("tag", "{\"name\":\"n2\"}")]
    [InlineData("tag", "{\"name\":\"n2\",\"tags\":{\"colour\":\"red\"}}")]
    [InlineData("tag", "{\"name\":\"n2\",\"tags\":{\"failover-priority\":\"-1\"}}")]
    [InlineData("tag", "{\"name\":\"n2\",\"tags\":{\"failover-priority\":\"1001\"}}")]
    [InlineData("tag", "{\"name\":\"n2\",\"tags\":{\"apply-delay\":\"soon\"}}")]
    [InlineData("tag", "{\"name\":\"n2\",\"tags\":{\"apply-delay\":\"1000h\"}}")]
    [InlineData("tag", "{\"name\":\"n2\",\"tags\":{\"no-sync\":\"perhaps\"}}")]
    [InlineData("promote", "{}")]
    public async Task A_request_that_says_too_little_or_something_wrong_changes_nothing(string path, string body)
    {
        var (status, problem) = await Post(path, body);
        Assert.Equal(400, status);
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.Empty(_node.Changes);
    }

    [Fact]
    public async Task Tags_change_only_what_they_name_and_an_empty_one_is_the_default()
    {
        _node.Become(Role.Leader, 2, "n1", true);
        Assert.Equal(200, (await Post("tag", "{\"name\":\"n2\",\"tags\":{\"zone\":\"east\",\"apply-delay\":\"1h\",\"no-sync\":\"true\",\"failover-priority\":\"\"}}")).Status);
        var before = _node.Status.Config!.Members[new NodeId("n2")];
        var tagged = Assert.IsType<ConfigChange.Retag>(Assert.Single(_node.Changes)).Member;
        Assert.Equal(before with { Zone = "east", ApplyDelayMs = 3_600_000, NoSync = true }, tagged);
    }

    [Fact]
    public async Task A_leader_that_is_to_go_hands_over_first()
    {
        _node.Become(Role.Leader, 2, "n1", true);
        Assert.Equal(200, (await Post("remove", "{\"name\":\"n1\"}")).Status);
        Assert.Single(_node.Transfers);
        Assert.Equal(new ConfigChange.Remove(new NodeId("n1")), Assert.Single(_node.Changes));
    }

    [Fact]
    public async Task A_leader_that_cannot_hand_over_stays()
    {
        _node.Become(Role.Leader, 2, "n1", true);
        _node.Control = new ControlResult(RefusalReason.TimedOut, null);
        var (status, problem) = await Post("demote", "{\"name\":\"n1\"}");
        Assert.Equal(504, status);
        Assert.Contains("n1 leads", (string)problem["detail"]!);
        Assert.Empty(_node.Changes);
    }

    [Theory]
    [InlineData(RefusalReason.Invalid, 412)]
    [InlineData(RefusalReason.ChangeUnderWay, 409)]
    [InlineData(RefusalReason.NotLeader, 503)]
    public async Task A_refusal_is_passed_on_with_what_to_do(RefusalReason reason, int expected)
    {
        _node.Control = new ControlResult(reason, "do this");
        var (status, problem) = await Post("promote", "{\"name\":\"n2\"}");
        Assert.Equal((expected, "do this"), (status, (string)problem["detail"]!));
    }

    [Fact]
    public async Task A_node_of_no_cluster_sends_whoever_asks_to_another()
    {
        _node.Config = _node.Config with { Cluster = ClusterId.None };
        _node.Become(Role.Follower, 0, null, false);
        foreach (var path in (string[])["add", "remove", "promote", "demote", "tag", "reinit"])
            Assert.Equal(421, (await Post(path, "{\"name\":\"n2\"}")).Status);
        Assert.Equal(421, (int)(await _http.GetAsync("/api/members")).StatusCode);
        Assert.Empty(_node.Changes);
    }

    [Fact]
    public async Task The_members_are_listed_with_their_tags()
    {
        _node.Become(Role.Leader, 2, "n1", true);
        var list = JsonNode.Parse(await _http.GetStringAsync("/api/members"))!;
        var rows = list["members"]!.AsArray();
        Assert.Equal(_node.Status.Config!.Members.Keys.Select(k => k.Name), rows.Select(r => (string)r!["name"]!));
        Assert.Equal(("leader", "voter", "0"), ((string)rows[0]!["state"]!, (string)rows[0]!["kind"]!, (string)rows[0]!["applyDelay"]!));
    }

    [Fact]
    public async Task A_copy_is_made_anew_only_of_a_follower_that_answers()
    {
        _node.Become(Role.Leader, 2, "n1", true);
        Assert.Equal(412, (await Post("reinit", "{\"name\":\"n1\"}")).Status);
        Assert.Equal(412, (await Post("reinit", "{\"name\":\"n9\"}")).Status);
        Assert.Equal(503, (await Post("reinit", "{\"name\":\"n2\"}")).Status);
        _node.Become(Role.Follower, 3, "n2", true);
        Assert.Equal(200, (await Post("reinit", "{\"name\":\"n1\"}")).Status);
        Assert.Equal((1, 0), (_node.Reinits, _node.Changes.Count));
    }

    [Fact]
    public async Task A_request_about_one_node_is_never_carried_out_on_another_that_answers_in_its_place()
    {
        _node.Become(Role.Leader, 2, "n1", true);
        var (status, problem) = await Post("reinit", "{\"name\":\"n3\"}");
        Assert.Equal(503, status);
        Assert.Contains("another node answers there", (string)problem["detail"]!);
        (status, problem) = await Post("../leader/failover", "{\"to\":\"n3\"}");
        Assert.Equal(503, status);
        Assert.Contains("this is n1, and n3 was meant", (string)problem["detail"]!);
        (status, problem) = await Post("../db/repair", "{\"node\":\"n3\"}");
        Assert.Equal(503, status);
        Assert.Contains("this is n1, and n3 was meant", (string)problem["detail"]!);
        (status, problem) = await Post("../salvage/drop", "{\"node\":\"n3\",\"file\":\"1-2-3.jsonl\"}");
        Assert.Contains("this is n1, and n3 was meant", (string)problem["detail"]!);
        Assert.Equal((0, 0), (_node.Reinits, _node.Changes.Count));
    }

    private async Task<(int Status, JsonNode Body)> Post(string path, string body)
    {
        using var answer = await _http.PostAsync("/api/members/" + path, new StringContent(body, Encoding.UTF8, "application/json"));
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }
}
