using Npgsql;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class NpgsqlClient
{
    [Fact]
    public async Task Runs_a_parameterized_query()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select int4:$1, text:$2", connection) { Parameters = { new() { Value = 42 }, new() { Value = "hello" } } };
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(42, reader.GetInt32(0));
        Assert.Equal("hello", reader.GetString(1));
    }
}
