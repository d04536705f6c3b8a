namespace ActorReplication.Cluster.Backups;

/// <summary>A node's base backups: one at a time is taken or verified, on a thread of its own. Thread-safe.</summary>
public interface IBackups
{
    /// <summary>Under way, or ended last; null: none since the start.</summary>
    BackupJob? Job { get; }

    /// <summary>Begins a backup into a new folder in <paramref name="folder"/> on this node's machine.</summary>
    /// <param name="bytesPerSecond">0: as fast as it goes.</param>
    /// <returns>Null: a job is under way already.</returns>
    BackupJob? Take(string folder, long bytesPerSecond);

    /// <summary>Begins to read a backup, or all of a folder's, and to compare it with its manifest.</summary>
    /// <returns>Null: a job is under way already.</returns>
    BackupJob? Verify(string folder);
}

public enum BackupJobKind { Take, Verify }

public enum BackupJobState { Running, Done, Failed }

/// <param name="Number">Rises by one with each job since the node's start.</param>
/// <param name="Bytes">Done so far, of <paramref name="Total"/> (0: not known yet).</param>
/// <param name="Results">Backups taken or found whole; paths.</param>
/// <param name="Problems">Why it failed, a line for each backup.</param>
public sealed record BackupJob(
    long Number, BackupJobKind Kind, string Folder, BackupJobState State, long Bytes, long Total, DateTimeOffset Started, DateTimeOffset? Ended,
    IReadOnlyList<string> Results, IReadOnlyList<string> Problems);
