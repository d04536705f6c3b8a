using System.Diagnostics;
using ActorReplication.Journal.Segments;
using ActorReplication.Threading;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;

namespace ActorReplication.Journal.Plugin;

/// <summary>
/// The thread that owns the log. Everything waiting when it looks is taken together: all writes up to the next other command share
/// one call and one sync. After trouble it refuses whatever comes, and touches no file again.
/// </summary>
internal sealed class JournalThread
{
    private readonly Func<(SegmentLog Log, TimeSpan MarkerInterval)> _open;
    private readonly JournalReads _reads;
    private readonly EventStream _events;
    private readonly ILoggingAdapter _logger;
    private readonly bool _publishesCommands;
    private readonly object _gate = new();
    private readonly Doorbell _bell = new();
    private readonly Thread _thread;
    private List<JournalCommand> _waiting = [];
    private SegmentLog? _log;
    private TimeSpan _markerInterval;
    private JournalException? _refusal;
    private long _markedAt = Stopwatch.GetTimestamp();

    public JournalThread(Func<(SegmentLog Log, TimeSpan MarkerInterval)> open, JournalReads reads, ActorSystem system, ILoggingAdapter logger, bool publishesCommands)
    {
        (_open, _reads) = (open, reads);
        _reads.Refuse = Refuse;
        (_events, _logger, _publishesCommands) = (system.EventStream, logger, publishesCommands);
        _thread = new Thread(Run) { Name = "journal", IsBackground = true };
        _thread.Start();
    }

    public void Post(JournalCommand command)
    {
        bool isFirst;
        lock (_gate)
        {
            _waiting.Add(command);
            isFirst = _waiting.Count == 1;
        }
        if (isFirst)
            _bell.Ring();
    }

    /// <summary>Finishes what was posted, closes the log and ends. Returns after that, unless it is the thread itself that stops its actor.</summary>
    public void Stop()
    {
        Post(JournalCommand.Stop.Instance);
        if (Thread.CurrentThread != _thread)
            _thread.Join();
    }

    /// <summary>Stops using the journal and says so; only the first trouble counts. Any thread.</summary>
    public void Refuse(JournalException refusal)
    {
        if (Interlocked.CompareExchange(ref _refusal, refusal, null) is not null)
            return;
        _logger.Error("{0}", refusal.Message);
        _events.Publish(refusal.Trouble);
    }

    private void Run()
    {
        Guarded(Open);
        var commands = new List<JournalCommand>();
        while (!commands.Contains(JournalCommand.Stop.Instance))
        {
            commands.Clear();
            commands = Await(commands);
            for (var next = 0; next < commands.Count;)
                Do(commands, ref next);
            if (IsMarkerDue(out _))
                Guarded(Mark);
        }

        _reads.Stop();
        if (_log is { } log)
            Guarded(() => log.Close(mark: Volatile.Read(ref _refusal) is null));
    }

    private void Open()
    {
        (_log, _markerInterval) = _open();
        if (_log.Torn is { } torn)
            _logger.Warning("cut a torn write from the journal: {0} now ends at offset {1}; {2} bytes that had not been acknowledged were erased", torn.File, torn.Offset, torn.Bytes);
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (JournalException e)
        {
            Refuse(e);
        }
    }

    /// <summary>Waits for commands, or until the marker is due, and swaps the full list for the empty one.</summary>
    private List<JournalCommand> Await(List<JournalCommand> empty)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (IsMarkerDue(out var remaining))
                    return empty;
                _bell.SleepWithout(_gate, remaining < TimeSpan.Zero ? -1 : (int)Math.Ceiling(remaining.TotalMilliseconds));
            }

            (var taken, _waiting) = (_waiting, empty);
            return taken;
        }
    }

    private bool IsMarkerDue(out TimeSpan remaining)
    {
        remaining = Timeout.InfiniteTimeSpan;
        if (_log is null || Volatile.Read(ref _refusal) is not null || !_log.IsMarkerBehind)
            return false;
        remaining = _markerInterval - Stopwatch.GetElapsedTime(_markedAt);
        return remaining <= TimeSpan.Zero;
    }

    private void Mark()
    {
        _markedAt = Stopwatch.GetTimestamp();
        try
        {
            _log!.Mark();
        }
        catch (JournalFullException e)
        {
            _logger.Warning("{0}; the acknowledged position is noted later", e.Message);
        }
    }

    private void Do(List<JournalCommand> commands, ref int next)
    {
        var refusal = Volatile.Read(ref _refusal);
        switch (commands[next])
        {
            case JournalCommand.Write:
                Store(commands, ref next);
                return;
            case JournalCommand.Replay(var request) when refusal is not null:
                request.PersistentActor.Tell(new ReplayMessagesFailure(refusal));
                break;
            case JournalCommand.Replay(var request):
                _reads.Replay(_log!, request);
                break;
            case JournalCommand.Delete(var request) when refusal is not null:
                request.PersistentActor.Tell(new DeleteMessagesFailure(refusal, request.ToSequenceNr));
                break;
            case JournalCommand.Delete(var request):
                Delete(request);
                break;
            case JournalCommand.Query(_, var replyTo) when refusal is not null:
                replyTo.Tell(new SegmentQueryProtocol.QueryFailed(refusal));
                break;
            case JournalCommand.Query(var request, var replyTo):
                _reads.Query(_log!, request, replyTo);
                break;
        }

        next++;
    }

    private void Store(List<JournalCommand> commands, ref int next)
    {
        var writes = new List<JournalWrite>();
        for (; next < commands.Count && commands[next] is JournalCommand.Write(var write); next++)
            writes.Add(write);

        if (Volatile.Read(ref _refusal) is null)
            Guarded(() => _log!.Append(writes, Settled));
        foreach (var write in writes)
        {
            if (!write.IsAnswered)
                write.Answer(Volatile.Read(ref _refusal));
            write.Dispose();
        }
    }

    private void Settled(PreparedWrite prepared)
    {
        var write = (JournalWrite)prepared;
        write.Answer(write.Failure);
        if (write.Failure is null)
            _reads.Stored(write);
    }

    private void Delete(DeleteMessagesTo request)
    {
        if (_log!.Identities.Find(request.PersistenceId) is { } identity)
            _log.Delete(identity, request.ToSequenceNr, failure => Deleted(request, failure));
        else
            Deleted(request, null);
    }

    private void Deleted(DeleteMessagesTo request, Exception? failure)
    {
        if (failure is JournalException trouble)
            Refuse(trouble);
        request.PersistentActor.Tell(failure is null ? new DeleteMessagesSuccess(request.ToSequenceNr) : new DeleteMessagesFailure(failure, request.ToSequenceNr));
        if (failure is null && _publishesCommands)
            _events.Publish(request);
    }
}
