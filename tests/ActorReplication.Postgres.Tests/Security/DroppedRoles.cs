using ActorReplication.Postgres.Security;
using ActorReplication.Postgres.Session;
using ActorReplication.Postgres.Tests.Sessions;
using Xunit;

namespace ActorReplication.Postgres.Tests.Security;

/// <summary>What is left of a role that was dropped, or lost a right.</summary>
public sealed class DroppedRoles
{
    private static readonly Role Ada = new("ada", true, Rights.Read, ScramVerifier.Of("x"));
    private static readonly byte[] Secret = [1];

    [Fact]
    public void Roles_that_were_all_dropped_do_not_let_everybody_in_again()
    {
        var left = new RoleSet([], Secret);
        Assert.False(left.IsUnmanaged);
        Assert.Null(left.FindTrusted("anybody"));
        Assert.True(RoleSet.Empty.IsUnmanaged);
    }

    [Fact]
    public void A_session_that_showed_a_password_has_no_rights_once_the_last_role_is_gone()
    {
        var gateway = new FakeGateway { Roles = new RoleSet([Ada], Secret) };
        var rights = new SessionRights(gateway, new Admission(Ada, IsTrusted: false));
        Assert.True(rights.Now.CanRead);
        foreach (var left in (RoleSet[])[new RoleSet([], Secret), new RoleSet([], default)])
        {
            gateway.Roles = left;
            Assert.Equal(Rights.None, rights.Now.Granted);
        }
    }

    [Fact]
    public void A_right_revoked_during_the_login_is_not_held_after_it()
    {
        var gateway = new FakeGateway { Roles = new RoleSet([Ada with { Granted = Rights.None }], Secret) };
        Assert.False(new SessionRights(gateway, new Admission(Ada, IsTrusted: false)).Now.CanRead);
    }
}
