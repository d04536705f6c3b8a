using ActorReplication.Postgres.Session;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class Streaming
{
    [Fact]
    public async Task A_large_result_to_a_slow_reader_is_held_back_not_held_in_memory()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        // 200 MB of rows, of which the client reads none until the executing thread stands still.
        await client.Query("series 200000 1000").FlushAsync();
        Assert.Equal("T", (await client.ReadAsync())!.ToString());
        Assert.StartsWith("D 1,", (await client.ReadAsync())!.ToString(), StringComparison.Ordinal);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 20 << 20);
        for (var row = 2; row <= 200_000; row++)
        {
            var reply = await client.ReadAsync();
            Assert.Equal('D', reply!.Type);
        }
        Assert.Equal("C SELECT 200000", (await client.ReadAsync())!.ToString());
        Assert.Equal("Z I", (await client.ReadAsync())!.ToString());
    }

    [Fact]
    public async Task A_client_that_leaves_amid_a_stream_frees_the_thread_that_made_it()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.OpenAsync();
        await client.Query("series 1000000 1000").FlushAsync();
        await client.ReadAsync();
        client.Dispose();
        Assert.True(await server.Gateway.Disposed.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Rows_that_must_be_held_back_have_a_limit()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { Limits = new SessionLimits { BufferedResultBytes = 10_000, CursorBytes = 10_000 } });
        using var client = await server.OpenAsync();
        await client.Parse("series 1000 100", "s").Sync().AskAsync();
        Assert.Equal(["E 54000", "Z I"], (await client.Bind("s").Execute("", 1).Sync().AskAsync())[^2..]);
        Assert.Equal(["C BEGIN", "C INSERT 0 1", "T", "E 54000", "Z E"], await client.AskAsync("begin; insert a; series 1000 100"));
        await client.AskAsync("rollback");
        Assert.Equal(1003, (await client.AskAsync("series 1000 100")).Length);
    }
}
