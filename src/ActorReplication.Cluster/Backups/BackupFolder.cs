using System.Globalization;
using ActorReplication.Core;
using ActorReplication.Storage;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Backups;

/// <summary>Base backups on disk: a folder of backups, each a folder of its own with <c>manifest</c> and <c>data.sqlite</c>. One that is being taken has
/// <see cref="Unfinished"/> at the end of its name; it loses that when all of it is durable.</summary>
public static class BackupFolder
{
    internal const string Unfinished = ".partial";

    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const int TimeLength = 16;

    /// <summary>One found backup; the manifest is null where <paramref name="Problem"/> says why.</summary>
    public sealed record Found(string Path, BackupManifest? Manifest, string? Problem);

    /// <summary>The backups in a folder, oldest first; of the databases only the size is looked at. A folder that is itself a backup is listed alone.</summary>
    /// <exception cref="BackupException">There is no such folder, or it cannot be read.</exception>
    public static IReadOnlyList<Found> List(string folder)
    {
        if (!Directory.Exists(folder)) throw new BackupException($"{folder}: there is no such folder");
        if (IsBackup(folder)) return [Look(folder)];
        try
        {
            return [.. Directory.EnumerateDirectories(folder)
                .Where(f => IsBackup(f) || f.EndsWith(Unfinished, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(Look)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{folder} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a backup whole and compares it with its manifest.</summary>
    /// <param name="progress">Told bytes read and bytes in all.</param>
    /// <exception cref="BackupException">What is wrong, and in which file.</exception>
    public static BackupManifest Verify(string backup, Action<long, long>? progress, CancellationToken cancellation)
    {
        var manifest = Open(backup);
        var database = Path.Combine(backup, BackupManifest.DatabaseName);
        CheckedCopy.Verify(database, manifest.Copy, progress, cancellation);
        return manifest;
    }

    /// <summary>The backup to begin a restore with: the folder itself if it is one; else the newest in it that is not later than the target.</summary>
    /// <exception cref="BackupException">There is none, or the folder holds backups of several clusters.</exception>
    public static string Choose(string folder, RestoreTarget target)
    {
        if (IsBackup(folder) || !Directory.Exists(folder)) return folder;
        var whole = List(folder).Where(b => b.Manifest is not null).ToList();
        if (whole.Select(b => b.Manifest!.Cluster).Distinct().Count() > 1) throw new BackupException($"{folder} holds backups of several clusters: name one of them");
        var newest = whole.Where(b => IsNotAfter(b.Manifest!, target)).MaxBy(b => b.Manifest!.Position);
        return newest?.Path ?? throw new BackupException($"{folder}: no backup in it that is whole and not later than what is asked for");
    }

    private static bool IsNotAfter(BackupManifest backup, RestoreTarget target) => target switch
    {
        RestoreTarget.Position position => backup.Position.Index <= position.Index,
        RestoreTarget.Time time => backup.Taken <= time.At,
        _ => true,
    };

    /// <summary>Reads the manifest, and compares the database's size with it.</summary>
    /// <exception cref="BackupException">What is wrong, and in which file.</exception>
    public static BackupManifest Open(string backup)
    {
        if (!IsBackup(backup))
            throw new BackupException(backup.EndsWith(Unfinished, StringComparison.Ordinal)
                ? $"{backup}: a backup that was never finished; it can be deleted"
                : $"{backup}: no backup: there is no {BackupManifest.FileName} in it");
        var manifest = BackupManifestCodec.Read(Path.Combine(backup, BackupManifest.FileName));
        var database = new FileInfo(Path.Combine(backup, BackupManifest.DatabaseName));
        if (!database.Exists) throw new BackupException($"{database.FullName} is missing");
        if (database.Length != manifest.Copy.FileBytes)
            throw new BackupException($"{database.FullName} has {database.Length} bytes, its manifest says {manifest.Copy.FileBytes}: it is {(database.Length < manifest.Copy.FileBytes ? "cut off" : "not the one that was taken")}");
        return manifest;
    }

    /// <summary>Copies the database into a new backup in the folder, and gives it its name when it is durable.</summary>
    /// <param name="bytesPerSecond">0: as fast as it goes.</param>
    /// <returns>The backup's own folder.</returns>
    /// <exception cref="BackupException">The folder cannot be used, or the node belongs to no cluster yet.</exception>
    internal static string Take(IDatabase database, NodeId node, string folder, DateTimeOffset now, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation)
    {
        if (database.Applied.Config.IsEmpty) throw new BackupException("this node has not seen its cluster's first configuration yet: wait until it serves");
        var backup = Path.Combine(folder, $"{now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}-{node}");
        if (Directory.Exists(backup)) throw new BackupException($"{backup} is there already: try again in a second");
        var unfinished = backup + Unfinished;
        try
        {
            Directory.CreateDirectory(folder);
            // Of earlier tries of this node, which takes one at a time.
            foreach (var old in Directory.EnumerateDirectories(folder, "*" + Unfinished).Where(f => IsTryOf(node, Path.GetFileName(f)))) Directory.Delete(old, recursive: true);
            Directory.CreateDirectory(unfinished);
            var path = Path.Combine(unfinished, BackupManifest.DatabaseName);
            var copy = database.CopyTo(path, bytesPerSecond, progress, cancellation);
            var config = Wire.LogCodec.DecodeConfig(copy.Position.Config);
            var manifest = new BackupManifest(config.Cluster, node, now, config, PageBytesOf(path), copy);
            DurableFile.Write(Path.Combine(unfinished, BackupManifest.FileName), BackupManifestCodec.Encode(manifest));
            Directory.Move(unfinished, backup);
            DurableFile.Sync(folder);
            return backup;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StorageFailure)
        {
            Remove(unfinished);
            throw new BackupException($"the backup could not be written to {folder}: {e.Message}", e);
        }
        catch (OperationCanceledException)
        {
            Remove(unfinished);
            throw;
        }
    }

    /// <summary>Nodes' names may hold dashes, and one may end as another does: what comes after the time is compared as a whole.</summary>
    private static bool IsTryOf(NodeId node, string name) =>
        name.Length > TimeLength && name[TimeLength..] == $"-{node}{Unfinished}";

    private static Found Look(string backup)
    {
        try
        {
            return new Found(backup, Open(backup), null);
        }
        catch (BackupException e)
        {
            return new Found(backup, null, e.Message);
        }
    }

    private static bool IsBackup(string folder) => File.Exists(Path.Combine(folder, BackupManifest.FileName)) && !folder.EndsWith(Unfinished, StringComparison.Ordinal);

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    /// <summary>SQLite's file format, section 1.3: two bytes, big-endian, at 16; 1 means 65536.</summary>
    private static int PageBytesOf(string path)
    {
        Span<byte> size = stackalloc byte[2];
        using var file = File.OpenHandle(path);
        RandomAccess.Read(file, size, 16);
        return size is [0, 1] ? 65536 : size[0] << 8 | size[1];
    }
}
