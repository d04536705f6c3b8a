using System.Text.Json.Nodes;
using ActorReplication.Node.Http.Description;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

public sealed class DescriptionRules : ApiFixture
{
    [Fact]
    public async Task Openapi_json_describes_every_path_that_is_answered_and_no_other()
    {
        var told = JsonNode.Parse(await Http.GetStringAsync("/openapi.json"))!["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(m => $"{m.Key.ToUpperInvariant()} {p.Key}"));
        var answered = Api.Routes.Where(r => r.Method is not ("HEAD" or "OPTIONS") && !Operations.BetweenNodes.Contains(r.Path) && !r.Path.StartsWith("/ui/", StringComparison.Ordinal)).Select(r => $"{r.Method} {r.Path}");
        Assert.Equal(answered.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_only_nodes_ask_each_other_is_answered_too() => Assert.All(Operations.BetweenNodes, path => Assert.Contains(path, Api.Routes.Select(r => r.Path)));

    [Fact]
    public void Bodies_and_answers_are_described_by_their_fields()
    {
        var sql = OpenApi.Document()["paths"]!["/api/sql"]!["post"]!;
        Assert.Contains("commitToken", sql["requestBody"]!["content"]!["application/json"]!["schema"]!["properties"]!.AsObject().Select(p => p.Key));
        var cluster = OpenApi.Document()["paths"]!["/api/cluster"]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;
        Assert.Contains("nodes", cluster["properties"]!.AsObject().Select(p => p.Key));
    }
}
