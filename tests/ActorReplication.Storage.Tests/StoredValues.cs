using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>Every kind of value goes in by a parameter, through capture and apply, and comes out the same.</summary>
public sealed class StoredValues : IDisposable
{
    private readonly Pair pair = new();

    public void Dispose() => pair.Dispose();

    public static TheoryData<object?, string> All => new()
    {
        { null, "null ∅" },
        { 0L, "integer 0" },
        { 127L, "integer 127" },
        { 128L, "integer 128" },
        { -1L, "integer -1" },
        { long.MaxValue, "integer 9223372036854775807" },
        { long.MinValue, "integer -9223372036854775808" },
        { 1.5, "real 1.5" },
        { -0.0, "real -0" },
        { double.MaxValue, "real 1.7976931348623157E+308" },
        { double.Epsilon, "real 5E-324" },
        { double.PositiveInfinity, "real Infinity" },
        { double.NegativeInfinity, "real -Infinity" },
        { double.NaN, "null ∅" },
        { "", "text " },
        { "naïve ☃ 🐘", "text naïve ☃ 🐘" },
        { "a\0b", "text a\0b" },
        { Array.Empty<byte>(), "blob x" },
        { new byte[] { 0, 255, 1 }, "blob x00ff01" },
    };

    [Theory]
    [MemberData(nameof(All))]
    public void Come_back_as_they_went_in(object? value, string expected)
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, v, k BLOB)", "CREATE TABLE w (k ANY, v, PRIMARY KEY (k)) WITHOUT ROWID");
        pair.Run(new SqlCall("INSERT INTO t VALUES (1, ?1, 'x')", new Values(value)), new SqlCall("INSERT INTO t VALUES (2, 'y', ?1)", new Values(value)));
        pair.Run(new SqlCall("UPDATE t SET v = ?1, k = 'z' WHERE id = 2", new Values(value)), new SqlCall("UPDATE t SET v = 'gone' WHERE id = 1"));
        if (value is not (null or double.NaN))
            pair.Run(new SqlCall("INSERT INTO w VALUES (?1, 1)", new Values(value)), new SqlCall("UPDATE w SET v = 2"));
        Assert.Equal([expected], pair.Same("SELECT typeof(v) || ' ', v FROM t WHERE id = 2").Select(line => line.Replace(" |", " ", StringComparison.Ordinal)));
        pair.Run("DELETE FROM t", "DELETE FROM w");
        pair.Same();
    }

    [Fact]
    public void Text_that_is_not_utf8_keeps_its_bytes()
    {
        pair.Run("CREATE TABLE t (v TEXT)");
        pair.Run(new SqlCall("INSERT INTO t VALUES (?1)", new Values(new RawText([0xff, 0x00, 0xc3, 0x28]))));
        Assert.Equal(["text|FF00C328"], pair.Same("SELECT typeof(v), hex(v) FROM t"));
    }

    [Fact]
    public void Zeroblobs_and_large_blobs_travel()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
        pair.Run("INSERT INTO t VALUES (1, zeroblob(100000)), (2, zeroblob(0))");
        var large = new byte[64 << 20];
        new Random(5).NextBytes(large);
        pair.Run(new SqlCall("INSERT INTO t VALUES (3, ?1)", new Values(large)));
        pair.Run("UPDATE t SET v = x'01' WHERE id = 3");
        pair.Same("SELECT id, length(v) FROM t");
    }

    [Fact]
    public void Affinities_do_not_change_a_value_twice()
    {
        pair.Run("CREATE TABLE t (i INT, n NUMERIC, r REAL, x TEXT, b)");
        pair.Run("INSERT INTO t VALUES ('12', '1e2', 7, 8, '9'), ('abc', ' 5 ', '2.50', 1.5, 1), (1e300, 3.0, 9007199254740993, x'00', -0.0)");
        pair.Run("UPDATE t SET r = r + 1, i = i || '', n = 1.0 WHERE rowid <= 2");
        pair.Run("DELETE FROM t WHERE rowid = 1");
        pair.Same("SELECT typeof(i), typeof(n), typeof(r), typeof(x), typeof(b), * FROM t");
    }

    [Fact]
    public void Rows_of_many_columns_travel()
    {
        var names = string.Join(", ", Enumerable.Range(0, 200).Select(i => $"c{i}"));
        pair.Run($"CREATE TABLE t ({names})", $"INSERT INTO t({names}) VALUES ({string.Join(", ", Enumerable.Range(0, 200))})");
        pair.Run($"UPDATE t SET {string.Join(", ", Enumerable.Range(0, 200).Where(i => i % 2 == 0).Select(i => $"c{i} = 'x{i}'"))}");
        pair.Same("SELECT * FROM t");
    }
}
