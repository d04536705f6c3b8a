using ActorReplication.Cluster;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Damage;

/// <summary>A journal that is gone, or older than its database, has forgotten what it acknowledged: its node says so and does not take part, or it would elect a leader that lacks committed entries.</summary>
public sealed class LostJournalSpec : ReplicationSpec
{
    private readonly RoleName alone;

    public LostJournalSpec(ITestOutputHelper output)
        : base(output) => alone = Role("alone");

    [Fact]
    public async Task Node_whose_journal_is_gone_or_older_than_its_database_refuses_to_start_and_starts_when_the_journal_is_back()
    {
        var node = await StartWithLeader(alone);
        await node.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await node.StopAsync();
        var (journal, older, newest) = (Path.Combine(node.Folder, "journal"), Path.Combine(node.Folder, "older"), Path.Combine(node.Folder, "newest"));
        Copy(journal, older);
        await StartWithLeader(alone);
        await node.CommitAsync("INSERT INTO t VALUES (1)");
        await node.StopAsync();
        Directory.Move(journal, newest);

        await RefusedAsync(node);
        Directory.Delete(journal, recursive: true);
        Copy(older, journal);
        await RefusedAsync(node);
        Directory.Delete(journal, recursive: true);
        Copy(newest, journal);

        await StartWithLeader(alone);
        Assert.Equal("1", await node.ValueAsync("SELECT count(*) FROM t"));
    }

    private static async Task RefusedAsync(SpecNode node)
    {
        await node.StartAsync();
        var failure = await node.Node.Fatal.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(StartFailure.DataFolder, failure.Start);
        Assert.Contains("a part of the journal is missing", failure.Message, StringComparison.Ordinal);
        Assert.Contains(node.Folder, failure.Message, StringComparison.Ordinal);
        await node.StopAsync();
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
