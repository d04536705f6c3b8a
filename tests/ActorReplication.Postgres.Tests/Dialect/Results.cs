using Xunit;

namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>Queries whose answers were looked up on PostgreSQL 15.</summary>
public sealed class Results
{
    /// <summary>Lines "sql ⇒ rows".</summary>
    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (var line in ResultCases.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("--", StringComparison.Ordinal)) continue;
            var parts = line.Split(" ⇒");
            data.Add(parts[0], parts[1].TrimStart(' '));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Are_those_of_PostgreSQL(string sql, string expected)
    {
        using var db = new DialectDatabase(ResultCases.Setup);
        Assert.Equal(expected.Replace("⏎", "\n", StringComparison.Ordinal), db.Query(sql));
    }
}
