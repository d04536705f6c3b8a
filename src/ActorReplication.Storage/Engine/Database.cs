namespace ActorReplication.Storage.Engine;

/// <summary>Opens the database file.</summary>
public static class Database
{
    /// <summary>Opens the file, or makes it. Only one process, once, may hold it. Disposing checkpoints and closes.</summary>
    /// <exception cref="StorageFailure">The file is damaged, another program's, or cannot be read or written.</exception>
    public static IDatabase Open(DatabaseOptions options)
    {
        FileHeader.Check(options.Path);
        return new SqliteDatabase(options);
    }
}
