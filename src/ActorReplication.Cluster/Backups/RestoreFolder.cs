namespace ActorReplication.Cluster.Backups;

/// <summary>The data folder that a restore goes into: empty, or left behind by a restore that was broken off.</summary>
internal static class RestoreFolder
{
    /// <summary>What an empty folder may hold: a lock that nobody holds, a plan that never got its name, and what file systems put there.</summary>
    private static readonly string[] Ignored = [FolderLock.FileName, RestorePlan.FileName + ".tmp", "lost+found"];

    /// <summary>Looks, and changes nothing.</summary>
    /// <exception cref="BackupException">A node runs on it, or it holds something.</exception>
    public static void Require(string folder)
    {
        if (File.Exists(folder)) throw new BackupException($"{folder} is a file: node.data has to name a folder");
        if (!Directory.Exists(folder)) return;
        var path = Path.Combine(folder, FolderLock.FileName);
        if (File.Exists(path)) TakeLock(folder).Dispose();
        if (RestorePlan.Find(folder) is not null) return;
        var first = Contents(folder).FirstOrDefault();
        if (first is null) return;
        throw new BackupException(File.Exists(Path.Combine(folder, NodeIdentity.FileName))
            ? $"{folder} holds a node's data already: move it away, or set another node.data; a restore goes into an empty folder"
            : $"{folder} is not empty (it holds {Path.GetFileName(first)}): a restore goes into an empty folder");
    }

    /// <summary>Makes it if need be, and keeps every other process out.</summary>
    /// <exception cref="BackupException">As <see cref="Require"/>.</exception>
    public static FileStream Enter(string folder)
    {
        Require(folder);
        Directory.CreateDirectory(folder);
        var held = TakeLock(folder);
        try
        {
            Require(folder, isLocked: true);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Removes what a broken-off restore left, the plan last.</summary>
    public static void Undo(string folder)
    {
        foreach (var path in Contents(folder))
        {
            if (Path.GetFileName(path) == RestorePlan.FileName) continue;
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            else File.Delete(path);
        }
        RestorePlan.Remove(folder);
    }

    private static void Require(string folder, bool isLocked)
    {
        if (isLocked && RestorePlan.Find(folder) is null && Contents(folder).Any())
            throw new BackupException($"{folder} is not empty any more: a restore goes into an empty folder");
    }

    private static FileStream TakeLock(string folder)
    {
        try
        {
            return FolderLock.Take(folder);
        }
        catch (NodeStartException e)
        {
            throw new BackupException($"{folder}: a node runs on it: stop it first, or set another node.data", e);
        }
    }

    private static IEnumerable<string> Contents(string folder) => Directory.EnumerateFileSystemEntries(folder).Where(e => !Ignored.Contains(Path.GetFileName(e)));
}
