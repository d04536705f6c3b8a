namespace ActorReplication.Storage.Engine;

/// <summary>Opens the database file.</summary>
public static class Database
{
    public static IDatabase Open(DatabaseOptions options) => throw new StorageFailure("not built yet");
}
