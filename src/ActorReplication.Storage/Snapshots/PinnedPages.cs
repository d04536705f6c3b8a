using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using ActorReplication.Storage.Pages;

namespace ActorReplication.Storage.Snapshots;

/// <summary>A database byte for byte as a pinned read transaction sees it, while the writer goes on: the file, and over it the pages that are newer in the log.
/// SQLite's own backup would write another schema number into a copy, and nodes that replicate pages need the same bytes. Reading is thread-safe.</summary>
/// <remarks>While the transaction is open, a checkpoint moves nothing into the file that is newer than it, and if it needs anything from the log, the log does not begin anew.</remarks>
internal sealed class PinnedPages : IDisposable
{
    private const int LogBytesAtOnce = 1 << 20;

    private readonly Connection source;
    private readonly int pageBytes;

    /// <summary>Of each page that is newer in the log than in the file its latest frame.</summary>
    private readonly Dictionary<uint, uint> newer = [];

    private PinnedPages(Connection source, uint frames)
    {
        this.source = source;
        var state = new StateTable(source);
        Position = state.Read();
        state.Close();
        pageBytes = (int)source.QueryInt64("PRAGMA public.page_size");
        Bytes = source.QueryInt64("PRAGMA public.page_count") * pageBytes;
        FindNewer(frames);
    }

    internal AppliedState Position { get; }

    internal long Bytes { get; }

    /// <summary>The state is pinned when this returns.</summary>
    internal static PinnedPages Pin(DatabaseOptions options)
    {
        var source = new Connection(options with { Functions = [], Aggregates = [] }, ConnectionRole.Internal);
        try
        {
            return new PinnedPages(source, Pin(source));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <param name="offset">A multiple of the page size, as is the length unless it reaches the end.</param>
    internal void Read(Span<byte> into, long offset)
    {
        Check(SqliteFile.Database(source).Read(into, offset), source.Path);
        if (newer.Count == 0)
            return;
        for (var at = 0; at < into.Length; at += pageBytes)
        {
            if (newer.TryGetValue((uint)((offset + at) / pageBytes) + 1, out var frame))
                Check(SqliteFile.Log(source).Read(into.Slice(at, pageBytes), WalFormat.Offset(frame, pageBytes) + WalFormat.FrameHeaderBytes), source.Path + "-wal");
        }
    }

    public void Dispose() => source.Dispose();

    /// <summary>Begins the read transaction.</summary>
    /// <returns>So many frames of the log belong to it and may not be in the file; 0: the file alone is all of it, and the log may begin anew at any moment.</returns>
    private static uint Pin(Connection source)
    {
        // The log's index must have been looked at once before its memory can be.
        source.QueryInt64("SELECT count(*) FROM public.sqlite_schema");
        var index = new WalIndex(SqliteFile.Database(source), source.Path);
        while (true)
        {
            var isWhole = index.TryRead(out var before);
            source.RunInternal("BEGIN");
            source.QueryInt64("SELECT count(*) FROM public.sqlite_schema");
            // Before the header is looked at again: a log that begins anew says so there first, and then has nothing moved either.
            var moved = index.Backfilled;
            // What did not change around the moment of the pin is what it pinned.
            if (isWhole && index.TryRead(out var after) && before.Equals(after))
                return moved < after.Frames ? after.Frames : 0;
            source.RunInternal("COMMIT");
            Thread.Yield();
        }
    }

    private void FindNewer(uint frames)
    {
        if (frames == 0)
            return;
        var log = SqliteFile.Log(source);
        var frameBytes = pageBytes + WalFormat.FrameHeaderBytes;
        var atOnce = (uint)(LogBytesAtOnce / frameBytes);
        var chunk = new byte[atOnce * frameBytes];
        for (uint first = 1; first <= frames; first += atOnce)
        {
            var count = Math.Min(atOnce, frames - first + 1);
            Check(log.Read(chunk.AsSpan(0, (int)count * frameBytes), WalFormat.Offset(first, pageBytes)), source.Path + "-wal");
            for (uint i = 0; i < count; i++)
                newer[WalFormat.PageOf(chunk.AsSpan((int)i * frameBytes))] = first + i;
        }
    }

    private static void Check(int code, string path)
    {
        if (code != SqliteCode.Ok)
            throw new StorageFailure($"{path}: read failed (SQLite code {code})");
    }
}
