using ActorReplication.Cluster.Writes;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Salvage;

/// <summary>Puts salvaged changes back inside one interactive transaction. A change is made if the row still is as it was before it; if it is as it was after it there is nothing to
/// do; anything else is a conflict.</summary>
internal sealed class SalvageApply(IInteractiveWrite transaction)
{
    private const int MostConflicts = 1000;
    private readonly List<SalvageConflict> _conflicts = [];

    /// <exception cref="SalvageException">The transaction was lost.</exception>
    public async Task<SalvageOutcome> RunAsync(SalvageFile file, bool skipConflicts)
    {
        var (putBack, already, transactions) = (0, 0, 0);
        foreach (var group in file.Changes.GroupBy(c => (c.Term, c.Index)))
        {
            Require(await transaction.SavepointAsync("salvaged").ConfigureAwait(false));
            var before = _conflicts.Count;
            var (made, found) = (0, 0);
            foreach (var change in group)
            {
                // Beside pages their rows are told, if there was a node that needed them; commit tokens are not put back.
                if ((change.Operation == "pages" && group.Count() > 1) || change.Table.StartsWith("_replication_", StringComparison.Ordinal)) continue;
                if (await PutBackAsync(change).ConfigureAwait(false)) made++;
                else found++;
                if (_conflicts.Count >= MostConflicts) return new SalvageOutcome(false, 0, 0, 0, _conflicts);
            }
            if (_conflicts.Count > before)
            {
                await transaction.RollbackToAsync("salvaged").ConfigureAwait(false);
                continue;
            }
            await transaction.ReleaseAsync("salvaged").ConfigureAwait(false);
            (putBack, already, transactions) = (putBack + made, already + found, transactions + 1);
        }
        var isDone = skipConflicts || _conflicts.Count == 0;
        return isDone ? new SalvageOutcome(true, transactions, putBack, already, _conflicts) : new SalvageOutcome(false, 0, 0, 0, _conflicts);
    }

    /// <summary>False: nothing was to do, or it is a conflict, which is noted.</summary>
    private async Task<bool> PutBackAsync(SalvagedChange change)
    {
        switch (change.Operation)
        {
            // SQLite counts on by itself.
            case "sequence": return false;
            case "ddl": return await TryRunAsync(change, change.Sql!, []).ConfigureAwait(false);
            case "statement": return await TryRunAsync(change, change.Sql!, change.Key).ConfigureAwait(false);
        }
        if (change.Operation == "pages") return Conflict(change, "the transaction was logged as pages, and these belong to a database that is no more");
        if (change.KeyColumns is not { } keyColumns) return Conflict(change, "its columns are known by number only: the table had others when it was saved");
        // A table without a rowid has its key among the values of a whole row.
        var image = change.Before ?? change.After!;
        IReadOnlyList<object?> key = change.Key.Count > 0 ? change.Key : [.. keyColumns.Select(c => image.GetValueOrDefault(c))];
        var columns = image.Keys.Where(c => change.Operation == "update" || !keyColumns.Contains(c)).ToList();
        var (isThere, found) = await ReadAsync(change, columns, keyColumns, key).ConfigureAwait(false);
        if (found is null) return false;
        return change.Operation switch
        {
            "insert" => isThere ? Settled(change, columns, found, change.After!, "a row with its key exists, and is another") : await InsertAsync(change, columns, keyColumns, key).ConfigureAwait(false),
            "delete" when !isThere => false,
            "delete" when Equal(columns, found, change.Before!) => await TryRunAsync(change, $"DELETE FROM {Quote(change.Table)} WHERE {Where(keyColumns, 0)}", key).ConfigureAwait(false),
            "update" when !isThere => Conflict(change, "the row is not there any more"),
            "update" when Equal(columns, found, change.Before!) => await UpdateAsync(change, columns, keyColumns, key).ConfigureAwait(false),
            _ => Settled(change, columns, found, change.After, "the row has changed since"),
        };
    }

    private Task<bool> InsertAsync(SalvagedChange change, List<string> columns, IReadOnlyList<string> keyColumns, IReadOnlyList<object?> key)
    {
        var names = keyColumns.Concat(columns).Select(Quote).ToList();
        return TryRunAsync(change, $"INSERT INTO {Quote(change.Table)} ({string.Join(", ", names)}) VALUES ({string.Join(", ", names.Select((_, i) => $"?{i + 1}"))})", [.. key, .. columns.Select(c => change.After![c])]);
    }

    private Task<bool> UpdateAsync(SalvagedChange change, List<string> columns, IReadOnlyList<string> keyColumns, IReadOnlyList<object?> key)
    {
        var sets = columns.Select((c, i) => $"{Quote(c)} = ?{key.Count + i + 1}").ToList();
        List<object?> values = [.. key, .. columns.Select(c => change.After![c])];
        if (change.MovedTo is { } moved)
        {
            values.Add(moved);
            sets.Add($"{Quote(keyColumns[0])} = ?{values.Count}");
        }
        return TryRunAsync(change, $"UPDATE {Quote(change.Table)} SET {string.Join(", ", sets)} WHERE {Where(keyColumns, 0)}", values);
    }

    /// <summary>The row's present values; null when the table cannot be asked, which is a conflict.</summary>
    private async Task<(bool IsThere, object?[]? Values)> ReadAsync(SalvagedChange change, List<string> columns, IReadOnlyList<string> keyColumns, IReadOnlyList<object?> key)
    {
        var row = new FirstRow();
        var list = columns.Count == 0 ? "1" : string.Join(", ", columns.Select(Quote));
        if (await RunAsync($"SELECT {list} FROM {Quote(change.Table)} WHERE {Where(keyColumns, 0)}", key, row).ConfigureAwait(false) is not { } failure) return (row.Values is not null, row.Values ?? []);
        Conflict(change, failure.Message);
        return (false, null);
    }

    private async Task<bool> TryRunAsync(SalvagedChange change, string sql, IReadOnlyList<object?> values) =>
        await RunAsync(sql, values, null).ConfigureAwait(false) is not { } failure || Conflict(change, failure.Message);

    private async Task<SqlFailure?> RunAsync(string sql, IReadOnlyList<object?> values, IRowConsumer? rows)
    {
        var (status, outcome) = await transaction.ExecuteAsync(new SqlCall(sql, values.Count == 0 ? null : new Values(values), rows), long.MaxValue, null).ConfigureAwait(false);
        Require(status);
        return outcome.Failure;
    }

    private static void Require(WriteStatus status)
    {
        if (status != WriteStatus.Committed) throw new SalvageException("the leader lost the transaction; nothing was put back: try again");
    }

    private bool Settled(SalvagedChange change, List<string> columns, object?[] found, IReadOnlyDictionary<string, object?>? after, string what) =>
        (after is null || !Equal(columns, found, after)) && Conflict(change, what);

    private bool Conflict(SalvagedChange change, string what)
    {
        _conflicts.Add(new SalvageConflict(change.Term, change.Index, change.Table, string.Join(", ", change.Key.Select(Shown)), what));
        return false;
    }

    private static string Shown(object? value) => value switch { null => "NULL", byte[] blob => $"x'{Convert.ToHexStringLower(blob)}'", string text => $"'{text}'", _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)! };

    private static bool Equal(List<string> columns, object?[] found, IReadOnlyDictionary<string, object?> wanted)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            var value = wanted[columns[i]];
            if (value is byte[] blob ? found[i] is not byte[] other || !blob.AsSpan().SequenceEqual(other) : !Equals(value, found[i])) return false;
        }
        return true;
    }

    private static string Where(IReadOnlyList<string> keyColumns, int from) => string.Join(" AND ", keyColumns.Select((c, i) => $"{Quote(c)} = ?{from + i + 1}"));

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private sealed class Values(IReadOnlyList<object?> values) : IParameterSource
    {
        public void Bind(IParameterBinder binder)
        {
            for (var i = 0; i < values.Count; i++)
                switch (values[i])
                {
                    case null: binder.Null(i + 1); break;
                    case long number: binder.Int64(i + 1, number); break;
                    case double real: binder.Double(i + 1, real); break;
                    case byte[] blob: binder.Blob(i + 1, blob); break;
                    case var text: binder.Text(i + 1, System.Text.Encoding.UTF8.GetBytes((string)text!)); break;
                }
        }
    }

    private sealed class FirstRow : IRowConsumer
    {
        public object?[]? Values { get; private set; }

        public void Start(IRowReader columns) { }

        public void Row(IRowReader row)
        {
            Values ??= [.. Enumerable.Range(0, row.Count).Select(i => (object?)(row.Kind(i) switch
            {
                ValueKind.Null => null,
                ValueKind.Int64 => row.Int64(i),
                ValueKind.Double => row.Double(i),
                ValueKind.Text => System.Text.Encoding.UTF8.GetString(row.Text(i)),
                _ => row.Blob(i).ToArray(),
            }))];
        }
    }
}
