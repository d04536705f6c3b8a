using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Journal.Segments;

/// <summary>
/// Writes zeros into the current segment before records get there, on the background thread. Space that was only reserved makes each sync change the
/// file's extents too; space that was written once does not, and a sync there takes about two thirds of the time.
/// </summary>
/// <param name="aheadBytes">How far before the end of the records zeros are kept at least; 0: nowhere.</param>
internal sealed class FillAhead(JournalDisk disk, WorkThread background, long aheadBytes)
{
    private const int StepBytes = 256 << 10;
    private static readonly byte[] Zeros = new byte[StepBytes];

    private readonly Lock _filling = new();
    private bool _asked;
    private JournalException? _failure;

    /// <summary>A failing disk met in the background; the log must stop on it.</summary>
    public JournalException? Failure => Volatile.Read(ref _failure);

    /// <summary>Claims the space up to an end for records: from now on nothing is filled before it. The log's thread, before it writes there.</summary>
    public void Claim(Segment segment, long end)
    {
        if (aheadBytes == 0 || end <= Volatile.Read(ref segment.FilledEnd))
            return;
        lock (_filling)
            segment.FilledEnd = Math.Max(segment.FilledEnd, end);
    }

    /// <summary>Has more filled when less than the distance is left. The log's thread, after it wrote.</summary>
    public void Keep(Segment segment)
    {
        if (aheadBytes == 0 || Volatile.Read(ref _asked) || Remaining(segment) >= Math.Min(aheadBytes, segment.Capacity - segment.DurableEnd))
            return;
        // The segment may be closed before its turn comes.
        if (!segment.TryHold())
            return;
        Volatile.Write(ref _asked, true);
        if (!background.TryPost(() => Fill(segment)))
            segment.Release();
    }

    private static long Remaining(Segment segment) => Volatile.Read(ref segment.FilledEnd) - segment.DurableEnd;

    private void Fill(Segment segment)
    {
        try
        {
            // Given back before its turn came; only this thread deletes.
            if (!File.Exists(segment.Path))
                return;
            // A descriptor of its own: the system tells each descriptor of a failed write once. Through the log's own, this sync could learn of a record that was not
            // written, and the sync after it, on which the record is acknowledged, would not.
            using var file = disk.Open(segment.Path, FileMode.Open);
            while (Remaining(segment) < 2 * aheadBytes && TryFillStep(segment, file))
                disk.SyncData(file, segment.Path);
        }
        catch (JournalFullException)
        {
            // A file system that does not overwrite in place: the write that needs the space gets the answer.
        }
        catch (JournalException e)
        {
            Volatile.Write(ref _failure, e);
        }
        finally
        {
            segment.Release();
            Volatile.Write(ref _asked, false);
        }
    }

    private bool TryFillStep(Segment segment, SafeFileHandle file)
    {
        lock (_filling)
        {
            var from = Math.Max(segment.FilledEnd, segment.DurableEnd);
            var to = Math.Min(from + StepBytes, segment.Capacity);
            if (to <= from)
                return false;
            disk.Write(file, segment.Path, Zeros.AsMemory(0, (int)(to - from)), from);
            Volatile.Write(ref segment.FilledEnd, to);
            return true;
        }
    }
}
