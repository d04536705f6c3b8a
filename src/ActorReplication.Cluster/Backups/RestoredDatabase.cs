using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Cluster.Backups;

/// <summary>A backup's database on its way to being a new cluster's first: the archive's entries are applied to it, then it is told whose it is.</summary>
internal static class RestoredDatabase
{
    private const long BatchBytes = 4 << 20;

    /// <summary>Applies the entries and stores the new cluster's configuration; the file is closed and durable then, with nothing beside it.</summary>
    /// <param name="options">With the path of the copied file.</param>
    /// <param name="at">Where the file stands.</param>
    /// <param name="entries">What follows on that, in order; may be none.</param>
    /// <param name="configure">Makes the new cluster's configuration from the last one of the old.</param>
    /// <exception cref="BackupException">An entry finds other rows than it changed.</exception>
    public static SnapshotManifest Settle(
        DatabaseOptions options, LogPosition at, ClusterConfig last, IEnumerable<LogEntry> entries, Func<ClusterConfig, ClusterConfig> configure, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> config;
        using (var database = Database.Open(options))
        {
            if (database.Applied.Index != at.Index.Value || database.Applied.Term != at.Term.Value)
                throw new BackupException($"{options.Path} stands at {database.Applied.Term}/{database.Applied.Index}, its manifest says {at}: the manifest is of another backup");
            (at, last) = Replay(database.Writer, at, last, entries, cancellation);
            config = Wire.LogCodec.EncodeConfig(configure(last));
            // The file becomes another cluster's: positions are written into it again, and its bytes are nobody else's.
            database.Writer.EndLineage();
            database.Writer.BeginBatch();
            database.Writer.StoreConfig(config);
            database.Writer.CommitBatch(at.Term.Value, at.Index.Value);
            database.Checkpoint();
        }
        if (new FileInfo(options.Path + "-wal") is { Exists: true, Length: > 0 }) throw new BackupException($"{options.Path}-wal was not emptied when the database was closed");
        Storage.DurableFile.Sync(options.Path);
        return ManifestFile.Describe(options.Path, new AppliedState(at.Term.Value, at.Index.Value, config));
    }

    private static (LogPosition At, ClusterConfig Last) Replay(IWriter writer, LogPosition at, ClusterConfig last, IEnumerable<LogEntry> entries, CancellationToken cancellation)
    {
        long bytes = 0;
        var isOpen = false;
        foreach (var entry in entries)
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.Index != at.Index.Next) throw new BackupException($"entry {entry.Position} comes after {at}: entries are missing between them");
            if (isOpen && (bytes > BatchBytes || (!entry.Payload.IsEmpty && !writer.Takes(entry.Payload))))
            {
                writer.CommitBatch(at.Term.Value, at.Index.Value);
                (isOpen, bytes) = (false, 0);
            }
            if (!isOpen) writer.BeginBatch();
            isOpen = true;
            if (entry.Kind == EntryKind.Data && !entry.Payload.IsEmpty && writer.Apply(entry.Payload) is var outcome && (outcome.CloneBecause ?? outcome.Divergence) is { } difference)
                throw new BackupException($"entry {entry.Position} of the archive does not fit the backup: {difference}");
            bytes += entry.SizeBytes;
            (at, last) = (entry.Position, entry.Config ?? last);
        }
        if (isOpen) writer.CommitBatch(at.Term.Value, at.Index.Value);
        return (at, last);
    }
}
