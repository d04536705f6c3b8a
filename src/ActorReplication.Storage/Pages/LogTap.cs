using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Pages;

/// <summary>Stands between a connection and its write-ahead log. With <c>synchronous=FULL</c> SQLite writes a transaction's frames, asks for an fsync, and only then lets
/// readers see them: this is where the transaction is held until its log entry is committed. Until then the header of its last frame, the one that says "committed", is kept
/// back: a process that dies meanwhile finds no such transaction when it starts again.</summary>
internal sealed unsafe class LogTap : IDisposable
{
    private readonly SqliteFile log;
    private readonly SqliteFile.IoMethods* platform;
    private readonly OwnMethods* own;
    private readonly GCHandle self;
    private readonly int pageBytes;
    private readonly byte[] kept = new byte[WalFormat.FrameHeaderBytes];
    private long keptAt = -1;
    private bool skipsSync;
    private Func<uint, uint, uint, bool>? decide;
    private Exception? thrown;

    /// <param name="connection">Its log must be open.</param>
    internal LogTap(Connection connection, int pageBytes)
    {
        this.pageBytes = pageBytes;
        log = SqliteFile.Log(connection);
        platform = log.Methods;
        self = GCHandle.Alloc(this);
        own = (OwnMethods*)NativeMemory.AllocZeroed((nuint)sizeof(OwnMethods));
        own->Methods = *platform;
        own->Methods.Read = &OnRead;
        own->Methods.Write = &OnWrite;
        own->Methods.Sync = &OnSync;
        own->Self = GCHandle.ToIntPtr(self);
        log.Methods = &own->Methods;
    }

    /// <summary>The next commit is put to somebody. False: SQLite's COMMIT ends as busy, and the transaction stays open.</summary>
    /// <param name="decision">Gets the number of the transaction's last frame, the page in it, and the database's size in pages.</param>
    internal void Arm(Func<uint, uint, uint, bool> decision) => decide = decision;

    /// <summary>Throws what the decision threw.</summary>
    internal void Disarm()
    {
        decide = null;
        keptAt = -1;
        if (thrown is not { } exception)
            return;
        thrown = null;
        ExceptionDispatchInfo.Throw(exception);
    }

    private int Write(byte* bytes, int count, long offset)
    {
        skipsSync = false;
        if (count == WalFormat.FrameHeaderBytes)
        {
            var frame = new ReadOnlySpan<byte>(bytes, count);
            skipsSync = WalFormat.DatabasePagesOf(frame) != 0;
            if (offset == keptAt)
                keptAt = -1;
            if (decide is not null && skipsSync)
            {
                frame.CopyTo(kept);
                keptAt = offset;
                return SqliteCode.Ok;
            }
        }
        else if (count == pageBytes)
        {
            // A commit's page comes after its header, and an older frame's page may be written over in between.
            skipsSync = true;
        }
        return platform->Write(log.Pointer, bytes, count, offset);
    }

    private int Read(byte* bytes, int count, long offset)
    {
        var code = platform->Read(log.Pointer, bytes, count, offset);
        // SQLite reads frames back when it has to compute their checksums again.
        if (code == SqliteCode.Ok && keptAt >= 0 && keptAt >= offset && keptAt + kept.Length <= offset + count)
            kept.CopyTo(new Span<byte>(bytes + (keptAt - offset), kept.Length));
        return code;
    }

    private int Sync(int flags)
    {
        if (keptAt < 0 || decide is null)
        {
            // The journal holds what the log may lose; a new header of the log has to come before its frames.
            return skipsSync ? SqliteCode.Ok : platform->Sync(log.Pointer, flags);
        }
        var frame = (uint)((keptAt - WalFormat.HeaderBytes) / (pageBytes + WalFormat.FrameHeaderBytes)) + 1;
        if (!decide(frame, WalFormat.PageOf(kept), WalFormat.DatabasePagesOf(kept)))
            return SqliteCode.Busy;
        fixed (byte* header = kept)
            return platform->Write(log.Pointer, header, kept.Length, keptAt);
    }

    private static LogTap Of(SqliteFile.File* file) => Unsafe.As<LogTap>(GCHandle.FromIntPtr(((OwnMethods*)file->Methods)->Self).Target!);

    private int Fail(Exception exception)
    {
        thrown ??= exception;
        return SqliteCode.IoError;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnRead(SqliteFile.File* file, void* bytes, int count, long offset) => Of(file).Read((byte*)bytes, count, offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnWrite(SqliteFile.File* file, void* bytes, int count, long offset) => Of(file).Write((byte*)bytes, count, offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnSync(SqliteFile.File* file, int flags)
    {
        var tap = Of(file);
        try
        {
            return tap.Sync(flags);
        }
        catch (Exception exception)
        {
            return tap.Fail(exception);
        }
    }

    /// <summary>Before the connection is closed.</summary>
    public void Dispose()
    {
        log.Methods = platform;
        NativeMemory.Free(own);
        self.Free();
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OwnMethods
    {
        internal SqliteFile.IoMethods Methods;
        internal nint Self;
    }
}
