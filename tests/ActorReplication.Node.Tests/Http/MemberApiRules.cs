using System.Text;
using System.Text.Json.Nodes;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Tests.Gateway;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

public sealed class MemberApiRules() : ApiFixture("/api/members/", third: "n3")
{
    [Theory]
    [InlineData("\"as\":\"voter\"", MemberKind.Learner, true)]
    [InlineData("\"tags\":{}", MemberKind.Learner, true)]
    [InlineData("\"as\":\"learner\"", MemberKind.Learner, false)]
    [InlineData("\"as\":\"witness\"", MemberKind.Witness, false)]
    public async Task A_voter_is_added_as_a_learner_that_is_to_become_one(string kind, MemberKind expected, bool joining)
    {
        Assert.Equal(200, (await Post("add", $"{{\"name\":\"n4\",\"address\":\"h:2554\",{kind}}}")).Status);
        var member = Assert.IsType<ConfigChange.Add>(Assert.Single(Node.Changes)).Member;
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
        Assert.Empty(Node.Changes);
    }

    [Fact]
    public async Task Tags_change_only_what_they_name_and_an_empty_one_is_the_default()
    {
        Node.Become(Role.Leader, 2, "n1", true);
        Assert.Equal(200, (await Post("tag", "{\"name\":\"n2\",\"tags\":{\"zone\":\"east\",\"apply-delay\":\"1h\",\"no-sync\":\"true\",\"failover-priority\":\"\"}}")).Status);
        var before = Node.Status.Config!.Members[new NodeId("n2")];
        var tagged = Assert.IsType<ConfigChange.Retag>(Assert.Single(Node.Changes)).Member;
        Assert.Equal(before with { Zone = "east", ApplyDelayMs = 3_600_000, NoSync = true }, tagged);
    }

    [Fact]
    public async Task A_leader_that_is_to_go_hands_over_first()
    {
        Node.Become(Role.Leader, 2, "n1", true);
        Assert.Equal(200, (await Post("remove", "{\"name\":\"n1\"}")).Status);
        Assert.Single(Node.Transfers);
        Assert.Equal(new ConfigChange.Remove(new NodeId("n1")), Assert.Single(Node.Changes));
    }

    [Fact]
    public async Task A_leader_that_cannot_hand_over_stays()
    {
        Node.Become(Role.Leader, 2, "n1", true);
        Node.Control = new ControlResult(RefusalReason.TimedOut, null);
        var (status, problem) = await Post("demote", "{\"name\":\"n1\"}");
        Assert.Equal(504, status);
        Assert.Contains("n1 leads", (string)problem["detail"]!);
        Assert.Empty(Node.Changes);
    }

    [Theory]
    [InlineData(RefusalReason.Invalid, 412)]
    [InlineData(RefusalReason.ChangeUnderWay, 409)]
    [InlineData(RefusalReason.NotLeader, 503)]
    public async Task A_refusal_is_passed_on_with_what_to_do(RefusalReason reason, int expected)
    {
        Node.Control = new ControlResult(reason, "do this");
        var (status, problem) = await Post("promote", "{\"name\":\"n2\"}");
        Assert.Equal((expected, "do this"), (status, (string)problem["detail"]!));
    }

    [Fact]
    public async Task ANode_of_no_cluster_sends_whoever_asks_to_another()
    {
        Node.Config = Node.Config with { Cluster = ClusterId.None };
        Node.Become(Role.Follower, 0, null, false);
        foreach (var path in (string[])["add", "remove", "promote", "demote", "tag", "reinit"])
            Assert.Equal(421, (await Post(path, "{\"name\":\"n2\"}")).Status);
        Assert.Equal(421, (int)(await Http.GetAsync("/api/members")).StatusCode);
        Assert.Empty(Node.Changes);
    }

    [Fact]
    public async Task The_members_are_listed_with_their_tags()
    {
        Node.Become(Role.Leader, 2, "n1", true);
        var list = JsonNode.Parse(await Http.GetStringAsync("/api/members"))!;
        var rows = list["members"]!.AsArray();
        Assert.Equal(Node.Status.Config!.Members.Keys.Select(k => k.Name), rows.Select(r => (string)r!["name"]!));
        Assert.Equal(("leader", "voter", "0"), ((string)rows[0]!["state"]!, (string)rows[0]!["kind"]!, (string)rows[0]!["applyDelay"]!));
    }

    [Fact]
    public async Task A_copy_is_made_anew_only_of_a_follower_that_answers()
    {
        Node.Become(Role.Leader, 2, "n1", true);
        Assert.Equal(412, (await Post("reinit", "{\"name\":\"n1\"}")).Status);
        Assert.Equal(412, (await Post("reinit", "{\"name\":\"n9\"}")).Status);
        Assert.Equal(503, (await Post("reinit", "{\"name\":\"n2\"}")).Status);
        Node.Become(Role.Follower, 3, "n2", true);
        Assert.Equal(200, (await Post("reinit", "{\"name\":\"n1\"}")).Status);
        Assert.Equal((1, 0), (Node.Reinits, Node.Changes.Count));
    }

    [Fact]
    public async Task A_request_about_oneNode_is_never_carried_out_on_another_that_answers_in_its_place()
    {
        Node.Become(Role.Leader, 2, "n1", true);
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
        Assert.Equal((0, 0), (Node.Reinits, Node.Changes.Count));
    }
}
