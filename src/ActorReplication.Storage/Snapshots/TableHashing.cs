using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Snapshots;

/// <summary>SHA-256 over a table's rows in key order, each value with its type. Rows are sorted by the table itself, so nothing is kept in memory.</summary>
internal static class TableHashing
{
    internal static IReadOnlyList<TableHash> Run(DatabaseOptions options)
    {
        using var connection = new Connection(options, ConnectionRole.Internal);
        connection.RunInternal("BEGIN");
        var hashes = new List<TableHash>
        {
            // AUTOINCREMENT's own tables come when SQLite likes; their rows are looked at below.
            Hash(connection, "sqlite_schema", $"SELECT type, name, tbl_name, sql FROM public.sqlite_schema WHERE tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '{Authorizer.OwnPrefix.Replace("_", "\\_", StringComparison.Ordinal)}%' ESCAPE '\\' ORDER BY type, name"),
        };
        foreach (var (name, hasRowid) in Tables(connection))
        {
            var from = $"FROM public.{Connection.Quote(name)}";
            var sql = name == "sqlite_sequence" ? $"SELECT name, seq {from} ORDER BY name" : $"SELECT {(hasRowid is { } rowid ? rowid + ", " : "")}* {from}";
            var hash = Hash(connection, name, sql);
            // Ours is in every file from the start, and nobody's business before the first token.
            if (hash.Rows > 0 || name != TokenTable.Name)
                hashes.Add(hash);
        }
        connection.RunInternal("COMMIT");
        return hashes;
    }

    private static List<(string Name, string? Rowid)> Tables(Connection connection)
    {
        var catalog = new Capture.TableCatalog(connection);
        var names = new List<string>();
        var list = connection.PrepareInternal(
            $"SELECT name FROM public.sqlite_schema WHERE type = 'table' AND rootpage > 0 AND (name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name = 'sqlite_sequence') ORDER BY name");
        while (connection.StepInternal(list))
            names.Add(list.TextString(0));
        list.FinalizeHandle();
        var tables = new List<(string, string?)>();
        foreach (var name in names)
        {
            if (name == TokenTable.Name || !name.StartsWith(Authorizer.OwnPrefix, StringComparison.OrdinalIgnoreCase))
                tables.Add((name, catalog.Find(name)?.RowidName is { } rowid ? Connection.Quote(rowid) : null));
        }
        catalog.Close();
        return tables;
    }

    private static TableHash Hash(Connection connection, string table, string sql)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var rows = 0L;
        var statement = connection.PrepareInternal(sql);
        try
        {
            Span<byte> head = stackalloc byte[9];
            while (connection.StepInternal(statement))
            {
                rows++;
                for (var i = 0; i < statement.Count; i++)
                    Add(hash, statement, i, head);
            }
        }
        finally
        {
            statement.FinalizeHandle();
        }
        return new TableHash(table, rows, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>A value as its kind, then eight bytes (the number, or the length), then the content.</summary>
    private static void Add(IncrementalHash hash, Statement row, int column, Span<byte> head)
    {
        var kind = row.Kind(column);
        head[0] = (byte)kind;
        ReadOnlySpan<byte> content = kind switch
        {
            ValueKind.Text => row.Text(column),
            ValueKind.Blob => row.Blob(column),
            _ => default,
        };
        var number = kind switch
        {
            ValueKind.Int64 => row.Int64(column),
            ValueKind.Double => BitConverter.DoubleToInt64Bits(row.Double(column)),
            _ => content.Length,
        };
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], number);
        hash.AppendData(head);
        hash.AppendData(content);
    }
}
