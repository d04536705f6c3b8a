using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>Seeded random statements: the follower always holds what the leader holds, and undoing all of it leads back to the start.</summary>
public sealed class RandomOperations
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 6), Environment.TickCount & 0x7fffffff];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Leader_follower_and_undo_agree(int seed)
    {
        using var pair = new Pair();
        var random = new Random(seed);
        pair.Run(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT)",
            "CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, p INT REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE, x REAL, y AS (x + 1) STORED)",
            "CREATE TABLE w (k TEXT COLLATE NOCASE, n INT, v, PRIMARY KEY (k, n)) WITHOUT ROWID",
            "CREATE TABLE h (a, b UNIQUE)",
            "CREATE TABLE s (k TEXT PRIMARY KEY, d INT DEFAULT 3) STRICT",
            "CREATE VIRTUAL TABLE f USING fts5(body, detail=column)",
            "CREATE TRIGGER ci AFTER INSERT ON c BEGIN INSERT INTO h(a, b) VALUES (new.id, NULL); END",
            "CREATE TRIGGER hu AFTER UPDATE OF a ON h BEGIN INSERT INTO f(body) VALUES ('changed ' || new.a); END");
        var start = Pair.Describe(pair.Follower);
        pair.Log.Clear();
        for (var transaction = 0; transaction < 60; transaction++)
        {
            Transaction(pair, random);
            if (transaction % 20 == 19)
                Assert.Equal(Pair.Describe(pair.Leader), Pair.Describe(pair.Follower));
            if (random.Next(15) == 0)
                pair.Swap();
        }
        pair.Same("SELECT rowid, body FROM f WHERE f MATCH 'changed OR word3 OR word7' ORDER BY rowid");

        pair.Follower.Writer.BeginBatch();
        for (var i = pair.Log.Count - 1; i >= 0; i--)
            Assert.True(pair.Follower.Writer.TryUndo(pair.Log[i]), $"entry {i} of seed {seed}");
        pair.Follower.Writer.CommitBatch(1, 0);
        Assert.Equal(start, Pair.Describe(pair.Follower));
    }

    private static void Transaction(Pair pair, Random random)
    {
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        var savepoints = 0;
        for (var i = random.Next(1, 9); i > 0; i--)
        {
            switch (random.Next(12))
            {
                case 0:
                    writer.Savepoint("s");
                    savepoints++;
                    break;
                case 1 when savepoints > 0:
                    Assert.True(writer.RollbackToSavepoint("s"));
                    break;
                case 2 when savepoints > 0:
                    Assert.True(writer.ReleaseSavepoint("s"));
                    savepoints--;
                    break;
                case 3 when random.Next(4) == 0:
                    // Stopped in the middle, so that SQLite rolls the whole batch back; sometimes that takes full-text terms with it.
                    writer.Execute(new SqlCall("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO h(a) SELECT i FROM n"), long.MaxValue, new Stop(askedTimes: 2));
                    break;
                default:
                    // Some violate a constraint: that statement then leaves nothing.
                    writer.Execute(new SqlCall(Statement(random)), long.MaxValue, null);
                    break;
            }
        }
        if (random.Next(10) == 0)
        {
            writer.RollbackTransaction();
            writer.RollbackBatch();
            return;
        }
        var outcome = writer.EndTransaction();
        writer.CommitBatch(1, 1);
        if (!outcome.Payload.IsEmpty)
            pair.Apply(outcome.Payload);
    }

    private static string Statement(Random random)
    {
        var n = random.Next(12);
        var m = random.Next(12);
        return random.Next(20) switch
        {
            0 => $"INSERT INTO p VALUES ({n}, 'a{m}')",
            1 => $"INSERT OR REPLACE INTO p VALUES ({n}, hex(randomblob(3)))",
            2 => $"UPDATE p SET id = {n} WHERE id = {m}",
            3 => $"DELETE FROM p WHERE id = {n}",
            4 => $"INSERT INTO c(p, x) SELECT id, {m}.5 FROM p WHERE id < {n}",
            5 => $"UPDATE c SET x = x * 2, p = {n} WHERE id % 5 = {m % 5}",
            6 => $"DELETE FROM c WHERE id % 7 = {n % 7}",
            7 => $"INSERT INTO w VALUES ('Key{n}', {m}, x'{m:x2}') ON CONFLICT DO UPDATE SET v = v || {n}, k = upper(k)",
            8 => $"REPLACE INTO w VALUES ('key{n}', {m % 3}, NULL)",
            9 => $"UPDATE w SET n = n + {m}, k = k || 'x' WHERE n < {n}",
            10 => $"DELETE FROM w WHERE n > {n}",
            11 => $"INSERT INTO h VALUES ({n}, {m}), ({n}, {m + 1}), ('{m}', {n})",
            12 => $"UPDATE h SET a = a || {n}, b = b + {m} WHERE rowid % 3 = {n % 3}",
            13 => $"DELETE FROM h WHERE rowid % 5 = {n % 5}",
            14 => $"INSERT OR IGNORE INTO h(rowid, a, b) VALUES ({n * 100}, random(), {m})",
            15 => $"INSERT INTO f(body) VALUES ('word{n} word{m}'), ('word{m}')",
            16 => $"UPDATE f SET body = body || ' word{n}' WHERE rowid % 4 = {m % 4}",
            17 => $"DELETE FROM f WHERE rowid % 6 = {n % 6}",
            18 => $"INSERT INTO s(k) VALUES ('{n}') ON CONFLICT (k) DO UPDATE SET d = d + 1",
            _ => $"SELECT count(*) FROM f WHERE f MATCH 'word{n}'",
        };
    }
}
