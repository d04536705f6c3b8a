using System.Globalization;
using System.Text;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Snapshots;

/// <summary>How a table's rows are gone through to be compared: its rows in key order, the key's columns first.</summary>
/// <param name="KeyColumns">How many of the first columns are the key.</param>
internal sealed record TableRows(string Table, string Sql, int KeyColumns)
{
    private const string Foreign = "tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_replication\\_%' ESCAPE '\\'";

    /// <summary>All that nodes must have in common: the schema, users' tables with the hidden ones of full-text and R-tree indexes, AUTOINCREMENT's counters, commit tokens.</summary>
    internal static List<TableRows> Of(Connection connection)
    {
        // AUTOINCREMENT's own table comes when SQLite likes; its rows are looked at below.
        var tables = new List<TableRows> { new("sqlite_schema", $"SELECT type, name, tbl_name, sql FROM public.sqlite_schema WHERE {Foreign} ORDER BY type, name", 2) };
        var names = new List<string>();
        var list = connection.PrepareInternal("SELECT name FROM public.sqlite_schema WHERE type = 'table' AND rootpage > 0 AND (name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name = 'sqlite_sequence') ORDER BY name");
        while (connection.StepInternal(list))
            names.Add(list.TextString(0));
        list.FinalizeHandle();
        var catalog = new TableCatalog(connection);
        foreach (var name in names)
        {
            if (catalog.Find(name) is { IsLocal: false } shape)
                tables.Add(Of(shape));
        }
        catalog.Close();
        return tables;
    }

    private static TableRows Of(TableShape shape)
    {
        var from = $"FROM public.{Connection.Quote(shape.Name)}";
        if (shape.Name == "sqlite_sequence")
            return new TableRows(shape.Name, $"SELECT name, seq {from} ORDER BY name", 1);
        if (shape.RowidName is { } rowid)
            return new TableRows(shape.Name, $"SELECT {Connection.Quote(rowid)}, * {from} ORDER BY 1", 1);
        var key = shape.Key.Select(k => Connection.Quote(shape.Columns[k])).ToList();
        return key.Count == 0 ? new TableRows(shape.Name, $"SELECT * {from}", 0)
            : new TableRows(shape.Name, $"SELECT {string.Join(", ", key)}, * {from} ORDER BY {string.Join(", ", key)}", key.Count);
    }

    /// <summary>The key as people read it: 5, or 'a', 7.</summary>
    internal string KeyText(Statement row)
    {
        var text = new StringBuilder();
        for (var i = 0; i < KeyColumns; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(row.Kind(i) switch
            {
                ValueKind.Null => "NULL",
                ValueKind.Int64 => row.Int64(i).ToString(CultureInfo.InvariantCulture),
                ValueKind.Double => row.Double(i).ToString("R", CultureInfo.InvariantCulture),
                ValueKind.Text => $"'{row.TextString(i)}'",
                _ => $"x'{Convert.ToHexStringLower(row.Blob(i))}'",
            });
        }
        return text.ToString();
    }
}
