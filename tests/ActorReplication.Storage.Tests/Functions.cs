using System.Text;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class Functions : IDisposable
{
    private readonly Pair pair = new(options => options with
    {
        Functions =
        [
            new ScalarFunction("twice", 1, true, call => call.Return(call.Int64(0) * 2)),
            new ScalarFunction("kinds", -1, true, call => call.ReturnText(Encoding.UTF8.GetBytes(string.Join(',', Enumerable.Range(0, call.Count).Select(i => call.Kind(i)))))),
            new ScalarFunction("echo", 1, true, Echo),
            new ScalarFunction("fails", 0, false, _ => throw new SqlFunctionException("22012", "division by zero")),
            new ScalarFunction("breaks", 0, false, _ => throw new InvalidCastException("a defect")),
            new ScalarFunction("outside", 0, false, call => call.Return(1L)) { Innocuous = false },
        ],
        Aggregates = [new AggregateFunction("joined", 1, () => new Joined()), new AggregateFunction("bad_sum", 1, () => new Bad())],
    });

    public void Dispose() => pair.Dispose();

    [Fact]
    public void Scalars_take_and_return_every_kind()
    {
        Assert.Equal(["14"], Pair.Query(pair.Leader, "SELECT twice(7)"));
        Assert.Equal(["Null,Int64,Double,Text,Blob"], Pair.Query(pair.Leader, "SELECT kinds(NULL, 1, 1.5, 'x', x'00')"));
        Assert.Equal(["∅|5|2.5|ü||x0102|x"], Pair.Query(pair.Leader, "SELECT echo(NULL), echo(5), echo(2.5), echo('ü'), echo(''), echo(x'0102'), echo(x'')"));
    }

    [Fact]
    public void A_function_may_stand_in_schema_objects_on_every_node()
    {
        pair.Run("CREATE TABLE t (a INT, b AS (twice(a)) STORED, c DEFAULT (twice(4)))", "CREATE INDEX i ON t (twice(a))");
        pair.Run("CREATE TRIGGER r AFTER INSERT ON t WHEN new.a = 1 BEGIN INSERT INTO t(a) VALUES (twice(new.a)); END", "INSERT INTO t(a) VALUES (1)");
        Assert.Equal(["1|2|8", "2|4|8"], pair.Same("SELECT * FROM t"));
        Assert.Equal(["1"], Pair.Query(pair.Leader, "SELECT outside()"));
        pair.Run("CREATE VIEW v AS SELECT outside()");
        Assert.Contains("unsafe use", pair.Fail("SELECT * FROM v").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_carry_their_state_and_leave_the_connection_usable()
    {
        using var reader = pair.Leader.TryRentReader()!;
        var failure = reader.Execute(new SqlCall("SELECT fails()"), long.MaxValue, null).Failure!;
        Assert.Equal(("22012", "division by zero"), (failure.SqlState, failure.Message));
        Assert.Equal("XX000", reader.Execute(new SqlCall("SELECT breaks()"), long.MaxValue, null).Failure!.SqlState);
        Assert.Null(reader.Execute(new SqlCall("SELECT abs(-9223372036854775808)"), long.MaxValue, null).Failure!.SqlState);
        Assert.True(reader.Execute(new SqlCall("SELECT twice(1)"), long.MaxValue, null).Succeeded);
    }

    [Fact]
    public void Aggregates_keep_a_state_for_each_group()
    {
        pair.Run("CREATE TABLE t (g INT, a TEXT)", "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (1, 'c')");
        Assert.Equal(["1|a+c", "2|b"], Pair.Query(pair.Leader, "SELECT g, joined(a) FROM t GROUP BY g ORDER BY g"));
        Assert.Equal(["none"], Pair.Query(pair.Leader, "SELECT joined(a) FROM t WHERE 0"));
        using var reader = pair.Leader.TryRentReader()!;
        Assert.Equal("22003", reader.Execute(new SqlCall("SELECT bad_sum(a) FROM t"), long.MaxValue, null).Failure!.SqlState);
    }

    private static void Echo(IFunctionCall call)
    {
        switch (call.Kind(0))
        {
            case ValueKind.Null:
                call.ReturnNull();
                break;
            case ValueKind.Int64:
                call.Return(call.Int64(0));
                break;
            case ValueKind.Double:
                call.Return(call.Double(0));
                break;
            case ValueKind.Text:
                call.ReturnText(call.Text(0));
                break;
            default:
                call.ReturnBlob(call.Blob(0));
                break;
        }
    }

    private sealed class Joined : IAggregateState
    {
        private readonly List<string> parts = [];

        public void Add(IFunctionCall call) => parts.Add(Encoding.UTF8.GetString(call.Text(0)));

        public void Finish(IFunctionCall call) => call.ReturnText(parts.Count == 0 ? "none"u8 : Encoding.UTF8.GetBytes(string.Join('+', parts)));
    }

    private sealed class Bad : IAggregateState
    {
        public void Add(IFunctionCall call) => throw new SqlFunctionException("22003", "out of range");

        public void Finish(IFunctionCall call) => call.ReturnNull();
    }
}
