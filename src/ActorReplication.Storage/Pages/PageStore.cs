using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Pages;

/// <summary>The database as numbered pages, beneath SQLite: reads the committed image of any page, and commits a set of pages as SQLite's writer would, by appending
/// them to its write-ahead log. To every connection that is a commit of another connection: readers keep the state that they began with, a crash in the
/// middle leaves nothing of it, and a checkpoint moves it into the file. The write gate's thread only.</summary>
internal sealed unsafe class PageStore : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private const int LockMs = 15_000;

    private readonly Connection connection;
    private readonly SqliteFile file, log;
    private readonly WalIndex index;
    private readonly long logLimit;
    private readonly List<uint> written = [];
    private byte[] buffer = [];
    private int buffered;
    private long bufferAt;
    private WalIndexHeader header;
    private uint before;
    private uint sequence;

    /// <param name="logLimit">Bytes that the log is cut to when it has begun anew.</param>
    internal PageStore(DatabaseOptions options, long logLimit = Connection.JournalSizeLimitBytes)
    {
        this.logLimit = logLimit;
        connection = new Connection(options with { Functions = [], Aggregates = [] }, ConnectionRole.Internal);
        try
        {
            // The first read opens the log, and recovers it.
            PageBytes = (int)connection.QueryInt64("PRAGMA public.page_size");
            connection.QueryInt64("SELECT count(*) FROM public.sqlite_schema");
            file = SqliteFile.Database(connection);
            log = SqliteFile.Log(connection);
            index = new WalIndex(file, options.Path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    internal int PageBytes { get; }

    private int FrameBytes => PageBytes + WalFormat.FrameHeaderBytes;

    /// <summary>What is committed now.</summary>
    internal WalIndexHeader Committed()
    {
        if (!index.TryRead(out var found))
        {
            // A writer of another process may have left it half written: reading through SQLite repairs that.
            connection.QueryInt64("SELECT count(*) FROM public.sqlite_schema");
            if (!index.TryRead(out found))
                throw new StorageFailure($"{connection.Path}-shm: the index of the log is damaged");
        }
        if (found.Frames > 0 && (found.PageBytes != PageBytes || found.IsBigEndian != 0))
            throw new StorageFailure($"{connection.Path}-wal: pages of {found.PageBytes} bytes, {(found.IsBigEndian != 0 ? "big" : "little")}-endian; expected {PageBytes}, little-endian");
        if (found.Frames == 0)
        {
            // An empty log says nothing of the size.
            long bytes;
            Check(file.Size(&bytes), "", "size");
            found.DatabasePages = (uint)(bytes / PageBytes);
        }
        return found;
    }

    /// <summary>A page's image in the state that the header describes; zeros where the file has none. Call it while nobody else can commit.</summary>
    internal void Read(in WalIndexHeader state, uint page, Span<byte> image)
    {
        var frame = index.Find(page, state.Frames);
        if (frame == 0)
            Check(file.Read(image, (page - 1L) * PageBytes), "", "read");
        else
            ReadImage(frame, image);
    }

    /// <summary>Reads frames of the log, headers included, whether they are committed or not.</summary>
    internal void ReadFrames(uint first, Span<byte> frames) => Check(log.Read(frames, WalFormat.Offset(first, PageBytes)), "-wal", "read");

    /// <summary>Reads a frame's page, whether it is committed or not.</summary>
    internal void ReadImage(uint frame, Span<byte> image) => Check(log.Read(image, WalFormat.Offset(frame, PageBytes) + WalFormat.FrameHeaderBytes), "-wal", "read");

    /// <summary>Opens a commit of pages. <see cref="Commit"/> or <see cref="Abandon"/> ends it.</summary>
    internal WalIndexHeader Begin()
    {
        // Only a checkpoint that starts the log anew holds it, for a moment.
        if (!SpinWait.SpinUntil(index.TryLockForWriting, LockMs))
            throw new StorageFailure($"{connection.Path}: the write lock is held by somebody else");
        header = Committed();
        index.TryRestart(ref header);
        before = header.Frames;
        written.Clear();
        if (buffer.Length == 0)
            buffer = new byte[Math.Max(BufferBytes, FrameBytes) / FrameBytes * FrameBytes];
        buffered = 0;
        bufferAt = WalFormat.Offset(before + 1, PageBytes);
        if (before == 0)
            WriteHeader();
        return header;
    }

    /// <summary>The log begins anew.</summary>
    private void WriteHeader()
    {
        header.RenewSalts();
        Span<byte> bytes = stackalloc byte[WalFormat.HeaderBytes];
        header.FrameSum = WalFormat.WriteHeader(bytes, PageBytes, ++sequence, header.Salts);
        header.SetPageBytes(PageBytes);
        Check(log.Write(bytes, 0), "-wal", "write");
        // As SQLite does: a new header before old frames must not be what a power failure leaves.
        Check(log.Sync(), "-wal", "fsync");
    }

    /// <summary>Adds a page.</summary>
    /// <param name="databasePages">In the last page of the commit, the database's size; else 0.</param>
    internal void Add(uint page, ReadOnlySpan<byte> image, uint databasePages)
    {
        if (buffered == buffer.Length)
            Flush();
        var frame = buffer.AsSpan(buffered, FrameBytes);
        image.CopyTo(frame[WalFormat.FrameHeaderBytes..]);
        header.FrameSum = WalFormat.WriteFrameHeader(frame, page, databasePages, header.Salts, header.FrameSum);
        buffered += FrameBytes;
        written.Add(page);
    }

    private void Flush()
    {
        Check(log.Write(buffer.AsSpan(0, buffered), bufferAt), "-wal", "write");
        bufferAt += buffered;
        buffered = 0;
    }

    /// <summary>Makes the pages added since <see cref="Begin"/> visible.</summary>
    internal void Commit(uint databasePages)
    {
        try
        {
            Flush();
            for (var i = 0; i < written.Count; i++)
                index.Append(before + (uint)i + 1, written[i]);
            header.Frames = before + (uint)written.Count;
            header.DatabasePages = databasePages;
            header.Changes++;
            index.Publish(ref header);
            if (before == 0)
                CutLog();
        }
        finally
        {
            index.UnlockForWriting();
        }
    }

    /// <summary>As SQLite does after the first commit of a log that has begun anew: one large transaction must not leave a large file for good.</summary>
    private void CutLog()
    {
        var most = Math.Max(logLimit, WalFormat.Offset(header.Frames + 1, PageBytes));
        long bytes;
        Check(log.Size(&bytes), "-wal", "size");
        if (bytes > most)
            Check(log.Truncate(most), "-wal", "truncate");
    }

    /// <summary>What was written since <see cref="Begin"/> is not committed, and the next writer writes over it.</summary>
    internal void Abandon() => index.UnlockForWriting();

    private void Check(int code, string suffix, string call)
    {
        if (code != SqliteCode.Ok)
            throw new StorageFailure($"{connection.Path}{suffix}: {call} failed (SQLite code {code})");
    }

    public void Dispose() => connection.Dispose();
}
