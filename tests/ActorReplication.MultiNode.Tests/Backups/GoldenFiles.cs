using ActorReplication.Cluster.Backups;
using ActorReplication.Core;
using ActorReplication.MultiNode.Tests.Wire;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Backups;

/// <summary>The bytes of the backup formats, kept as files: what an earlier build wrote must be read, and written, the same.</summary>
public sealed class GoldenFiles : IDisposable
{
    private readonly BackupFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void A_manifest_is_the_golden_file()
    {
        var hash = string.Concat(Enumerable.Range(0, 32).Select(i => $"{i:x2}"));
        var position = new AppliedState(3, 70_000, Cluster.Wire.LogCodec.EncodeConfig(fixture.Config));
        var manifest = new BackupManifest(fixture.Config.Cluster, BackupFixture.Node, BackupFixture.Noon, fixture.Config, 4096, new SnapshotManifest(1, position, 4096, 1 << 20, [hash]));

        var golden = AssertGolden("manifest", BackupManifestCodec.Encode(manifest));

        var read = BackupManifestCodec.Decode("manifest", golden);
        Assert.Equal(Structure.Of(manifest with { Copy = null! }), Structure.Of(read with { Copy = null! }));
        Assert.Equal(("3/70000", 4096L, 1 << 20, hash), (read.Position.ToString(), read.Copy.FileBytes, read.Copy.ChunkBytes, read.Copy.Sha256.Single()));
    }

    [Fact]
    public void A_plan_is_the_golden_file()
    {
        var plan = new RestorePlan(new ClusterId(new Guid("11111111-2222-3333-4444-555555555555")), fixture.Config.Cluster, At(3, 70_000), At(4, 70_100), "/backups/20260301T120000Z-n1");

        var golden = AssertGolden("restore-plan", plan.Encode());

        File.WriteAllBytes(Path.Combine(fixture.Folder, RestorePlan.FileName), golden);
        Assert.Equal(plan, RestorePlan.Find(fixture.Folder));
    }

    private static LogPosition At(long term, long index) => new(new Term(term), new LogIndex(index));

    private static byte[] AssertGolden(string name, byte[] bytes)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Backups", "Golden", name + ".hex");
        Assert.True(File.Exists(file), $"No golden file {name}.hex; the encoding is {Convert.ToHexStringLower(bytes)}");
        var golden = File.ReadAllText(file).Trim();
        Assert.Equal(golden, Convert.ToHexStringLower(bytes));
        return Convert.FromHexString(golden);
    }
}
