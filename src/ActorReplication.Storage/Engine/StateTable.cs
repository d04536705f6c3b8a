namespace ActorReplication.Storage.Engine;

/// <summary>The one row that says where the file stands in the log.</summary>
internal sealed class StateTable(Connection connection)
{
    internal const string Name = Authorizer.OwnPrefix + "state";

    private Statement? write, writeConfig, read;

    internal static void Create(Connection connection)
    {
        connection.RunInternal($"CREATE TABLE IF NOT EXISTS {Name} (id INTEGER PRIMARY KEY CHECK (id = 1), term INTEGER NOT NULL, log_index INTEGER NOT NULL, config BLOB NOT NULL) STRICT");
        connection.RunInternal($"INSERT OR IGNORE INTO {Name} VALUES (1, 0, 0, x'')");
    }

    internal AppliedState Read()
    {
        read ??= connection.PrepareInternal($"SELECT term, log_index, config FROM public.{Name} WHERE id = 1");
        if (!connection.StepInternal(read))
            throw new StorageFailure($"{connection.Path}: table {Name} has no row");
        var state = new AppliedState(read.Int64(0), read.Int64(1), read.Blob(2).ToArray());
        Connection.Reset(read);
        return state;
    }

    internal void Write(long term, long index)
    {
        write ??= connection.PrepareInternal($"UPDATE public.{Name} SET term = ?1, log_index = ?2 WHERE id = 1");
        write.Int64(1, term);
        write.Int64(2, index);
        connection.StepInternal(write);
    }

    internal void WriteConfig(ReadOnlyMemory<byte> config)
    {
        writeConfig ??= connection.PrepareInternal($"UPDATE public.{Name} SET config = ?1 WHERE id = 1");
        writeConfig.Blob(1, config.Span);
        connection.StepInternal(writeConfig);
    }

    internal void Close()
    {
        write?.FinalizeHandle();
        writeConfig?.FinalizeHandle();
        read?.FinalizeHandle();
    }
}
