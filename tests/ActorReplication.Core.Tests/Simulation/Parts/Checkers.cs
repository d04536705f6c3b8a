using System.Collections.Immutable;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Model;
using Xunit;

namespace ActorReplication.Core.Tests.Simulation.Parts;

/// <summary>The checkers against histories made by hand: what is right passes, each wrong one is named.</summary>
public sealed class Checkers
{
    private readonly Ledger _ledger = new();
    private LogPosition _end;

    [Fact]
    public void Two_contents_at_one_position_break_log_matching()
    {
        Write(1, 1, operation: 1);
        Assert.Equal("S4", Rule(() => _ledger.Saw(Entry(1, 1, operation: 2), default, dataless: false)));
    }

    [Fact]
    public void Two_pasts_of_one_position_break_log_matching()
    {
        Write(1, 1, operation: 1);
        Write(2, 2, operation: 2);
        _ledger.Saw(Entry(2, 1, operation: 3), default, dataless: false);
        Assert.Equal("S4", Rule(() => _ledger.Saw(Entry(2, 2, operation: 2), At(2, 1), dataless: false)));
    }

    [Fact]
    public void One_operation_at_two_positions_is_found()
    {
        Write(1, 1, operation: 1);
        Assert.Equal("exactly-once", Rule(() => Write(1, 2, operation: 1)));
    }

    [Fact]
    public void A_policy_change_without_a_joint_phase_is_found()
    {
        Assert.Equal("joint", Rule(() => ConfigRules.RequireOneStep(Config("vvv", DurabilityPolicy.Sync), Config("vvv", DurabilityPolicy.Async), At(1, 1))));
        ConfigRules.RequireOneStep(Config("vvv", DurabilityPolicy.Sync), Config("vvv", DurabilityPolicy.Async) with { JointWith = DurabilityPolicy.Sync }, At(1, 1));
    }

    [Fact]
    public void Two_voters_in_one_change_are_found() =>
        Assert.Equal("S15", Rule(() => ConfigRules.RequireOneStep(Config("vvv", DurabilityPolicy.Quorum), Config("vvvvv", DurabilityPolicy.Quorum), At(1, 1))));

    [Theory]
    [InlineData(100, 200, 1, true)]
    [InlineData(160, 200, 0, false)]
    [InlineData(160, 200, 1, true)]
    [InlineData(120, 200, 0, true)]
    public void A_read_sees_what_was_acknowledged_before_it_began(long asked, long answered, int sees, bool holds)
    {
        Write(1, 1, operation: 1);
        Write(1, 2, operation: 2);
        var ops = new List<ClientOp> { Done(1, OpKind.Write, 10, 20), Done(2, OpKind.Write, 110, 150), Done(3, OpKind.Read, asked, answered, (sees + 1, sees + 1)) };
        var violated = Rule(() => Linearizability.Require(ops, Linearizability.Order(_ledger, _end)));
        Assert.Equal(holds ? null : "S13", violated);
    }

    [Fact]
    public void A_read_that_goes_back_behind_another_read_is_found()
    {
        Write(1, 1, operation: 1);
        Write(1, 2, operation: 2);
        var unfinished = new ClientOp(2, OpKind.Write, 0, AckLevel.Committed, 30, []);
        var ops = new List<ClientOp> { Done(1, OpKind.Write, 10, 20), unfinished, Done(3, OpKind.Read, 40, 50, (2, 2)), Done(4, OpKind.Read, 60, 70, (1, 1)) };
        Assert.Equal("S13", Rule(() => Linearizability.Require(ops, Linearizability.Order(_ledger, _end))));
    }

    [Fact]
    public void A_write_that_was_applied_twice_is_found()
    {
        Write(1, 1, operation: 1);
        Assert.Equal("exactly-once", Rule(() => Linearizability.Require([Done(3, OpKind.Read, 40, 50, (1, 2))], Linearizability.Order(_ledger, _end))));
    }

    [Fact]
    public void A_rewind_gives_back_the_state_it_had()
    {
        var state = new StateMachine();
        var copies = new List<StateMachine> { state.Copy() };
        for (var i = 1; i <= 20; i++)
        {
            state.Apply(Entry(1, i, operation: i));
            copies.Add(state.Copy());
        }
        for (var i = 19; i >= 0; i -= 3)
        {
            state.RewindTo(new LogIndex(i));
            Assert.Equal((copies[i].Position, copies[i].Hash, copies[i].Read(0)), (state.Position, state.Hash, state.Read(0)));
        }
    }

    private static string? Rule(Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (Violation violation)
        {
            return violation.Rule;
        }
    }

    private void Write(int term, int index, long operation)
    {
        _ledger.Saw(Entry(term, index, operation), _end, dataless: false);
        _end = At(term, index);
    }

    private static ClientOp Done(long number, OpKind kind, long asked, long answered, (long, int) saw = default) =>
        new(number, kind, 0, AckLevel.Committed, asked, []) { State = OpState.Acknowledged, EndedAt = answered, Saw = saw };

    private static LogPosition At(int term, int index) => new(new Term(term), new LogIndex(index));
    private static LogEntry Entry(int term, int index, long operation) => new(At(term, index), EntryKind.Data, Payload.Of(operation, 0, 0));

    internal static ClusterConfig Config(string roles, DurabilityPolicy policy) => new(ClusterId.None, roles.Select((role, i) => new Member(new NodeId(((char)('a' + i)).ToString()),
        role switch { 'v' => MemberKind.Voter, 'w' => MemberKind.Witness, _ => MemberKind.Learner })).ToImmutableSortedDictionary(m => m.Id, m => m), policy);
}
