using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>Each SQL feature on a leader, its payloads applied to a follower, contents compared.</summary>
public sealed class ReplicatedFeatures : IDisposable
{
    private readonly Pair pair = new();

    public void Dispose() => pair.Dispose();

    [Fact]
    public void Plain_inserts_updates_and_deletes_arrive()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL)");
        pair.Run("INSERT INTO t VALUES (1, 'x', 1.5), (2, 'y', 2), (300, NULL, NULL)");
        pair.Run("UPDATE t SET a = 'z' WHERE id = 2", "DELETE FROM t WHERE id = 1");
        Assert.Equal(["2|z|2", "300|∅|∅"], pair.Same("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public void Rows_that_triggers_write_arrive_once()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT)",
            "CREATE TABLE log (n INTEGER PRIMARY KEY, what TEXT)",
            "CREATE TRIGGER ti AFTER INSERT ON t BEGIN INSERT INTO log(what) VALUES ('in ' || new.id); UPDATE t SET a = a + 1 WHERE id = new.id; END",
            "CREATE TRIGGER td BEFORE DELETE ON t BEGIN INSERT INTO log(what) VALUES ('out ' || old.id); END");
        pair.Run("INSERT INTO t VALUES (1, 10), (2, 20)");
        pair.Run("DELETE FROM t WHERE id = 1");
        Assert.Equal(["1|in 1", "2|in 2", "3|out 1"], pair.Same("SELECT * FROM log ORDER BY n"));
        Assert.Equal(["2|21"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Recursive_triggers_arrive()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY)",
            "CREATE TRIGGER r AFTER INSERT ON t WHEN new.id < 5 BEGIN INSERT INTO t VALUES (new.id + 1); END");
        pair.Run("INSERT INTO t VALUES (1)");
        Assert.Equal(["5"], pair.Same("SELECT count(*) FROM t"));
    }

    [Fact]
    public void Triggers_on_views_arrive_as_rows()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
            "CREATE VIEW v AS SELECT id, upper(a) AS a FROM t",
            "CREATE TRIGGER vi INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.id, lower(new.a)); END");
        pair.Run("INSERT INTO v VALUES (1, 'ABC')");
        Assert.Equal(["1|abc"], pair.Same("SELECT * FROM t"));
        Assert.Equal(["1|ABC"], pair.Same("SELECT * FROM v"));
    }

    [Fact]
    public void Foreign_key_cascades_arrive_as_rows()
    {
        pair.Run(
            "CREATE TABLE p (id INTEGER PRIMARY KEY)",
            "CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE)",
            "CREATE TABLE n (id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL)",
            "CREATE TABLE d (id INTEGER PRIMARY KEY, p INT DEFAULT 9 REFERENCES p ON DELETE SET DEFAULT)",
            "INSERT INTO p VALUES (1), (2), (9)",
            "INSERT INTO c VALUES (1, 1), (2, 1), (3, 2)",
            "INSERT INTO n VALUES (1, 1)",
            "INSERT INTO d VALUES (1, 1)");
        pair.Run("DELETE FROM p WHERE id = 1");
        pair.Run("UPDATE p SET id = 7 WHERE id = 2");
        Assert.Equal(["3|7"], pair.Same("SELECT * FROM c"));
        Assert.Equal(["1|∅"], pair.Same("SELECT * FROM n"));
        Assert.Equal(["1|9"], pair.Same("SELECT * FROM d"));
    }

    [Fact]
    public void Dropping_a_parent_table_takes_its_childrens_rows_everywhere()
    {
        pair.Run(
            "CREATE TABLE p (id INTEGER PRIMARY KEY)",
            "CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE)",
            "INSERT INTO p VALUES (1), (2)",
            "INSERT INTO c VALUES (1, 1), (2, NULL)");
        pair.Run("DROP TABLE p");
        Assert.Equal(["2|∅"], pair.Same("SELECT * FROM c"));
    }

    [Fact]
    public void Tables_without_rowid_go_by_their_key()
    {
        pair.Run("CREATE TABLE w (a TEXT, b INT, c TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID");
        pair.Run("INSERT INTO w VALUES ('x', 1, 'one'), ('y', 2, 'two'), ('z', 3, NULL)");
        pair.Run("UPDATE w SET c = 'eins' WHERE b = 1", "UPDATE w SET b = 20 WHERE a = 'y'", "DELETE FROM w WHERE b = 3");
        Assert.Equal(["x|1|eins", "y|20|two"], pair.Same("SELECT * FROM w"));
    }

    [Fact]
    public void Key_columns_with_a_collation_find_their_row()
    {
        pair.Run("CREATE TABLE w (a TEXT COLLATE NOCASE PRIMARY KEY, c INT) WITHOUT ROWID", "CREATE TABLE t (a TEXT COLLATE NOCASE PRIMARY KEY, c INT)");
        pair.Run("INSERT INTO w VALUES ('Ab', 1)", "INSERT INTO t VALUES ('Ab', 1)");
        pair.Run("UPDATE w SET a = 'AB' WHERE a = 'ab'", "UPDATE t SET a = 'AB', c = 2 WHERE a = 'ab'");
        Assert.Equal(["AB|1"], pair.Same("SELECT * FROM w"));
    }

    [Fact]
    public void Tables_without_a_primary_key_keep_their_rowids()
    {
        pair.Run("CREATE TABLE t (a TEXT)");
        pair.Run("INSERT INTO t VALUES ('x'), ('x'), ('y')");
        pair.Run("DELETE FROM t WHERE rowid = 1", "INSERT INTO t(rowid, a) VALUES (77, 'w')", "UPDATE t SET a = 'v' WHERE a = 'x'");
        Assert.Equal(["2|v", "3|y", "77|w"], pair.Same("SELECT rowid, a FROM t"));
    }

    [Fact]
    public void A_column_named_rowid_does_not_confuse()
    {
        pair.Run("CREATE TABLE t (rowid TEXT, _rowid_ INT)");
        pair.Run("INSERT INTO t VALUES ('x', 5)");
        pair.Run("UPDATE t SET rowid = 'y'");
        Assert.Equal(["1|y|5"], pair.Same("SELECT oid, * FROM t"));
    }

    [Fact]
    public void A_table_that_hides_its_rowid_is_refused()
    {
        Assert.Equal(FailureKind.Refused, pair.Fail("CREATE TABLE t (rowid, oid, _rowid_)").Kind);
        pair.Run("CREATE TABLE t (rowid INTEGER PRIMARY KEY, oid, _rowid_)", "INSERT INTO t VALUES (4, 5, 6)");
        Assert.Equal(["4|5|6"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Descending_integer_keys_are_no_rowids()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY DESC, a TEXT)");
        pair.Run("INSERT INTO t VALUES (10, 'x'), (NULL, 'y')");
        pair.Run("UPDATE t SET id = 11 WHERE id = 10");
        Assert.Equal(["1|11|x", "2|∅|y"], pair.Same("SELECT rowid, * FROM t"));
    }

    [Fact]
    public void Generated_columns_are_made_anew()
    {
        pair.Run("CREATE TABLE t (v AS (a * 2), a INT, s TEXT AS (a || '!') STORED, b INT)");
        pair.Run("INSERT INTO t(a, b) VALUES (1, 10), (2, 20)");
        pair.Run("UPDATE t SET a = 5 WHERE b = 20", "DELETE FROM t WHERE a = 1");
        Assert.Equal(["10|5|5!|20"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Autoincrement_counters_stay_equal()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, u TEXT UNIQUE)");
        pair.Run("INSERT INTO t(u) VALUES ('a'), ('b')");
        pair.Run("DELETE FROM t");
        pair.Run("INSERT OR IGNORE INTO t(u) VALUES ('c'), ('c'), ('c')");
        pair.Run("INSERT INTO t(id, u) SELECT 1, 'x' WHERE 0");
        pair.Run("UPDATE t SET id = 50 WHERE u = 'c'");
        pair.Same("SELECT * FROM sqlite_sequence");
        pair.Run("INSERT INTO t VALUES (1000, 'd')", "INSERT INTO t(u) VALUES ('e')");
        Assert.Equal(["t|1001"], pair.Same("SELECT * FROM sqlite_sequence"));
        pair.Run("DROP TABLE t");
        pair.Same("SELECT * FROM sqlite_sequence");
    }

    [Fact]
    public void Autoincrement_behind_a_trigger_stays_equal()
    {
        pair.Run(
            "CREATE TABLE l (id INTEGER PRIMARY KEY AUTOINCREMENT, x)",
            "CREATE TABLE t (a)",
            "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO l(x) VALUES (new.a); DELETE FROM l; END");
        pair.Run("INSERT INTO t VALUES (1), (2)");
        Assert.Equal(["l|2"], pair.Same("SELECT * FROM sqlite_sequence"));
    }

    [Fact]
    public void Full_text_search_answers_alike_and_survives_a_change_of_leader()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(title, body)");
        pair.Run("INSERT INTO f VALUES ('first', 'the quick brown fox')", "INSERT INTO f VALUES ('second', 'lazy dog')");
        pair.Run("UPDATE f SET body = 'quick lazy cat' WHERE title = 'second'");
        Assert.Equal(["first", "second"], pair.Same("SELECT title FROM f WHERE f MATCH 'quick' ORDER BY rowid"));
        pair.Swap();
        pair.Run("INSERT INTO f VALUES ('third', 'quick bird')", "DELETE FROM f WHERE title = 'first'");
        Assert.Equal(["second", "third"], pair.Same("SELECT title FROM f WHERE f MATCH 'quick' ORDER BY rowid"));
        pair.Swap();
        pair.Run("INSERT INTO f VALUES ('fourth', 'quick fish')", "INSERT INTO f(f) VALUES ('optimize')");
        Assert.Equal(["second", "third", "fourth"], pair.Same("SELECT title FROM f WHERE f MATCH 'quick' ORDER BY rowid"));
        pair.Run("INSERT INTO f(f) VALUES ('integrity-check')");
        pair.Swap();
        pair.Run("INSERT INTO f(f) VALUES ('integrity-check')");
        pair.Run("DROP TABLE f");
        pair.Same();
    }

    [Fact]
    public void A_renamed_full_text_table_goes_on()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)", "INSERT INTO f VALUES ('one')", "ALTER TABLE f RENAME TO g", "INSERT INTO g VALUES ('one two')");
        Assert.Equal(["1", "2"], pair.Same("SELECT rowid FROM g WHERE g MATCH 'one' ORDER BY rowid"));
    }

    [Fact]
    public void A_column_with_a_check_can_be_added_to_rows()
    {
        pair.Run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)", "ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x' CHECK (length(b) < 5)");
        Assert.Equal(["1|x"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void A_schema_change_made_as_a_follower_is_known_as_a_leader_and_the_other_way_round()
    {
        pair.Run("CREATE TABLE t (a INT, b INT)", "INSERT INTO t VALUES (1, 2)");
        pair.Swap();
        pair.Run("UPDATE t SET a = 3");
        pair.Run("ALTER TABLE t DROP COLUMN a");
        pair.Swap();
        pair.Run("UPDATE t SET b = b + 1");
        pair.Run("ALTER TABLE t ADD COLUMN c INT DEFAULT 8", "UPDATE t SET b = b + 1");
        pair.Swap();
        pair.Run("UPDATE t SET c = c + 1, b = 0", "DELETE FROM t WHERE c = 1");
        Assert.Equal(["0|9"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Contentless_full_text_search_arrives()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(body, content='', columnsize=0)");
        pair.Run("INSERT INTO f(rowid, body) VALUES (1, 'alpha beta')");
        pair.Run("INSERT INTO f(rowid, body) VALUES (2, 'beta')");
        Assert.Equal(["1", "2"], pair.Same("SELECT rowid FROM f WHERE f MATCH 'beta'"));
    }

    [Fact]
    public void Full_text_kept_by_triggers_on_a_table_arrives()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)",
            "CREATE VIRTUAL TABLE f USING fts5(body, content='t', content_rowid='id')",
            "CREATE TRIGGER ai AFTER INSERT ON t BEGIN INSERT INTO f(rowid, body) VALUES (new.id, new.body); END",
            "CREATE TRIGGER ad AFTER DELETE ON t BEGIN INSERT INTO f(f, rowid, body) VALUES ('delete', old.id, old.body); END");
        pair.Run("INSERT INTO t VALUES (1, 'red apple'), (2, 'green apple')");
        pair.Run("DELETE FROM t WHERE id = 1");
        Assert.Equal(["2"], pair.Same("SELECT rowid FROM f WHERE f MATCH 'apple'"));
    }

    [Fact]
    public void Rtree_answers_alike_and_survives_a_change_of_leader()
    {
        pair.Run("CREATE VIRTUAL TABLE r USING rtree(id, x1, x2, +label)");
        pair.Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO r SELECT i, i, i + 1, 'l' || i FROM n");
        pair.Run("DELETE FROM r WHERE id < 100", "UPDATE r SET x2 = 500 WHERE id = 150");
        pair.Same("SELECT id, label FROM r WHERE x2 > 190 ORDER BY id");
        pair.Swap();
        pair.Run("WITH RECURSIVE n(i) AS (SELECT 300 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO r SELECT i, i, i + 1, 'm' || i FROM n");
        pair.Same("SELECT count(*) FROM r WHERE x1 > 120");
        Assert.Equal(["ok"], Pair.Query(pair.Leader, "SELECT rtreecheck('r')"));
        Assert.Equal(["ok"], Pair.Query(pair.Follower, "SELECT rtreecheck('r')"));
    }

    [Fact]
    public void Alter_table_arrives_with_the_rows_before_and_after_it()
    {
        pair.Run("CREATE TABLE t (a INT, b TEXT)", "INSERT INTO t VALUES (1, 'x')");
        pair.Run("INSERT INTO t VALUES (2, 'y')", "ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'd'", "INSERT INTO t VALUES (3, 'z', 'e')", "UPDATE t SET c = c || '!' WHERE a < 3");
        pair.Same("SELECT * FROM t");
        pair.Run("ALTER TABLE t RENAME COLUMN b TO bb", "UPDATE t SET bb = 'q' WHERE a = 1");
        pair.Run("ALTER TABLE t DROP COLUMN a", "INSERT INTO t VALUES ('n', 'm')");
        pair.Run("ALTER TABLE t RENAME TO u", "DELETE FROM u WHERE bb = 'y'", "INSERT INTO u VALUES ('o', 'p')");
        Assert.Equal(["q|d!", "z|e", "n|m", "o|p"], pair.Same("SELECT * FROM u"));
    }

    [Fact]
    public void Deletes_of_rows_older_than_an_added_column_verify()
    {
        pair.Run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1), (2)");
        pair.Run("ALTER TABLE t ADD COLUMN b INT DEFAULT 7", "ALTER TABLE t ADD COLUMN c REAL");
        pair.Run("DELETE FROM t WHERE a = 1", "UPDATE t SET a = 3");
        Assert.Equal(["3|7|∅"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Indexes_views_and_triggers_arrive()
    {
        pair.Run(
            "CREATE TABLE t (a INT, b TEXT)",
            "CREATE INDEX i1 ON t (b) WHERE a > 1",
            "CREATE UNIQUE INDEX i2 ON t (lower(b), a)",
            "CREATE VIEW v AS SELECT b FROM t WHERE a > 1",
            "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END");
        pair.Run("INSERT INTO t VALUES (1, 'A'), (2, 'B')");
        pair.Same("SELECT * FROM v");
        pair.Run("DROP INDEX i1", "DROP VIEW v", "DROP TRIGGER tr", "REINDEX t", "ANALYZE");
        pair.Same("SELECT name FROM sqlite_schema ORDER BY 1");
    }

    [Fact]
    public void Create_if_not_exists_of_an_existing_table_changes_nothing()
    {
        pair.Run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)");
        Assert.Empty(pair.Run("CREATE TABLE IF NOT EXISTS t AS SELECT random() AS a"));
        Assert.Empty(pair.Run("DROP TABLE IF EXISTS missing"));
        pair.Same();
    }

    [Fact]
    public void Create_table_as_select_gives_the_leaders_rows_everywhere()
    {
        pair.Run("CREATE TABLE t AS SELECT random() AS r, hex(randomblob(4)) AS h UNION ALL SELECT random(), 'x'");
        Assert.Equal(2, pair.Same("SELECT * FROM t").Count);
    }

    [Fact]
    public void Nondeterministic_values_are_the_leaders_everywhere()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, r INT DEFAULT (random()), at TEXT DEFAULT CURRENT_TIMESTAMP)");
        pair.Run("INSERT INTO t(id) VALUES (1), (2)");
        pair.Run("UPDATE t SET r = random()");
        pair.Same("SELECT * FROM t");
    }

    [Fact]
    public void Upsert_and_replace_arrive()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT UNIQUE, n INT)", "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 1)");
        pair.Run("INSERT INTO t(u, n) VALUES ('a', 5) ON CONFLICT (u) DO UPDATE SET n = n + excluded.n");
        pair.Run("REPLACE INTO t VALUES (1, 'b', 9)");
        Assert.Equal(["1|b|9"], pair.Same("SELECT * FROM t"));
        pair.Run("INSERT OR REPLACE INTO t VALUES (3, 'b', 10)", "INSERT OR IGNORE INTO t VALUES (3, 'z', 0)");
        pair.Run("UPDATE OR REPLACE t SET id = 3, u = 'b' WHERE id = 3");
        Assert.Equal(["3|b|10"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Replace_with_and_without_rowid_and_triggers_arrives()
    {
        pair.Run("CREATE TABLE w (k TEXT PRIMARY KEY, u INT UNIQUE) WITHOUT ROWID", "INSERT INTO w VALUES ('a', 1), ('b', 2)");
        pair.Run("REPLACE INTO w VALUES ('a', 2)");
        Assert.Equal(["a|2"], pair.Same("SELECT * FROM w"));
        pair.Run("CREATE TABLE t (k TEXT PRIMARY KEY, u INT UNIQUE)", "CREATE TRIGGER d AFTER DELETE ON t BEGIN INSERT INTO w VALUES (old.k, old.u + 10); END", "INSERT INTO t VALUES ('x', 1)");
        pair.Run("REPLACE INTO t VALUES ('x', 3)");
        pair.Same("SELECT * FROM w");
    }

    [Fact]
    public void A_key_that_changes_moves_the_row()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
        pair.Run("UPDATE t SET id = id + 100", "UPDATE t SET id = -5, a = 'n' WHERE id = 102");
        Assert.Equal(["-5|n", "101|x"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Unique_values_can_be_swapped_by_way_of_a_third()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, u INT UNIQUE)", "INSERT INTO t VALUES (1, 10), (2, 20)");
        pair.Run("UPDATE t SET u = -u", "UPDATE t SET u = CASE u WHEN -10 THEN 20 ELSE 10 END");
        Assert.Equal(["1|20", "2|10"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Strict_tables_and_checks_arrive()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY, r REAL NOT NULL CHECK (r > 0), b BLOB) STRICT");
        pair.Run("INSERT INTO t VALUES (1, 'x', 1, x'00ff'), (2, 5, 2.5, NULL)");
        pair.Run("UPDATE t SET a = 2.0, r = 3");
        Assert.Equal(["1|2|3|x00ff", "2|2|3|∅"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Returning_gives_rows_and_travels_as_rows()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a INT)");
        var rows = new Rows();
        pair.Run(new SqlCall("INSERT INTO t(a) VALUES (1), (2), (3) RETURNING id, a * 2", null, rows) { MaxRows = 1 });
        Assert.Equal(["1|2"], rows.Lines);
        Assert.Equal(3, pair.Same("SELECT * FROM t").Count);
    }

    [Fact]
    public void Delete_without_where_arrives_row_by_row()
    {
        pair.Run("CREATE TABLE t (a)", "INSERT INTO t VALUES (1), (2)");
        pair.Run("DELETE FROM t");
        Assert.Empty(pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void A_transaction_without_changes_has_an_empty_payload()
    {
        pair.Run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)");
        Assert.Empty(pair.Run("SELECT * FROM t", "UPDATE t SET a = 1", "DELETE FROM t WHERE a = 5"));
    }
}
