using System.Text;
using ActorReplication.Schemas;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Apply;

/// <summary>Carries out a <see cref="TableRedefinition"/>, on the leader and on every other node, on a connection whose triggers, foreign keys and checks are off (<see cref="Connection.BeginReplay"/>).
/// Where a row is stored the same under both definitions only the stored text is replaced; else the rows are copied into a new table that takes the old one's place, as sqlite.org/lang_altertable.html
/// says, section 7. Rowids, AUTOINCREMENT counters, indexes and triggers stay; so do other tables' foreign keys to it.</summary>
internal sealed class TableRedefiner(Connection connection, TableCatalog catalog)
{
    private const string Savepoint = "redefining";

    /// <param name="run">Runs what the definition's text says; must not be trusted to succeed.</param>
    /// <returns>Null: done. Else nothing is changed, unless SQLite has ended the transaction.</returns>
    internal SqlFailure? Run(TableRedefinition change, Func<string, SqlFailure?> run)
    {
        connection.RunInternal($"SAVEPOINT {Savepoint}");
        var failure = Carry(change, run);
        if (!connection.InTransaction)
            return failure;
        if (failure is not null)
            connection.RunInternal($"ROLLBACK TO {Savepoint}");
        connection.RunInternal($"RELEASE {Savepoint}");
        catalog.Forget();
        return failure is null ? null : failure with { Message = failure.Message.Replace(Draft(change.Table), change.Table, StringComparison.Ordinal) };
    }

    /// <summary>A name for the new table until it takes the old one's place.</summary>
    private static string Draft(string table) => table + " (redefined)";

    private SqlFailure? Carry(TableRedefinition change, Func<string, SqlFailure?> run)
    {
        if (catalog.Find(change.Table) is not { IsVirtual: false } old)
            return new SqlFailure(Interop.SqliteCode.Error, $"no such table: {change.Table}");
        var draft = Draft(old.Name);
        if (run($"CREATE TABLE {Connection.Quote(draft)} {change.Body}") is { } refused)
            return refused;
        catalog.Forget();
        if (catalog.Find(draft) is not { } made || made.HasRowid && made.RowidName is null)
            return new SqlFailure(Interop.SqliteCode.Error, $"table {old.Name}: its columns hide rowid, oid and _rowid_; one must be left", Kind: FailureKind.Refused);
        if (change.Values.Count > 0 || Layout(old) != Layout(made))
            return Replace(change, old, made, run);
        connection.RunInternal($"DROP TABLE public.{Connection.Quote(draft)}");
        ReplaceText(old, change.Body);
        return null;
    }

    /// <summary>Everything that decides how SQLite stores a row of the table and its keys.</summary>
    private string Layout(TableShape table)
    {
        var layout = new StringBuilder();
        var sql = Text("SELECT sql FROM public.sqlite_schema WHERE type = 'table' AND name = ?1", table, row => row.TextString(0))[0];
        // Neither what a generated column holds nor a collation is told by the pragmas.
        if (sql.Contains("COLLATE", StringComparison.OrdinalIgnoreCase) || sql.Contains("STRICT", StringComparison.OrdinalIgnoreCase))
            layout.Append(sql);
        // A default too: rows from before a column was added have its value from the text alone, and must keep it.
        foreach (var column in Text("SELECT name, type, pk, hidden, ifnull(dflt_value, '') FROM pragma_table_xinfo(?1, 'public') ORDER BY cid", table, row => $"{row.TextString(0)}\0{Affinity(row.TextString(1))} {row.Int64(2)} {row.TextString(4)}\0{row.Int64(3)}"))
            layout.Append(column).Append(column[^1] is '2' or '3' ? sql : "").Append('\0');
        foreach (var index in Text(
            "SELECT l.seq, l.origin, i.name, i.\"desc\", i.coll FROM pragma_index_list(?1, 'public') AS l JOIN pragma_index_xinfo(l.name, 'public') AS i WHERE l.origin <> 'c' ORDER BY l.name, i.seqno",
            table, row => $"{row.TextString(1)} {row.TextString(2)}\0{row.Int64(3)} {row.TextString(4)}"))
            layout.Append(index).Append('\0');
        return layout.Append(table.RowidColumn).Append(table.HasRowid).ToString();
    }

    /// <summary>By the rules of sqlite.org/datatype3.html, section 3.1.</summary>
    private static string Affinity(string type)
    {
        bool Has(string word) => type.Contains(word, StringComparison.OrdinalIgnoreCase);
        return Has("INT") ? "integer" : Has("CHAR") || Has("CLOB") || Has("TEXT") ? "text" : Has("BLOB") || type.Length == 0 ? "blob" : Has("REAL") || Has("FLOA") || Has("DOUB") ? "real" : "numeric";
    }

    /// <summary>The number of the schema moves on, which makes every connection read it anew, this one at its next statement.</summary>
    private void ReplaceText(TableShape table, string body)
    {
        connection.RunInternal("PRAGMA writable_schema = ON");
        try
        {
            var update = connection.PrepareInternal("UPDATE public.sqlite_schema SET sql = ?2 WHERE type = 'table' AND name = ?1");
            update.Text(1, table.NameUtf8);
            update.Text(2, Encoding.UTF8.GetBytes($"CREATE TABLE {Connection.Quote(table.Name)} {body}"));
            connection.StepInternal(update);
            update.FinalizeHandle();
            connection.RunInternal($"PRAGMA public.schema_version = {connection.QueryInt64("PRAGMA public.schema_version") + 1}");
        }
        finally
        {
            connection.RunInternal("PRAGMA writable_schema = OFF");
        }
        connection.QueryInt64("SELECT count(*) FROM public.sqlite_schema");
    }

    private SqlFailure? Replace(TableRedefinition change, TableShape old, TableShape made, Func<string, SqlFailure?> run)
    {
        var belongings = Text("SELECT sql FROM public.sqlite_schema WHERE tbl_name = ?1 AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid", old, row => row.TextString(0));
        var counters = new SequenceTable(connection);
        var counter = old.HasSequence ? counters.Read(old.NameUtf8) : null;
        var failure = run(Copy(change, old, made)) ?? connection.TryRunInternal($"DROP TABLE public.{Connection.Quote(old.Name)}");
        if (failure is null)
        {
            // Else SQLite would look through views and triggers, which name a table that is away just now.
            connection.RunInternal("PRAGMA legacy_alter_table = ON");
            failure = connection.TryRunInternal($"ALTER TABLE public.{Connection.Quote(made.Name)} RENAME TO {Connection.Quote(old.Name)}");
            connection.RunInternal("PRAGMA legacy_alter_table = OFF");
        }
        if (failure is null && counter is { } reached && made.HasSequence)
            counters.Raise(old.NameUtf8, reached);
        counters.Close();
        for (var i = 0; failure is null && i < belongings.Count; i++)
            failure = connection.TryRunInternal(belongings[i]);
        return failure;
    }

    private static string Copy(TableRedefinition change, TableShape old, TableShape made)
    {
        var values = change.Values.ToDictionary(value => value.Key, value => value.Value, StringComparer.OrdinalIgnoreCase);
        var names = new List<string>();
        var sources = new List<string>();
        if (made is { HasRowid: true, RowidColumn: < 0 } && old.HasRowid)
        {
            names.Add(Connection.Quote(made.RowidName!));
            sources.Add(Connection.Quote(old.RowidName!));
        }
        foreach (var number in made.RowidColumn < 0 ? made.Stored : [made.RowidColumn, .. made.Stored])
        {
            var name = made.Columns[number];
            if (!values.TryGetValue(name, out var source))
            {
                if (!old.Columns.Contains(name, StringComparer.OrdinalIgnoreCase))
                    continue;
                source = Connection.Quote(name);
            }
            names.Add(Connection.Quote(name));
            sources.Add(source);
        }
        // In this order the rows of a new serial key are numbered.
        var order = old.HasRowid ? $" ORDER BY {Connection.Quote(old.RowidName!)}" : "";
        return $"INSERT INTO {Connection.Quote(made.Name)} ({string.Join(", ", names)}) SELECT {string.Join(", ", sources)} FROM {Connection.Quote(old.Name)}{order}";
    }

    private List<string> Text(string sql, TableShape table, Func<Statement, string> read)
    {
        var rows = new List<string>();
        var statement = connection.PrepareInternal(sql);
        try
        {
            statement.Text(1, table.NameUtf8);
            while (connection.StepInternal(statement))
                rows.Add(read(statement));
        }
        finally
        {
            statement.FinalizeHandle();
        }
        return rows;
    }
}
