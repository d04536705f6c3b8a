using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Definitions;
using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>ALTER TABLE and what else migrations send.</summary>
public sealed class Alterations
{
    [Fact]
    public void A_foreign_key_comes_to_a_table_with_rows_and_binds_from_then_on()
    {
        using var db = new DialectDatabase("CREATE TABLE p (id serial PRIMARY KEY)", "CREATE TABLE c (id int PRIMARY KEY, p int)", "INSERT INTO p VALUES (1), (2)", "INSERT INTO c VALUES (1, 1), (2, NULL)");
        db.Run("ALTER TABLE c ADD CONSTRAINT c_to_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED");
        Assert.Equal("c_to_p|FOREIGN KEY (p) REFERENCES p(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED", db.Query("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"));
        db.Run("DELETE FROM p WHERE id = 1");
        Assert.Equal("2|∅", db.Query("SELECT * FROM c"));
        db.Run("ALTER TABLE c DROP CONSTRAINT c_to_p");
        db.Run("INSERT INTO c VALUES (3, 99)");
    }

    [Theory]
    [InlineData("ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p", "23503", "insert or update on table \"c\" violates foreign key constraint \"c_p_fkey\"")]
    [InlineData("ALTER TABLE c ADD CONSTRAINT small CHECK (p < 5)", "23514", "check constraint \"small\" of relation \"c\" is violated by some row")]
    [InlineData("ALTER TABLE c ALTER COLUMN t SET NOT NULL", "23502", "column \"t\" of relation \"c\" contains null values")]
    [InlineData("ALTER TABLE c ADD PRIMARY KEY (t)", "42P16", "multiple primary keys for table \"c\" are not allowed")]
    [InlineData("ALTER TABLE k ADD PRIMARY KEY (a, b)", "23502", "column \"b\" of relation \"k\" contains null values")]
    [InlineData("ALTER TABLE k ADD FOREIGN KEY (b) REFERENCES p, ALTER b SET NOT NULL", "23502", "column \"b\" of relation \"k\" contains null values")]
    [InlineData("ALTER TABLE c ALTER COLUMN p TYPE smallint USING p * 10000", "22003", "smallint out of range")]
    [InlineData("ALTER TABLE c ALTER COLUMN w TYPE varchar(2)", "22001", "value too long for type character varying(2)")]
    [InlineData("ALTER TABLE c ALTER COLUMN w TYPE int", "42804", "column \"w\" cannot be cast automatically to type integer")]
    [InlineData("ALTER TABLE c ALTER COLUMN w TYPE int USING w::int", "22P02", "invalid input syntax for type integer: \"word\"")]
    [InlineData("ALTER TABLE c ADD CONSTRAINT c_pkey CHECK (p > 0)", "42710", "constraint \"c_pkey\" for relation \"c\" already exists")]
    [InlineData("ALTER TABLE c DROP CONSTRAINT nothing", "42704", "constraint \"nothing\" of relation \"c\" does not exist")]
    [InlineData("ALTER TABLE c ALTER COLUMN id DROP NOT NULL", "42P16", "column \"id\" is in a primary key")]
    [InlineData("ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p (v)", "42830", "there is no unique constraint matching given keys for referenced table \"p\"")]
    [InlineData("ALTER TABLE c ALTER COLUMN none TYPE int", "42703", "column \"none\" of relation \"c\" does not exist")]
    [InlineData("ALTER TABLE q DROP CONSTRAINT q_pkey", "2BP01", "cannot drop constraint q_pkey on table q because other objects depend on it")]
    [InlineData("ALTER TABLE q DROP COLUMN id", "2BP01", "cannot drop column id of table q because other objects depend on it")]
    [InlineData("DROP TABLE q", "2BP01", "cannot drop table q because other objects depend on it")]
    [InlineData("ALTER TABLE c DROP COLUMN u", "2BP01", "cannot drop column u of table c because other objects depend on it")]
    [InlineData("ALTER TABLE c ALTER COLUMN u TYPE text", "0A000", "cannot alter type of a column used by a view or rule")]
    [InlineData("ALTER TABLE c ADD COLUMN n int NOT NULL", "23502", null)]
    [InlineData("ALTER TABLE c ADD COLUMN n serial", "0A000", "adding a serial or identity column that is not the primary key is not supported")]
    public void Refusals_say_what_PostgreSQL_says(string sql, string state, string? message)
    {
        using var db = new DialectDatabase("CREATE TABLE p (id int PRIMARY KEY, v int)", "CREATE TABLE c (id int PRIMARY KEY, p int, t text, w text, u int)", "INSERT INTO c VALUES (1, 7, NULL, 'word', 1)",
            "CREATE VIEW seen AS SELECT u FROM c", "CREATE TABLE q (id int PRIMARY KEY)", "CREATE TABLE r (q int REFERENCES q)",
            "CREATE TABLE k (a int, b int)", "INSERT INTO k VALUES (1, NULL)");
        var failure = Record.Exception(() => db.Run(sql));
        if (failure is SqliteRefusal { Code: 1299 }) Assert.Equal("23502", state);
        else Assert.Equal((state, message), (((DialectException)failure).SqlState, failure.Message));
    }

    [Fact]
    public void Defaults_come_and_go()
    {
        using var db = new DialectDatabase("CREATE TABLE t (id serial PRIMARY KEY, a int, b varchar(5) NOT NULL DEFAULT 'x')");
        db.Run("ALTER TABLE t ALTER COLUMN a SET DEFAULT 7, ALTER COLUMN b DROP DEFAULT, ALTER b DROP NOT NULL");
        Assert.Equal("1|7|∅", db.Query("INSERT INTO t DEFAULT VALUES RETURNING *"));
        db.Run("ALTER TABLE t ALTER a DROP DEFAULT, ALTER b SET DEFAULT 'it''s'");
        Assert.Equal("2|∅|it's", db.Query("INSERT INTO t DEFAULT VALUES RETURNING *"));
        Assert.Equal("22001", Assert.Throws<DialectException>(() => db.Run("INSERT INTO t (b) VALUES ('longer than five')")).SqlState);
    }

    [Fact]
    public void Types_change_with_the_values()
    {
        using var db = new DialectDatabase("CREATE TABLE t (id serial PRIMARY KEY, a int DEFAULT 5, b text, c varchar(3), d timestamp)", "INSERT INTO t VALUES (1, 10, '20', 'abc', '2026-01-02 03:04:05')");
        db.Run("ALTER TABLE t ALTER COLUMN id TYPE bigint, ALTER COLUMN a TYPE text, ALTER COLUMN b SET DATA TYPE integer USING (b::integer + 1), ALTER c TYPE varchar(30), ALTER COLUMN d TYPE timestamptz USING d AT TIME ZONE 'UTC'");
        Assert.Equal("1|10|21|abc|2026-01-02 03:04:05+00", db.Query("SELECT * FROM t"));
        Assert.Equal("a|text\nb|integer\nc|character varying(30)\nd|timestamp with time zone\nid|bigint",
            db.Query("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass ORDER BY 1"));
        Assert.Equal("text", db.Query("SELECT data_type FROM information_schema.columns WHERE table_name = 't' AND column_name = 'a' AND a.x IS NULL".Replace(" AND a.x IS NULL", "")));
        Assert.Equal("2|5", db.Query("INSERT INTO t (b) VALUES (1) RETURNING id, a"));
        Assert.Equal("10|true", db.Query("SELECT a, a = '10' FROM t WHERE a = '10'").Replace("|t", "|true"));
    }

    [Fact]
    public void An_integer_key_becomes_a_uuid_and_a_key_leaves_and_comes_back()
    {
        using var db = new DialectDatabase("CREATE TABLE t (id serial PRIMARY KEY, a int)", "INSERT INTO t (a) VALUES (5), (6)");
        db.Run("ALTER TABLE t ALTER COLUMN id TYPE text USING 'k' || id");
        Assert.Equal("k1|5\nk2|6", db.Query("SELECT * FROM t ORDER BY id"));
        Assert.Equal(1555, Assert.Throws<SqliteRefusal>(() => db.Run("INSERT INTO t VALUES ('k1', 1)")).Code);
        db.Run("ALTER TABLE t DROP CONSTRAINT t_pkey");
        db.Run("INSERT INTO t VALUES ('k1', 7)");
        db.Run("DELETE FROM t WHERE a = 7");
        db.Run("ALTER TABLE t ADD CONSTRAINT key2 PRIMARY KEY (a)");
        Assert.Equal("key2|PRIMARY KEY (a)", db.Query("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p'"));
    }

    [Fact]
    public void Columns_are_added_with_defaults_that_are_computed_and_with_keys()
    {
        using var db = new DialectDatabase("CREATE TABLE t (a int)", "INSERT INTO t VALUES (30), (10), (20)");
        db.Run("ALTER TABLE t ADD COLUMN at timestamptz NOT NULL DEFAULT now(), ADD COLUMN u uuid NOT NULL DEFAULT gen_random_uuid(), ADD COLUMN twice int GENERATED ALWAYS AS (a * 2) STORED");
        Assert.Equal("3|60", db.Query("SELECT count(DISTINCT u), max(twice) FROM t WHERE at IS NOT NULL"));
        db.Run("ALTER TABLE t ADD COLUMN id serial PRIMARY KEY, ADD COLUMN same int REFERENCES t (id), ADD CONSTRAINT own UNIQUE (same)");
        Assert.Equal("1|30\n2|10\n3|20", db.Query("SELECT id, a FROM t ORDER BY id"));
        Assert.Equal("4", db.Query("INSERT INTO t (a) VALUES (1) RETURNING id"));
    }

    [Fact]
    public void A_dropped_column_takes_its_indexes_and_constraints_along()
    {
        using var db = new DialectDatabase("CREATE TABLE p (id int PRIMARY KEY, code int UNIQUE)", "CREATE TABLE t (id serial PRIMARY KEY, a int REFERENCES p, b int, CONSTRAINT ab CHECK (a > b), UNIQUE (a, b))",
            "CREATE INDEX ta ON t (a)", "CREATE INDEX tb ON t (b)", "INSERT INTO p VALUES (2, 2)", "INSERT INTO t VALUES (1, 2, 1)", "CREATE TABLE c (code int REFERENCES p (code))");
        db.Run("ALTER TABLE t DROP COLUMN a");
        Assert.Equal("1|1", db.Query("SELECT * FROM t"));
        Assert.Equal("t_pkey\ntb", db.Query("SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1"));
        db.Run("ALTER TABLE p DROP COLUMN code CASCADE");
        Assert.Equal("0", db.Query("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"));
    }

    [Fact]
    public void A_dropped_column_takes_nothing_along_that_has_its_name_elsewhere()
    {
        using var db = new DialectDatabase(
            "CREATE TABLE status (id int PRIMARY KEY, status text, kind text, other text, CONSTRAINT quoted CHECK (kind <> '\"status\"'), CONSTRAINT names CHECK (status <> 'none'))",
            "CREATE UNIQUE INDEX k ON status (kind)", "CREATE INDEX \"other\" ON status (kind, id)", "CREATE INDEX said ON status (kind) WHERE kind <> '\"status\"'",
            "CREATE INDEX filtered ON status (kind) WHERE status <> 'x'", "CREATE INDEX computed ON status (lower(status))", "INSERT INTO status VALUES (1, 'a', 'b', 'c')");
        db.Run("ALTER TABLE status DROP COLUMN status, DROP COLUMN other");
        Assert.Equal("k\nother\nsaid\nstatus_pkey", db.Query("SELECT indexname FROM pg_indexes WHERE tablename = 'status' ORDER BY 1"));
        Assert.Equal("quoted", db.Query("SELECT conname FROM pg_constraint WHERE contype = 'c'"));
        Assert.Equal(2067, Assert.Throws<SqliteRefusal>(() => db.Run("INSERT INTO status VALUES (2, 'b')")).Code);
    }

    [Fact]
    public void Constraints_keep_the_names_that_they_were_given_and_can_get_others()
    {
        using var db = new DialectDatabase("CREATE TABLE t (id int CONSTRAINT \"PK\" PRIMARY KEY, a int, b int, CONSTRAINT \"UQ\" UNIQUE (a), CONSTRAINT \"CK\" CHECK (b > 0))", "CREATE INDEX ib ON t (b)");
        Assert.Equal("CK|c\nPK|p\nUQ|u", db.Query("SELECT conname, contype FROM pg_constraint WHERE conrelid = 't'::regclass ORDER BY 1"));
        Assert.Equal("CK|CHECK\nPK|PRIMARY KEY\nUQ|UNIQUE", db.Query("SELECT constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_name = 't' ORDER BY 1"));
        db.Run("ALTER TABLE t RENAME CONSTRAINT \"UQ\" TO uq2");
        db.Run("ALTER TABLE t RENAME CONSTRAINT \"PK\" TO pk2");
        db.Run("ALTER INDEX ib RENAME TO ib2");
        Assert.Equal("ib2\npk2\nuq2", db.Query("SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1"));
        db.Run("INSERT INTO t VALUES (1, 1, 1) ON CONFLICT ON CONSTRAINT uq2 DO NOTHING");
        db.Run("ALTER TABLE t DROP CONSTRAINT uq2, DROP CONSTRAINT pk2, DROP CONSTRAINT \"CK\", DROP CONSTRAINT IF EXISTS other");
        db.Run("INSERT INTO t VALUES (1, 1, -1)");
    }

    [Fact]
    public void Dropping_a_parent_keeps_its_childrens_rows()
    {
        using var db = new DialectDatabase("CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE)", "INSERT INTO p VALUES (1)", "INSERT INTO c VALUES (1, 1)");
        db.Run("DROP TABLE p CASCADE");
        Assert.Equal("1|1", db.Query("SELECT * FROM c"));
        db.Run("CREATE TABLE p (id int PRIMARY KEY, c int REFERENCES c)");
        db.Run("ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p NOT VALID");
        db.Run("DROP TABLE p, c");
        Assert.Equal("0", db.Query("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"));
    }

    [Theory]
    [InlineData("CREATE TABLE \"t\" (\"a\" int CHECK (\"a\" > 0) NOT NULL DEFAULT NULL, \"b\" varchar(5) CONSTRAINT \"x y\" REFERENCES \"p\"(\"id\") ON DELETE SET NULL ON UPDATE SET DEFAULT NOT DEFERRABLE UNIQUE, CONSTRAINT \"k\" PRIMARY KEY (\"a\", \"b\") CHECK (\"b\" <> ',)('), FOREIGN KEY (\"a\") REFERENCES \"p\"(\"id\")) WITHOUT ROWID")]
    [InlineData("CREATE TABLE t(a INTEGER /*pg:serial*/ PRIMARY KEY AUTOINCREMENT, \"g\" int GENERATED ALWAYS AS ((\"a\" * 2)) STORED, c)")]
    public void A_tables_text_is_read_and_written_as_it_was(string sql)
    {
        var text = TableText.TryRead(sql)!;
        Assert.Equal(sql.Replace(") CHECK (\"b\"", "), CHECK (\"b\"").Replace("t(a ", "t(\"a\" ").Replace(" c)", " \"c\")")[sql.IndexOf('(')..], text.Body);
        Assert.Equal(text.Body, TableText.TryRead(text.Body)!.Body);
    }

    [Fact]
    public void Truncate_restarts_counters_and_cascades_when_it_is_told_to()
    {
        using var db = new DialectDatabase("CREATE TABLE p (id serial PRIMARY KEY)", "CREATE TABLE c (id serial PRIMARY KEY, p int REFERENCES p ON DELETE SET NULL)", "INSERT INTO p VALUES (DEFAULT), (DEFAULT)", "INSERT INTO c (p) VALUES (1), (2)");
        Assert.Equal("0A000", Assert.Throws<DialectException>(() => db.Run("TRUNCATE p")).SqlState);
        Assert.Equal("2", db.Query("SELECT count(p) FROM c"));
        db.Run("TRUNCATE p RESTART IDENTITY CASCADE");
        Assert.Equal("1", db.Query("INSERT INTO p VALUES (DEFAULT) RETURNING id"));
        Assert.Equal("1|1", db.Query("INSERT INTO c (p) VALUES (1) RETURNING *"));
    }
}
