using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class Copies : IDisposable
{
    private readonly Pair pair = new();

    public Copies() => pair.Run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO t SELECT i, randomblob(9000) FROM n",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "INSERT INTO f VALUES ('searched')");

    public void Dispose() => pair.Dispose();

    [Fact]
    public void A_copy_opens_as_the_same_database_at_its_position()
    {
        var path = pair.Folder.File("copy.db");
        var manifest = pair.Leader.CopyTo(path, 0, CancellationToken.None);
        Assert.Equal(pair.Index, manifest.Position.Index);
        Assert.Equal(new FileInfo(path).Length, manifest.FileBytes);
        Assert.True(manifest.Sha256.Count > 2);
        ManifestFile.Verify(path, manifest);
        using var copy = Database.Open(new DatabaseOptions(path));
        Assert.Equal(Pair.Describe(pair.Leader), Pair.Describe(copy));
        Assert.Equal(pair.Leader.Applied.Index, copy.Applied.Index);
    }

    [Fact]
    public async Task A_copy_made_beside_the_writer_is_one_committed_state()
    {
        var path = pair.Folder.File("copy.db");
        var copying = Task.Run(() => pair.Leader.CopyTo(path, 8 << 20, CancellationToken.None));
        while (!copying.IsCompleted)
            pair.Run("INSERT INTO t(a) VALUES (randomblob(3000))");
        var manifest = await copying;
        Assert.True(manifest.Position.Index < pair.Index);
        using var copy = Database.Open(new DatabaseOptions(path));
        Assert.Equal(manifest.Position.Index, copy.Applied.Index);
        Assert.Equal([$"{300 + manifest.Position.Index - 1}"], Pair.Query(copy, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_log_that_begins_anew_under_a_copy_does_not_come_into_it()
    {
        var path = pair.Folder.File("copy.db");
        pair.Leader.Checkpoint();
        var everythingMoved = File.ReadAllBytes(pair.LeaderPath);
        using var pages = PinnedPages.Pin(new DatabaseOptions(pair.LeaderPath));
        pair.Run("UPDATE t SET a = randomblob(9000) WHERE id < 200");
        new DatabaseCopy(pages, 0, null, CancellationToken.None).WriteTo(path);
        Assert.Equal(everythingMoved, File.ReadAllBytes(path));
    }

    /// <summary>Where it lies, copied beside before it is sent, and copied beside while it is sent.</summary>
    [Theory]
    [InlineData(long.MaxValue, -1, false)]
    [InlineData(0, -1, true)]
    [InlineData(long.MaxValue, 0, true)]
    public void What_is_sent_is_the_pinned_state_whatever_is_written_meanwhile(long pinnedBytes, int pinnedForMs, bool isCopied)
    {
        var expected = pair.Folder.File("expected.db");
        var path = pair.Folder.File("outgoing.copy");
        var manifest = pair.Leader.CopyTo(expected, 0, CancellationToken.None);
        using (var copy = CopyToSend.Open(new DatabaseOptions(pair.LeaderPath), path, new CopyToSend.Limits(pinnedBytes, TimeSpan.FromMilliseconds(pinnedForMs)), null, CancellationToken.None))
        {
            var sent = new MemoryStream();
            var piece = new byte[128 << 10];
            while (sent.Length < copy.Manifest.FileBytes)
            {
                pair.Run("UPDATE t SET a = randomblob(9000) WHERE id = 1 + abs(random()) % 300", "INSERT INTO t(a) VALUES (randomblob(9000))");
                pair.Leader.Checkpoint();
                if (isCopied && sent.Length > 0)
                    Assert.True(SpinWait.SpinUntil(() => !copy.IsPinned, TimeSpan.FromSeconds(20)), "still pinned");
                var part = piece.AsSpan(0, (int)Math.Min(piece.Length, copy.Manifest.FileBytes - sent.Length));
                copy.Read(part, sent.Length);
                sent.Write(part);
            }
            Assert.Equal(isCopied, !copy.IsPinned);
            Assert.Equal(File.ReadAllBytes(expected), sent.ToArray());
            Assert.Equal(manifest.Sha256, copy.Manifest.Sha256);
            Assert.Equal(manifest.Position.Index, copy.Manifest.Position.Index);
        }
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_cancelled_copy_leaves_no_file()
    {
        var path = pair.Folder.File("copy.db");
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => pair.Leader.CopyTo(path, 0, cancel.Token));
        Assert.False(File.Exists(path));
        pair.Leader.CopyTo(path, 0, CancellationToken.None);
        Assert.Contains("exists already", Assert.Throws<StorageFailure>(() => pair.Leader.CopyTo(path, 0, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void Any_changed_byte_or_length_is_found()
    {
        var path = pair.Folder.File("copy.db");
        var manifest = pair.Leader.CopyTo(path, 0, CancellationToken.None);
        Flip(path, (1 << 20) + 5);
        Assert.Contains("chunk 1", Assert.Throws<StorageFailure>(() => ManifestFile.Verify(path, manifest)).Message, StringComparison.Ordinal);
        Flip(path, (1 << 20) + 5);
        ManifestFile.Verify(path, manifest);
        using (var file = File.OpenWrite(path))
            file.SetLength(file.Length - 1);
        Assert.Throws<StorageFailure>(() => ManifestFile.Verify(path, manifest));
    }

    [Fact]
    public void A_manifest_survives_its_file_and_a_bad_one_is_refused()
    {
        var path = pair.Folder.File("copy.json");
        var manifest = new SnapshotManifest(1, new AppliedState(3, 4, new byte[] { 1, 2 }), 1 << 20, 1 << 20, ["ab"]);
        ManifestFile.Write(path, manifest);
        var read = ManifestFile.Read(path);
        Assert.Equal((1, 3, 4, 1 << 20, "ab"), (read.Version, read.Position.Term, read.Position.Index, read.FileBytes, read.Sha256.Single()));
        Assert.Equal([1, 2], read.Position.Config.ToArray());
        foreach (var bad in new[] { "", "{}", "nonsense", File.ReadAllText(path).Replace("\"version\": 1", "\"version\": 9", StringComparison.Ordinal), File.ReadAllText(path).Replace("\"ab\"", "", StringComparison.Ordinal) })
        {
            File.WriteAllText(path, bad);
            Assert.Contains(path, Assert.Throws<StorageFailure>(() => ManifestFile.Read(path)).Message, StringComparison.Ordinal);
        }
        Assert.Throws<StorageFailure>(() => ManifestFile.Read(pair.Folder.File("missing.json")));
    }

    private static void Flip(string path, long at)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = at;
        var value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 1));
    }
}
