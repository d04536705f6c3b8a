using ActorReplication.Core;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Archive;

/// <summary>Copies committed entries into the archive, on a thread of its own. What goes wrong there (a full disk, a folder that is gone) is told and tried again; the node
/// goes on, and keeps its log as far as the budget allows.</summary>
internal sealed class Archiver : IDisposable
{
    private const int LookEveryMs = 100;
    private const int TryAgainMs = 5_000;
    private const int BlockBytes = 1 << 20;

    private readonly ArchiveOptions _options;
    private readonly NodeId _node;
    private readonly IArchivedLog _log;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread? _thread;
    private readonly ManualResetEventSlim _stopped = new();
    private volatile ArchiveStatus _status;
    private ArchiveHistory? _history;
    private LogPosition? _archived;
    private long _waitingSince = -1;

    /// <param name="start">False: <see cref="Look"/> is called by somebody else.</param>
    public Archiver(ArchiveOptions options, NodeId node, IArchivedLog log, TimeProvider time, ILogger logger, bool start = true)
    {
        (_options, _node, _log, _time, _logger) = (options, node, log, time, logger);
        _status = new ArchiveStatus(options.Directory, null, LogIndex.Zero, 0, 0, null, [], null);
        if (!start) return;
        _thread = new Thread(Run) { Name = "archiver", IsBackground = true, Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    public ArchiveStatus Status => _status;

    /// <summary>The log may be compacted up to here without a loss to the archive. Thread-safe.</summary>
    public LogIndex MayForget => _status.Archived?.Index ?? LogIndex.Zero;

    public long LogBudgetBytes => _options.LogBudgetBytes;

    public void Dispose()
    {
        _stopped.Set();
        _thread?.Join();
        _stopped.Dispose();
    }

    private void Run()
    {
        var wait = LookEveryMs;
        while (!_stopped.Wait(wait))
        {
            try
            {
                Look(Environment.TickCount64);
                wait = LookEveryMs;
            }
            catch (Exception e)
            {
                // Also when the actor system is just being started again and the log cannot be read.
                if (_status.Problem != e.Message) ArchiveLog.Failed(_logger, e);
                _status = _status with { Problem = e.Message };
                _archived = null;
                wait = TryAgainMs;
            }
        }
    }

    /// <summary>Writes one segment if one is due.</summary>
    /// <param name="now">Monotonic milliseconds.</param>
    internal void Look(long now)
    {
        if (_log.Cluster == ClusterId.None || _log.Start is not { } start) return;
        _history ??= new ArchiveHistory(_options.Directory, _log);
        var archived = _archived is { } known && known.Index >= start.Index ? known : FindPlace(start);
        _archived = archived;
        var commit = _log.Commit;
        var bytes = commit > archived.Index ? _log.BytesAfter(archived.Index) : 0;
        if (commit <= archived.Index) _waitingSince = -1;
        else if (_waitingSince < 0) _waitingSince = now;
        _status = _status with { Archived = archived, Commit = commit, LagBytes = bytes, Problem = null };
        if (commit <= archived.Index || !ArchivePace.IsDue(_options, _log.Leads, bytes, now - _waitingSince)) return;
        // Somebody else may have been faster, and entries that were archived may have been cut from the log.
        var place = _history.IsInLog(archived) ? _history.Reach(archived) : FindPlace(start);
        if (place == archived) place = WriteSegment(archived, commit);
        _archived = place;
        _waitingSince = -1;
        _status = _status with { Archived = place };
    }

    /// <summary>Where to go on, when that is not known: after what is archived from the log's start on. What was compacted before it was archived is announced.</summary>
    private LogPosition FindPlace(LogPosition start)
    {
        var place = _history!.Reach(start);
        if (_history.MissingBefore(start) is { } lost) Announce(lost);
        else if (place == start && _history.BeginningAfter(start) is { } beginning) place = _history.Reach(beginning);
        return place;
    }

    private void Announce(LogRange lost)
    {
        if (_status.Lost.Contains(lost)) return;
        ArchiveLog.Lost(_logger, lost.First.Value, lost.Last.Value);
        _status = _status with { Lost = [.. _status.Lost, lost] };
    }

    private LogPosition WriteSegment(LogPosition before, LogIndex commit)
    {
        using var writer = new ArchiveWriter(ArchiveFolder.Of(_options.Directory, _log.Cluster), _log.Cluster, _node, before);
        while (writer.Last.Index < commit && writer.Bytes < _options.SegmentBytes && !_stopped.IsSet)
        {
            var entries = _log.Read(writer.Last.Index.Next, commit, BlockBytes);
            if (entries.Count == 0) break;
            writer.Append(entries);
        }
        if (writer.Last == before) return before;
        // Cut while it was read (only under async): then it is not one history, and the next look finds where they part.
        if (!_history!.IsInLog(writer.Last) || !_history.IsInLog(before)) return before;
        var segment = writer.Finish();
        _history.Add(segment);
        _status = _status with { Segments = _status.Segments + 1, LastWritten = _time.GetUtcNow() };
        return segment.Last;
    }
}

internal static partial class ArchiveLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The archive does not get on; trying again")]
    public static partial void Failed(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Entries {First} to {Last} were compacted before this node had archived them: unless another node has, no restore can go beyond them. Take a base backup")]
    public static partial void Lost(ILogger logger, long first, long last);
}
