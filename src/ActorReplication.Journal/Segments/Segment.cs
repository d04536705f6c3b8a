using ActorReplication.Journal.Format;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Journal.Segments;

/// <summary>
/// One open segment file. The log's thread appends; readers on other threads see what lies before <see cref="DurableEnd"/>. The
/// file stays open until the log and the last reader let go of it, so a reader survives the file's deletion.
/// </summary>
internal sealed class Segment(SegmentHeader header, string path, SafeFileHandle handle, long capacity)
{
    private readonly Lock _gate = new();
    private int _holders = 1;
    private long _durableEnd = SegmentHeader.Bytes;

    /// <summary>Up to here the file was written once, be it with zeros: belongs to <see cref="FillAhead"/>.</summary>
    internal long FilledEnd = SegmentHeader.Bytes;

    public SegmentHeader Header { get; } = header;

    public ulong Number => Header.Number;

    public string Path { get; } = path;

    public SafeFileHandle Handle { get; } = handle;

    /// <summary>Preallocated bytes.</summary>
    public long Capacity { get; set; } = capacity;

    public SegmentIndex Index { get; } = new();

    /// <summary>End of the last durable record. Published only after its sync returned.</summary>
    public long DurableEnd
    {
        get => Volatile.Read(ref _durableEnd);
        set => Volatile.Write(ref _durableEnd, value);
    }

    public bool HasRecords => DurableEnd > SegmentHeader.Bytes;

    /// <summary>Keeps the file open for a reader; false when it is already closed.</summary>
    public bool TryHold()
    {
        lock (_gate)
        {
            if (_holders == 0)
                return false;
            _holders++;
            return true;
        }
    }

    /// <summary>Ends one hold; the last one closes the file.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (--_holders == 0)
                Handle.Dispose();
        }
    }
}
