using Xunit;

namespace ActorReplication.Node.Tests.Histories;

public sealed class TotalsAndRows
{
    [Theory]
    [InlineData(true, 40, 60)]
    [InlineData(false, 40, 61)]
    [InlineData(false, 40, 59)]
    [InlineData(false, 100)]
    [InlineData(false, -1, 101)]
    public void Money_is_neither_made_nor_lost(bool passes, params int[] balances) =>
        Assert.Equal(passes, BankHistory.Check([new BankRead(1, "n1", [.. balances.Select(b => (long)b)])], 2, 100).Count == 0);

    [Theory]
    [InlineData("", 1, 3)]
    [InlineData("", 1)]
    [InlineData("lost row", 3)]
    [InlineData("row of a failed insert", 1, 2)]
    [InlineData("doubled row", 1, 1)]
    [InlineData("doubled row", 1, 3, 3)]
    [InlineData("phantom row", 1, 4)]
    public void Rows_are_those_that_were_acknowledged_and_maybe_those_that_are_unknown(string kind, params int[] held)
    {
        InsertOp[] ops = [new(1, Outcome.Ok), new(2, Outcome.Failed), new(3, Outcome.Unknown)];
        Assert.Equal(kind, string.Join(", ", InsertHistory.Check(ops, [.. held.Select(h => (long)h)]).Select(a => a.Kind)));
    }

    [Fact]
    public void Under_async_the_newest_may_be_lost_and_nothing_is_there_twice()
    {
        InsertOp[] ops = [new(1, Outcome.Ok), new(2, Outcome.Ok)];
        Assert.Empty(InsertHistory.Check(ops, [1], mayLose: true));
        Assert.Single(InsertHistory.Check(ops, [1, 1], mayLose: true));
    }
}
