using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;
using Xunit;

namespace ActorReplication.Node.Tests.Gateway;

/// <summary>Answers of a node that leads no more and is about to find out: none may tell of a state that others have overwritten.</summary>
public sealed class DeposedLeader : BackendFixture
{
    private static readonly RunOptions Options = new(CommitLevel.On, ReadConsistency.Default, 0, 0);

    [Fact]
    public async Task A_write_that_changed_nothing_is_answered_when_leadership_is_confirmed_after_it()
    {
        _node.Gate.Position = LogPosition.Zero;
        Assert.Null((await Run("UPDATE t SET a = 1 WHERE b = 2")).Error);
        Assert.Equal((ReadLevel.Linearizable, 0), Assert.Single(_node.Reading.Asked));

        _node.Reading.Answer = ReadAdmission.NotLeader;
        Assert.IsType<BackendError.LeadershipLost>((await Run("UPDATE t SET a = 1 WHERE b = 2")).Error);
    }

    [Fact]
    public async Task A_failure_tells_of_the_present_state_too()
    {
        _node.Gate.Answer = WriteStatus.StatementFailed;
        _node.Gate.Failure = new SqlFailure(2067, "UNIQUE constraint failed: t.a");
        Assert.IsType<BackendError.Engine>((await Run("INSERT INTO t VALUES (1)")).Statements.Single().Error);
        _node.Reading.Answer = ReadAdmission.NotLeader;
        Assert.IsType<BackendError.LeadershipLost>((await Run("INSERT INTO t VALUES (1)")).Error);
    }

    [Fact]
    public async Task A_write_that_went_through_the_log_needs_no_more()
    {
        _node.Reading.Answer = ReadAdmission.NotLeader;
        Assert.Null((await Run("UPDATE t SET a = 1")).Error);
        Assert.Empty(_node.Reading.Asked);
    }

    [Fact]
    public async Task Leadership_that_was_lost_and_won_again_meanwhile_does_not_count()
    {
        _node.Gate.Position = LogPosition.Zero;
        _node.Gate.OnRun = () =>
        {
            _node.Become(Role.Follower, 2, "n2", true);
            _node.Become(Role.Leader, 3, "n1", true);
        };
        Assert.IsType<BackendError.LeadershipLost>((await Run("UPDATE t SET a = 1 WHERE b = 2")).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transaction_at_the_gate_that_changed_nothing_is_committed_when_leadership_is_confirmed(bool leads)
    {
        _node.Gate.CommitPosition = LogPosition.Zero;
        await _backend.BeginAsync(new TransactionMode(Isolation.Serializable, false, 0), CancellationToken.None);
        await _backend.ExecuteAsync(Write("UPDATE t SET a = 1 WHERE b = 2"), Options, CancellationToken.None);
        _node.Reading.Answer = leads ? ReadAdmission.Admitted : ReadAdmission.NotLeader;
        var error = await _backend.CommitAsync(Options, CancellationToken.None);
        if (leads) Assert.Null(error);
        else Assert.IsType<BackendError.LeadershipLost>(error);
    }

    [Fact]
    public async Task A_session_that_was_opened_on_the_leader_reads_nothing_local_when_it_is_one_no_more()
    {
        _node.Become(Role.Follower, 2, "n2", true);
        await _backend.RunAsync([new StatementCall("SELECT 1", default, null, true, true)], Options, CancellationToken.None);
        Assert.Equal(ReadLevel.Linearizable, Assert.Single(_node.Reading.Asked).Level);

        await using var opened = _gateway.OpenBackend();
        await opened.RunAsync([new StatementCall("SELECT 1", default, null, true, true)], Options, CancellationToken.None);
        Assert.Equal(ReadLevel.Default, _node.Reading.Asked[^1].Level);
    }

    private ValueTask<RunOutcome> Run(string sql) => _backend.RunAsync([Write(sql)], Options, CancellationToken.None);

    private static StatementCall Write(string sql) => new(sql, default, null, false, false);
}
