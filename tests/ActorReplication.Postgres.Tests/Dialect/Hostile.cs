using System.Text;
using ActorReplication.Postgres.Dialect;
using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>Any input is answered, with a translation or a <see cref="DialectException"/>: no crash, no hang, no other exception.</summary>
public sealed class Hostile
{
    private static readonly string[] Words =
    [
        "select", "from", "where", "group by", "order by", "limit", "(", ")", ",", ";", "*", "+", "-", "::", "int", "text", "people", "pets", "id", "name", "age", "p", "as", "join", "on", "using", "left",
        "'a'", "1", "2.5", "$1", "null", "true", "and", "or", "not", "in", "any", "array", "[", "]", "case", "when", "then", "else", "end", "union", "all", "values", "insert into", "update", "set", "delete from",
        "returning", "create table", "primary key", "default", "with", "recursive", "exists", "between", "like", "is", "=", "<", "||", "->>", "count", "sum", "over", "partition by", "coalesce", "interval", "'1 day'",
        "now()", "on conflict", "do nothing", "alter table", "add column", "drop table", "create index", "generate_series", ".", "\"", "'", "$$", "/*", "--\n", "E'\\", "cast", "extract", "having", "distinct",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_words_are_translated_or_refused(int seed)
    {
        var random = new Random(seed);
        using var db = new DialectDatabase(ResultCases.Setup);
        for (var i = 0; i < 4000; i++)
        {
            var text = new StringBuilder(random.Next(3) == 0 ? "select " : "");
            for (var n = random.Next(1, 25); n > 0; n--) text.Append(Words[random.Next(Words.Length)]).Append(random.Next(8) == 0 ? "" : " ");
            Answer(db, text.ToString());
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Damaged_statements_are_translated_or_refused(int seed)
    {
        var random = new Random(seed);
        using var db = new DialectDatabase(ResultCases.Setup);
        var statements = Results.Cases().Select(row => (string)row[0]).ToList();
        for (var i = 0; i < 4000; i++)
        {
            var text = new StringBuilder(statements[random.Next(statements.Count)]);
            for (var n = random.Next(1, 4); n > 0 && text.Length > 0; n--)
            {
                var at = random.Next(text.Length);
                if (random.Next(2) == 0) text.Remove(at, random.Next(1, Math.Min(4, text.Length - at + 1)));
                else text.Insert(at, (char)random.Next(random.Next(4) == 0 ? 0xFFFF : 127));
            }

            Answer(db, text.ToString());
        }
    }

    public static TheoryData<string> Deep() =>
    [
        string.Concat("select ", new string('(', 5000), "1", new string(')', 5000)),
        "select " + string.Join(" + ", Enumerable.Repeat("1", 20_000)),
        "select " + string.Concat(Enumerable.Repeat("not ", 20_000)) + "true",
        "select " + string.Concat(Enumerable.Repeat("- ", 20_000)) + "1",
        "select 1 where " + string.Join(" and ", Enumerable.Repeat("true", 20_000)),
        string.Concat(Enumerable.Repeat("select (", 3000)) + "1",
        string.Join(" union ", Enumerable.Repeat("select 1", 5000)),
        string.Concat(Enumerable.Repeat("select * from (", 100)) + "select null" + string.Concat(Enumerable.Repeat(" union select 1) as t", 100)),
        "select " + string.Concat(Enumerable.Repeat("case when true then ", 3000)),
        "select 'a'" + string.Concat(Enumerable.Repeat("::text", 30_000)),
        "select * from " + string.Join(" join ", Enumerable.Repeat("people using (id)", 3000)),
        string.Concat(Enumerable.Repeat("/*", 20_000)),
    ];

    [Theory]
    [MemberData(nameof(Deep))]
    public void Deep_and_long_statements_are_translated_or_refused(string sql)
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Answer(db, sql);
    }

    private static void Answer(DialectDatabase db, string sql)
    {
        try
        {
            foreach (var statement in db.Translator.Parse(sql)) db.Translator.Translate(statement, default, db.Schema);
        }
        catch (DialectException refused)
        {
            Assert.Equal(5, refused.SqlState.Length);
            Assert.InRange(refused.Position, 0, sql.Length + 1);
        }
    }
}
