using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using Xunit;

namespace ActorReplication.Node.Tests.Gateway;

public sealed class GatewayState : IDisposable
{
    private readonly FakeNode _node = new();
    private readonly SqlGateway _gateway;

    public GatewayState() => _gateway = new SqlGateway(_node, DurabilityPolicy.Quorum, 4);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public void A_leader_that_does_not_serve_yet_is_no_leader()
    {
        _node.Become(Role.Leader, 4, "n1", false);
        Assert.Equal(NodeRole.NoLeader, _gateway.State.Role);
        _node.Become(Role.Leader, 4, "n1", true);
        Assert.Equal(NodeRole.Leader, _gateway.State.Role);
    }

    [Fact]
    public void Losing_the_leadership_ends_sessions_and_gaining_it_does_not()
    {
        var epoch = _gateway.State.Epoch;
        _node.Become(Role.Follower, 2, "n2", true);
        Assert.NotEqual(epoch, _gateway.State.Epoch);
        epoch = _gateway.State.Epoch;
        _node.Become(Role.Follower, 3, null, true);
        _node.Become(Role.Follower, 3, "n3", true);
        _node.Become(Role.Leader, 4, "n1", true);
        Assert.Equal(epoch, _gateway.State.Epoch);
        // Lost and won again before anybody looked.
        _node.Become(Role.Leader, 6, "n1", true);
        Assert.NotEqual(epoch, _gateway.State.Epoch);
    }

    [Fact]
    public void Only_changes_are_told_and_nothing_after_unsubscribing()
    {
        var told = new List<NodeState>();
        var subscription = _gateway.OnStateChanged(told.Add);
        _node.Become(Role.Leader, 1, "n1", true);
        Assert.Empty(told);
        _node.Become(Role.Follower, 2, "n2", true);
        Assert.Equal("n2", Assert.Single(told).Leader);
        subscription.Dispose();
        _node.Become(Role.Leader, 3, "n1", true);
        Assert.Single(told);
    }

    [Fact]
    public async Task Synchronous_standby_names_is_the_policy_in_the_log()
    {
        Assert.Equal("ANY 1 (*)", _gateway.SystemSetting("synchronous_standby_names"));
        Assert.Null(await _gateway.AlterSystemAsync("synchronous_standby_names", "FIRST 1 (n2, n3)", CancellationToken.None));
        var policy = Assert.IsType<ConfigChange.SetPolicy>(Assert.Single(_node.Changes)).Policy;
        Assert.Equal((PolicyKind.FirstOf, 1, 2), (policy.Kind, policy.Count, policy.Names.Length));
        Assert.IsType<BackendError.InvalidSetting>(await _gateway.AlterSystemAsync("synchronous_standby_names", "FIRST 3 (n2)", CancellationToken.None));
        Assert.IsType<BackendError.InvalidSetting>(await _gateway.AlterSystemAsync("work_mem", "1", CancellationToken.None));
        Assert.Equal("block", _gateway.SystemSetting("replication.on_missing_acks"));
        Assert.IsType<BackendError.InvalidSetting>(await _gateway.AlterSystemAsync("replication.on_missing_acks", "degrade-after 1ms", CancellationToken.None));
        Assert.Null(await _gateway.AlterSystemAsync("replication.on_missing_acks", "degrade-after 10s", CancellationToken.None));
        Assert.Equal(10_000, Assert.IsType<ConfigChange.SetPolicy>(_node.Changes[^1]).Policy.DegradeAfterMs);
        // Each leaves the other as it finds it in the log, whatever this node knew of it.
        Assert.Equal([PolicyPart.Copies, PolicyPart.MissingAcks], _node.Changes.Cast<ConfigChange.SetPolicy>().Select(c => c.Part));
        _node.Control = new ControlResult(RefusalReason.NotLeader, null);
        Assert.IsType<BackendError.NoLeader>(await _gateway.AlterSystemAsync("synchronous_standby_names", null, CancellationToken.None));
    }

    [Fact]
    public void Pg_stat_replication_shows_each_follower()
    {
        PeerStatus Peer(string name, PeerMode mode, long heard, long lag, SyncState sync) =>
            new(new NodeId(name), MemberKind.Voter, mode, new LogIndex(20), new LogIndex(19), new LogIndex(18), new LogIndex(17), lag, heard, sync);
        _node.Become(Role.Leader, 1, "n1", true, [Peer("n2", PeerMode.Stream, 10, 0, SyncState.Quorum), Peer("n3", PeerMode.Stream, 9000, 5 << 20, SyncState.Async)]);
        var rows = _gateway.Replication();
        Assert.Equal(new ReplicationRow("n2", "127.0.0.2", "streaming", 20, 19, 18, 17, 0, 1, "quorum"), rows[0]);
        Assert.Equal(("startup", 0, "async"), (rows[1].State, rows[1].SyncPriority, rows[1].SyncState));
    }
}
