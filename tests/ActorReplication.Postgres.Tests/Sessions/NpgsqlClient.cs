using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>A real driver over the fake node.</summary>
public sealed class NpgsqlClient
{
    [Fact]
    public async Task Every_type_goes_both_ways_in_binary()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await OpenAsync(server);
        var instant = new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc).AddTicks(9010);
        (string Type, object Value)[] cases =
        [
            ("bool", true), ("int2", (short)-7), ("int4", 42), ("int8", long.MinValue), ("float4", 1.25f), ("float8", Math.PI), ("numeric", 12345678901234567890.12345678m), ("numeric", -0.05m),
            ("text", "grüße 💡"), ("varchar", ""), ("bytea", new byte[] { 0, 255, 92 }), ("uuid", Guid.Parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")), ("date", new DateOnly(1969, 7, 20)),
            ("time", new TimeOnly(23, 59, 58, 123)), ("timestamp", DateTime.SpecifyKind(instant, DateTimeKind.Unspecified)), ("timestamptz", instant), ("interval", new TimeSpan(3, 4, 5, 6, 7)),
            ("json", "{\"a\": 1}"), ("jsonb", "[1, 2]"), ("int4[]", new[] { 1, 2, 3 }), ("text[]", new[] { "a", "b,c", "" }), ("float8[]", new[] { 0.1, -2 }), ("bool[]", new[] { true, false }),
            ("timestamptz[]", new[] { instant }), ("uuid[]", new[] { Guid.Empty }), ("numeric[]", new[] { 1.5m, 2m }), ("bytea[]", new[] { new byte[] { 1, 2 }, [] }), ("int8[]", Array.Empty<long>()),
        ];
        foreach (var (type, value) in cases)
        {
            await using var command = new NpgsqlCommand($"select {type}:$1", connection);
            command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = DbType(type) });
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
            Assert.Equal(value, reader.GetValue(0));
        }
    }

    [Fact]
    public async Task Nulls_go_both_ways()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await OpenAsync(server);
        await using var command = new NpgsqlCommand("select int4:$1", connection) { Parameters = { new() { Value = DBNull.Value } } };
        Assert.Equal(DBNull.Value, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Batches_are_all_or_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await OpenAsync(server);
        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { new("insert a"), new("insert b"), new("list") } })
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal("a", reader.GetString(0));
        }
        await using var failing = new NpgsqlBatch(connection) { BatchCommands = { new("insert c"), new("insert dup") } };
        var error = await Assert.ThrowsAsync<PostgresException>(() => failing.ExecuteNonQueryAsync());
        Assert.Equal(("23505", "t", "t_x_key", "public"), (error.SqlState, error.TableName, error.ConstraintName, error.SchemaName));
        Assert.Equal(["a", "b"], server.Gateway.Items);
    }

    [Fact]
    public async Task Transactions_and_savepoints()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await OpenAsync(server);
        await using (var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.Serializable))
        {
            await ExecuteAsync(connection, "insert a");
            await transaction.SaveAsync("s");
            await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, "insert dup"));
            await transaction.RollbackAsync("s");
            await ExecuteAsync(connection, "insert b");
            await transaction.CommitAsync();
        }
        await using (await connection.BeginTransactionAsync()) await ExecuteAsync(connection, "insert lost");
        Assert.Equal(["a", "b"], server.Gateway.Items);
        Assert.Contains("savepoint s", server.Gateway.Log);
    }

    [Fact]
    public async Task Prepared_commands_run_again_after_a_schema_change()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await OpenAsync(server);
        await using var command = new NpgsqlCommand("select int4:$1", connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = 1 } } };
        await command.PrepareAsync();
        Assert.Equal(1, await command.ExecuteScalarAsync());
        await ExecuteAsync(connection, "create x");
        Assert.Equal(1, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Cancelling_a_command_gives_57014()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await OpenAsync(server);
        await using var command = new NpgsqlCommand("wait", connection);
        using var cancel = new CancellationTokenSource();
        var running = command.ExecuteNonQueryAsync(cancel.Token);
        await server.Gateway.Waiting.WaitAsync();
        await cancel.CancelAsync();
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        Assert.Equal("57014", Assert.IsType<PostgresException>(cancelled.InnerException).SqlState);
        await ExecuteAsync(connection, "insert a");
    }

    [Fact]
    public async Task A_pooled_connection_is_reset()
    {
        await using var server = await TestServer.StartAsync();
        await using var source = NpgsqlDataSource.Create(server.ConnectionString.Replace("Pooling=false", "Maximum Pool Size=1", StringComparison.Ordinal));
        await using (var first = await source.OpenConnectionAsync()) await ExecuteAsync(first, "set application_name = 'left over'");
        await using var second = await source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("show application_name", second);
        Assert.Equal("", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Multi_host_sources_find_the_leader()
    {
        var following = new FakeGateway();
        following.Become(Gateway.NodeRole.Follower, 1, "n2");
        await using var follower = await TestServer.StartAsync(gateway: following);
        await using var leader = await TestServer.StartAsync();
        await using var source = new NpgsqlDataSourceBuilder(leader.ConnectionString.Replace("Pooling=false;", "", StringComparison.Ordinal)
            .Replace($"Host=127.0.0.1;Port={leader.Server.Port}", $"Host=127.0.0.1:{follower.Server.Port},127.0.0.1:{leader.Server.Port}", StringComparison.Ordinal)).BuildMultiHost();
        await using (var writing = await source.OpenConnectionAsync(TargetSessionAttributes.ReadWrite)) Assert.Equal(leader.Server.Port, writing.Port);
        await using var reading = await source.OpenConnectionAsync(TargetSessionAttributes.Standby);
        Assert.Equal(follower.Server.Port, reading.Port);
    }

    private static async Task<NpgsqlConnection> OpenAsync(TestServer server)
    {
        var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlDbType DbType(string type) => type.EndsWith("[]", StringComparison.Ordinal) ? NpgsqlDbType.Array | DbType(type[..^2]) : type switch
    {
        "bool" => NpgsqlDbType.Boolean,
        "int2" => NpgsqlDbType.Smallint,
        "int4" => NpgsqlDbType.Integer,
        "int8" => NpgsqlDbType.Bigint,
        "float4" => NpgsqlDbType.Real,
        "float8" => NpgsqlDbType.Double,
        "timestamptz" => NpgsqlDbType.TimestampTz,
        _ => Enum.Parse<NpgsqlDbType>(type, ignoreCase: true),
    };
}
