using System.Text;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>The bytes of payload format 2, how bad ones are refused, and which way a transaction goes under the method mixed.</summary>
public sealed class StatementPayloads : IDisposable
{
    private readonly Pair pair = new() { Rules = new CaptureRules(ReplicationMethod.Statement, UnsafeStatements.Row) };

    public StatementPayloads() => pair.Run("CREATE TABLE t (a INT, b TEXT)", "INSERT INTO t VALUES (1, 'x')");

    public void Dispose() => pair.Dispose();

    [Fact]
    public void A_statement_that_draws_nothing()
    {
        var payload = pair.Run(new SqlCall("INSERT INTO t VALUES (?1, ?2)", new Values(5, "y")));
        Assert.Equal(
            "02" + "01" + Time(payload) // format, has statements, transaction's time
            + "01" + "01" + "00" // statement, by the method, draws nothing
            + "1d" + Hex("INSERT INTO t VALUES (?1, ?2)") + "02" + "85" + "03" + "01" + Hex("y") // text, two parameters
            + "01" + "01" + "a2acedaf988c1e18", // affected 1, changed 1, checksum
            Convert.ToHexStringLower(payload));
    }

    [Fact]
    public void A_statement_that_draws_all_there_is()
    {
        var sql = "INSERT INTO t VALUES (random(), CURRENT_TIMESTAMP || last_insert_rowid() || changes())";
        var payload = pair.Run(sql);
        var hex = Convert.ToHexStringLower(payload);
        var head = "02" + "01" + Time(payload) + "01" + "01" + "0f";
        Assert.StartsWith(head, hex, StringComparison.Ordinal);
        // Time after the transaction's, eight bytes of seed, rowid 1 and count 1 before.
        Assert.Matches("^([89a-f][0-9a-f])*[0-7][0-9a-f].{16}0201" + "56" + Hex(sql) + "000101.{16}$", hex[head.Length..]);
    }

    [Fact]
    public void Rows_that_were_smaller()
    {
        pair.Rules = new CaptureRules(ReplicationMethod.Mixed, UnsafeStatements.Row);
        var payload = pair.Run("UPDATE t SET a = 7 WHERE a = 1 AND b = 'x'");
        Assert.Equal(
            "02" + "00" + Time(payload) + "02" + "03" + "0d" // rows, because they were smaller, 13 bytes of operations as in format 1
            + "01" + "01" + Hex("t") + "01" + "02" + "00" + "03" + "00" + "02" + "01" + "81" + "87" + "00",
            Convert.ToHexStringLower(payload));
        pair.Same();
    }

    [Theory]
    [InlineData(false, "UPDATE t SET a = 8 WHERE a = 1")]
    [InlineData(true, "UPDATE t SET a = a + 1")]
    [InlineData(true, "UPDATE t SET a = a + 1", "UPDATE t SET a = 8 WHERE rowid = 1")]
    [InlineData(true, "UPDATE t SET a = 8 WHERE rowid = 1", "UPDATE t SET a = a + 1", "DELETE FROM t WHERE rowid = 2")]
    [InlineData(false, "INSERT INTO t VALUES (1, 'short')", "INSERT INTO t VALUES (2, 'also short')")]
    [InlineData(false, "INSERT INTO t SELECT * FROM t")]
    public void Mixed_sends_the_smaller_of_both_as_a_whole(bool asStatements, params string[] statements)
    {
        pair.Rules = default;
        pair.Run("INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM c WHERE i < 100) SELECT i, 'row' FROM c");
        pair.Rules = new CaptureRules(ReplicationMethod.Mixed, UnsafeStatements.Row);
        var kinds = RepeatedStatements.Kinds(pair.Run(statements));
        Assert.All(kinds, kind => Assert.Equal(asStatements, kind == "statement"));
        pair.Same();
    }

    [Fact]
    public void What_is_large_and_safe_and_what_is_unsafe_travel_each_their_way_in_one_entry()
    {
        pair.Rules = default;
        pair.Run("INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM c WHERE i < 100) SELECT i, 'row' FROM c");
        pair.Rules = new CaptureRules(ReplicationMethod.Mixed, UnsafeStatements.Row);
        var payload = pair.Run("UPDATE t SET a = a + 1", "DELETE FROM t WHERE rowid IN (SELECT rowid FROM t ORDER BY random() LIMIT 2)", "UPDATE t SET b = b || a");
        Assert.Equal(["statement", "delete", "delete", "statement"], RepeatedStatements.Kinds(payload));
        pair.Same();
    }

    [Fact]
    public void Cut_or_changed_bytes_are_refused_with_their_place_or_found_to_differ()
    {
        pair.Rules = new CaptureRules(ReplicationMethod.Mixed, UnsafeStatements.Row);
        var payload = pair.Run("UPDATE t SET a = a + length(b) + random() WHERE a > 0", "INSERT INTO t(a) SELECT a FROM t LIMIT 1");
        var statement = Statement(new SqlCall("INSERT INTO t VALUES (?1, ?2)", new Values(5, "text")));
        foreach (var bytes in new[] { payload, statement })
        {
            for (var length = 1; length < bytes.Length; length++)
                Try(bytes.AsMemory(0, length));
            for (var place = 0; place < bytes.Length; place++)
            {
                foreach (byte flip in new byte[] { 1, 0x80, 0xff })
                {
                    var changed = (byte[])bytes.Clone();
                    changed[place] ^= flip;
                    Try(changed);
                }
            }
        }
        Assert.Contains("byte 1 of 4", Assert.Throws<InvalidDataException>(() => Try(new byte[] { 2, 2, 0, 0 }, rethrow: true)).Message, StringComparison.Ordinal);
        Assert.Contains("a block", Assert.Throws<InvalidDataException>(() => Try(new byte[] { 2, 0, 0, 1, 1, 0 }, rethrow: true)).Message, StringComparison.Ordinal);
        pair.Same();
    }

    /// <summary>Applies it and takes it back.</summary>
    private void Try(ReadOnlyMemory<byte> payload, bool rethrow = false)
    {
        var writer = pair.Follower.Writer;
        writer.BeginBatch();
        try
        {
            writer.Apply(payload);
        }
        catch (InvalidDataException bad) when (!rethrow)
        {
            Assert.StartsWith("bad payload", bad.Message, StringComparison.Ordinal);
        }
        finally
        {
            writer.RollbackBatch();
        }
    }

    private byte[] Statement(SqlCall call)
    {
        pair.Rules = new CaptureRules(ReplicationMethod.Statement, UnsafeStatements.Row);
        return pair.Run(call);
    }

    /// <summary>The transaction's time, as it stands in the payload.</summary>
    private static string Time(byte[] payload)
    {
        var end = 2;
        while (payload[end++] >= 0x80) { }
        return Convert.ToHexStringLower(payload.AsSpan(2..end));
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
}
