using Xunit;

namespace ActorReplication.Node.Tests.Histories;

/// <summary>The checker of lists, checked with each anomaly planted, and with histories that have none.</summary>
public sealed class ListHistories
{
    private int _next;

    [Fact]
    public void Passes_transactions_one_after_the_other() => Finds("", Txn(0, A(1, 1)), Txn(2, R(1, 1), A(1, 2), R(1, 1, 2)), Txn(4, R(1, 1, 2), R(2)));

    [Fact]
    public void Finds_an_element_twice() => Finds("duplicate element", Txn(0, A(1, 1)), Txn(2, R(1, 1, 1)));

    [Fact]
    public void Finds_an_element_that_nobody_appended() => Finds("phantom element", Txn(0, A(1, 1)), Txn(2, R(1, 1, 9)));

    [Fact]
    public void Finds_a_read_of_a_failed_transaction() => Finds("G1a", Txn(0, A(1, 1)) with { Outcome = Outcome.Failed }, Txn(2, R(1, 1)));

    [Fact]
    public void Finds_a_read_in_the_middle_of_a_transaction() => Finds("G1b", Txn(0, A(1, 1), A(1, 2)), Txn(0, R(1, 1)), Txn(5, R(1, 1, 2)));

    [Fact]
    public void Finds_lists_of_which_neither_is_the_others_beginning() => Finds("incompatible order", Txn(0, A(1, 1)), Txn(0, A(1, 2)), Txn(3, R(1, 1)), Txn(3, R(1, 2, 1)));

    [Fact]
    public void Finds_a_transaction_that_does_not_see_its_own_append() => Finds("internal", Txn(0, A(1, 1), R(1)));

    [Fact]
    public void Finds_a_transaction_that_sees_two_states() => Finds("internal", Txn(0, A(1, 1)), Txn(0, R(1), R(1, 1)));

    [Fact]
    public void Finds_a_lost_update() => Finds("lost update", Txn(0, R(1), A(1, 1)), Txn(0, R(1), A(1, 2)), Txn(5, R(1, 1, 2)));

    /// <summary>Two transactions append to two lists, in opposite orders.</summary>
    [Fact]
    public void Finds_a_cycle_of_writes() => Finds("G0", Txn(0, A(1, 1), A(2, 1)), Txn(0, A(1, 2), A(2, 2)), Txn(5, R(1, 1, 2), R(2, 2, 1)));

    /// <summary>Each saw what the other wrote.</summary>
    [Fact]
    public void Finds_a_cycle_of_reads() => Finds("G1c", Txn(0, A(1, 1), R(2, 2)), Txn(0, A(2, 2), R(1, 1)));

    /// <summary>One saw half of the other.</summary>
    [Fact]
    public void Finds_a_cycle_with_one_anti_dependency() => Finds("G-single", Txn(0, A(1, 1), A(2, 1)), Txn(0, R(1, 1), R(2)), Txn(5, R(2, 1)));

    /// <summary>Write skew.</summary>
    [Fact]
    public void Finds_a_cycle_with_two_anti_dependencies() => Finds("G2-item", Txn(0, R(1), A(2, 1)), Txn(0, R(2), A(1, 1)), Txn(5, R(1, 1), R(2, 1)));

    [Fact]
    public void Finds_a_read_that_misses_what_was_answered_before_it_was_asked()
    {
        Finds("G-single-realtime", Txn(0, A(1, 1)), Txn(5, R(1)), Txn(9, R(1, 1)));
        Finds("", Txn(0, A(1, 1)), Txn(5, R(1)) with { IsRealTime = false }, Txn(9, R(1, 1)));
    }

    [Fact]
    public void Finds_an_answered_append_that_is_in_no_later_list() => Finds("G-single-realtime", Txn(0, A(1, 1)), Txn(2, A(1, 2)), Txn(5, R(1, 1)));

    [Fact]
    public void Finds_appends_out_of_the_order_of_time() => Finds("G0-realtime", Txn(0, A(1, 1)), Txn(5, A(1, 2)), Txn(9, R(1, 2, 1)));

    [Fact]
    public void A_transaction_of_unknown_outcome_may_have_happened_never_or_much_later()
    {
        var unknown = Txn(0, A(1, 1), A(2, 1)) with { Outcome = Outcome.Unknown };
        Finds("", unknown, Txn(5, R(1)));
        Finds("", unknown, Txn(5, R(1)), Txn(9, R(1, 1), R(2, 1)));
        Finds("G-single", unknown, Txn(5, R(1, 1), R(2)), Txn(9, R(2, 1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Passes_what_a_correct_store_answers(int seed) => Assert.Empty(ListHistory.Check(CorrectStore.Lists(new Random(seed), 5000)));

    private static void Finds(string kind, params ListTransaction[] transactions)
    {
        var found = ListHistory.Check(transactions);
        if (kind.Length == 0) Assert.Empty(found);
        else Assert.Contains(kind, found.Select(a => a.Kind));
    }

    private ListTransaction Txn(long at, params ListOp[] ops) => new(++_next, _next, Outcome.Ok, ops, at, at + 1);

    private static ListOp A(long key, long element) => new ListOp.Append(key, element);

    private static ListOp R(long key, params long[] elements) => new ListOp.Read(key, elements);
}
