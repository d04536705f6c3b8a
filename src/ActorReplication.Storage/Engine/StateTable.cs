using ActorReplication.Storage.Pages;

namespace ActorReplication.Storage.Engine;

/// <summary>The one row that says where the file stands in the log.</summary>
internal sealed class StateTable(Connection connection)
{
    private const int GuidBytes = 16;

    internal const string Name = Authorizer.OwnPrefix + "state";

    /// <summary>Of which bytes the file is: see <see cref="Pages.PageLineage"/>. Empty: of no lineage.</summary>
    private const string LineageColumn = "lineage BLOB NOT NULL DEFAULT x''";

    private Statement? write, writePages, writeConfig, read, readLineage;

    internal static void Create(Connection connection)
    {
        connection.RunInternal($"CREATE TABLE IF NOT EXISTS {Name} (id INTEGER PRIMARY KEY CHECK (id = 1), term INTEGER NOT NULL, log_index INTEGER NOT NULL, config BLOB NOT NULL, {LineageColumn}) STRICT");
        if (connection.QueryInt64($"SELECT count(*) FROM pragma_table_info('{Name}', 'public') WHERE name = 'lineage'") == 0)
            connection.RunInternal($"ALTER TABLE public.{Name} ADD COLUMN {LineageColumn}");
        connection.RunInternal($"INSERT OR IGNORE INTO {Name}(id, term, log_index, config) VALUES (1, 0, 0, x'')");
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

    internal PageLineage ReadLineage()
    {
        readLineage ??= connection.PrepareInternal($"SELECT term, log_index, lineage FROM public.{Name} WHERE id = 1");
        if (!connection.StepInternal(readLineage))
            throw new StorageFailure($"{connection.Path}: table {Name} has no row");
        var id = readLineage.Blob(2);
        var lineage = id.Length == GuidBytes ? new PageLineage(new Guid(id), readLineage.Int64(0), readLineage.Int64(1)) : default;
        Connection.Reset(readLineage);
        return lineage;
    }

    /// <summary>The position of a change that other nodes make in another way: the file's bytes are its own from here on.</summary>
    internal void Write(long term, long index)
    {
        write ??= connection.PrepareInternal($"UPDATE public.{Name} SET term = ?1, log_index = ?2, lineage = x'' WHERE id = 1");
        write.Int64(1, term);
        write.Int64(2, index);
        connection.StepInternal(write);
    }

    /// <summary>The position of an entry of pages, in those pages.</summary>
    internal void Write(PageLineage lineage)
    {
        writePages ??= connection.PrepareInternal($"UPDATE public.{Name} SET term = ?1, log_index = ?2, lineage = ?3 WHERE id = 1");
        writePages.Int64(1, lineage.Term);
        writePages.Int64(2, lineage.Index);
        writePages.Blob(3, lineage.Id.ToByteArray());
        connection.StepInternal(writePages);
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
        writePages?.FinalizeHandle();
        readLineage?.FinalizeHandle();
        writeConfig?.FinalizeHandle();
        read?.FinalizeHandle();
    }
}
