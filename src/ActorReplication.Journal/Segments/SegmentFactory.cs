using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>Makes and opens segment files. A file gets its final name only when its space is reserved and its header durable.</summary>
internal sealed class SegmentFactory(SegmentLogOptions options, LogFiles files, JournalDisk disk)
{
    /// <exception cref="JournalFullException">No space; nothing is left behind.</exception>
    public Segment Create(ulong number)
    {
        var path = files.Segment(number);
        var draft = path + ".tmp";
        var header = new SegmentHeader(
            options.Cluster,
            options.Node,
            number,
            options.NextStamp(),
            options.Clock.GetUtcNow().UtcTicks);
        var file = disk.Open(draft, FileMode.Create);
        try
        {
            disk.Allocate(file, draft, options.SegmentBytes);
            disk.Write(file, draft, header.Encode(), 0);
            disk.SyncData(file, draft);
            disk.Rename(draft, path, overwrite: false);
            return new Segment(header, path, file, options.SegmentBytes);
        }
        catch
        {
            file.Dispose();
            if (File.Exists(draft))
                disk.Delete(draft);
            throw;
        }
    }

    /// <exception cref="JournalException">The header is damaged, or another node's.</exception>
    public Segment Open(ulong number)
    {
        var path = files.Segment(number);
        var file = disk.Open(path, FileMode.Open);
        try
        {
            var bytes = new byte[SegmentHeader.Bytes];
            var got = RandomAccess.Read(file, bytes, 0);
            var header = SegmentHeader.Decode(bytes.AsSpan(0, got), out var expectation)
                ?? throw new JournalException(new JournalDamaged(path, 0, $"expected {expectation}"));
            if (header.Number != number)
                throw new JournalException(new JournalDamaged(path, 0, $"expected the header of segment {number}, found that of {header.Number}"));
            RequireOwner(path, header.Node, header.Cluster);
            return new Segment(header, path, file, RandomAccess.GetLength(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <exception cref="JournalException">The IDs found are neither empty nor the configured ones.</exception>
    public void RequireOwner(string path, Guid node, Guid cluster)
    {
        if (options.Node != Guid.Empty && node != Guid.Empty && node != options.Node)
            throw new JournalException(new JournalForeign(path, options.Node, node, IsCluster: false));
        if (options.Cluster != Guid.Empty && cluster != Guid.Empty && cluster != options.Cluster)
            throw new JournalException(new JournalForeign(path, options.Cluster, cluster, IsCluster: true));
    }
}
