using ActorReplication.Node.Tests.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.Deployment;

/// <summary>A node inside an application of somebody's own: this is the sample.</summary>
public sealed class Embedding
{
    [Fact]
    public async Task An_application_hosts_a_node_and_uses_it_with_its_driver()
    {
        using var folder = new ConfigFolder();
        var (sql, http, akka) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddActorReplication(node => node.Hocon = $$"""
            node { name = "n1", data = "{{folder.Path}}/data" }
            cluster.initial-voters = ["n1@127.0.0.1:{{akka}}"]
            postgres.port = {{sql}}
            http.port = {{http}}
            """);
        using var host = builder.Build();
        await host.StartAsync();

        var node = host.Services.GetRequiredService<IActorReplicationNode>();
        await UntilAsync(node, n => n.IsLeader);
        Assert.Equal(("n1", "n1", $"127.0.0.1:{sql}"), (node.Name, node.Leader, node.Postgres));
        await using (var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={sql};Username=postgres;Database=postgres;Pooling=false"))
        {
            await using var command = source.CreateCommand("CREATE TABLE notes (id int PRIMARY KEY, text text); INSERT INTO notes VALUES (1, 'from inside'); SELECT text FROM notes");
            Assert.Equal("from inside", await command.ExecuteScalarAsync());
        }
        await host.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => new HttpClient().GetAsync($"http://127.0.0.1:{http}/health"));
    }

    [Fact]
    public async Task A_wrong_configuration_keeps_the_application_from_starting_and_says_why()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddActorReplication(node => node.Hocon = "node.nmae = \"n1\"");
        using var host = builder.Build();
        Assert.Contains("node.nmae", (await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync())).Message);
    }

    private static async Task UntilAsync(IActorReplicationNode node, Func<IActorReplicationNode, bool> met)
    {
        var changed = new SemaphoreSlim(0);
        node.Changed += () => changed.Release();
        while (!met(node)) Assert.True(await changed.WaitAsync(TimeSpan.FromSeconds(30)), "it never leads");
    }
}
