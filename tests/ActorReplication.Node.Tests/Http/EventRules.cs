using System.Text.Json.Nodes;
using ActorReplication.Core;
using ActorReplication.Node.Http.Events;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

public sealed class EventRules : ApiFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_watcher_is_told_of_the_cluster_and_of_a_new_leader()
    {
        using var reader = new StreamReader(await Http.GetStreamAsync("/api/events"));
        Assert.Equal("n1", (string?)(await NextAsync(reader, _ => true))["leader"]);
        Node.Become(Role.Follower, 4, "n2", true);
        var next = await NextAsync(reader, e => (int)e["term"]! == 4);
        Assert.Equal("n2", (string?)next["nodes"]!.AsArray().Single(n => (string)n!["name"]! == "n1")!["follows"]);
    }

    [Fact]
    public async Task Watchers_are_a_limited_number_and_one_that_goes_makes_room()
    {
        var watchers = new List<Stream>();
        for (var i = 0; i < EventFeed.MostWatchers; i++) watchers.Add(await Http.GetStreamAsync("/api/events"));
        using (var refused = await Http.GetAsync("/api/events")) Assert.Equal(503, (int)refused.StatusCode);
        foreach (var watcher in watchers) await watcher.DisposeAsync();
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using var again = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/events"), HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if ((int)again.StatusCode == 200) return;
        }
    }

    private static async Task<JsonNode> NextAsync(StreamReader reader, Func<JsonNode, bool> wanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await reader.ReadLineAsync(patience.Token) is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal) && JsonNode.Parse(line[6..]) is { } told && wanted(told)) return told;
        throw new EndOfStreamException("the events ended");
    }
}
