using System.Text.Json.Nodes;
using ActorReplication.Node.Tests.Configuration;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Base backups with the programs that an operator has.</summary>
[Collection(SharedCluster.Name)]
public sealed class BackupAndRestore(TestCluster cluster) : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_backup_that_a_follower_takes_under_load_becomes_another_cluster()
    {
        var leader = await cluster.HealthyAsync();
        var follower = cluster.Nodes.First(n => n != leader);
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql(), "backed_up", 4);
        await load.MoreAsync(200);
        var before = load.Acknowledged;
        await cluster.EventuallyAsync(() => cluster.IdsAsync(follower, "backed_up"), ids => !before.Except(ids).Any(), "the follower has the rows");

        var backups = Path.Combine(_folder.Path, "backups");
        var taken = await Actorctl(follower, "backup", "take", "--to", backups, "--rate", "100");
        await load.MoreAsync(100);
        await load.StopAsync();
        Assert.True(taken.ExitCode == 0, taken.Output);
        var listed = JsonNode.Parse((await Actorctl(follower, "backup", "list", backups, "--json")).Output)!["backups"]!.AsArray().Single()!;
        var backup = Path.Combine(backups, (string)listed["name"]!);
        Assert.Equal((follower.Name, "quorum"), ((string)listed["node"]!, (string)listed["policy"]!));
        Assert.Contains($"{backup} is whole", (await Actorctl(leader, "backup", "verify", backups)).Output);

        var (pg, config, _) = Config("n9");
        Assert.Equal(ExitCodes.DataRefused, (await Programs.NodeAsync("restore", "--backup", backup, "--config", cluster.Options.ConfigFileOf(0))).ExitCode);
        var ran = await Programs.NodeAsync("restore", "--backup", backup, "--config", config);
        Assert.True(ran.ExitCode == 0, ran.Output);
        using var restored = new NodeProcess("n9", config);
        restored.Start();
        var connection = ConnectionTo(pg);
        var ids = await cluster.EventuallyAsync(() => IdsAsync(connection), found => found is not null, "the restored node serves");
        Assert.Empty(before.Except(ids!));
        Assert.True(ids!.Count < load.Acknowledged.Count);
        await ExecuteAsync(connection, "INSERT INTO backed_up VALUES (-1)");
        await restored.KillAsync();
        restored.Start();
        Assert.Contains(-1, (await cluster.EventuallyAsync(() => IdsAsync(connection), found => found is not null, "the restored node serves again"))!);
    }

    [Fact]
    public async Task A_database_goes_back_to_the_moment_before_a_mistake()
    {
        var (backups, archive) = (Path.Combine(_folder.Path, "backups"), Directory.CreateDirectory(Path.Combine(_folder.Path, "archive")).FullName);
        var (pg, config, http) = Config("n8", $"archive {{ directory = \"{archive}\", timeout = 200ms }}");
        using var node = new NodeProcess("n8", config);
        node.Start();
        var connection = ConnectionTo(pg);
        await cluster.EventuallyAsync(() => TryAsync(connection, "CREATE TABLE IF NOT EXISTS backed_up (id bigint)"), done => done, "the node serves");
        Assert.Equal(0, (await Programs.ActorctlAsync("backup", "take", "--to", backups, "--host", http)).ExitCode);
        await ExecuteAsync(connection, "INSERT INTO backed_up VALUES (1)");
        var moment = DateTimeOffset.UtcNow;
        await ExecuteAsync(connection, "DELETE FROM backed_up");
        var status = await cluster.EventuallyAsync(() => Programs.ActorctlAsync("backup", "archive", "status", "--json", "--host", http),
            ran => JsonNode.Parse(ran.Output) is { } s && (long?)s["index"] == (long)s["commit"]!, "all is archived");
        Assert.Empty(JsonNode.Parse(status.Output)!["gaps"]!.AsArray());
        await node.KillAsync();

        var (restoredPg, restoredConfig, _) = Config("n7");
        string[] restore = ["restore", "--backup", Directory.GetDirectories(backups).Single(), "--archive", archive, "--config", restoredConfig];
        Assert.Equal(ExitCodes.DataRefused, (await Programs.NodeAsync([.. restore, "--to-time", "2100-01-01T00:00:00Z"])).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await Programs.NodeAsync([.. restore, "--to-time", "tomorrow"])).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await Programs.NodeAsync([.. restore, "--to-latest", "--to-position", "3"])).ExitCode);
        var ran = await Programs.NodeAsync([.. restore, "--to-time", $"{moment:O}"]);
        Assert.True(ran.ExitCode == 0, ran.Output);
        using var restored = new NodeProcess("n7", restoredConfig);
        restored.Start();
        Assert.Equal([1], (await cluster.EventuallyAsync(() => IdsAsync(ConnectionTo(restoredPg)), found => found is not null, "the restored node serves"))!);
    }

    [Fact]
    public async Task Actorctl_says_what_is_wrong_with_a_backup_or_a_folder()
    {
        var leader = await cluster.HealthyAsync();
        var backups = Path.Combine(_folder.Path, "backups");
        Assert.Equal(0, (await Actorctl(leader, "backup", "take", "--to", backups)).ExitCode);
        File.WriteAllText(Directory.EnumerateFiles(backups, "data.sqlite", SearchOption.AllDirectories).Single(), "");
        var verified = await Actorctl(leader, "backup", "verify", backups);
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains("cut off", verified.Output);
        Assert.Equal(2, (await Actorctl(leader, "backup", "take", "--to", "relative")).ExitCode);
        Assert.Equal(2, (await Actorctl(leader, "backup", "take", "--to", backups, "--rate", "fast")).ExitCode);
        var refused = await Actorctl(leader, "backup", "take", "--to", "/proc/nowhere");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("/proc/nowhere", refused.Output);
        Assert.Equal(1, (await Actorctl(leader, "backup", "list", "/nowhere")).ExitCode);
    }

    private Task<Ran> Actorctl(NodeProcess node, params string[] arguments) => Programs.ActorctlAsync([.. arguments, "--host", $"127.0.0.1:{cluster.Options.HttpPort + cluster.IndexOf(node)}"]);

    private static string ConnectionTo(int pg) => $"Host=127.0.0.1;Port={pg};Username=postgres;Database=postgres;Pooling=false;Timeout=2";

    private (int Pg, string File, string Http) Config(string name, string more = "")
    {
        var (pg, http, akka) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
        return (pg, _folder.Write($"{name}.conf", $$"""
            node { name = "{{name}}", data = "{{_folder.Path}}/{{name}}" }
            cluster.initial-voters = ["{{name}}@127.0.0.1:{{akka}}"]
            postgres.port = {{pg}}
            http.port = {{http}}
            {{more}}
            """), $"127.0.0.1:{http}");
    }

    private static async Task<List<long>?> IdsAsync(string connection)
    {
        try
        {
            await using var source = Npgsql.NpgsqlDataSource.Create(connection);
            await using var command = source.CreateCommand("SELECT id FROM backed_up");
            await using var reader = await command.ExecuteReaderAsync();
            var ids = new List<long>();
            while (await reader.ReadAsync()) ids.Add(reader.GetInt64(0));
            return ids;
        }
        catch (Npgsql.NpgsqlException)
        {
            return null;
        }
    }

    private static async Task<bool> TryAsync(string connection, string sql)
    {
        try
        {
            await ExecuteAsync(connection, sql);
            return true;
        }
        catch (Npgsql.NpgsqlException)
        {
            return false;
        }
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
