using ActorReplication.Node.Tests.EndToEnd;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.Disk;

/// <summary>What the kernel says when a disk fails: the node that hears it acknowledges nothing more, and says which file it was.</summary>
public sealed class FailingCalls
{
    [FactWith("strace")]
    public async Task After_a_failed_sync_of_its_log_a_node_ends_and_what_it_acknowledged_is_there_when_it_comes_back()
    {
        await using var cluster = new DiskCluster(1);
        await cluster.StartAsync();
        var node = cluster.Node(0);
        await cluster.ExecuteAsync(0, "CREATE TABLE t (id bigint PRIMARY KEY)");
        await cluster.ExecuteAsync(0, "INSERT INTO t VALUES (1)");

        using (await CallFault.InjectAsync(node, "fdatasync,fsync", "EIO"))
        {
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => cluster.ExecuteAsync(0, "INSERT INTO t VALUES (2)"));
            Assert.Equal(ExitCodes.Fatal, await node.EndAsync());
        }

        Assert.Matches("fatal: journal failed: fdatasync of .*/n1/journal/.*errno 5", node.Log);
        node.Start();
        await cluster.ServesAsync(0);
        Assert.Equal(1, (await cluster.IdsAsync(0)).First());
    }

    [LongFact("strace")]
    public async Task A_leader_whose_disk_fails_is_replaced_and_no_acknowledged_row_is_lost()
    {
        await using var cluster = new DiskCluster(3);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        await using var load = await WriteLoad.StartAsync(cluster.Connection, "t", 4);
        await load.MoreAsync(50);

        using (await CallFault.InjectAsync(cluster.Node(leader), "fdatasync", "EIO", [.. Directory.GetFiles(Path.Combine(cluster.FolderOf(leader), "journal"), "*.segment")]))
            Assert.Equal(ExitCodes.Fatal, await cluster.Node(leader).EndAsync());
        await load.MoreAsync(50);

        cluster.Node(leader).Start();
        await load.StopAsync();
        await cluster.ConvergesAsync();
        for (var node = 0; node < 3; node++) Assert.Empty(load.Acknowledged.Except(await cluster.IdsAsync(node)));
        Assert.Matches("fatal: journal failed: fdatasync of .*segment: errno 5", cluster.Node(leader).Log);
    }

    [LongFact("strace")]
    public async Task A_database_file_that_cannot_be_synced_ends_the_node_before_the_log_forgets_what_it_held()
    {
        await using var cluster = new DiskCluster(1);
        await cluster.StartAsync();
        await using var load = await WriteLoad.StartAsync(cluster.Connection, "t", 4);
        await load.MoreAsync(20);

        using (await CallFault.InjectAsync(cluster.Node(0), "fsync,fdatasync", "EIO", Path.Combine(cluster.FolderOf(0), "db", "data.sqlite"), Path.Combine(cluster.FolderOf(0), "db", "data.sqlite-wal")))
            Assert.Equal(ExitCodes.Fatal, await cluster.Node(0).EndAsync());
        await load.StopAsync();

        Assert.Matches("fatal: .*data.sqlite.*(sync failed|disk I/O error)", cluster.Node(0).Log);
        cluster.Node(0).Start();
        await cluster.ServesAsync(0);
        Assert.Empty(load.Acknowledged.Except(await cluster.IdsAsync(0)));
    }

    [LongFact("strace")]
    public async Task A_disk_that_is_full_for_a_while_is_told_to_clients_and_the_node_goes_on_when_there_is_space()
    {
        await using var cluster = new DiskCluster(1);
        await cluster.StartAsync();
        await cluster.ExecuteAsync(0, "CREATE TABLE t (id bigint PRIMARY KEY)");
        await cluster.ExecuteAsync(0, "INSERT INTO t VALUES (1)");

        using (await CallFault.InjectAsync(cluster.Node(0), "pwritev", "ENOSPC"))
        {
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => cluster.ExecuteAsync(0, "INSERT INTO t VALUES (2)"));
            await cluster.UntilAsync(0, view => view?.LastProblem?.Contains("disk full", StringComparison.Ordinal) == true, "the node says that its disk is full");
        }

        await cluster.ServesAsync(0);
        await cluster.ExecuteAsync(0, "INSERT INTO t VALUES (3)");
        Assert.Equal([1, 3], (await cluster.IdsAsync(0)).Where(id => id != 2));
        Assert.True(cluster.Node(0).IsRunning);
    }
}
