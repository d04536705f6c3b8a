using System.Diagnostics;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Snapshots;

/// <summary>A consistent copy of the committed state while the writer goes on: SQLite's backup over a pinned snapshot, in throttled steps.</summary>
internal static unsafe class DatabaseCopy
{
    internal const int ChunkBytes = 1 << 20;
    private const int StepPages = 256;

    internal static SnapshotManifest Write(DatabaseOptions options, string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation)
    {
        if (File.Exists(path))
            throw new StorageFailure($"{path}: exists already; a copy is written to a new file");
        try
        {
            var position = Copy(options, path, bytesPerSecond, progress, cancellation);
            Libc.Sync(path);
            Libc.Sync(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            return ManifestFile.Describe(path, position);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private static AppliedState Copy(DatabaseOptions options, string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation)
    {
        using var source = new Connection(options with { Functions = [], Aggregates = [] }, ConnectionRole.Internal);
        source.RunInternal("BEGIN");
        var state = new StateTable(source);
        var position = state.Read(); // The first read pins the snapshot.
        state.Close();
        var target = OpenTarget(path);
        try
        {
            Step(source, target, path, bytesPerSecond, progress, cancellation);
        }
        finally
        {
            _ = sqlite3_close_v2(target);
        }
        source.RunInternal("COMMIT");
        return position;
    }

    private static nint OpenTarget(string path)
    {
        nint target;
        int code;
        fixed (byte* name = Utf8.Terminated(path))
            code = sqlite3_open_v2(name, &target, SqliteCode.OpenReadWrite | SqliteCode.OpenCreate | SqliteCode.OpenNoMutex, null);
        if (code != SqliteCode.Ok)
        {
            _ = sqlite3_close_v2(target);
            throw new StorageFailure($"{path}: cannot be made (SQLite code {code})");
        }
        return target;
    }

    private static void Step(Connection source, nint target, string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation)
    {
        nint backup;
        fixed (byte* main = "main\0"u8)
            backup = sqlite3_backup_init(target, main, source.Handle, (byte*)Connection.MainSchema);
        if (backup == 0)
            throw new StorageFailure($"{path}: {Utf8.Text(sqlite3_errmsg(target))}");
        var pageBytes = source.QueryInt64("PRAGMA public.page_size");
        var clock = Stopwatch.StartNew();
        int code;
        try
        {
            do
            {
                cancellation.ThrowIfCancellationRequested();
                code = sqlite3_backup_step(backup, StepPages);
                var (pages, left) = (sqlite3_backup_pagecount(backup), sqlite3_backup_remaining(backup));
                var copied = (pages - left) * pageBytes;
                progress?.Invoke(copied, pages * pageBytes);
                if (bytesPerSecond > 0 && copied * 1000 / bytesPerSecond - clock.ElapsedMilliseconds is var early and > 0)
                    cancellation.WaitHandle.WaitOne((int)Math.Min(early, 1000));
            }
            while (code == SqliteCode.Ok);
        }
        finally
        {
            _ = sqlite3_backup_finish(backup);
        }
        if (code != SqliteCode.Done)
            throw new StorageFailure($"{path}: copy failed: {Utf8.Text(sqlite3_errstr(code))} (SQLite code {code})");
    }
}
