using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Snapshots;

/// <summary>Replaces a closed database file by a received copy, in steps that a crash at any point can finish or undo at the next start.
/// The plan file is written first; it stays until <see cref="Finish"/>, called when the journal knows the new position too.</summary>
public static class SnapshotInstall
{
    /// <summary>Verifies the copy against its manifest and writes the plan, fsynced.</summary>
    public static void Prepare(string databasePath, string copyPath, SnapshotManifest manifest) => throw new StorageFailure("not built yet");

    /// <summary>Puts the copy in place of the database file (which is closed). Idempotent.</summary>
    public static void Swap(string databasePath) => throw new StorageFailure("not built yet");

    /// <summary>The install under way, if any: what the journal must learn before <see cref="Finish"/>. To be asked at start, before the database is opened; then Swap, tell the journal, Finish.</summary>
    public static AppliedState? Pending(string databasePath) => throw new StorageFailure("not built yet");

    public static void Finish(string databasePath) => throw new StorageFailure("not built yet");
}
