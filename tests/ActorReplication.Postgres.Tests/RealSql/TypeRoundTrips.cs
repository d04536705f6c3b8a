using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace ActorReplication.Postgres.Tests.RealSql;

/// <summary>Each type from a driver's parameter (binary) into a column of the type and back, in binary by the driver and as PostgreSQL's text.</summary>
public sealed class TypeRoundTrips : IAsyncLifetime
{
    private SqlServer _server = null!;
    private NpgsqlConnection _connection = null!;

    public async Task InitializeAsync()
    {
        _server = await SqlServer.StartAsync();
        _connection = new NpgsqlConnection(_server.ConnectionString);
        await _connection.OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    public static TheoryData<string, object, string> Values => new()
    {
        { "smallint", (short)-32768, "-32768" },
        { "int", int.MaxValue, "2147483647" },
        { "bigint", long.MinValue, "-9223372036854775808" },
        { "boolean", true, "true" },
        { "real", 1.5e-10f, "1.5e-10" },
        { "double precision", Math.PI, "3.141592653589793" },
        { "numeric", 12345678901234567890.12345678m, "12345678901234567890.12345678" },
        { "numeric(12,4)", -1.5m, "-1.5000" },
        { "numeric", BigInteger.Pow(10, 40) + 7, "10000000000000000000000000000000000000007" },
        { "text", "ü'\"\\\n\t", "ü'\"\\\n\t" },
        { "varchar(5)", "abc", "abc" },
        { "char(5)", "ab   ", "ab" },
        { "bytea", new byte[] { 0, 255, 92, 39 }, "\\x00ff5c27" },
        { "uuid", Guid.Parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
        { "date", new DateOnly(1999, 12, 31), "1999-12-31" },
        { "time", new TimeOnly(23, 59, 59, 999).Add(TimeSpan.FromMicroseconds(999)), "23:59:59.999999" },
        { "timestamp", new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Unspecified), "2024-02-29 01:02:03" },
        { "timestamptz", new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), "2024-02-29 01:02:03+00" },
        { "interval", new NpgsqlInterval(14, 3, 4_000_005), "1 year 2 mons 3 days 00:00:04.000005" },
        { "int[]", new[] { 1, -2, 3 }, "{1,-2,3}" },
        { "bigint[]", new[] { long.MaxValue }, "{9223372036854775807}" },
        { "boolean[]", new[] { true, false }, "{t,f}" },
        { "double precision[]", new[] { 0.1, 1e300 }, "{0.1,1e+300}" },
        { "numeric[]", new[] { 1.5m, 12345678901234567890.5m }, "{1.5,12345678901234567890.5}" },
        { "text[]", new[] { "a,b", "", "NULL", "\"q\"" }, "{\"a,b\",\"\",\"NULL\",\"\\\"q\\\"\"}" },
        { "uuid[]", new[] { Guid.Empty }, "{00000000-0000-0000-0000-000000000000}" },
        { "bytea[]", new[] { new byte[] { 1, 2 } }, "{\"\\\\x0102\"}" },
        { "date[]", new[] { new DateOnly(2024, 1, 2) }, "{2024-01-02}" },
        { "timestamptz[]", new[] { new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc) }, "{\"2024-01-02 03:04:05+00\"}" },
        { "smallint[]", new short[] { 1 }, "{1}" },
        { "real[]", new[] { 1.5f }, "{1.5}" },
        { "time[]", new[] { new TimeOnly(1, 2) }, "{01:02:00}" },
        { "timestamp[]", new[] { new DateTime(2024, 1, 2) }, "{\"2024-01-02 00:00:00\"}" },
        { "varchar(9)[]", new[] { "v" }, "{v}" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Come_back_as_they_went(string type, object value, string text)
    {
        await RunAsync($"CREATE TABLE r (id int PRIMARY KEY, v {type})");
        await using (var insert = new NpgsqlCommand("INSERT INTO r VALUES (1, $1), (2, NULL)", _connection))
        {
            insert.Parameters.Add(new NpgsqlParameter { Value = value });
            await insert.ExecuteNonQueryAsync();
        }
        Assert.Equal(value, value is BigInteger ? await BigAsync() : value is NpgsqlInterval ? await IntervalAsync() : await ScalarAsync("SELECT v FROM r WHERE id = 1"));
        Assert.Equal(text, await ScalarAsync("SELECT v::text FROM r WHERE id = 1"));
        Assert.Equal(DBNull.Value, await ScalarAsync("SELECT v FROM r WHERE id = 2"));
        // The text that was shown is taken too, and is the same value.
        await RunAsync($"INSERT INTO r VALUES (3, '{text.Replace("'", "''")}')");
        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM r a JOIN r b ON b.id = 3 WHERE a.id = 1 AND a.v::text = b.v::text"));
    }

    [Fact]
    public async Task A_value_of_64_megabytes_comes_back()
    {
        await RunAsync("CREATE TABLE big (v bytea)");
        var value = new byte[64 << 20];
        new Random(1).NextBytes(value);
        await using (var insert = new NpgsqlCommand("INSERT INTO big VALUES ($1)", _connection))
        {
            insert.Parameters.Add(new NpgsqlParameter { Value = value });
            await insert.ExecuteNonQueryAsync();
        }
        var back = (byte[])(await ScalarAsync("SELECT v FROM big"))!;
        Assert.True(value.AsSpan().SequenceEqual(back));
    }

    [Theory]
    [InlineData("json", "{\"a\" : 1.0}", "{\"a\" : 1.0}")]
    [InlineData("jsonb", "{\"b\": 1.0, \"a\": [1, null]}", "{\"a\": [1, null], \"b\": 1.0}")]
    public async Task Json_comes_back(string type, string value, string shown)
    {
        await RunAsync($"CREATE TABLE r (id int PRIMARY KEY, v {type})");
        await using (var insert = new NpgsqlCommand("INSERT INTO r VALUES (1, $1)", _connection))
        {
            insert.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type == "json" ? NpgsqlDbType.Json : NpgsqlDbType.Jsonb });
            await insert.ExecuteNonQueryAsync();
        }
        Assert.Equal(shown, await ScalarAsync("SELECT v FROM r"));
    }

    [Theory]
    [InlineData("SELECT 2147483647 + 1", "22003")]
    [InlineData("SELECT 9223372036854775807 + 1", "22003")]
    [InlineData("SELECT 32767::smallint + 1::smallint", "22003")]
    [InlineData("SELECT 40000::smallint", "22003")]
    [InlineData("SELECT 3000000000::int", "22003")]
    [InlineData("SELECT 1 / 0", "22012")]
    [InlineData("SELECT 1 / 0.0", "22012")]
    [InlineData("CREATE TABLE x (r int4range)", "0A000")]
    [InlineData("SELECT '[1,2)'::int4range", "0A000")]
    [InlineData("CREATE TABLE x (r point)", "0A000")]
    [InlineData("CREATE TABLE x (r inet)", "0A000")]
    [InlineData("CREATE TABLE x (r nonsense)", "42704")]
    public async Task What_does_not_fit_is_refused(string sql, string state)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(sql));
        Assert.Equal(state, refused.SqlState);
    }

    private async Task RunAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        return await command.ExecuteScalarAsync();
    }

    private async Task<BigInteger> BigAsync()
    {
        await using var command = new NpgsqlCommand("SELECT v FROM r WHERE id = 1", _connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return reader.GetFieldValue<BigInteger>(0);
    }

    private async Task<NpgsqlInterval> IntervalAsync()
    {
        await using var command = new NpgsqlCommand("SELECT v FROM r WHERE id = 1", _connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return reader.GetFieldValue<NpgsqlInterval>(0);
    }
}
