using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using Xunit;
using Role = ActorReplication.Postgres.Security.Role;

namespace ActorReplication.Node.Tests.Gateway;

/// <summary>What becomes of a change of roles while others are made, or another node takes over.</summary>
public sealed class RoleStoreRules
{
    private static readonly NodeState Leads = new(NodeRole.Leader, 1, "n1", "n1");
    private static readonly RoleChange NewPassword = new("ALTER ROLE", roles => RoleChanges.Alter(roles, "eve", role => role with { Verifier = ScramVerifier.Of("new") }));

    private readonly FakeNode _node = new();
    private readonly RoleStore _store;

    public RoleStoreRules()
    {
        _store = new RoleStore(_node);
        _node.Set(RoleText.MockSecret, RoleText.NewSecret());
        Write(new Role("eve", true, Rights.Write | Rights.Read));
    }

    [Fact]
    public async Task A_right_that_was_revoked_while_a_password_is_changed_stays_revoked()
    {
        RevokeOnce(() => { });
        Assert.Null(await ChangeAsync(NewPassword));
        var eve = _store.Roles.Find("eve")!;
        Assert.True(eve is { Verifier: not null, Granted: Rights.Read }, eve.ToString());
        Assert.Single(_node.Changes);
    }

    [Fact]
    public async Task A_right_that_another_leader_revoked_stays_revoked_and_the_change_is_refused()
    {
        RevokeOnce(() => _node.Become(Core.Role.Follower, 2, "n2", true));
        Assert.IsType<BackendError.LeadershipLost>(await ChangeAsync(NewPassword));
        Assert.Equal((Rights.Read, null), (_store.Roles.Find("eve")!.Granted, _store.Roles.Find("eve")!.Verifier));
        Assert.Empty(_node.Changes);
    }

    [Fact]
    public async Task A_right_that_another_leader_revoked_before_this_one_led_again_stays_revoked()
    {
        RevokeOnce(() =>
        {
            _node.Become(Core.Role.Follower, 2, "n2", true);
            _node.Become(Core.Role.Leader, 3, "n1", true);
        });
        Assert.Null(await ChangeAsync(NewPassword));
        Assert.Equal(Rights.Read, _store.Roles.Find("eve")!.Granted);
    }

    [Fact]
    public async Task Who_cannot_confirm_that_he_leads_changes_nothing()
    {
        _node.Reading.Answer = ReadAdmission.NotLeader;
        Assert.IsType<BackendError.LeadershipLost>(await ChangeAsync(NewPassword));
        Assert.Empty(_node.Changes);
    }

    [Fact]
    public async Task Other_settings_may_change_meanwhile_and_what_was_begun_is_not_said_to_be_undone()
    {
        Write(new Role("bob", true, Rights.None));
        _node.OnChangeSetting = () => _node.Set("replication.method", $"{_node.Changes.Count}");
        Assert.Null(await ChangeAsync(new RoleChange("GRANT", roles => RoleChanges.Grant(roles, Rights.Replicate, ["bob", "eve"], isRevoke: false))));

        _node.OnChangeSetting = () => { if (_node.Changes.Count == 3) _node.Become(Core.Role.Follower, 2, "n2", true); };
        Assert.IsType<BackendError.OutcomeUnknown>(await ChangeAsync(new RoleChange("GRANT", roles => RoleChanges.Grant(roles, Rights.Administer, ["bob", "eve"], isRevoke: false))));
        Assert.Equal((true, false), (_store.Roles.Find("bob")!.IsAdmin, _store.Roles.Find("eve")!.IsAdmin));
    }

    [Fact]
    public async Task The_first_role_of_a_cluster_comes_with_a_secret_and_before_it()
    {
        _node.Set(RoleText.MockSecret, null);
        _node.Set(RoleText.Prefix + "eve", null);
        Assert.Null(await ChangeAsync(new RoleChange("CREATE ROLE", roles => RoleChanges.Create(roles, new Role("eve", true, Rights.Read)))));
        Assert.Equal([RoleText.Prefix + "eve", RoleText.MockSecret], Settings().Select(s => s.Name));
        Assert.False(_store.Roles.IsUnmanaged);
    }

    /// <summary>When the change is about to be looked at, a REVOKE that somebody was told of is in the log already.</summary>
    private void RevokeOnce(Action then)
    {
        _node.OnChangeSetting = () =>
        {
            _node.OnChangeSetting = () => { };
            Write(_store.Roles.Find("eve")! with { Granted = Rights.Read });
            then();
        };
    }

    private IEnumerable<ConfigChange.SetSetting> Settings() => _node.Changes.OfType<ConfigChange.SetSetting>();

    private void Write(Role role) => _node.Set(RoleText.Prefix + role.Name, RoleText.Write(role));

    private ValueTask<BackendError?> ChangeAsync(RoleChange change) => _store.ChangeAsync(change, Leads, CancellationToken.None);
}
