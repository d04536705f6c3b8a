using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorReplication.Storage.Engine;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Interop;

/// <summary>The platform's VFS under another name, with a clock of ours. All of SQLite's time functions, and the keywords CURRENT_TIMESTAMP, CURRENT_DATE and CURRENT_TIME,
/// ask their connection's VFS for the time, wherever they stand: in a statement, a default, a trigger, a view.</summary>
internal sealed unsafe class ClockVfs
{
    private static readonly ConcurrentBag<ClockVfs> Free = [];
    private static int made;

    private Draws? draws;

    private ClockVfs()
    {
        var platform = (Vfs*)sqlite3_vfs_find(null);
        if (platform is null || platform->Version < 2)
            throw new StorageFailure("SQLite's default VFS has no 64-bit clock");
        var own = (OwnVfs*)NativeMemory.AllocZeroed((nuint)sizeof(OwnVfs));
        own->Vfs = *platform;
        own->Vfs.Next = 0;
        own->Vfs.Name = NativeText.Of($"clock-{Interlocked.Increment(ref made)}");
        own->Vfs.CurrentTimeInt64 = &OnCurrentTime;
        own->Self = GCHandle.ToIntPtr(GCHandle.Alloc(this));
        Name = own->Vfs.Name;
        var code = sqlite3_vfs_register((nint)own, 0);
        if (code != SqliteCode.Ok)
            throw new StorageFailure($"SQLite refused a VFS (code {code})");
    }

    internal byte* Name { get; }

    /// <summary>One that no open connection uses. They live as long as the process: SQLite may still look at one after its connection was closed.</summary>
    internal static ClockVfs Rent(Draws draws)
    {
        if (!Free.TryTake(out var vfs))
            vfs = new ClockVfs();
        vfs.draws = draws;
        return vfs;
    }

    internal void Return()
    {
        draws = null;
        Free.Add(this);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnCurrentTime(Vfs* vfs, long* julianMillis)
    {
        var own = Unsafe.As<ClockVfs>(GCHandle.FromIntPtr(((OwnVfs*)vfs)->Self).Target!);
        *julianMillis = own.draws?.JulianMillis ?? Draws.Now() / 1000 + SqliteCode.UnixEpochJulianMillis;
        return SqliteCode.Ok;
    }

    /// <summary><c>sqlite3_vfs</c>, version 3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        internal int Version, FileBytes, MaxPathname;
        internal nint Next;
        internal byte* Name;
        internal nint AppData, Open, Delete, Access, FullPathname, DlOpen, DlError, DlSym, DlClose, Randomness, Sleep, CurrentTime, GetLastError;
        internal delegate* unmanaged[Cdecl]<Vfs*, long*, int> CurrentTimeInt64;
        internal nint SetSystemCall, GetSystemCall, NextSystemCall;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OwnVfs
    {
        internal Vfs Vfs;
        internal nint Self;
    }
}
