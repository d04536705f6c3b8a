using System.Collections.Immutable;
using ActorReplication.Cluster.Membership;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;

namespace ActorReplication.MultiNode.Tests.Parts;

public class ClusterFormatRules
{
    private static readonly NodeId First = new("first"), Second = new("second"), Third = new("third");

    [Fact]
    public void Format_is_the_oldest_where_nothing_is_said() => Assert.Equal(2, ClusterFormat.Of(ClusterConfig.NoSettings));

    [Fact]
    public void Leader_raises_the_format_when_every_member_can_do_the_next() =>
        Assert.Equal(3, ClusterFormat.Next(Config(), Can((First, 3), (Second, 3), (Third, 3))));

    [Fact]
    public void Leader_never_raises_the_format_beyond_what_it_can_do_itself() =>
        Assert.Equal(3, ClusterFormat.Next(Config(), Can((First, 4), (Second, 4), (Third, 4))));

    [Fact]
    public void Witness_or_learner_with_an_older_program_holds_the_format() =>
        Assert.Null(ClusterFormat.Next(Config(), Can((First, 3), (Second, 3), (Third, 2))));

    [Fact]
    public void Member_of_which_nothing_is_known_holds_the_format() =>
        Assert.Null(ClusterFormat.Next(Config(), Can((First, 3), (Second, 3))));

    [Fact]
    public void Node_that_is_no_member_holds_nothing() =>
        Assert.Equal(3, ClusterFormat.Next(Config(), Can((First, 3), (Second, 3), (Third, 3), (new NodeId("stranger"), 2))));

    [Fact]
    public void Format_in_force_is_not_raised_again() =>
        Assert.Null(ClusterFormat.Next(Config((ClusterFormat.Setting, "3")), Can((First, 3), (Second, 3), (Third, 3))));

    [Fact]
    public void Operator_holds_the_format() =>
        Assert.Null(ClusterFormat.Next(Config((ClusterFormat.Finalize, ClusterFormat.Manual)), Can((First, 3), (Second, 3), (Third, 3))));

    [Theory]
    [InlineData("replication-format-2,replication-format-3", 3)]
    [InlineData("replication-format-9", 9)]
    [InlineData("", 2)]
    [InlineData("dc-default,replication-format-x", 2)]
    public void Roles_tell_the_newest_format_of_a_program(string roles, int newest) => Assert.Equal(newest, ClusterFormat.NewestOf(roles.Split(',')));

    [Fact]
    public void Roles_of_a_program_tell_what_it_can_do() => Assert.Equal(3, ClusterFormat.NewestOf(ClusterFormat.RolesOf(3)));

    [Fact]
    public void Program_older_than_the_format_in_force_is_told_what_to_do()
    {
        Assert.Null(ClusterFormat.ProblemWith(Config((ClusterFormat.Setting, "3")), newest: 3));
        Assert.Contains("Start the newer program", ClusterFormat.ProblemWith(Config((ClusterFormat.Setting, "3")), newest: 2));
    }

    [Fact]
    public void Format_in_force_rises_and_never_falls_nor_passes_what_the_program_can_do()
    {
        var format = new FormatInForce(3);
        Assert.False(format.RaiseTo(4));
        Assert.Equal(2, format.Written);
        Assert.True(format.RaiseTo(3));
        Assert.False(format.RaiseTo(2));
        Assert.Equal(3, format.Written);
    }

    [Fact]
    public void Kept_configuration_is_written_in_the_format_that_it_puts_in_force()
    {
        Assert.Equal(2, LogCodec.EncodeConfig(Config())[0]);
        Assert.Equal(3, LogCodec.EncodeConfig(Config((ClusterFormat.Setting, "3")))[0]);
    }

    private static Dictionary<NodeId, int> Can(params (NodeId Node, int Newest)[] nodes) => nodes.ToDictionary(n => n.Node, n => n.Newest);

    private static ClusterConfig Config(params (string Name, string Value)[] settings) => new(
        new ClusterId(Guid.NewGuid()),
        ImmutableSortedDictionary<NodeId, Member>.Empty
            .Add(First, new Member(First, MemberKind.Voter)).Add(Second, new Member(Second, MemberKind.Voter)).Add(Third, new Member(Third, MemberKind.Witness)),
        DurabilityPolicy.Quorum) { Settings = settings.ToImmutableSortedDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal) };
}
