using System.Diagnostics;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Debian's HAProxy with the configuration that Patroni's users have: it asks /primary with OPTIONS and finds the leader.</summary>
[Collection(SharedCluster.Name)]
public sealed class LoadBalancer(TestCluster cluster)
{
    [FactWith("haproxy")]
    public async Task HAProxy_follows_the_leader_over_a_failover()
    {
        var leader = await cluster.HealthyAsync();
        var port = FreePorts.Take();
        var folder = Directory.CreateTempSubdirectory("ar-haproxy-");
        var file = Path.Combine(folder.FullName, "haproxy.cfg");
        await File.WriteAllTextAsync(file, $"""
            defaults
              mode tcp
              timeout connect 2s
              timeout client 1m
              timeout server 1m
            listen primary
              bind 127.0.0.1:{port}
              option httpchk OPTIONS /primary
              http-check expect status 200
              default-server inter 100ms fastinter 100ms downinter 100ms rise 1 fall 1 on-marked-down shutdown-sessions
            {string.Join('\n', cluster.Nodes.Select((n, i) => $"  server {n.Name} 127.0.0.1:{cluster.Options.PgPort + i} check port {cluster.Options.HttpPort + i}"))}

            """);
        using var proxy = Process.Start(new ProcessStartInfo("/usr/sbin/haproxy", ["-db", "-q", "-f", file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Pooling=false;Timeout=5");
            await ExecuteAsync(source, "DROP TABLE IF EXISTS balanced");
            await ExecuteAsync(source, "CREATE TABLE balanced (id int primary key)");
            await ExecuteAsync(source, "INSERT INTO balanced VALUES (1)");
            await leader.KillAsync();
            await ExecuteAsync(source, "INSERT INTO balanced VALUES (2) ON CONFLICT DO NOTHING");
            Assert.NotEqual(leader, await cluster.LeaderAsync(leader));
            Assert.Equal([1L, 2L], await cluster.IdsAsync(await cluster.HealthyAsync(), "balanced"));
        }
        finally
        {
            proxy.Kill();
            await proxy.WaitForExitAsync();
            folder.Delete(true);
        }
    }

    private static Task ExecuteAsync(NpgsqlDataSource source, string sql) => WriteLoad.PatientlyAsync(async () =>
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    });
}
