using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>Moves committed pages from the write-ahead log into the file, on a connection of its own, beside the writer. Thread-safe.</summary>
internal sealed unsafe class Checkpointer : IDisposable
{
    /// <summary>From this size on the log is to start again from its beginning.</summary>
    private const long RestartBytes = 64L << 20;

    private readonly Lock gate = new();
    private readonly Connection connection;
    private readonly StateTable state;
    private readonly string path;
    private object durableLineage = Guid.Empty;

    internal Checkpointer(DatabaseOptions options)
    {
        path = options.Path;
        connection = new Connection(options with { Functions = [], Aggregates = [] }, ConnectionRole.Internal);
        connection.TidyUpAtClose();
        state = new StateTable(connection);
        // It never waits for the writer or a reader: the next run does the rest.
        _ = sqlite3_busy_timeout(connection.Handle, 0);
    }

    /// <summary>Of the file at the end of the latest run. Thread-safe.</summary>
    internal Guid DurableLineage => (Guid)Volatile.Read(ref durableLineage);

    /// <returns>A state that a power failure cannot take back any more.</returns>
    internal AppliedState Run()
    {
        lock (gate)
        {
            var durable = state.Read();
            var lineage = state.ReadLineage().Id;
            Step(SqliteCode.CheckpointPassive);
            var log = path + "-wal";
            if (new FileInfo(log) is { Exists: true, Length: >= RestartBytes })
            {
                // Nearly everything has been moved, so the writer is held up for the little that came since, or not at all if it is busy.
                Step(SqliteCode.CheckpointRestart);
            }
            // SQLite fsyncs the file only when it could move everything; readers may have held some of it in the log.
            if (File.Exists(log))
                Libc.Sync(log);
            Libc.Sync(path);
            Libc.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (lineage != DurableLineage)
                Volatile.Write(ref durableLineage, lineage);
            return durable;
        }
    }

    private void Step(int mode)
    {
        var code = sqlite3_wal_checkpoint_v2(connection.Handle, (byte*)Connection.MainSchema, mode, null, null);
        if (SqliteCode.Primary(code) != SqliteCode.Busy)
            connection.Check(code, "checkpoint");
    }

    public void Dispose()
    {
        lock (gate)
        {
            state.Close();
            connection.Dispose();
        }
    }
}
