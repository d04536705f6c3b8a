using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class Limits : IDisposable
{
    private readonly Pair pair = new(options => options with { MaxSqlBytes = 2000, MaxValueBytes = 5000 });

    public Limits() => pair.Run("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)");

    public void Dispose() => pair.Dispose();

    [Fact]
    public void A_statement_that_is_too_long_is_refused_with_both_lengths()
    {
        var failure = pair.Fail($"SELECT '{new string('x', 3000)}'");
        Assert.Equal(FailureKind.TooLarge, failure.Kind);
        Assert.Contains("2000", failure.Message, StringComparison.Ordinal);
        Assert.Contains("3009", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_too_large_are_refused_as_parameters_and_as_results()
    {
        Assert.Equal(FailureKind.TooLarge, pair.Fail("INSERT INTO t VALUES (?1)", new byte[6000]).Kind);
        Assert.Equal(FailureKind.TooLarge, pair.Fail("INSERT INTO t VALUES (zeroblob(6000))").Kind);
        Assert.Equal(FailureKind.TooLarge, pair.Fail("UPDATE t SET a = printf('%.6000c', 'x')").Kind);
        pair.Run("UPDATE t SET a = 2");
        Assert.Equal(["2"], pair.Same("SELECT a FROM t"));
    }

    [Fact]
    public void Many_parameters_are_allowed_and_deep_expressions_are_not()
    {
        Assert.Equal(["∅"], Pair.Query(pair.Leader, "SELECT ?32766"));
        Assert.NotNull(pair.Fail("SELECT ?32767"));
        using var wide = new Pair();
        using var reader = wide.Leader.TryRentReader()!;
        Assert.NotNull(reader.Execute(new SqlCall($"SELECT {string.Concat(Enumerable.Repeat("(1+", 3000))}1{new string(')', 3000)}"), long.MaxValue, null).Failure);
        Assert.True(reader.Execute(new SqlCall("SELECT 1"), long.MaxValue, null).Succeeded);
    }

    [Fact]
    public void What_a_commit_takes_along_can_be_too_much_and_fails_the_transaction_alone()
    {
        using var small = new Pair(options => options with { MaxChangeBytes = 100_000 });
        small.Run("CREATE TABLE t (a)");
        var writer = small.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        Assert.Null(writer.Execute(new SqlCall("INSERT INTO t VALUES (1)"), long.MaxValue, null).Failure);
        var before = writer.EndTransaction();
        Assert.Null(before.Failure);
        foreach (var record in new[] { new CommitRecord("", []) { Notices = [new("c", new string('x', 50_000), 7, -1)] }, new CommitRecord(new string('t', 50_000), []) })
        {
            writer.BeginTransaction();
            Assert.Null(writer.Execute(new SqlCall("INSERT INTO t VALUES (zeroblob(90000))"), long.MaxValue, null).Failure);
            Assert.Equal(FailureKind.TooLarge, writer.EndTransaction(record).Failure!.Kind);
        }
        small.Advance();
        writer.CommitBatch(1, small.Index);
        small.Apply(before.Payload);
        Assert.Equal(["1"], small.Same("SELECT a FROM t"));
        Assert.Equal(FailureKind.TooLarge, small.Fail("INSERT INTO t VALUES (zeroblob(110000))").Kind);
    }
}
