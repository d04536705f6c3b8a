using Xunit;

namespace ActorReplication.Node.Tests.Histories;

/// <summary>The checker of registers, checked: what is wrong it finds, what is right it passes, and what is unknown may be either.</summary>
public sealed class RegisterHistories
{
    [Fact]
    public void Passes_operations_one_after_the_other() => Passes(Write(1, 0, 1), Read(1, 2, 3), Write(2, 4, 5), Read(2, 6, 7));

    [Fact]
    public void Passes_a_read_of_either_value_while_a_write_is_under_way() =>
        Passes(Write(1, 0, 1), Write(2, 2, 9), Read(1, 3, 4), Read(2, 5, 6), Read(2, 10, 11));

    [Fact]
    public void Finds_a_stale_read() => Fails(Write(1, 0, 1), Write(2, 2, 3), Read(1, 4, 5));

    [Fact]
    public void Finds_a_read_that_goes_back() => Fails(Write(1, 0, 1), Write(2, 2, 9), Read(2, 3, 4), Read(1, 5, 6));

    [Fact]
    public void Finds_a_read_of_nothing_after_a_write() => Fails(Write(1, 0, 1), Read(null, 2, 3));

    [Fact]
    public void Finds_a_value_that_nobody_wrote() => Fails(Write(1, 0, 1), Read(7, 2, 3));

    [Fact]
    public void Finds_a_value_of_a_failed_write() => Fails(Write(1, 0, 1), Write(2, 2, 3) with { Outcome = Outcome.Failed }, Read(2, 4, 5));

    [Fact]
    public void Finds_a_lost_acknowledged_write() => Fails(Write(1, 0, 1), Write(2, 2, 3), Read(1, 4, 5), Read(1, 6, 7));

    [Fact]
    public void Finds_two_swaps_of_one_value() => Fails(Write(1, 0, 1), Cas(1, 2, 2, 9), Cas(1, 3, 2, 9));

    [Fact]
    public void Finds_a_swap_that_did_not_find_what_was_there() => Fails(Write(1, 0, 1), Cas(1, 2, 2, 3) with { Swapped = false }, Read(1, 4, 5));

    [Fact]
    public void A_write_of_unknown_outcome_may_have_happened_never_or_much_later()
    {
        var unknown = Write(2, 2, 3) with { Outcome = Outcome.Unknown };
        Passes(Write(1, 0, 1), unknown, Read(1, 4, 5), Read(1, 6, 7));
        Passes(Write(1, 0, 1), unknown, Read(1, 4, 5), Read(2, 60, 61));
        Fails(Write(1, 0, 1), unknown, Read(2, 4, 5), Read(1, 6, 7));
    }

    [Fact]
    public void A_swap_of_unknown_outcome_may_have_happened_or_not()
    {
        var unknown = Cas(1, 2, 2, 3) with { Outcome = Outcome.Unknown };
        Passes(Write(1, 0, 1), unknown, Read(1, 4, 5));
        Passes(Write(1, 0, 1), unknown, Read(2, 4, 5));
        Fails(Write(1, 0, 1), Write(3, 2, 3), Cas(1, 2, 4, 5) with { Outcome = Outcome.Unknown }, Read(2, 6, 7));
    }

    [Fact]
    public void Keys_do_not_mix() => Passes(Write(1, 0, 1), Write(2, 2, 3) with { Key = 8 }, Read(1, 4, 5), Read(2, 4, 5) with { Key = 8 });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Passes_what_a_correct_store_answers_and_finds_one_stale_read_in_it(int seed)
    {
        var random = new Random(seed);
        var ops = CorrectStore.Registers(random, 6000, keys: 60);
        var verdict = Linearizability.Check(ops);
        Assert.Empty(verdict.Anomalies);
        Assert.Empty(verdict.Undecided);

        // An answer that had been overwritten for long: of two writes one after the other, the first is read later.
        var at = ops.FindIndex(4000, o => o is { Action: RegisterAction.Read, Outcome: Outcome.Ok } && Overwritten(o) is not null);
        ops[at] = ops[at] with { Value = Overwritten(ops[at]) };
        Assert.Single(Linearizability.Check(ops).Anomalies);

        long? Overwritten(RegisterOp read)
        {
            var last = ops.FindLast(w => IsWrite(w) && w.Key == read.Key && w.CompletedAt < read.InvokedAt);
            return last is null ? null : ops.FindLast(w => IsWrite(w) && w.Key == read.Key && w.CompletedAt < last.InvokedAt)?.Value;
        }

        static bool IsWrite(RegisterOp op) => op is { Action: RegisterAction.Write, Outcome: Outcome.Ok };
    }

    [Fact]
    public void A_search_that_takes_too_long_is_told_as_undecided()
    {
        var verdict = Linearizability.Check(CorrectStore.Registers(new Random(4), 500, keys: 1), mostSteps: 100);
        Assert.Empty(verdict.Anomalies);
        Assert.Equal([0L], verdict.Undecided);
    }

    private static void Passes(params RegisterOp[] ops) => Assert.Empty(Linearizability.Check(ops).Anomalies);

    private static void Fails(params RegisterOp[] ops) => Assert.Equal("not linearizable", Assert.Single(Linearizability.Check(ops).Anomalies).Kind);

    private static RegisterOp Write(long value, long from, long to) => new(0, 7, RegisterAction.Write, value, from, to, Outcome.Ok);

    private static RegisterOp Read(long? value, long from, long to) => new(0, 7, RegisterAction.Read, value, from, to, Outcome.Ok);

    private static RegisterOp Cas(long expected, long value, long from, long to) => new(0, 7, RegisterAction.Cas, value, from, to, Outcome.Ok, expected);
}
