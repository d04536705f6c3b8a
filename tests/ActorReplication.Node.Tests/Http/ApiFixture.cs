using System.Text;
using System.Text.Json.Nodes;
using ActorReplication.Node.Http;
using ActorReplication.Node.Tests.Configuration;
using ActorReplication.Node.Tests.Gateway;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

/// <summary>The HTTP API of a scripted node n1.</summary>
/// <param name="root">What requests' paths come after.</param>
/// <param name="third">Another node that is looked for at n1's own port: its name; else n2 is, at a port where nobody answers.</param>
public abstract class ApiFixture(string root = "", string? third = null) : IAsyncLifetime
{
    private readonly ConfigFolder _folder = new();
    private HttpApi _api = null!;

    private protected HttpApi Api => _api;

    private protected FakeNode Node { get; } = new();
    private protected HttpClient Http { get; } = new();
    private protected int Port { get; } = FreePorts.Take();

    public async Task InitializeAsync()
    {
        var other = third is null ? $"n2@127.0.0.1:{FreePorts.Take()}" : $"{third}@127.0.0.1:{Port}";
        var settings = _folder.Load(ConfigFolder.Minimal + $"http {{ port = {Port}, peers = [\"n1@127.0.0.1:{Port}\", \"{other}\"] }}\n").Settings!;
        Http.BaseAddress = new Uri($"http://127.0.0.1:{Port}");
        _api = await HttpApi.StartAsync(Node, settings, NullLoggerFactory.Instance, null, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        Http.Dispose();
        _folder.Dispose();
    }

    private protected async Task<(int Status, JsonNode Body)> Post(string path, string body, string type = "application/json")
    {
        using var answer = await Http.PostAsync(root + path, new StringContent(body, Encoding.UTF8, type));
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }
}
