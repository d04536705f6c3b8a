using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Snapshots;

/// <summary>Replaces a closed database file by a received copy, in steps that a crash at any point can finish or undo at the next start.
/// The plan file is written first; it stays until <see cref="Finish"/>, called when the journal knows the new position too.</summary>
public static class SnapshotInstall
{
    private const int PlanVersion = 2, UnsealedVersion = 1;

    /// <param name="Seal">SHA-256 of the two before it: a plan that names another copy would pass for one that is carried out. Missing in version 1.</param>
    private sealed record Plan(int Version, string Copy, string Manifest, string? Seal = null)
    {
        public bool IsWhole => Version == UnsealedVersion || (Version == PlanVersion && Seal == SealOf(Copy, Manifest));

        public static string SealOf(string copy, string manifest) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{copy}\n{manifest}")));
    }

    /// <summary>Reads the copy and compares it with its manifest: as long as that takes.</summary>
    /// <exception cref="StorageFailure">The copy is not what the manifest says.</exception>
    public static void Verify(string copyPath, SnapshotManifest manifest)
    {
        ManifestFile.Verify(copyPath, manifest);
        Interop.Libc.Sync(copyPath);
    }

    /// <summary>Verifies the copy against its manifest and writes the plan, fsynced. The copy must be on the database's file system.</summary>
    /// <param name="isVerified"><see cref="Verify"/> was called, and nobody has had the copy since.</param>
    /// <exception cref="StorageFailure">The copy is not what the manifest says, or another install is under way.</exception>
    public static void Prepare(string databasePath, string copyPath, SnapshotManifest manifest, bool isVerified = false)
    {
        if (File.Exists(PlanPath(databasePath)))
            throw new StorageFailure($"{PlanPath(databasePath)}: an install is under way already");
        if (!isVerified)
            Verify(copyPath, manifest);
        // A plan without its copy would pass for one that is carried out.
        else if (!File.Exists(copyPath))
            throw new StorageFailure($"{copyPath}: the copy is not there any more");
        DurableFile.SyncFolder(copyPath);
        var (copy, described) = (Path.GetFullPath(copyPath), Convert.ToBase64String(ManifestFile.Encode(manifest)));
        var plan = new Plan(PlanVersion, copy, described, Plan.SealOf(copy, described));
        DurableFile.Write(PlanPath(databasePath), JsonSerializer.SerializeToUtf8Bytes(plan));
    }

    /// <summary>Puts the copy in place of the database file (which is closed). Idempotent.</summary>
    public static void Swap(string databasePath)
    {
        foreach (var step in SwapSteps(databasePath))
            step();
    }

    /// <summary>The swap's steps, in order; each may be the last before a crash, and all may be run again.</summary>
    internal static IReadOnlyList<Action> SwapSteps(string databasePath)
    {
        var plan = ReadPlan(databasePath) ?? throw new StorageFailure($"{PlanPath(databasePath)}: no install is under way");
        if (!File.Exists(plan.Copy) && !File.Exists(databasePath))
            throw new StorageFailure($"{databasePath}: neither it nor the copy {plan.Copy} that was to replace it is there");
        // While the copy is there, the swap is not done. The old log must never meet the new file: it goes first, and durably.
        return
        [
            () => WhileCopied(plan, () => File.Delete(databasePath + "-wal")),
            () => WhileCopied(plan, () => File.Delete(databasePath + "-shm")),
            () => WhileCopied(plan, () => DurableFile.SyncFolder(databasePath)),
            () => WhileCopied(plan, () => File.Move(plan.Copy, databasePath, overwrite: true)),
            () => DurableFile.SyncFolder(databasePath),
            () => DurableFile.SyncFolder(plan.Copy),
        ];
    }

    private static void WhileCopied(Plan plan, Action step)
    {
        if (File.Exists(plan.Copy))
            step();
    }

    /// <summary>The install under way, if any: what the journal must learn before <see cref="Finish"/>. To be asked at start, before the
    /// database is opened; then Swap, tell the journal, Finish.</summary>
    /// <exception cref="StorageFailure">There is a plan, and it is damaged.</exception>
    public static AppliedState? Pending(string databasePath)
    {
        if (ReadPlan(databasePath) is not { } plan)
            return null;
        try
        {
            return ManifestFile.Decode(Convert.FromBase64String(plan.Manifest)).Position;
        }
        catch (Exception failure) when (failure is JsonException or FormatException)
        {
            throw Damaged(PlanPath(databasePath), failure.Message, failure);
        }
    }

    /// <summary>Removes the plan. Idempotent.</summary>
    public static void Finish(string databasePath)
    {
        File.Delete(PlanPath(databasePath));
        DurableFile.SyncFolder(databasePath);
    }

    private static string PlanPath(string databasePath) => databasePath + ".install";

    private static Plan? ReadPlan(string databasePath)
    {
        var path = PlanPath(databasePath);
        if (!File.Exists(path))
            return null;
        try
        {
            var plan = JsonSerializer.Deserialize<Plan>(File.ReadAllBytes(path));
            if (plan is null or { Copy: null } or { Manifest: null })
                throw Damaged(path, "the copy or its manifest is missing");
            if (plan.Version > PlanVersion)
                throw new StorageFailure($"{path}: a plan of version {plan.Version}, and this program knows {PlanVersion}: use the program that wrote it");
            return plan.IsWhole ? plan : throw Damaged(path, "its SHA-256 is another one");
        }
        catch (JsonException failure)
        {
            throw Damaged(path, failure.Message, failure);
        }
    }

    private static StorageFailure Damaged(string path, string problem, Exception? failure = null) => new(
        $"{path}: not a readable plan for putting a copy of the database in place: {problem}. Give the node an empty data folder and take it in again from the others", failure);
}
