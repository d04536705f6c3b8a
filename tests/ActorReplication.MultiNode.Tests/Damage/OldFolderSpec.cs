using ActorReplication.Cluster;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Damage;

/// <summary>Data folders that are not what they were: an older copy of a follower's, and two that changed places.</summary>
public sealed class OldFolderSpec : ReplicationSpec
{
    private readonly RoleName first, second, third;

    public OldFolderSpec(ITestOutputHelper output)
        : base(output) => (first, second, third) = (Role("first"), Role("second"), Role("third"));

    [Fact]
    public async Task Follower_that_comes_back_with_an_older_copy_of_its_folder_is_brought_up_to_date_and_swapped_folders_are_refused()
    {
        var leader = await StartWithLeader(first, second, third);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await AwaitSameContents(first, second, third);
        var followers = Except(leader.Role);
        var (old, other) = (this[followers[0]], this[followers[1]]);
        await old.StopAsync();
        Copy(old.Folder, old.Folder + ".old");
        await old.StartAsync();
        await leader.CommitAsync("INSERT INTO t VALUES (1)");
        await AwaitSameContents(first, second, third);
        // What it has not told, nobody can miss.
        await AwaitCondition("the old one's acknowledgement", () => leader.Status.Peers.Single(p => p.Id == old.Role.Id).Flushed == leader.Progress.Last);
        await old.StopAsync();
        Directory.Delete(old.Folder, recursive: true);
        Directory.Move(old.Folder + ".old", old.Folder);

        await leader.CommitAsync("INSERT INTO t VALUES (2)");
        await old.StartAsync();
        await AwaitSameContents(first, second, third);
        Assert.True(leader.Logged("older copy"));
        Assert.Equal("2", await old.ValueAsync("SELECT count(*) FROM t"));

        await old.StopAsync();
        await other.StopAsync();
        Directory.Move(old.Folder, old.Folder + ".swapped");
        Directory.Move(other.Folder, old.Folder);
        Directory.Move(old.Folder + ".swapped", other.Folder);
        foreach (var node in (SpecNode[])[old, other])
            Assert.Contains("belongs to node", (await Assert.ThrowsAsync<NodeStartException>(node.StartAsync)).Message, StringComparison.Ordinal);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
