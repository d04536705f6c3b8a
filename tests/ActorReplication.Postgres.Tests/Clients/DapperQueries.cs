using ActorReplication.Postgres.Tests.RealSql;
using Dapper;
using Npgsql;
using Xunit;

namespace ActorReplication.Postgres.Tests.Clients;

/// <summary>Dapper over Npgsql.</summary>
public sealed class DapperQueries
{
    private sealed record Person(int Id, string Name, decimal? Score, DateTime At);

    [Fact]
    public async Task Objects_come_and_go_with_lists_and_several_results()
    {
        await using var server = await SqlServer.StartAsync();
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.ExecuteAsync("CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, score numeric(6,2), at timestamptz DEFAULT '2026-01-02 03:04:05+00')");
        Assert.Equal(2, await connection.ExecuteAsync("INSERT INTO people (name, score) VALUES (@Name, @Score)", new[] { new { Name = "a", Score = (decimal?)1.5m }, new { Name = "b", Score = (decimal?)null } }));
        var people = (await connection.QueryAsync<Person>("SELECT id, name, score, at FROM people WHERE id = ANY(@ids) ORDER BY id", new { ids = new[] { 1, 2 } })).ToList();
        Assert.Equal([(1, "a", 1.5m), (2, "b", null)], people.Select(p => (p.Id, p.Name, p.Score)));
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), people[0].At);
        using var several = await connection.QueryMultipleAsync("SELECT count(*) FROM people; SELECT name FROM people ORDER BY 1 DESC");
        Assert.Equal(2, await several.ReadSingleAsync<int>());
        Assert.Equal(["b", "a"], await several.ReadAsync<string>());
        Assert.Equal(3, await connection.ExecuteScalarAsync<int>("INSERT INTO people (name) VALUES (@name) RETURNING id", new { name = "c" }));
    }
}
