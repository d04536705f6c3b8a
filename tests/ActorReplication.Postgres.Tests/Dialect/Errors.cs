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
}
