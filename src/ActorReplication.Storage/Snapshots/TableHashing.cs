using System.Buffers.Binary;
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
        var hashes = Run(connection);
        connection.RunInternal("COMMIT");
        return hashes;
    }

    /// <summary>Inside the caller's transaction.</summary>
    internal static IReadOnlyList<TableHash> Run(Connection connection)
    {
        var hashes = new List<TableHash>();
        foreach (var table in TableRows.Of(connection))
        {
            var hash = Hash(connection, table.Table, table.Sql);
            // Ours are in every file from the start, and nobody's business before the first token or notification.
            if (hash.Rows > 0 || table.Table is not (TokenTable.Name or NoticeTable.Name))
                hashes.Add(hash);
        }
        return hashes;
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
