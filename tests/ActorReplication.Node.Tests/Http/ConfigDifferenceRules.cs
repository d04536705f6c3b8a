using System.Collections.Immutable;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Gateway;
using ActorReplication.Node.Http.Config;
using ActorReplication.Postgres.Security;
using Xunit;
using Role = ActorReplication.Postgres.Security.Role;

namespace ActorReplication.Node.Tests.Http;

public sealed class ConfigDifferenceRules
{
    [Fact]
    public void Shows_that_a_password_changed_and_nothing_that_passwords_are_checked_by()
    {
        var before = With(ScramVerifier.Of("x"), "1 c2VjcmV0");
        var after = With(ScramVerifier.Of("y"), "1 YW5vdGhlcg==");
        Assert.Equal(["auth.mock: changed", "role.ada: password changed"], ConfigDifference.Between(before, after));
        foreach (var text in (string[])[.. ConfigDifference.Between(Empty, after), .. ConfigDifference.Between(after, Empty), ConfigDifference.Summary(after)])
        {
            Assert.DoesNotContain("SCRAM-SHA-256$", text);
            Assert.DoesNotContain("YW5vdGhlcg==", text);
        }
    }

    private static ClusterConfig Empty => new(ClusterId.None, ImmutableSortedDictionary<NodeId, Member>.Empty, DurabilityPolicy.Quorum);

    private static ClusterConfig With(ScramVerifier verifier, string mock) => Empty with
    {
        Settings = ClusterConfig.NoSettings.Add(RoleText.MockSecret, mock).Add(RoleText.Prefix + "ada", RoleText.Write(new Role("ada", true, Rights.Read, verifier))),
    };
}
