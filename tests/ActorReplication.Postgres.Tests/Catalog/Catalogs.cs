using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Tests.Dialect;
using Xunit;

namespace ActorReplication.Postgres.Tests.Catalog;

/// <summary>System tables, as clients ask for them.</summary>
public sealed class Catalogs
{
    [Fact]
    public void Psql_can_list_and_describe_tables()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        var oid = db.Schema.Find("people")!.Oid.ToString();
        var answers = PsqlQueries.All.Select(q => db.Query(q.Replace("{oid}", oid, StringComparison.Ordinal))).ToList();
        Assert.Equal($"{oid}|public|people", answers[0]);
        Assert.Contains("city|character varying(20)|∅|f", answers[2]);
        Assert.Contains("people_pkey|t|t|f|t|CREATE UNIQUE INDEX people_pkey ON public.people USING btree (id)|PRIMARY KEY (id)|p", answers[3]);
        Assert.Contains("public|nums|table|postgres\npublic|people|table|postgres\npublic|pets|table|postgres", answers);
    }

    [Fact]
    public void Every_system_table_can_be_read_in_full()
    {
        using var db = new DialectDatabase(ResultCases.Setup, "CREATE VIEW v AS SELECT 1 AS one", "CREATE UNIQUE INDEX u ON people (lower(name)) WHERE age > 1");
        foreach (var shape in new PgCatalog(db).Shapes) db.Query($"SELECT * FROM {shape.Schema}.{shape.Name}");
        Assert.Equal("people\nv", db.Query("SELECT table_name FROM information_schema.tables WHERE table_name IN ('people', 'v') ORDER BY 1"));
        Assert.Equal("id|integer|NO\nscore|numeric|YES", db.Query("SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'people' AND column_name IN ('id', 'score') ORDER BY ordinal_position"));
    }

    [Fact]
    public void Foreign_keys_are_listed_with_their_names_columns_and_actions()
    {
        using var db = new DialectDatabase("CREATE TABLE parent (id serial PRIMARY KEY, a int, b int, CONSTRAINT ab UNIQUE (a, b))",
            "CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent ON DELETE CASCADE, x int, \"Y\" int, note text DEFAULT 'CONSTRAINT \"no\" FOREIGN KEY (\"p\")', CONSTRAINT \"Two\" FOREIGN KEY (x, \"Y\") REFERENCES parent (a, b) ON UPDATE SET NULL)",
            "ALTER TABLE child ADD COLUMN q int CONSTRAINT added REFERENCES parent (id)");
        const string Keys = "SELECT conname, conrelid::regclass, confrelid::regclass, conkey, confkey, confupdtype, confdeltype, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY conname";
        Assert.Equal("""
            Two|child|parent|{3,4}|{2,3}|n|a|FOREIGN KEY (x, "Y") REFERENCES parent(a, b) ON UPDATE SET NULL
            added|child|parent|{6}|{1}|a|a|FOREIGN KEY (q) REFERENCES parent(id)
            child_p_fkey|child|parent|{2}|{1}|a|c|FOREIGN KEY (p) REFERENCES parent(id) ON DELETE CASCADE
            """, db.Query(Keys));
        Assert.Equal("Two\nadded\nchild_p_fkey", db.Query("SELECT constraint_name FROM information_schema.table_constraints WHERE constraint_type = 'FOREIGN KEY' ORDER BY 1"));
        Assert.Equal("x|1\nY|2", db.Query("SELECT column_name, ordinal_position FROM information_schema.key_column_usage WHERE constraint_name = 'Two' ORDER BY 2"));
        Assert.Equal("parent|a\nparent|b", db.Query("SELECT table_name, column_name FROM information_schema.constraint_column_usage WHERE constraint_name = 'Two' ORDER BY 2"));
        Assert.Equal("Two|SET NULL|NO ACTION\nadded|NO ACTION|NO ACTION\nchild_p_fkey|NO ACTION|CASCADE", db.Query("SELECT constraint_name, update_rule, delete_rule FROM information_schema.referential_constraints ORDER BY 1"));
        Assert.Equal("4|4", db.Query("SELECT count(*), count(DISTINCT oid) FROM pg_constraint WHERE conrelid = 'child'::regclass"));
    }

    [Fact]
    public void Drivers_can_ask_which_columns_an_index_has()
    {
        using var db = new DialectDatabase("CREATE TABLE t (a int, b int, c text, PRIMARY KEY (c, a))", "CREATE INDEX ib ON t (b, c)");
        const string SqlAlchemy = """
            SELECT a.attname FROM pg_attribute a JOIN (
                SELECT unnest(ix.indkey) attnum,
                       generate_subscripts(ix.indkey, 1) ord
                FROM pg_index ix
                WHERE ix.indrelid = 't'::regclass AND ix.indisprimary
                ) k ON a.attnum=k.attnum
            WHERE a.attrelid = 't'::regclass ORDER BY k.ord
            """;
        Assert.Equal("c\na", db.Query(SqlAlchemy));
        const string Jdbc = """
            SELECT result.COLUMN_NAME, result.KEY_SEQ FROM (SELECT a.attname AS COLUMN_NAME, (information_schema._pg_expandarray(i.indkey)).n AS KEY_SEQ, information_schema._pg_expandarray(i.indkey) AS KEYS, a.attnum AS A_ATTNUM
            FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_attribute a ON (ct.oid = a.attrelid) JOIN pg_catalog.pg_index i ON (a.attrelid = i.indrelid) WHERE ct.relname = 't' AND i.indisprimary) result
            WHERE result.A_ATTNUM = (result.KEYS).x ORDER BY 2
            """;
        Assert.Equal("c|1\na|2", db.Query(Jdbc));
        Assert.Equal("b\nc", db.Query("SELECT a.attname FROM pg_index ix JOIN pg_class i ON i.oid = ix.indexrelid JOIN pg_attribute a ON a.attrelid = ix.indrelid AND a.attnum = ANY(ix.indkey) WHERE i.relname = 'ib' ORDER BY 1"));
        Assert.Equal("b|c", db.Query("SELECT pg_get_indexdef(oid, 1, false), pg_get_indexdef(oid, 2, false) FROM pg_class WHERE relname = 'ib'"));
        Assert.Equal("∅", db.Query("SELECT pg_get_serial_sequence('t', 'a')"));
    }

    [Fact]
    public void Defaults_and_views_are_shown_in_PostgreSQLs_words()
    {
        using var db = new DialectDatabase("CREATE TABLE t (id serial PRIMARY KEY, a varchar(5) DEFAULT 'it''s', b bool DEFAULT false, c timestamptz DEFAULT now(), d uuid DEFAULT gen_random_uuid(), e int DEFAULT -1, f text[] DEFAULT '{x}', g date DEFAULT CURRENT_DATE)", "CREATE VIEW v AS SELECT a FROM t");
        Assert.Equal("nextval('t_id_seq'::regclass)\n'it''s'::character varying\nfalse\nnow()\ngen_random_uuid()\n'-1'::integer\n'{\"x\"}'::text[]\nCURRENT_DATE",
            db.Query("SELECT column_default FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position"));
        Assert.Equal("false", db.Query("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adnum = 3"));
        Assert.Equal("SELECT \"t\".\"a\" AS \"a\" FROM \"t\";", db.Query("SELECT pg_get_viewdef('v'::regclass)"));
    }

    [Fact]
    public void TypeORM_finds_types_and_foreign_keys_and_Django_the_columns_of_indexes()
    {
        using var db = new DialectDatabase("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))", "CREATE TABLE c (x int, y int, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES p ON DELETE CASCADE)", "CREATE INDEX cx ON c (y DESC, x)");
        Assert.Equal("integer", db.Query("SELECT ('\"' || udt_schema || '\".\"' || udt_name || '\"')::regtype::text FROM information_schema.columns WHERE table_name = 'c' AND column_name = 'x'"));
        const string TypeOrm = """
            SELECT con.conname, att2.attname, cl.relname, att.attname AS referenced FROM (
                SELECT UNNEST(con1.conkey) AS parent, UNNEST(con1.confkey) AS child, con1.confrelid, con1.conrelid, con1.conname, con1.contype FROM pg_class cl
                INNER JOIN pg_constraint con1 ON con1.conrelid = cl.oid WHERE con1.contype = 'f' AND cl.relname = 'c') con
            INNER JOIN pg_attribute att ON att.attrelid = con.confrelid AND att.attnum = con.child INNER JOIN pg_class cl ON cl.oid = con.confrelid
            INNER JOIN pg_attribute att2 ON att2.attrelid = con.conrelid AND att2.attnum = con.parent ORDER BY 2
            """;
        Assert.Equal("f|x|p|a\nf|y|p|b", db.Query(TypeOrm));
        Assert.Equal("y|1\nx|2", db.Query("SELECT a.attname, k.n FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY k(key, option, n), pg_attribute a WHERE i.indexrelid = 'cx'::regclass AND a.attrelid = i.indrelid AND a.attnum = k.key ORDER BY k.n"));
        Assert.Equal("1|a\n2|∅", db.Query("SELECT unnest(ARRAY[1, 2]), unnest(ARRAY['a'])"));
        Assert.Equal("1|3\n2|3", db.Query("SELECT generate_series(1, 2), 3"));
    }

    [Fact]
    public void Replication_and_log_positions_come_from_the_node()
    {
        using var db = new DialectDatabase();
        Assert.Equal("f|1/10|1/F", db.Query("SELECT pg_is_in_recovery(), pg_current_wal_lsn(), pg_last_wal_replay_lsn()"));
        db.IsFollower = true;
        Assert.Equal("t", db.Query("SELECT pg_catalog.pg_is_in_recovery()"));
        Assert.Equal("node2|streaming|quorum|0/F", db.Query("SELECT application_name, state, sync_state, replay_lsn FROM pg_stat_replication"));
        Assert.Equal("1", db.Query("SELECT pg_wal_lsn_diff('0/10', '0/F')"));
    }

    [Fact]
    public void Npgsqls_type_loading_is_answered_without_the_database()
    {
        using var db = new DialectDatabase();
        var types = db.Translate("SELECT ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid FROM (SELECT 1 AS oid) AS t JOIN pg_namespace AS ns ON (ns.oid = typnamespace) ORDER BY oid").Canned!;
        Assert.Contains(types.Rows, r => r is ["pg_catalog", "23", "int4", "b", "f", null]);
        var array = types.Rows.ToList().FindIndex(r => r is ["pg_catalog", "1007", "_int4", "a", "f", "23"]);
        Assert.True(array > types.Rows.ToList().FindIndex(r => r[1] == "23"));
        Assert.Empty(db.Translate("SELECT typ.oid, enumlabel FROM pg_enum JOIN pg_type AS typ ON typ.oid = enumtypid JOIN pg_namespace AS ns ON ns.oid = typ.typnamespace ORDER BY oid, enumsortorder").Canned!.Rows);
    }

    [Fact]
    public void Object_ids_are_the_same_on_every_node()
    {
        using var one = new DialectDatabase("CREATE TABLE a (i int)", "CREATE TABLE b (i int)");
        using var other = new DialectDatabase("CREATE TABLE b (i int)", "CREATE TABLE a (i int)");
        Assert.Equal(one.Schema.Tables.Select(t => (t.Name, t.Oid)), other.Schema.Tables.Select(t => (t.Name, t.Oid)));
        Assert.All(one.Schema.Tables, t => Assert.True(t.Oid >= 16384));
    }

    [Fact]
    public void A_view_whose_table_is_gone_does_not_hide_the_rest()
    {
        using var db = new DialectDatabase("CREATE TABLE gone (i int)", "CREATE VIEW v AS SELECT i FROM gone", "CREATE TABLE kept (i int)", "DROP TABLE gone");
        Assert.Equal("", db.Query("SELECT * FROM kept"));
        Assert.NotNull(db.Schema.Find("v"));
    }

    [Fact]
    public void Marks_of_the_schema_survive_renaming()
    {
        using var db = new DialectDatabase("CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL)", "CREATE TABLE s (n int NOT NULL)", "ALTER TABLE s ADD PRIMARY KEY (n)", "ALTER TABLE t RENAME COLUMN id TO key", "ALTER TABLE t RENAME TO tt");
        Assert.Equal(("int", 1), (db.Schema.Find("tt")!.Columns[0].DeclaredType, db.Schema.Find("tt")!.Columns[0].PrimaryKey));
        Assert.Equal(1, db.Schema.Find("s")!.Columns[0].PrimaryKey);
        Assert.Contains(db.Schema.Indexes, i => i is { Name: "s_pkey", PrimaryKey: true });
    }
}
