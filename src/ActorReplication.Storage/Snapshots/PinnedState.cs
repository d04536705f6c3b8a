using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Snapshots;

/// <summary>The committed state of one moment, kept to be compared with other nodes' while writing goes on. SQLite's log file cannot shrink until it is disposed. One thread
/// at a time.</summary>
public sealed class PinnedState : IDisposable
{
    /// <summary>So many parts a table's rows are divided into, by their keys.</summary>
    public const int Parts = 1024;

    private readonly Connection _connection;
    private readonly PayloadBuffer _buffer = new();

    private PinnedState(Connection connection) => _connection = connection;

    internal static PinnedState Pin(DatabaseOptions options)
    {
        var connection = new Connection(options, ConnectionRole.Internal);
        try
        {
            connection.RunInternal("BEGIN");
            // The first read fixes the state.
            _ = connection.QueryInt64($"SELECT log_index FROM public.{StateTable.Name}");
            return new PinnedState(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public IReadOnlyList<TableHash> HashTables() => TableHashing.Run(_connection);

    /// <summary>For each of the table's parts the sum of its rows' hashes; empty if there is no such table.</summary>
    public IReadOnlyList<ulong> Sums(string table)
    {
        var sums = new ulong[Parts];
        return Each(table, (_, part, hash) => { sums[part] += hash; return true; }) ? sums : [];
    }

    /// <summary>Keys and hashes of the rows in some parts, in key order, at most so many.</summary>
    public IReadOnlyList<RowMark> Rows(string table, IReadOnlySet<int> parts, int most)
    {
        var rows = new List<RowMark>();
        Each(table, (key, part, hash) =>
        {
            if (parts.Contains(part))
                rows.Add(new RowMark(key(), hash));
            return rows.Count < most;
        });
        return rows;
    }

    public void Dispose() => _connection.Dispose();

    private bool Each(string name, Func<Func<string>, int, ulong, bool> row)
    {
        if (TableRows.Of(_connection).Find(t => t.Table == name) is not { } table)
            return false;
        var statement = _connection.PrepareInternal(table.Sql);
        try
        {
            while (_connection.StepInternal(statement))
            {
                _buffer.Clear();
                for (var i = 0; i < table.KeyColumns; i++)
                    _buffer.Value(statement, i);
                var part = (int)(RowDigest.Hash(_buffer.Written, 0) % Parts);
                for (var i = table.KeyColumns; i < statement.Count; i++)
                    _buffer.Value(statement, i);
                if (!row(() => table.KeyText(statement), part, RowDigest.Hash(_buffer.Written, 1)))
                    break;
            }
        }
        finally
        {
            Connection.Reset(statement);
            statement.FinalizeHandle();
        }
        return true;
    }
}

/// <param name="Key">As people read it.</param>
/// <param name="Hash">64 bits of the whole row.</param>
public readonly record struct RowMark(string Key, ulong Hash);
