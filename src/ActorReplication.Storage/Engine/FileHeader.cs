using System.Buffers.Binary;

namespace ActorReplication.Storage.Engine;

/// <summary>Looks at a file's first bytes before SQLite opens it: a whole check would take minutes on a large one.</summary>
internal static class FileHeader
{
    private const int HeaderBytes = 100, EncodingAt = 56;

    /// <summary>Throws unless the file is missing, empty, or a database in UTF-8.</summary>
    internal static void Check(string path)
    {
        if (!File.Exists(path))
            return;
        Span<byte> header = stackalloc byte[HeaderBytes];
        int read;
        long length;
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            length = RandomAccess.GetLength(file);
            read = RandomAccess.Read(file, header, 0);
        }
        if (length == 0)
            return;
        if (read < HeaderBytes || !header.StartsWith("SQLite format 3\0"u8))
            throw new StorageFailure($"{path}: not a database: its first bytes are {Convert.ToHexStringLower(header[..Math.Min(16, read)])}");
        var encoding = BinaryPrimitives.ReadInt32BigEndian(header[EncodingAt..]);
        if (encoding is not (0 or 1))
            throw new StorageFailure($"{path}: text encoding {encoding} is not UTF-8");
    }

    /// <summary>Refuses a file that holds something and has another program's mark, before anything in it is changed. (Asked through SQLite:
    /// the mark of a young file may still be in its write-ahead log.)</summary>
    internal static void CheckOwner(Connection connection)
    {
        var id = connection.QueryInt64("PRAGMA public.application_id");
        if (id != Connection.ApplicationId && (id != 0 || connection.QueryInt64("SELECT count(*) FROM public.sqlite_schema") > 0))
            throw new StorageFailure($"{connection.Path}: a database of another program (application id {id:x8}, expected {Connection.ApplicationId:x8})");
    }

    /// <summary>Writes our mark into a new file.</summary>
    internal static void Mark(Connection connection)
    {
        if (connection.QueryInt64("PRAGMA public.application_id") != Connection.ApplicationId)
            connection.RunInternal($"PRAGMA public.application_id = {Connection.ApplicationId}");
    }
}
