using System.Text;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>Which columns belong to keys and unique indexes.</summary>
internal sealed class UniqueColumns(Connection connection, TableCatalog catalog)
{
    /// <summary>Changing this column may meet another row's value.</summary>
    internal bool Contains(string table, string column)
    {
        if (catalog.Find(table) is not { } shape)
            return true;
        var number = Array.FindIndex(shape.Columns, name => name.Equals(column, StringComparison.OrdinalIgnoreCase));
        // A name of the rowid that is no column.
        if (number < 0 || number == shape.RowidColumn || shape.Key.Contains(number))
            return true;
        // The name is null for an expression, which may hold any column.
        return Ask("SELECT 1 FROM pragma_index_list(?1, 'public') AS l, pragma_index_xinfo(l.name, 'public') AS c WHERE l.\"unique\" AND c.key AND (c.name IS NULL OR c.name = ?2 COLLATE NOCASE)", table, column);
    }

    /// <summary>No two rows have the same value in this column.</summary>
    internal bool HasNoEquals(string table, string column)
    {
        if (catalog.Find(table) is not { } shape)
            return false;
        var number = Array.FindIndex(shape.Columns, name => name.Equals(column, StringComparison.OrdinalIgnoreCase));
        if (number < 0)
            return false;
        if (number == shape.RowidColumn)
            return true;
        return Ask(
            "SELECT 1 FROM pragma_table_xinfo(?1, 'public') AS t, pragma_index_list(?1, 'public') AS l WHERE t.name = ?2 COLLATE NOCASE AND t.\"notnull\" AND l.\"unique\" AND NOT l.partial"
            + " AND (SELECT count(*) FROM pragma_index_info(l.name, 'public')) = 1 AND (SELECT name FROM pragma_index_info(l.name, 'public')) = ?2 COLLATE NOCASE",
            table,
            column);
    }

    private bool Ask(string sql, string table, string column)
    {
        var ask = connection.PrepareInternal(sql);
        try
        {
            ask.Text(1, Encoding.UTF8.GetBytes(table));
            ask.Text(2, Encoding.UTF8.GetBytes(column));
            return connection.StepInternal(ask);
        }
        finally
        {
            ask.FinalizeHandle();
        }
    }
}
