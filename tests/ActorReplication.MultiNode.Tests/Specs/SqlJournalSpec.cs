using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>The basic promises with Akka.Persistence.Sql on SQLite in the place of our own journal: by HOCON alone.</summary>
public sealed class SqlJournalSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public SqlJournalSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Writes_replicate_and_survive_a_crash()
    {
        // In turn: its read journal gives up when the write journal has not set up its tables within five seconds, which three at once may take on a busy machine.
        foreach (var role in all)
            await StartAsync(role);
        await this[all[0]].Node.CampaignAsync(CancellationToken.None);
        var leader = await AwaitLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'one')");
        await AwaitSameContents(all);

        await leader.CrashAsync();
        var next = await AwaitLeader(Except(leader.Role));
        await next.CommitAsync("INSERT INTO t VALUES (2, 'two')");
        await leader.StartAsync();

        await AwaitSameContents(all);
        Assert.Equal("1,2", await leader.ValueAsync("SELECT group_concat(id) FROM t"));
    }

    /// <summary>The shipped file, with a connection string of this node's own.</summary>
    protected override string JournalHocon(string dataFolder) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "akka-persistence-sql.conf"))
            .Replace("Data Source=journal.sqlite", $"Data Source={Path.Combine(dataFolder, "journal.sqlite")}", StringComparison.Ordinal);
}
