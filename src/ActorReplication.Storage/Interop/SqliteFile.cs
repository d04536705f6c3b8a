using System.Runtime.InteropServices;
using ActorReplication.Storage.Engine;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Interop;

/// <summary>A file that a connection of SQLite has open, and the calls that SQLite itself makes on it. Reading and locking go this way because a second descriptor
/// on a file would, when it is closed, give up the process's locks on it.</summary>
internal readonly unsafe struct SqliteFile
{
    /// <summary>The platform's file takes 17 bits of a length, and SQLite itself never asks for more than a page.</summary>
    private const int MostBytes = 64 << 10;

    private readonly File* file;

    private SqliteFile(File* file) => this.file = file;

    /// <summary>The database's own file.</summary>
    internal static SqliteFile Database(Connection connection) => Of(connection, SqliteCode.ControlFilePointer);

    /// <summary>The database's write-ahead log. The connection must have read something before.</summary>
    internal static SqliteFile Log(Connection connection) => Of(connection, SqliteCode.ControlJournalPointer);

    private static SqliteFile Of(Connection connection, int control)
    {
        File* found = null;
        connection.Check(sqlite3_file_control(connection.Handle, (byte*)Connection.MainSchema, control, &found), "file handle");
        return found is null || found->Methods is null || found->Methods->Version < 2
            ? throw new StorageFailure($"{connection.Path}: SQLite has no handle of version 2 on it")
            : new SqliteFile(found);
    }

    /// <summary>The calls in use; another table may take their place.</summary>
    internal IoMethods* Methods
    {
        get => file->Methods;
        set => file->Methods = value;
    }

    internal File* Pointer => file;

    /// <summary>Reads; what lies behind the file's end is zeros.</summary>
    internal int Read(Span<byte> into, long offset)
    {
        fixed (byte* p = into)
        {
            for (var done = 0; done < into.Length; done += MostBytes)
            {
                var code = file->Methods->Read(file, p + done, Math.Min(MostBytes, into.Length - done), offset + done);
                if (code is not (SqliteCode.Ok or SqliteCode.IoErrorShortRead))
                    return code;
            }
        }
        return SqliteCode.Ok;
    }

    internal int Write(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* p = bytes)
        {
            for (var done = 0; done < bytes.Length; done += MostBytes)
            {
                var code = file->Methods->Write(file, p + done, Math.Min(MostBytes, bytes.Length - done), offset + done);
                if (code != SqliteCode.Ok)
                    return code;
            }
        }
        return SqliteCode.Ok;
    }

    internal int Sync() => file->Methods->Sync(file, SqliteCode.SyncNormal);

    internal int Truncate(long bytes) => file->Methods->Truncate(file, bytes);

    internal int Size(long* bytes) => file->Methods->FileSize(file, bytes);

    /// <summary>A region of the shared memory beside the database, made if it is not there.</summary>
    internal int Map(int region, int bytes, byte** memory) => file->Methods->ShmMap(file, region, bytes, 1, (void**)memory);

    internal bool TryLock(int offset, int count) => file->Methods->ShmLock(file, offset, count, SqliteCode.ShmLock | SqliteCode.ShmExclusive) == SqliteCode.Ok;

    internal void Unlock(int offset, int count) => _ = file->Methods->ShmLock(file, offset, count, SqliteCode.ShmUnlock | SqliteCode.ShmExclusive);

    internal void Barrier() => file->Methods->ShmBarrier(file);

    /// <summary><c>sqlite3_file</c>.</summary>
    internal struct File
    {
        internal IoMethods* Methods;
    }

    /// <summary><c>sqlite3_io_methods</c>, version 3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoMethods
    {
        internal int Version;
        internal nint Close;
        internal delegate* unmanaged[Cdecl]<File*, void*, int, long, int> Read;
        internal delegate* unmanaged[Cdecl]<File*, void*, int, long, int> Write;
        internal delegate* unmanaged[Cdecl]<File*, long, int> Truncate;
        internal delegate* unmanaged[Cdecl]<File*, int, int> Sync;
        internal delegate* unmanaged[Cdecl]<File*, long*, int> FileSize;
        internal nint Lock, Unlock, CheckReservedLock, FileControl, SectorSize, DeviceCharacteristics;
        internal delegate* unmanaged[Cdecl]<File*, int, int, int, void**, int> ShmMap;
        internal delegate* unmanaged[Cdecl]<File*, int, int, int, int> ShmLock;
        internal delegate* unmanaged[Cdecl]<File*, void> ShmBarrier;
        internal nint ShmUnmap, Fetch, Unfetch;
    }
}
