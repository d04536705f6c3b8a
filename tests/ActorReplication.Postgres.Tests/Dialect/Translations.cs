using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Gateway;
using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>What sessions learn from a translation: SQL, parameters, result types, control statements.</summary>
public sealed class Translations
{
    [Theory]
    [InlineData("SELECT name FROM people WHERE id = $1 AND age > $2", "23,23")]
    [InlineData("SELECT $1", "25")]
    [InlineData("SELECT $2::int, $1::date", "1082,23")]
    [InlineData("INSERT INTO people (name, age, data, seen) VALUES ($1, $2, $3, $4)", "25,23,3802,1184")]
    [InlineData("INSERT INTO people (name, age) SELECT $1, $2", "25,23")]
    [InlineData("UPDATE people SET active = $1, score = $2 WHERE id = any($3)", "16,1700,1007")]
    [InlineData("SELECT 1 FROM people LIMIT $1 OFFSET $2", "20,20")]
    [InlineData("SELECT lower($1), coalesce($2, 5), $3 || 'x'", "25,23,25")]
    [InlineData("SELECT 1 FROM people WHERE seen BETWEEN $1 AND $2", "1184,1184")]
    public void Parameters_take_their_types_from_what_is_around_them(string sql, string types)
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Assert.Equal(types, string.Join(',', db.Translate(sql).ParameterTypes));
    }

    [Fact]
    public void Receipt_is_a_value_of_the_session_and_other_functions_of_its_schema_do_not_exist()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        var translation = db.Translate("SELECT replication.last_commit(), replication.last_commit() ->> 'index' FROM people");
        Assert.True(translation.AsksLastCommit);
        Assert.Equal("last_commit", translation.Columns![0].Name);
        Assert.False(db.Translate("SELECT current_user").AsksLastCommit);
        Assert.Equal("42883", Assert.Throws<DialectException>(() => db.Translate("SELECT replication.first_commit()")).SqlState);
        Assert.Equal("42883", Assert.Throws<DialectException>(() => db.Translate("SELECT last_commit()")).SqlState);
    }

    [Fact]
    public void Parameters_that_conflict_or_stay_open_are_refused()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Assert.Equal("42883", Assert.Throws<DialectException>(() => db.Translate("SELECT 1 FROM people WHERE id = $1 AND name = $1")).SqlState);
        Assert.Equal("42P18", Assert.Throws<DialectException>(() => db.Translate("SELECT $2")).SqlState);
        Assert.Equal("42883", Assert.Throws<DialectException>(() => db.Translate("SELECT 1 FROM people WHERE name = $1", 23u)).SqlState);
    }

    [Theory]
    [InlineData("SELECT count(*), 1 + 1, upper('a'), '5'::int, name, name AS \"N\", CASE WHEN true THEN 1 END, EXISTS (SELECT 1) FROM people GROUP BY name", "count:20,?column?:23,upper:25,int4:23,name:25,N:25,case:23,exists:16")]
    [InlineData("SELECT sum(age), avg(age), max(score), sum(weight) FROM people, pets", "sum:20,avg:1700,max:1700,sum:701")]
    [InlineData("SELECT x.a FROM (SELECT id AS a FROM people UNION SELECT 5000000000) AS x", "a:20")]
    [InlineData("SELECT now(), current_date, coalesce(NULL, 'a'), ARRAY[1], true AND false, 1.5, 3000000000", "now:1184,current_date:1082,coalesce:25,array:1007,?column?:16,?column?:1700,?column?:20")]
    [InlineData("SELECT * FROM pets", "owner:23,pet:25,weight:701")]
    public void Result_columns_have_PostgreSQLs_names_and_types(string sql, string columns)
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Assert.Equal(columns, string.Join(',', db.Translate(sql).Columns!.Select(c => $"{c.Name}:{c.TypeOid}")));
    }

    [Fact]
    public void Columns_tell_their_origin_and_modifier()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        var city = db.Translate("SELECT city FROM people").Columns!.Single();
        Assert.Equal((db.Schema.Find("people")!.Oid, (short)4, 24), (city.TableOid, city.AttributeNumber, city.TypeModifier));
    }

    [Theory]
    [InlineData("SELECT name FROM people WHERE id = 1", true)]
    [InlineData("SELECT 1", true)]
    [InlineData("SELECT weight FROM pets WHERE pet = 'x' AND owner = $1", true)]
    [InlineData("SELECT weight FROM pets WHERE owner = $1", false)]
    [InlineData("SELECT name FROM people WHERE id = 1 OR id = 2", false)]
    [InlineData("SELECT (SELECT count(*) FROM pets) FROM people WHERE id = 1", false)]
    [InlineData("SELECT pg_sleep(1)", false)]
    [InlineData("SELECT * FROM generate_series(1, 1000000)", false)]
    public void Point_reads_are_known(string sql, bool isPoint)
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Assert.Equal(isPoint, db.Translate(sql).PointRead);
        Assert.True(db.Translate(sql).ReadOnly);
    }

    [Fact]
    public void A_repeated_text_is_neither_parsed_nor_translated_again()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        const string sql = "SELECT name FROM people WHERE id = $1";
        Assert.Same(db.Translator.Parse(sql), db.Translator.Parse(new string(sql)));
        var first = db.Translate(sql);
        Assert.Same(first, db.Translate(sql));
        Assert.NotSame(first, db.Translate(sql, 20u));
        db.Run("CREATE TABLE another (i int)");
        Assert.NotSame(first, db.Translate(sql, 20u));
    }

    [Fact]
    public void The_cache_stays_within_its_bound()
    {
        var cache = new TextCache<string>(100);
        for (var i = 0; i < 10_000; i++) cache.Add(i.ToString(), "x");
        Assert.InRange(cache.Count, 1, 110);
        Assert.Equal("x", cache.Find("9999"));
    }

    public static TheoryData<string, object> Controls() => new()
    {
        { "BEGIN", new ControlStatement.Begin(null, null, false) },
        { "start transaction isolation level repeatable read, read only", new ControlStatement.Begin(Isolation.RepeatableRead, true, true) },
        { "COMMIT AND CHAIN", new ControlStatement.Commit(true) },
        { "END", new ControlStatement.Commit(false) },
        { "ABORT", new ControlStatement.Rollback(false) },
        { "SAVEPOINT a", new ControlStatement.Savepoint("a") },
        { "RELEASE a", new ControlStatement.Release("a") },
        { "ROLLBACK TO SAVEPOINT \"A\"", new ControlStatement.RollbackTo("A") },
        { "SET LOCAL statement_timeout = 500", new ControlStatement.Set("statement_timeout", "500", true) },
        { "SET SESSION search_path TO public, \"B\"", new ControlStatement.Set("search_path", "public, B", false) },
        { "SET TIME ZONE 'Europe/Paris'", new ControlStatement.Set("timezone", "Europe/Paris", false) },
        { "SET NAMES 'utf8'", new ControlStatement.Set("client_encoding", "utf8", false) },
        { "set replication.write_forwarding = on", new ControlStatement.Set("replication.write_forwarding", "on", false) },
        { "SET extra_float_digits TO DEFAULT", new ControlStatement.Set("extra_float_digits", null, false) },
        { "SET TRANSACTION READ WRITE", new ControlStatement.SetTransaction(null, false, false) },
        { "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", new ControlStatement.SetTransaction(Isolation.Serializable, null, true) },
        { "RESET ALL", new ControlStatement.ResetAll() },
        { "SHOW TRANSACTION ISOLATION LEVEL", new ControlStatement.Show("transaction_isolation") },
        { "SHOW server_version", new ControlStatement.Show("server_version") },
        { "DISCARD ALL", new ControlStatement.Discard("ALL") },
        { "DEALLOCATE PREPARE x", new ControlStatement.Deallocate("x") },
        { "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (a, b)'", new ControlStatement.AlterSystem("synchronous_standby_names", "ANY 1 (a, b)") },
        { "ALTER SYSTEM RESET synchronous_standby_names", new ControlStatement.AlterSystem("synchronous_standby_names", null) },
        { "LOCK TABLE a IN ACCESS EXCLUSIVE MODE", new ControlStatement.NoOperation("LOCK TABLE") },
        { "vacuum analyze pgbench_branches", new ControlStatement.NoOperation("VACUUM") },
    };

    [Theory]
    [MemberData(nameof(Controls))]
    public void Control_statements_are_recognised(string sql, object expected)
    {
        using var db = new DialectDatabase();
        Assert.Equal(expected, db.Translator.Parse(sql).Single().Control);
    }

    [Fact]
    public void Prepare_and_execute_carry_their_types_and_arguments()
    {
        using var db = new DialectDatabase();
        var prepare = Assert.IsType<ControlStatement.Prepare>(db.Translator.Parse("PREPARE p (int, text[]) AS SELECT $1, $2").Single().Control);
        Assert.Equal(("p", "int|text[]", "SELECT $1, $2"), (prepare.Name, string.Join('|', prepare.TypeNames), prepare.Statement.Text));
        var execute = Assert.IsType<ControlStatement.Execute>(db.Translator.Parse("EXECUTE p (-5, NULL, 'x''y', true)").Single().Control);
        Assert.Equal(["-5", null, "x'y", "true"], execute.LiteralArguments);
    }

    [Fact]
    public void Setting_functions_alone_are_the_sessions()
    {
        using var db = new DialectDatabase();
        var set = db.Translate("SELECT pg_catalog.set_config('search_path', '', false)");
        Assert.Equal((new ControlStatement.Set("search_path", "", false), "set_config"), ((ControlStatement.Set)set.Control!, set.Canned!.Columns.Single().Name));
        var show = db.Translate("SELECT current_setting('TimeZone') AS tz");
        Assert.Equal((new ControlStatement.Show("timezone"), "tz"), ((ControlStatement.Show)show.Control!, show.Columns!.Single().Name));
    }

    [Fact]
    public void Statements_keep_their_text_and_place()
    {
        using var db = new DialectDatabase();
        var statements = db.Translator.Parse(" ; select 1 ; -- c\n select /* x */ 'é;' ;;");
        Assert.Equal([("select 1", 3), ("select /* x */ 'é;'", 20)], statements.Select(s => (s.Text, s.Offset)));
        Assert.Empty(db.Translator.Parse(" -- nothing\n /* at all */ ;"));
    }

    [Fact]
    public void Explain_shows_SQLites_plan_in_one_column()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Assert.Equal("SEARCH people USING INTEGER PRIMARY KEY (rowid=?)", db.Query("EXPLAIN SELECT * FROM people WHERE id = 1"));
    }

    [Fact]
    public void Like_with_a_constant_uses_an_index_and_minds_case()
    {
        using var db = new DialectDatabase("CREATE TABLE t (s text NOT NULL)", "CREATE INDEX i ON t (s)");
        Assert.StartsWith("SEARCH t USING COVERING INDEX i", db.Query("EXPLAIN SELECT s FROM t WHERE s LIKE 'abc%'"));
        Assert.Equal("SCAN t USING COVERING INDEX i", db.Query("EXPLAIN SELECT s FROM t ORDER BY s"));
    }

    public static TheoryData<string> ListedFunctions() => [.. FunctionTable.All.Select(f => $"{f.Kind} \"{f.Name}\"({string.Join(", ", f.Parameters.Select(p => f.Kind == FunctionKind.Window && p.Type.IsInteger ? "1" : Argument(p)))})").Distinct()];

    private static string Argument(FunctionParameter parameter) =>
        parameter.IsArray ? "NULL::text[]" : parameter.IsElement || parameter.IsAny ? "NULL::text" : $"NULL::{TypeNames.Internal(parameter.Type.Oid) switch { ['_', .. var element] => element + "[]", var name => name }}";

    [Theory]
    [MemberData(nameof(ListedFunctions))]
    public void Every_listed_function_exists_in_the_engine(string listed)
    {
        using var db = new DialectDatabase();
        var call = listed[(listed.IndexOf(' ') + 1)..];
        db.Query($"SELECT {call}{(listed.StartsWith("Window", StringComparison.Ordinal) ? " OVER ()" : "")}");
        if (!listed.StartsWith("Aggregate", StringComparison.Ordinal)) return;
        if (call.StartsWith("\"std", StringComparison.Ordinal) || call.StartsWith("\"var", StringComparison.Ordinal) || call.Contains("interval"))
            Assert.Equal("0A000", Assert.Throws<DialectException>(() => db.Query($"SELECT {call} OVER ()")).SqlState);
        else db.Query($"SELECT {call} OVER ()");
    }
}
