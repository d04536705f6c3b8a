using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using ActorReplication.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Storage.Tests;

/// <summary>Payloads that nobody has written: told as bad, or taken for what they say; never more.</summary>
public sealed class PayloadFuzz(ITestOutputHelper output)
{
    private static readonly string[] Statements =
    [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL, c BLOB)", "CREATE TABLE w (k TEXT, n INT, v, PRIMARY KEY (k, n)) WITHOUT ROWID", "CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT, x)",
        "INSERT INTO t VALUES (1, 'one', 1.5, x'00ff'), (2, NULL, -1e300, zeroblob(300)), (300, 'é', 0.0, x'')", "INSERT INTO w VALUES ('a', 1, 2), ('b', -5, 'x')", "INSERT INTO s (x) VALUES (7), (8)",
        "UPDATE t SET a = 'two', b = b + 1 WHERE id < 10", "UPDATE t SET id = 17 WHERE id = 2", "UPDATE w SET v = 'y', n = 9 WHERE k = 'a'", "DELETE FROM s WHERE id = 1", "INSERT INTO t (a) VALUES (hex(randomblob(4)))", "DELETE FROM t WHERE id = 300",
    ];

    [Fact]
    public void Any_bytes_are_described_or_refused()
    {
        var payloads = Payloads();
        Fuzzing.Run(output.WriteLine, random =>
        {
            var bytes = Fuzzing.Mutate(random, payloads[random.Next(payloads.Count)]);
            try
            {
                EntryDescription.Describe(bytes);
            }
            catch (InvalidDataException)
            {
                // The only way in which bad bytes may end.
            }
        });
    }

    [Fact]
    public void Any_bytes_are_applied_or_refused_and_the_database_stays_whole()
    {
        using var pair = new Pair();
        foreach (var sql in Statements[..6]) pair.Run(sql);
        var payloads = Payloads();
        Fuzzing.Run(output.WriteLine, random =>
        {
            var payload = Fuzzing.Mutate(random, payloads[random.Next(payloads.Count)]);
            pair.Follower.Writer.BeginBatch();
            try
            {
                pair.Follower.Writer.Apply(payload);
            }
            catch (InvalidDataException)
            {
                // As above.
            }
            finally
            {
                pair.Follower.Writer.RollbackBatch();
            }
        });
        pair.Same("SELECT * FROM t");
    }

    /// <summary>Of each format, without and with what statements draw, and pages.</summary>
    private static List<byte[]> Payloads()
    {
        var payloads = new List<byte[]>();
        foreach (var method in (ReplicationMethod[])[ReplicationMethod.Row, ReplicationMethod.Statement, ReplicationMethod.Mixed])
        {
            using var pair = new Pair { Rules = new CaptureRules(method, UnsafeStatements.Row) };
            foreach (var sql in Statements) payloads.Add(pair.Run(sql));
        }
        using var pages = new PagePair();
        payloads.Add(pages.Run("INSERT INTO t VALUES (1, 'one')"));
        payloads.Add(pages.Commit(true, "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO t SELECT i, randomblob(200) FROM n"));
        return [.. payloads.Where(p => p.Length > 0)];
    }
}
