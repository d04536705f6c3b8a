using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class SimpleProtocol
{
    [Fact]
    public async Task Answers_a_query_with_description_row_tag_and_status()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["T", "D 1,hello", "C SELECT 1", "Z I"], await client.AskAsync("select int4:1, text:hello"));
    }
}
