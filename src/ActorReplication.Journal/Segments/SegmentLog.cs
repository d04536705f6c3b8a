using System.Collections.Immutable;
using ActorReplication.Journal.Format;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Journal.Segments;

/// <summary>
/// A log of events in segment files. Appending, marking and closing belong to one thread, the owner's; reading may happen on any;
/// deletion runs on the log's background thread. After a <see cref="JournalException"/> only <see cref="Close"/> may be called.
/// </summary>
internal sealed class SegmentLog
{
    private readonly SegmentLogOptions _options;
    private readonly LogFiles _files;
    private readonly JournalDisk _disk;
    private readonly FileStream _guard;
    private readonly WorkThread _background;
    private readonly SegmentSupply _supply;
    private readonly FillAhead _fill;
    private readonly Retention _retention;
    private readonly SafeFileHandle _markerFile;
    private readonly WriteOrder _order;
    private readonly SegmentWriter _writer;
    private AcknowledgedPosition _marker;

    private SegmentLog(SegmentLogOptions options, LogFiles files, JournalDisk disk, FileStream guard, OpenedLog opened)
    {
        (_options, _files, _disk, _guard) = (options, files, disk, guard);
        (_marker, Identities, Torn) = (opened.Marker, opened.Identities, opened.Torn);
        _markerFile = disk.Open(files.Marker, FileMode.Open);
        _background = new WorkThread("journal-background");
        _supply = new SegmentSupply(new SegmentFactory(options, files, disk), _background, opened.Next);
        _retention = new Retention(files, disk, Identities, opened.Marks, [.. opened.Segments]);
        _order = new WriteOrder(Identities);
        _fill = new FillAhead(disk, _background, options.FillAheadBytes);
        _writer = new SegmentWriter(disk, _fill, Identities, opened.Segments[^1], opened.Chain);
    }

    public IdentitySet Identities { get; }

    /// <summary>What opening had to cut.</summary>
    public TornTail? Torn { get; }

    /// <summary>The segments with events, in order, as of now.</summary>
    public ImmutableArray<Segment> Segments => _retention.Segments;

    /// <summary>Whether something was acknowledged that the marker file does not tell yet.</summary>
    public bool IsMarkerBehind => _marker.Segment != _writer.Segment.Number || _marker.Offset != _writer.Segment.DurableEnd;

    /// <summary>Opens the log in a folder, making it when it is new.</summary>
    /// <exception cref="JournalException">Damaged, foreign, in use, or a failing disk.</exception>
    public static SegmentLog Open(SegmentLogOptions options, ISystemCalls calls)
    {
        var files = new LogFiles(options.Directory);
        var disk = new JournalDisk(calls);
        try
        {
            var guard = DirectoryLock.Take(files, disk);
            try
            {
                return new SegmentLog(options, files, disk, guard, new LogOpening(options, files, disk).Open());
            }
            catch
            {
                guard.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(new JournalFailed(files.Directory, e.HResult, "open", e.Message));
        }
    }

    /// <summary>
    /// Stores writes in order: as many as fit, with one call and one sync. Each is reported settled when it is durable or has failed;
    /// of one that failed nothing is in the log.
    /// </summary>
    /// <exception cref="JournalException">A failing disk. Whether writes not reported settled are stored is in doubt.</exception>
    public void Append(IReadOnlyList<PreparedWrite> writes, Action<PreparedWrite> settled)
    {
        if ((_supply.Failure ?? _fill.Failure) is { } failing)
            throw failing;
        for (var next = 0; next < writes.Count;)
        {
            if (!_writer.Fits(writes[next].Length) && TryFail(ChangeSegment) is { } full)
            {
                Settle(writes[next++], full, settled);
                continue;
            }

            var run = TakeRun(writes, ref next, settled);
            var failure = TryFail(() => _writer.Store(run));
            _order.Complete(stored: failure is null);
            foreach (var write in run)
                Settle(write, failure, settled);
            if (_writer.IsHalfFull)
                _supply.Ask(_writer.Segment.Number + 1);
        }
    }

    /// <summary>Notes durably how far everything is acknowledged.</summary>
    /// <exception cref="JournalFullException">No space, on a file system that does not overwrite in place; the older note stands.</exception>
    /// <exception cref="JournalException">A failing disk.</exception>
    public void Mark()
    {
        var position = new AcknowledgedPosition(
            _options.Cluster, _options.Node, _marker.Generation + 1, _writer.Segment.Number, _writer.Segment.DurableEnd, _writer.Chain);
        _disk.Write(_markerFile, _files.Marker, position.Encode(), position.SlotOffset);
        _disk.SyncData(_markerFile, _files.Marker);
        _marker = position;
    }

    /// <summary>Deletes events up to a sequence number, on the background thread, and tells it there: null, or what went wrong.</summary>
    public void Delete(Identity identity, long to, Action<Exception?> done)
    {
        var bounded = Math.Min(to, identity.Highest);
        _background.TryPost(() =>
        {
            try
            {
                _retention.Delete(identity, bounded);
            }
            catch (Exception e)
            {
                done(e);
                return;
            }

            done(null);
        });
    }

    /// <summary>Finishes background work and lets go of the files.</summary>
    /// <param name="mark">Note the end as acknowledged; false after a failure, when it must not be.</param>
    /// <exception cref="JournalException">A failing disk; the files are let go of all the same.</exception>
    public void Close(bool mark)
    {
        _background.Dispose();
        try
        {
            if (mark && IsMarkerBehind)
                TryFail(Mark);
        }
        finally
        {
            _supply.Dispose();
            _retention.Close();
            _writer.Dispose();
            _markerFile.Dispose();
            _guard.Dispose();
        }
    }

    private static void Settle(PreparedWrite write, Exception? failure, Action<PreparedWrite> settled)
    {
        write.Failure = failure;
        settled(write);
    }

    private static JournalFullException? TryFail(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (JournalFullException e)
        {
            return e;
        }
    }

    /// <summary>Takes the next writes that go together into the current segment; those out of order fail at once.</summary>
    private List<PreparedWrite> TakeRun(IReadOnlyList<PreparedWrite> writes, ref int next, Action<PreparedWrite> settled)
    {
        var run = new List<PreparedWrite>();
        for (var bytes = 0L; next < writes.Count && run.Count < SegmentWriter.MaxWrites; next++)
        {
            var write = writes[next];
            bytes += write.Length;
            if (run.Count > 0 && (bytes > _options.MaxBatchBytes || !_writer.Fits(bytes)))
                break;
            if (_order.Check(write) is { } refusal)
                Settle(write, refusal, settled);
            else
                run.Add(write);
        }

        return run;
    }

    private void ChangeSegment()
    {
        if (IsMarkerBehind)
            Mark();
        var segment = _supply.Take(_writer.Segment.Number + 1);
        _retention.Add(segment);
        _writer.Continue(segment);
    }
}
