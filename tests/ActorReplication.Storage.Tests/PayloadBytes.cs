using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>The payload's bytes are a format: what was written once must be read for ever. Compare with the byte tables in DESIGN.md.</summary>
public sealed class PayloadBytes : IDisposable
{
    private readonly Pair pair = new();

    public void Dispose() => pair.Dispose();

    [Fact]
    public void Schema_changes() => Assert.Equal(
        "01" + "06" + "16" + Hex("CREATE TABLE t (a INT)"),
        Run("CREATE TABLE t (a INT)"));

    [Fact]
    public void Rows_of_a_rowid_table()
    {
        pair.Run("CREATE TABLE t (a INT, b TEXT)");
        Assert.Equal(
            "01" + "01" + "01" + Hex("t") + "01" + "02" + "00" // table 0: rowid, two stored columns, no key columns
            + "02" + "00" + "02" + "85" + "03" + "01" + Hex("x") // insert: rowid 1, 5, 'x'
            + "02" + "00" + "04" + "018002" + "00", // insert: rowid 2, 128, NULL
            Run("INSERT INTO t VALUES (5, 'x'), (128, NULL)"));
        Assert.Equal(
            "01" + "01" + "01" + Hex("t") + "01" + "02" + "00"
            + "03" + "00" + "02" + "01" + "85" + "0101" + "00", // update: rowid 1, column 0 from 5 to -1, end
            Run("UPDATE t SET a = -1 WHERE rowid = 1"));
        Assert.Equal(
            "01" + "01" + "01" + Hex("t") + "01" + "02" + "00"
            + "04" + "00" + "04" + "12" + "00", // rowid 2 becomes 9, nothing else
            Run("UPDATE t SET rowid = 9 WHERE rowid = 2"));
        Assert.Equal(
            "01" + "01" + "01" + Hex("t") + "01" + "02" + "00"
            + "05" + "00" + "12" + "018002" + "00", // delete: rowid 9 and the whole row
            Run("DELETE FROM t WHERE rowid = 9"));
    }

    [Fact]
    public void Rows_of_a_table_without_rowid()
    {
        pair.Run("CREATE TABLE w (v REAL, k BLOB PRIMARY KEY) WITHOUT ROWID");
        Assert.Equal(
            "01" + "01" + "01" + Hex("w") + "00" + "02" + "01"
            + "02" + "00" + "02" + "000000000000f83f" + "04" + "02" + "00ff",
            Run("INSERT INTO w VALUES (1.5, x'00ff')"));
        Assert.Equal(
            "01" + "01" + "01" + Hex("w") + "00" + "02" + "01"
            + "03" + "00" + "04" + "02" + "00ff" + "01" + "02" + "000000000000f83f" + "00" + "00",
            Run("UPDATE w SET v = NULL"));
    }

    [Fact]
    public void Counters_of_autoincrement_tables()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)");
        Assert.Equal(
            "01" + "01" + "01" + Hex("t") + "01" + "00" + "00" + "02" + "00" + "02" + "07" + "01" + Hex("t") + "00" + "81",
            Run("INSERT INTO t DEFAULT VALUES"));
    }

    private string Run(string sql) => Convert.ToHexStringLower(pair.Run(sql));

    private static string Hex(string text) => Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(text));
}
