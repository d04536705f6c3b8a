using ActorReplication.Cluster.Archive;
using ActorReplication.Cluster.Backups;
using ActorReplication.Core;
using ActorReplication.MultiNode.Tests.Backups;

namespace ActorReplication.MultiNode.Tests.Archive;

public sealed class ArchiveFiles : IDisposable
{
    private readonly ArchiveFixture fixture = new();
    private readonly TestLog log = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void A_segment_gives_back_what_was_written()
    {
        log.Add(1, 3);
        log.Add(4, 2);
        var written = fixture.Write(log, 2, 5);
        var read = ArchiveReader.Open(written.Path);
        Assert.Equal(("1/1", "4/5", "n1"), (read.Before.ToString(), read.Last.ToString(), read.Node.Name));
        Assert.Equal(["1/2", "4/4"], read.Terms.Select(t => t.ToString()));
        Assert.Equal((log.Entries[1].TimeMs, log.Entries[4].TimeMs, new FileInfo(written.Path).Length), (read.FirstMs, read.LastMs, read.Bytes));
        ArchiveReader.Verify(read, CancellationToken.None);
        Assert.Equal(log.Entries.Skip(1).Select(e => (e.Position, e.TimeMs, e.Payload.Length)), ArchiveReader.Entries(read).Select(e => (e.Position, e.TimeMs, e.Payload.Length)));
    }

    [Fact]
    public void Any_flipped_byte_is_found()
    {
        log.Add(1, 2);
        var written = fixture.Write(log, 1, 2);
        for (var at = 0; at < written.Bytes; at++)
        {
            BackupFixture.Flip(written.Path, at);
            Assert.Contains(written.Path, Assert.Throws<BackupException>(() => ArchiveReader.Verify(ArchiveReader.Open(written.Path), CancellationToken.None)).Message, StringComparison.Ordinal);
            BackupFixture.Flip(written.Path, at);
        }
        ArchiveReader.Verify(ArchiveReader.Open(written.Path), CancellationToken.None);
    }

    [Fact]
    public void Any_lost_end_is_found()
    {
        log.Add(1, 2);
        var written = fixture.Write(log, 1, 2);
        var whole = File.ReadAllBytes(written.Path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(written.Path, whole[..length]);
            Assert.Throws<BackupException>(() => ArchiveReader.Open(written.Path));
        }
    }

    [Fact]
    public void Another_version_is_named()
    {
        log.Add(1, 1);
        var written = fixture.Write(log, 1, 1);
        var bytes = File.ReadAllBytes(written.Path);
        bytes[8] = 9;
        File.WriteAllBytes(written.Path, bytes);
        Assert.Contains("format version 9", Assert.Throws<BackupException>(() => ArchiveReader.Open(written.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_that_changed_places_are_found_by_their_chain()
    {
        log.Add(1, 2);
        var written = fixture.Write(log, 1, 2);
        var bytes = File.ReadAllBytes(written.Path);
        var block = ArchiveFormat.BlockHeadBytes + BitConverter.ToInt32(bytes, ArchiveFormat.HeadBytes);
        bytes.AsSpan(ArchiveFormat.HeadBytes, block).CopyTo(bytes.AsSpan(ArchiveFormat.HeadBytes + block));
        File.WriteAllBytes(written.Path, bytes);
        Assert.Contains("checksum of the block", Assert.Throws<BackupException>(() => ArchiveReader.Entries(written).ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_broken_off_leaves_no_file_that_counts()
    {
        log.Add(1, 2);
        using (var writer = new ArchiveWriter(ArchiveFolder.Of(fixture.Folder, log.Cluster), log.Cluster, new NodeId("n1"), LogPosition.Zero))
        {
            writer.Append(log.Entries);
            Assert.Empty(fixture.Segments(log.Cluster));
        }
        Assert.Empty(Directory.EnumerateFiles(fixture.Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_segment_is_the_golden_file()
    {
        log.Add(1, new byte[] { 1, 2, 3 });
        log.Add(2, new byte[] { 4 });
        var bytes = File.ReadAllBytes(fixture.Write(log, 1, 2).Path);
        var golden = Path.Combine(AppContext.BaseDirectory, "Backups", "Golden", "segment.hex");
        Assert.True(File.Exists(golden), $"No golden file segment.hex; the encoding is {Convert.ToHexStringLower(bytes)}");
        Assert.Equal(File.ReadAllText(golden).Trim(), Convert.ToHexStringLower(bytes));
    }
}
