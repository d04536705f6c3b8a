using ActorReplication.Postgres.Dialect;
using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>INSERT, UPDATE, DELETE and the definition of tables, run on SQLite.</summary>
public sealed class Changes
{
    [Fact]
    public void Serial_keys_are_filled_and_returned()
    {
        using var db = new DialectDatabase("CREATE TABLE t (id bigserial PRIMARY KEY, v text)");
        Assert.Equal("1|a\n2|b", db.Query("INSERT INTO t (v) VALUES ('a'), ('b') RETURNING id, v"));
        Assert.Equal("3", db.Query("INSERT INTO t VALUES (DEFAULT, 'c') RETURNING id"));
    }

    [Theory]
    [InlineData("INSERT INTO kv VALUES (NULL, 'x')")]
    [InlineData("INSERT INTO kv (v) VALUES ('x')")]
    [InlineData("INSERT INTO kv SELECT NULL, 'x'")]
    [InlineData("INSERT INTO kv (v) SELECT 'x'")]
    [InlineData("INSERT INTO kv VALUES ($1, 'x')")]
    [InlineData("INSERT INTO kv DEFAULT VALUES")]
    public void A_key_that_is_not_serial_does_not_fill_itself(string sql)
    {
        using var db = new DialectDatabase("CREATE TABLE kv (id bigint PRIMARY KEY, v text)");
        var error = Assert.Throws<DialectException>(() => db.Run(sql, [null]));
        Assert.Equal(("23502", "null value in column \"id\" of relation \"kv\" violates not-null constraint"), (error.SqlState, error.Message));
        Assert.Equal("", db.Query("SELECT * FROM kv"));
    }

    [Fact]
    public void A_bigint_key_is_the_rowid()
    {
        using var db = new DialectDatabase("CREATE TABLE kv (id bigint PRIMARY KEY, v text)");
        Assert.DoesNotContain(db.Rows("SELECT name FROM sqlite_schema WHERE type = 'index'"), _ => true);
        var plan = db.Translate("SELECT v FROM kv WHERE id = $1");
        Assert.Equal("SELECT \"kv\".\"v\" AS \"v\" FROM \"kv\" WHERE (\"kv\".\"id\" = ?1)", plan.Sql);
        Assert.True(plan.PointRead && plan.ReadOnly);
        Assert.Equal([20u], plan.ParameterTypes);
        Assert.Equal(25u, plan.Columns!.Single().TypeOid);
    }

    [Theory]
    [InlineData("INSERT INTO t (i) VALUES (2147483647 + 1)", "22003", "integer out of range")]
    [InlineData("INSERT INTO t (s) SELECT 40000", "22003", "smallint out of range")]
    [InlineData("INSERT INTO t (v) VALUES ('toolong')", "22001", "value too long for type character varying(3)")]
    [InlineData("INSERT INTO t (n) VALUES (1234.5)", "22003", "numeric field overflow")]
    [InlineData("INSERT INTO t (n) VALUES ('12345678901234567890')", "22003", "numeric field overflow")]
    [InlineData("UPDATE t SET i = i + 1", "22003", "integer out of range")]
    public void A_value_out_of_its_types_range_is_refused(string sql, string state, string message)
    {
        using var db = new DialectDatabase("CREATE TABLE t (i int, s smallint, v varchar(3), n numeric(5,2), w numeric)", "INSERT INTO t (i) VALUES (2147483647)");
        var error = Assert.Throws<DialectException>(() => db.Run(sql));
        Assert.Equal((state, message), (error.SqlState, error.Message));
    }

    [Fact]
    public void Values_are_stored_in_their_columns_types()
    {
        using var db = new DialectDatabase("CREATE TABLE t (b bool, n numeric(6,2), c char(5), j jsonb, d timestamptz(0), u uuid, y bytea)");
        db.Run("INSERT INTO t VALUES ('yes', 1.005, 'ab  ', '{\"b\":1,\"a\":2}', '2026-01-02 03:04:05.6+02', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '\\x00ff')");
        Assert.Equal("t|1.01|ab   |{\"a\": 2, \"b\": 1}|2026-01-02 01:04:06+00|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|\\x00ff", db.Query("SELECT * FROM t"));
        Assert.Equal("1", db.Query("SELECT 1 FROM t WHERE c = 'ab' AND b AND y = '\\x00ff' AND u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"));
    }

    [Fact]
    public void Defaults_are_evaluated_and_now_is_the_transactions_time()
    {
        using var db = new DialectDatabase("CREATE TABLE t (id int, at timestamptz DEFAULT now(), day date NOT NULL DEFAULT current_date, n int DEFAULT 1 + 1, s text DEFAULT 'it''s')");
        db.Run("INSERT INTO t (id) VALUES (1)");
        db.Run("INSERT INTO t VALUES (2, DEFAULT, DEFAULT, DEFAULT, 'x')");
        db.Run("INSERT INTO t SELECT 3");
        Assert.Equal("1|2026-01-02 03:04:05.678901+00|2026-01-02|2|it's\n2|2026-01-02 03:04:05.678901+00|2026-01-02|2|x\n3|2026-01-02 03:04:05.678901+00|2026-01-02|2|it's", db.Query("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public void On_conflict_updates_or_does_nothing()
    {
        using var db = new DialectDatabase("CREATE TABLE kv (k text PRIMARY KEY, n int DEFAULT 0)", "INSERT INTO kv VALUES ('a', 1)");
        Assert.Equal("a|6", db.Query("INSERT INTO kv AS t VALUES ('a', 5) ON CONFLICT (k) DO UPDATE SET n = t.n + excluded.n RETURNING k, n"));
        Assert.Equal("", db.Query("INSERT INTO kv VALUES ('a', 5) ON CONFLICT DO NOTHING RETURNING k"));
        Assert.Equal("a|6", db.Query("INSERT INTO kv SELECT 'a', 9 ON CONFLICT (k) DO UPDATE SET n = kv.n WHERE kv.n > 100 RETURNING *; SELECT * FROM kv"));
        db.Run("INSERT INTO kv VALUES ('a', 7) ON CONFLICT ON CONSTRAINT kv_pkey DO UPDATE SET n = excluded.n");
        Assert.Equal("a|7", db.Query("SELECT * FROM kv"));
    }

    [Fact]
    public void Update_from_and_delete_work_with_aliases()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        db.Run("UPDATE people AS p SET age = x.n, city = upper(p.city) FROM (SELECT owner, count(*) AS n FROM pets GROUP BY owner) x WHERE x.owner = p.id");
        Assert.Equal("1|2|PARIS\n2|1|ROME\n3|25|∅", db.Query("SELECT id, age, city FROM people ORDER BY id"));
        db.Run("UPDATE people SET (age, city) = (1, 'x') WHERE id = 3");
        Assert.Equal("3|1|x", db.Query("DELETE FROM people d WHERE d.id = 3 RETURNING id, age, city"));
    }

    [Fact]
    public void The_statements_of_pgbench_initialisation_and_transactions_run()
    {
        using var db = new DialectDatabase();
        db.Run("drop table if exists pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers");
        db.Run("create table pgbench_history(tid int,bid int,aid    int,delta int,mtime timestamp,filler char(22))");
        db.Run("create table pgbench_tellers(tid int not null,bid int,tbalance int,filler char(84)) with (fillfactor=100)");
        db.Run("create table pgbench_accounts(aid    int not null,bid int,abalance int,filler char(84)) with (fillfactor=100)");
        db.Run("create table pgbench_branches(bid int not null,bbalance int,filler char(88)) with (fillfactor=100)");
        db.Run("truncate table pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers");
        db.Run("insert into pgbench_branches(bid,bbalance) select bid, 0 from generate_series(1, 1) as bid");
        db.Run("insert into pgbench_tellers(tid,bid,tbalance) select tid, (tid - 1) / 10 + 1, 0 from generate_series(1, 10) as tid");
        db.Run("insert into pgbench_accounts(aid,bid,abalance,filler) select aid, (aid - 1) / 100000 + 1, 0, '' from generate_series(1, 1000) as aid");
        db.Run("vacuum analyze pgbench_branches");
        db.Run("alter table pgbench_branches add primary key (bid)");
        db.Run("alter table pgbench_tellers add primary key (tid)");
        db.Run("alter table pgbench_accounts add primary key (aid)");
        db.Run("UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2", "5", "7");
        Assert.Equal("5", db.Query("SELECT abalance FROM pgbench_accounts WHERE aid = $1", "7"));
        Assert.True(db.Translate("SELECT abalance FROM pgbench_accounts WHERE aid = $1").PointRead);
        db.Run("INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)", "1", "1", "7", "5");
        Assert.Equal("1|2026-01-02 03:04:05.678901", db.Query("SELECT count(*), max(mtime) FROM pgbench_history"));
        // An answer without rows would make pgbench stop; an error tells it that there are no partitions.
        const string probe = "select o.n, p.partstrat, pg_catalog.count(i.inhparent) from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on (n.oid = c.relnamespace) cross join lateral (select pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname)) as o(n) left join pg_catalog.pg_partitioned_table as p on (p.partrelid = c.oid) left join pg_catalog.pg_inherits as i on (c.oid = i.inhparent) where c.relname = 'pgbench_accounts' and o.n is not null group by 1, 2 order by 1 asc limit 1";
        Assert.Equal("0A000", Assert.Throws<DialectException>(() => db.Run(probe)).SqlState);
    }

    [Fact]
    public void Create_table_as_keeps_the_types_of_the_query()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        db.Run("CREATE TABLE copy AS SELECT id, name, active, score, count(*) OVER () AS n FROM people");
        Assert.Equal([23u, 25u, 16u, 1700u, 20u], db.Translate("SELECT * FROM copy").Columns!.Select(c => c.TypeOid));
        Assert.Equal("1|Ann|t|12.50|3", db.Query("SELECT * FROM copy WHERE id = 1"));
    }

    [Fact]
    public void Views_keep_their_columns_types_and_can_be_replaced()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        db.Run("CREATE VIEW v (who, total) AS SELECT p.name, sum(q.weight) FROM people p JOIN pets q ON q.owner = p.id GROUP BY p.id");
        Assert.Equal("Ann|24.5\nBob|0.1", db.Query("SELECT * FROM v ORDER BY who"));
        Assert.Equal([25u, 701u], db.Translate("SELECT * FROM v").Columns!.Select(c => c.TypeOid));
        db.Run("CREATE OR REPLACE VIEW v AS SELECT true AS yes");
        Assert.Equal("t", db.Query("SELECT yes FROM v"));
        db.Run("DROP VIEW v");
    }

    [Fact]
    public void Alter_table_changes_what_it_says()
    {
        using var db = new DialectDatabase("CREATE TABLE t (a int, b text)", "INSERT INTO t VALUES (1, 'x')");
        db.Run("ALTER TABLE t ADD COLUMN c numeric(5,1) NOT NULL DEFAULT 1.5, ADD COLUMN d int UNIQUE");
        db.Run("ALTER TABLE t ADD CONSTRAINT u UNIQUE (b), ALTER COLUMN a SET NOT NULL, ADD CONSTRAINT positive CHECK (a > 0)");
        db.Run("ALTER TABLE t RENAME COLUMN b TO bb");
        db.Run("ALTER TABLE t RENAME TO tt");
        Assert.Equal("1|x|1.5|∅", db.Query("SELECT * FROM tt"));
        Assert.Equal(2067, Assert.Throws<SqliteRefusal>(() => db.Run("INSERT INTO tt (a, bb) VALUES (2, 'x')")).Code);
        Assert.Equal(275, Assert.Throws<SqliteRefusal>(() => db.Run("INSERT INTO tt (a, bb) VALUES (-2, 'y')")).Code);
        db.Run("ALTER TABLE tt DROP CONSTRAINT u, DROP COLUMN c");
        db.Run("ALTER TABLE tt DROP CONSTRAINT positive");
        db.Run("INSERT INTO tt (a, bb) VALUES (-2, 'x')");
    }

    [Fact]
    public void Missing_and_existing_objects_give_notices_where_that_is_asked_for()
    {
        using var db = new DialectDatabase("CREATE TABLE t (a int)");
        var exists = db.Translate("CREATE TABLE IF NOT EXISTS t (a int)");
        Assert.Equal(new DialectNotice("NOTICE", "42P07", "relation \"t\" already exists, skipping"), exists.Notices.Single());
        Assert.Equal(new ControlStatement.NoOperation("CREATE TABLE"), exists.Control);
        var missing = db.Translate("DROP TABLE IF EXISTS t, u");
        Assert.Equal(new DialectNotice("NOTICE", "00000", "table \"u\" does not exist, skipping"), missing.Notices.Single());
        Assert.Equal("DROP TABLE \"t\"", missing.Sql);
    }

    [Fact]
    public void Triggers_and_virtual_tables_go_through_in_SQLites_own_form()
    {
        using var db = new DialectDatabase("CREATE TABLE t (a int)", "CREATE TABLE log (a int)");
        db.Run("CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (CASE WHEN NEW.a > 1 THEN NEW.a ELSE 0 END); END; INSERT INTO t VALUES (5), (1)");
        Assert.Equal("0\n5", db.Query("SELECT a FROM log ORDER BY a"));
        db.Run("CREATE VIRTUAL TABLE docs USING fts5(body)");
        Assert.Equal("0A000", Assert.Throws<DialectException>(() => db.Run("CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1::int; END")).SqlState);
    }

    [Fact]
    public void Foreign_keys_and_generated_columns_hold()
    {
        using var db = new DialectDatabase("CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE c (id serial PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, twice int GENERATED ALWAYS AS (p * 2) STORED)", "INSERT INTO p VALUES (1)");
        db.Run("INSERT INTO c (p) VALUES (1)");
        Assert.Equal("1|1|2", db.Query("SELECT * FROM c"));
        Assert.Equal(787, Assert.Throws<SqliteRefusal>(() => db.Run("INSERT INTO c (p) VALUES (9)")).Code);
        db.Run("DELETE FROM p");
        Assert.Equal("0", db.Query("SELECT count(*) FROM c"));
    }

    [Fact]
    public void Delete_using_takes_rows_that_have_a_match()
    {
        using var db = new DialectDatabase("CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (a int, keep boolean); CREATE TABLE c (b int)",
            "INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z')", "INSERT INTO b VALUES (1, false), (1, false), (2, true)", "INSERT INTO c VALUES (1)");
        Assert.Equal("1|x", db.Query("DELETE FROM a AS t USING b, c WHERE b.a = t.id AND NOT keep AND c.b = b.a RETURNING id, v"));
        Assert.Equal("2\n3", db.Query("SELECT id FROM a ORDER BY id"));
        db.Run("DELETE FROM a USING b");
        Assert.Equal("0", db.Query("SELECT count(*) FROM a"));
    }

    [Theory]
    [InlineData("DELETE FROM a USING b WHERE b.id = a.b RETURNING b.v", "0A000")]
    [InlineData("DELETE FROM a USING b WHERE b.id = a.b RETURNING *", "0A000")]
    [InlineData("DELETE FROM a USING b WHERE b.id = a.b RETURNING id", "42702")]
    [InlineData("UPDATE a SET w = v FROM b WHERE b.id = a.b RETURNING a.id, w || v", "0A000")]
    public void Values_of_other_tables_are_not_returned(string sql, string state)
    {
        using var db = new DialectDatabase("CREATE TABLE a (id int PRIMARY KEY, b int, w text)", "CREATE TABLE b (id int PRIMARY KEY, v text)", "INSERT INTO a VALUES (1, 2, 'w')", "INSERT INTO b VALUES (2, 'v')");
        Assert.Equal(state, Assert.Throws<DialectException>(() => db.Run(sql)).SqlState);
        Assert.Equal("1|v", db.Query("UPDATE a SET w = v FROM b WHERE b.id = a.b RETURNING a.id, w"));
        Assert.Equal("1|2|v", db.Query("DELETE FROM a USING b WHERE b.id = a.b RETURNING a.*"));
    }

    [Theory]
    [InlineData("DELETE FROM orders USING customers WHERE id = 5", "42702", "column reference \"id\" is ambiguous")]
    [InlineData("DELETE FROM orders USING orders WHERE orders.id = 5", "42712", "table name \"orders\" specified more than once")]
    [InlineData("DELETE FROM orders USING customers AS orders WHERE orders.id = 5", "42712", "table name \"orders\" specified more than once")]
    [InlineData("DELETE FROM orders AS o USING customers AS o", "42712", "table name \"o\" specified more than once")]
    [InlineData("DELETE FROM tables USING information_schema.tables WHERE tables.table_name = 'orders'", "42712", "table name \"tables\" specified more than once")]
    [InlineData("DELETE FROM orders USING (SELECT orders.id AS x) AS s", "42P01", "missing FROM-clause entry for table \"orders\"")]
    public void Delete_using_refuses_names_that_could_mean_either_table(string sql, string state, string message)
    {
        using var db = new DialectDatabase("CREATE TABLE orders (id int PRIMARY KEY, customer int); CREATE TABLE customers (id int PRIMARY KEY); CREATE TABLE tables (table_name text)",
            "INSERT INTO orders VALUES (1, 5), (2, 6)", "INSERT INTO customers VALUES (5)");
        var error = Assert.Throws<DialectException>(() => db.Run(sql));
        Assert.Equal((state, message), (error.SqlState, error.Message));
        Assert.Equal("2", db.Query("SELECT count(*) FROM orders"));
        db.Run("DELETE FROM orders USING customers c JOIN orders o ON o.customer = c.id WHERE orders.id = o.id AND orders.customer = 5");
        Assert.Equal("2", db.Query("SELECT id FROM orders"));
    }

    [Theory]
    [InlineData("SELECT DISTINCT ON (g) g, v FROM d ORDER BY g, v DESC", "1|30\n2|7\n∅|1")]
    [InlineData("SELECT DISTINCT ON (g) v FROM d WHERE g IS NOT NULL ORDER BY g DESC, v", "5\n10")]
    [InlineData("SELECT DISTINCT ON (1) g AS grp, v AS n FROM d ORDER BY grp, n LIMIT 2", "1|10\n2|5")]
    [InlineData("SELECT DISTINCT ON (g % 2) g FROM d WHERE g IS NOT NULL ORDER BY g % 2, g, v", "2\n1")]
    [InlineData("SELECT count(*) FROM (SELECT DISTINCT ON (g, v) * FROM d) AS s", "6")]
    [InlineData("SELECT DISTINCT ON (v > 8) v > 8, sum(v) FROM d GROUP BY v > 8, g ORDER BY 1, 2", "f|1\nt|60")]
    public void Distinct_on_keeps_the_first_of_each(string sql, string expected)
    {
        using var db = new DialectDatabase("CREATE TABLE d (g int, v int)", "INSERT INTO d VALUES (1, 10), (1, 30), (1, 20), (2, 5), (2, 7), (NULL, 1)");
        Assert.Equal(expected, db.Query(sql));
    }

    [Fact]
    public void Distinct_on_must_agree_with_the_order()
    {
        using var db = new DialectDatabase("CREATE TABLE d (g int, v int)");
        Assert.Equal("42P10", Assert.Throws<DialectException>(() => db.Query("SELECT DISTINCT ON (g) g FROM d ORDER BY v")).SqlState);
    }
}
