namespace ActorReplication.Journal.Segments;

/// <summary>Keeps a second process, or a second actor system of this one, out of a journal's folder.</summary>
internal static class DirectoryLock
{
    /// <summary>Makes the folder if it is missing and locks it until the stream is disposed.</summary>
    /// <exception cref="JournalException">Somebody else has it.</exception>
    public static FileStream Take(LogFiles files, JournalDisk disk)
    {
        if (!Directory.Exists(files.Directory))
        {
            Directory.CreateDirectory(files.Directory);
            disk.SyncDirectory(Path.GetDirectoryName(files.Directory) ?? files.Directory);
        }

        try
        {
            return new FileStream(files.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new JournalException(new JournalFailed(files.Lock, e.HResult, "lock", "the journal is open in another process or actor system"));
        }
    }
}
