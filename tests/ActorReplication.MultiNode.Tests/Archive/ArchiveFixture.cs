using ActorReplication.Cluster.Archive;
using ActorReplication.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorReplication.MultiNode.Tests.Archive;

internal sealed class ArchiveFixture : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("archive").FullName;

    public IReadOnlyList<ArchiveSegment> Segments(ClusterId cluster) => ArchiveFolder.Segments(Folder, cluster);

    /// <summary>Not started: the test looks.</summary>
    public Archiver Archiver(TestLog log, string node = "n1", long segmentBytes = 1000, int timeoutMs = 1000) =>
        new(new ArchiveOptions(Folder, segmentBytes, timeoutMs), new NodeId(node), log, TimeProvider.System, NullLogger.Instance, start: false);

    /// <summary>Everything that is in the log and not in the archive, now.</summary>
    public void ArchiveAll(TestLog log, string node = "n1")
    {
        using var archiver = Archiver(log, node);
        for (var now = 0; archiver.MayForget < log.Commit; now += 10_000) archiver.Look(now);
    }

    public ArchiveSegment Write(TestLog log, long first, long last, string node = "n1")
    {
        var before = first == 1 ? LogPosition.Zero : log.Entries.First(e => e.Index.Value == first - 1).Position;
        using var writer = new ArchiveWriter(ArchiveFolder.Of(Folder, log.Cluster), log.Cluster, new NodeId(node), before);
        foreach (var entry in log.Entries.Where(e => e.Index.Value >= first && e.Index.Value <= last)) writer.Append([entry]);
        return writer.Finish();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
