using ActorReplication.Cluster;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;
using ActorReplication.Tests;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Damage;

/// <summary>Any file of a killed node's folder damaged, cut short, zeroed or gone: the node says what is wrong, or holds everything that it acknowledged. (Single values in the pages of the database file are not checked by
/// anything when a node starts: there it may only not end in another way than by saying so.)</summary>
public sealed class AnyDamageSpec : ReplicationSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15), Persistent = TimeSpan.FromSeconds(1);
    private readonly ITestOutputHelper output;
    private readonly RoleName alone;

    public AnyDamageSpec(ITestOutputHelper output)
        : base(output) => (this.output, alone) = (output, Role("alone"));

    protected override ReplicaNodeOptions Configure(RoleName role, ReplicaNodeOptions options) => options with { CheckpointBytes = 64 << 10, LogBudgetBytes = 256 << 10 };

    [Fact]
    public async Task Node_with_any_damage_refuses_or_holds_what_it_acknowledged()
    {
        var node = await StartWithLeader(alone);
        await node.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
        for (var i = 0; i < 60; i++) await node.CommitAsync("INSERT INTO t (x) VALUES (randomblob(12000))");
        await AwaitCondition("a compacted log", () => node.Status.LogStart.Index.Value > 1);
        var contents = node.Contents();
        await node.CrashAsync();
        var files = Directory.GetFiles(node.Folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock").Order(StringComparer.Ordinal).ToDictionary(f => f, File.ReadAllBytes);

        var told = new SortedDictionary<string, int>(StringComparer.Ordinal);
        await Fuzzing.RunAsync(output.WriteLine, async random =>
        {
            foreach (var file in Directory.GetFiles(node.Folder, "*", SearchOption.AllDirectories)) File.Delete(file);
            foreach (var (path, bytes) in files) await File.WriteAllBytesAsync(path, bytes);
            var victim = files.Keys.ElementAt(random.Next(files.Count));
            Spoil(random, victim, files[victim]);

            var outcome = await OutcomeAsync(node, contents);
            var kind = $"{Path.GetRelativePath(node.Folder, victim)}: {outcome}";
            told[kind] = told.GetValueOrDefault(kind) + 1;
            if (outcome == "other contents" && Path.GetFileName(victim) != "data.sqlite") Assert.Fail($"{victim} was damaged, and the node serves {node.Contents()} instead of {contents}");
            if (node.IsRunning) await node.StopAsync();
        });
        foreach (var (kind, count) in told) output.WriteLine($"{count} x {kind}");
    }

    private static void Spoil(Random random, string path, byte[] bytes)
    {
        switch (random.Next(8))
        {
            case 0: File.Delete(path); break;
            case 1: File.WriteAllBytes(path, bytes[..random.Next(bytes.Length + 1)]); break;
            case 2: File.WriteAllBytes(path, [.. bytes[..random.Next(bytes.Length + 1)], .. new byte[5000]]); break;
            case 3:
                var from = random.Next(bytes.Length + 1);
                File.WriteAllBytes(path, [.. bytes[..from], .. new byte[bytes.Length - from]]);
                break;
            default: File.WriteAllBytes(path, Fuzzing.Mutate(random, bytes)); break;
        }
    }

    private static async Task<string> OutcomeAsync(SpecNode node, string contents)
    {
        try
        {
            await node.StartAsync();
        }
        catch (NodeStartException e)
        {
            Assert.Contains(node.Folder, e.Message, StringComparison.Ordinal);
            return "refused";
        }
        var until = DateTime.UtcNow + Patience;
        DateTime? problemSince = null;
        while (true)
        {
            if (node.Node.Fatal.IsCompleted) return Told((await node.Node.Fatal).Message);
            if (node.Serves) break;
            problemSince = node.Status.LastProblem is null ? null : problemSince ?? DateTime.UtcNow;
            // It waits for others to help it, and says so.
            if (DateTime.UtcNow - problemSince > Persistent) return Told(node.Status.LastProblem!);
            if (DateTime.UtcNow > until) Assert.Fail($"it neither serves nor says why: {node}");
            await Task.Delay(10);
        }
        try
        {
            return node.Contents() == contents ? "whole" : "other contents";
        }
        catch (StorageFailure e)
        {
            return Told(e.Message);
        }
    }

    private static string Told(string message)
    {
        Assert.NotEmpty(message);
        return "told";
    }
}
