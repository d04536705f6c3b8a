using ActorReplication.Node.Tests.EndToEnd;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.Disk;

/// <summary>A data folder on a file system of its own that has no space left: refused, told, and over when there is space again.</summary>
public sealed class FullDisk
{
    private const int DiskMegabytes = 96, FillerMegabytes = 88, RowBytes = 100_000, MostRows = 400, Rows = 120;

    [RootFact]
    public async Task A_lone_node_refuses_what_does_not_fit_says_why_and_goes_on_by_itself_when_there_is_space()
    {
        await using var cluster = new DiskCluster(1);
        using var disk = await SmallDisk.MountAsync(cluster.FolderOf(0), DiskMegabytes, FillerMegabytes);
        await cluster.StartAsync();
        await cluster.ExecuteAsync(0, "CREATE TABLE t (id bigint PRIMARY KEY, x text)");
        var acknowledged = await FillAsync(cluster, 0);

        await cluster.UntilAsync(0, view => view?.LastProblem?.Contains("full", StringComparison.Ordinal) == true, "the node says that its disk is full");
        disk.FreeFiller();
        await WriteLoad.PatientlyAsync(() => cluster.ExecuteAsync(0, "INSERT INTO t (id) VALUES (1000000)"));

        Assert.True(cluster.Node(0).IsRunning, cluster.Node(0).Log);
        Assert.Empty(acknowledged.Append(1000000).Except(await cluster.IdsAsync(0)));
        await cluster.Node(0).KillAsync();
        cluster.Node(0).Start();
        await cluster.ServesAsync(0);
        Assert.Empty(acknowledged.Append(1000000).Except(await cluster.IdsAsync(0)));
    }

    [RootFact]
    public async Task A_node_without_space_leaves_the_lead_to_others_and_catches_up_when_there_is_space()
    {
        await using var cluster = new DiskCluster(3);
        using var disk = await SmallDisk.MountAsync(cluster.FolderOf(2), DiskMegabytes, FillerMegabytes);
        await cluster.StartAsync();
        await using (var source = NpgsqlDataSource.Create(cluster.Connection))
        {
            await RunAsync(source, "CREATE TABLE t (id bigint PRIMARY KEY, x text)");
            for (var id = 1; id <= Rows; id++) await WriteLoad.PatientlyAsync(() => RunAsync(source, $"INSERT INTO t VALUES ({id}, '{new string('x', RowBytes)}') ON CONFLICT DO NOTHING"));
        }
        disk.FreeFiller();

        await cluster.ConvergesAsync();
        Assert.All(Enumerable.Range(0, 3), node => Assert.True(cluster.Node(node).IsRunning, cluster.Node(node).Log));
        for (var node = 0; node < 3; node++) Assert.Equal(Rows, (await cluster.IdsAsync(node)).Count);
    }

    private static async Task RunAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <returns>What was acknowledged until something was refused.</returns>
    private static async Task<List<long>> FillAsync(DiskCluster cluster, int node)
    {
        var acknowledged = new List<long>();
        for (var id = 1L; id <= MostRows; id++)
        {
            try
            {
                await cluster.ExecuteAsync(node, $"INSERT INTO t VALUES ({id}, '{new string('x', RowBytes)}')");
                acknowledged.Add(id);
            }
            catch (NpgsqlException)
            {
                return acknowledged;
            }
        }
        throw new InvalidOperationException($"{MostRows} rows of {RowBytes} bytes fitted");
    }
}
