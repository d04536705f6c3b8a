using ActorReplication.Postgres.Dialect;
using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>Failures are told in PostgreSQL's words, with its SQLSTATE and position.</summary>
public sealed class Errors
{
    public static TheoryData<string, string, int, string> Cases()
    {
        var data = new TheoryData<string, string, int, string>();
        foreach (var line in ErrorCases.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = line.Split(" ⇒ ");
            var head = parts[0].Split(' ', 3);
            data.Add(head[2], head[0], int.Parse(head[1]), parts[1]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Are_told_as_PostgreSQL_tells_them(string sql, string state, int position, string message)
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        var error = Assert.Throws<DialectException>(() => db.Run(sql));
        Assert.Equal($"{state} {message} at {position}", $"{error.SqlState} {error.Message} at {(position == 0 ? 0 : error.Position)}");
    }

    [Theory]
    [InlineData("select * from (select name from people for update) as p", "FOR UPDATE in a subquery is not supported")]
    [InlineData("with p as (select id from people for no key update skip locked) select * from p", "FOR NO KEY UPDATE in a subquery is not supported")]
    [InlineData("update people set age = 1 where id in (select id from pets for share)", "FOR SHARE in a subquery is not supported")]
    [InlineData("insert into people (id, name) select id + 10, name from people for update", "FOR UPDATE in a subquery is not supported")]
    [InlineData("delete from people where id in ((select 1 union select 2) for update)", "FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT")]
    public void A_clause_that_would_lock_nothing_is_refused(string sql, string message)
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        var error = Assert.Throws<DialectException>(() => db.Translate(sql));
        Assert.Equal(("0A000", message), (error.SqlState, error.Message));
    }

    [Theory]
    [InlineData("update people set age = 1 where id in (select id from people order by id limit 1 for update skip locked)")]
    [InlineData("with p as (select id from people for update) delete from people using p where p.id = people.id")]
    [InlineData("update people set age = 1 where id = (select p.id from people p join pets on true limit 1 for update of p)")]
    public void Rows_of_the_table_that_is_changed_are_locked_by_that(string sql)
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        db.Translate(sql);
    }

    [Fact]
    public void Parentheses_around_the_statement_take_no_lock_away()
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Assert.Equal(["people"], db.Translate("((select name from people for update))").Lock!.Tables);
    }
}
