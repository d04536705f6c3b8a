using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class AuxiliaryTables : IDisposable
{
    private readonly Pair pair = new();
    private int filled;

    public AuxiliaryTables() => pair.Run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)");

    public void Dispose() => pair.Dispose();

    [Fact]
    public void A_reader_sees_them_with_and_without_their_schemas_name()
    {
        using var reader = pair.Leader.TryRentReader()!;
        Assert.Equal(["x|1|1.5|∅|x01"], Run(reader, "SELECT * FROM pg_catalog.pg_thing", Table("1")));
        Assert.Equal(["x"], Run(reader, "SELECT name FROM pg_thing JOIN t ON t.a = n", Table("1")));
    }

    [Fact]
    public void They_are_filled_again_when_the_version_differs_or_is_null()
    {
        using var reader = pair.Leader.TryRentReader()!;
        Run(reader, "SELECT * FROM pg_thing", Table("1"));
        Run(reader, "SELECT * FROM pg_thing", Table("1"));
        Assert.Equal(1, filled);
        Assert.Single(Run(reader, "SELECT * FROM pg_thing", Table("2")));
        Assert.Equal(2, filled);
        Run(reader, "SELECT * FROM pg_thing", Table(null));
        Assert.Single(Run(reader, "SELECT * FROM pg_thing", Table(null)));
        Assert.Equal(4, filled);
    }

    [Fact]
    public void Inside_a_snapshot_and_with_other_columns_they_work()
    {
        using var reader = pair.Leader.TryRentReader()!;
        reader.BeginSnapshot();
        Assert.Single(Run(reader, "SELECT * FROM pg_thing", Table("1")));
        var other = new AuxiliaryTable("pg_catalog", "pg_thing", ["only INT"], "3", () => [[7], [8]]);
        Assert.Equal(["7", "8"], Run(reader, "SELECT * FROM pg_thing", other));
        reader.EndSnapshot();
        Assert.Equal(["7", "8"], Run(reader, "SELECT * FROM pg_thing", other));
    }

    [Fact]
    public void The_writer_uses_them_inside_a_batch_and_captures_nothing_of_them()
    {
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        Assert.True(writer.Execute(new SqlCall("SELECT * FROM pg_thing", null, null, [Table("1")]), long.MaxValue, null).Succeeded);
        Assert.False(writer.HasChanges);
        Assert.True(writer.Execute(new SqlCall("INSERT INTO t SELECT n + 1 FROM pg_catalog.pg_thing", null, null, [Table("1")]), long.MaxValue, null).Succeeded);
        writer.RollbackTransaction();
        writer.BeginTransaction();
        Assert.True(writer.Execute(new SqlCall("INSERT INTO t SELECT n + 1 FROM pg_catalog.pg_thing", null, null, [Table("1")]), long.MaxValue, null).Succeeded);
        var payload = writer.EndTransaction().Payload;
        writer.CommitBatch(1, 9);
        pair.Apply(payload);
        Assert.Equal(["1", "2"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Users_cannot_write_them_and_other_schemas_are_refused()
    {
        using var reader = pair.Leader.TryRentReader()!;
        Run(reader, "SELECT * FROM pg_thing", Table("1"));
        var write = new SqlCall("DELETE FROM pg_catalog.pg_thing", null, null, [Table("1")]);
        Assert.Equal(FailureKind.Refused, reader.Execute(write, long.MaxValue, null).Failure!.Kind);
        var elsewhere = new AuxiliaryTable("elsewhere", "x", ["a"], null, () => []);
        Assert.Equal(FailureKind.Refused, reader.Execute(new SqlCall("SELECT 1", null, null, [elsewhere]), long.MaxValue, null).Failure!.Kind);
    }

    [Fact]
    public void Describe_knows_them()
    {
        using var reader = pair.Leader.TryRentReader()!;
        var shape = reader.Describe("SELECT name FROM pg_thing", [Table("1")]);
        Assert.Equal([new ColumnShape("name", "TEXT", null, null)], shape.Columns);
    }

    private AuxiliaryTable Table(string? version) => new("pg_catalog", "pg_thing", ["name TEXT", "n INT", "r REAL", "z", "b BLOB"], version, () =>
    {
        filled++;
        return [["x", 1, 1.5, null, new byte[] { 1 }]];
    });

    private static List<string> Run(IReader reader, string sql, AuxiliaryTable table)
    {
        var rows = new Rows();
        Pair.Succeed(reader.Execute(new SqlCall(sql, null, rows, [table]), long.MaxValue, null), sql);
        return rows.Lines;
    }
}
