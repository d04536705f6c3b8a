using ActorReplication.Schemas;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>REDEFINE TABLE: a table with its rows under another definition, the same on every node whatever travels.</summary>
public sealed class Redefinitions
{
    private static readonly string[] Setup =
    [
        "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, a INT, b TEXT, CONSTRAINT ua UNIQUE (a))",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, CHECK (p < 100))",
        "CREATE INDEX pb ON p (b) WHERE b > 'a'",
        "CREATE TABLE log (n INTEGER PRIMARY KEY, what TEXT)",
        "CREATE TRIGGER seen AFTER INSERT ON p BEGIN INSERT INTO log (what) VALUES ('in ' || new.id); END",
        "CREATE VIEW v AS SELECT a FROM p",
        "INSERT INTO p (id, a, b) VALUES (1, 10, 'x'), (5, 50, 'y'), (90, 90, 'z')",
        "DELETE FROM p WHERE id = 90",
        "INSERT INTO c VALUES (1, 1), (2, 5)",
    ];

    private const string NewText = "REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY AUTOINCREMENT, a INT NOT NULL DEFAULT 3, b TEXT CHECK (b <> ''it''''s''), CONSTRAINT ua UNIQUE (a))'";
    private const string NewRows = "REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b TEXT, d INT DEFAULT 7, e TEXT)' SET \"a\" = '''<'' || a || ''>''', \"e\" = 'upper(b)'";

    [Theory]
    [InlineData(ReplicationMethod.Row)]
    [InlineData(ReplicationMethod.Statement)]
    [InlineData(ReplicationMethod.Mixed)]
    public void Both_kinds_arrive(ReplicationMethod method)
    {
        using var pair = new Pair { Rules = new CaptureRules(method, UnsafeStatements.Row) };
        pair.Run(Setup);
        // In one transaction with rows before and after.
        pair.Run("INSERT INTO p VALUES (91, 91, 'w')", NewText, "INSERT INTO p (b) VALUES ('new')", NewRows, "UPDATE p SET d = d + 1 WHERE id = 1");
        Assert.Equal(["1|<10>|x|8|X", "5|<50>|y|7|Y", "91|<91>|w|7|W", "92|<3>|new|7|NEW"], pair.Same("SELECT * FROM p ORDER BY id"));
        Assert.Equal(["1|1", "2|5"], pair.Same("SELECT * FROM c ORDER BY id"));
        Assert.Equal(["pb", "seen"], pair.Same("SELECT name FROM sqlite_schema WHERE tbl_name = 'p' AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY name"));
        Assert.Equal(["in 1", "in 5", "in 90", "in 91", "in 92"], pair.Same("SELECT what FROM log ORDER BY n"));
        Assert.Equal(["<3>"], pair.Same("SELECT max(a) FROM v WHERE a > '<1>' AND a < '<4>'"));
        pair.Run("INSERT INTO p (a) VALUES ('q')", "DELETE FROM p WHERE id = 5");
        Assert.Equal(["93"], pair.Same("SELECT max(id) FROM p"));
        Assert.Equal(["1|1"], pair.Same("SELECT * FROM c"));
        Assert.Equal(pair.Same("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid"), Pair.Query(pair.Follower, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid"));
        Assert.Equal(["ok"], pair.Same("SELECT CASE WHEN count(*) = 0 THEN 'ok' END FROM pragma_foreign_key_check"));
    }

    [Fact]
    public void Pages_carry_both_kinds()
    {
        using var pair = new PagePair();
        pair.Run(Setup);
        pair.Run(NewText);
        pair.Run("INSERT INTO p (b) VALUES ('new')");
        pair.Run(NewRows);
        pair.Run("INSERT INTO p (a) VALUES ('q')");
        pair.AssertSameBytes();
        Assert.Equal(["1|<10>|x|7|X", "5|<50>|y|7|Y", "91|<3>|new|7|NEW", "92|q|∅|7|∅"], Pair.Query(pair.Follower, "SELECT * FROM p ORDER BY id"));
    }

    [Fact]
    public void Rows_that_are_stored_alike_stay_where_they_are()
    {
        using var pair = new Pair();
        pair.Run(Setup);
        var root = Pair.Query(pair.Leader, "SELECT rootpage FROM sqlite_schema WHERE name = 'p'");
        pair.Run("REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY AUTOINCREMENT, a BIGINT NOT NULL, b TEXT CHECK (b <> ''it''''s''), CONSTRAINT ua UNIQUE (a))'");
        Assert.Equal(root, Pair.Query(pair.Leader, "SELECT rootpage FROM sqlite_schema WHERE name = 'p'"));
        Assert.Contains("NOT NULL", pair.Fail("INSERT INTO p (a) VALUES (NULL)").Message);
        Assert.Contains("CHECK", pair.Fail("INSERT INTO p (a, b) VALUES (4, 'it''s')").Message);
    }

    [Theory]
    [InlineData(" DEFAULT 8")]
    [InlineData("")]
    public void Rows_from_before_a_column_was_added_keep_its_default_of_that_time(string next)
    {
        using var pair = new Pair();
        pair.Run([.. Setup, "ALTER TABLE p ADD COLUMN d INT DEFAULT 7"]);
        pair.Run($"REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY AUTOINCREMENT, a INT, b TEXT, d INT{next}, CONSTRAINT ua UNIQUE (a))'");
        Assert.Equal(["1|7", "5|7"], pair.Same("SELECT id, d FROM p ORDER BY id"));
    }

    [Fact]
    public void Index_of_a_generated_column_is_made_anew_with_it()
    {
        using var pair = new Pair();
        pair.Run("CREATE TABLE g (id INTEGER PRIMARY KEY, a INT, b INT AS (a + 1))", "CREATE INDEX gb ON g (b)", "INSERT INTO g (a) VALUES (1), (2)");
        pair.Run("REDEFINE TABLE \"g\" AS '(id INTEGER PRIMARY KEY, a INT, b INT AS (a + 10))'");
        Assert.Equal(["1"], pair.Same("SELECT id FROM g INDEXED BY gb WHERE b = 11"));
    }

    [Theory]
    [InlineData("REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY, a INT, b TEXT, UNIQUE (b))' SET \"b\" = '''same'''", "UNIQUE constraint failed: p.b")]
    [InlineData("REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY, a INT NOT NULL)' SET \"a\" = 'NULL'", "NOT NULL constraint failed: p.a")]
    [InlineData("REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY, a)' SET \"a\" = 'nowhere'", "no such column: nowhere")]
    [InlineData("REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY, a'", "incomplete input")]
    [InlineData("REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY, b TEXT)'", "no such column: a")]
    [InlineData("REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY, a); DROP TABLE c'", "more than one statement")]
    [InlineData("REDEFINE TABLE \"none\" AS '(id)'", "no such table: none")]
    [InlineData("REDEFINE TABLE \"p\" AS (id)", "REDEFINE TABLE: syntax error")]
    [InlineData("REDEFINE TABLE \"_replication_state\" AS '(id)'", "table _replication_state belongs to the replication engine")]
    [InlineData("REDEFINE TABLE \"p\" AS '(id INTEGER PRIMARY KEY, a)' SET \"a\" = 'load_extension(b)'", "function load_extension() is not allowed: it reaches outside the database")]
    public void What_fails_leaves_everything_as_it_was(string sql, string message)
    {
        using var pair = new Pair();
        pair.Run([.. Setup, "CREATE INDEX pa ON p (a)"]);
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.BeginTransaction();
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall("INSERT INTO p VALUES (91, 91, 'w')"), long.MaxValue, null), "insert");
        Assert.Equal(message, pair.Leader.Writer.Execute(new SqlCall(sql), long.MaxValue, null).Failure?.Message);
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall("INSERT INTO p VALUES (92, 92, 'w')"), long.MaxValue, null), "insert");
        var outcome = pair.Leader.Writer.EndTransaction();
        pair.Advance();
        pair.Leader.Writer.CommitBatch(1, pair.Index);
        pair.Apply(outcome.Payload);
        Assert.Equal(["1|10|x", "5|50|y", "91|91|w", "92|92|w"], pair.Same("SELECT * FROM p ORDER BY id"));
    }

    [Fact]
    public void A_savepoint_takes_it_back()
    {
        using var pair = new Pair();
        pair.Run(Setup);
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.BeginTransaction();
        pair.Leader.Writer.Savepoint("s");
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall(NewText), long.MaxValue, null), NewText);
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall(NewRows), long.MaxValue, null), NewRows);
        Assert.True(pair.Leader.Writer.RollbackToSavepoint("s"));
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall("INSERT INTO p (a) VALUES (NULL)"), long.MaxValue, null), "insert");
        var outcome = pair.Leader.Writer.EndTransaction();
        pair.Advance();
        pair.Leader.Writer.CommitBatch(1, pair.Index);
        pair.Apply(outcome.Payload);
        Assert.Equal(["1|10|x", "5|50|y", "91|∅|∅"], pair.Same("SELECT * FROM p ORDER BY id"));
    }

    [Fact]
    public void The_text_is_read_as_it_was_written()
    {
        var change = new TableRedefinition("a \"b\"", "(x TEXT DEFAULT 'it''s')", [new("c\"", "'q'"), new("d", "1")]);
        Assert.Equal("REDEFINE TABLE \"a \"\"b\"\"\" AS '(x TEXT DEFAULT ''it''''s'')' SET \"c\"\"\" = '''q''', \"d\" = '1'", change.ToSql());
        var read = TableRedefinition.TryParse(change.ToSql())!;
        Assert.Equal((change.Table, change.Body), (read.Table, read.Body));
        Assert.Equal(change.Values, read.Values);
    }
}
