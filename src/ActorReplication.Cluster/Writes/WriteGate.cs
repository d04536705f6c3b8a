using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes.Sharing;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;
using ActorReplication.Threading;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Writes;

/// <summary>The one thread that writes to the database: on the leader it executes client transactions in batches, elsewhere it applies
/// what is committed. This file holds the queue, the protocol's signals and the loop; the work itself is in Leading, Following, Holding.</summary>
internal sealed partial class WriteGate : IWriteGate, IDeferredSignal, IDisposable
{
    private const int SweepMs = 50;

    /// <summary>For <see cref="_wakeAt"/>: what is queued wakes nobody.</summary>
    private const int Never = int.MaxValue;

    private readonly object _sync = new();
    private readonly Doorbell _bell = new();
    private readonly Queue<GateItem> _queue = new();
    private readonly Queue<Action> _tasks = new();
    private readonly GateLimits _limits;
    private readonly DatabaseHolder _database;
    private readonly LogReader _log;
    private readonly ReplicaBoard _board;
    private readonly ILogger _logger;
    private readonly Action<Exception> _fatal;
    private readonly Thread _thread;

    // Under _sync: what the replica's actor has told.
    private IProposer? _proposer;
    private Term _term;
    private bool _paused;
    private LogIndex _commit;
    private LogIndex _local;
    private LogIndex _received;
    private LogIndex _appliedLevel;
    private Flight? _flight;
    private bool _stopping;
    private long _nextSweep;

    /// <summary>So many queued items wake the gate's thread.</summary>
    private int _wakeAt = Never;

    // The gate thread's own.
    private LogIndex _applied;
    private long _lastProposal;

    public WriteGate(GateLimits limits, DatabaseHolder database, LogReader log, ReplicaBoard board, ILogger logger, Action<Exception> fatal, Action<string, bool>? full = null)
    {
        _limits = limits;
        _database = database;
        _log = log;
        _board = board;
        _logger = logger;
        _fatal = fatal;
        _full = full ?? ((_, _) => { });
        (_lead, _hold, _share, _applyCommitted) = (Lead, Hold, Share, ApplyCommitted);
        _asked = new AskedLocks(_locks, _open);
        _passed = new PassedLocks(_locks);
        _applied = new LogIndex(database.Current.Applied.Index);
        board.SetApplied(_applied);
        _thread = new Thread(Run) { Name = "write-gate", IsBackground = true };
    }

    private IWriter Writer => _preparing ?? _database.Current.Writer;

    public void Start() => _thread.Start();

    /// <summary>From now on this is the actor to propose to; whatever the one before had promised is over, and so are cuts for which it brought no entries.</summary>
    public void Attach(IProposer proposer)
    {
        lock (_sync)
        {
            _proposer = proposer;
            _cutsToUndo = _undosWaiting;
        }
        AskAgain(proposer);
    }

    public Task<WriteResult> RunAsync(WriteRequest request)
    {
        var item = new GateWrite(request);
        Enqueue(item);
        return item.Task;
    }

    public ValueTask<(WriteStatus Status, IInteractiveWrite? Transaction)> AcquireAsync(long deadline, int idleTimeoutMs, ICancelHandle? cancel) =>
        AcquireAsync(deadline, idleTimeoutMs, cancel, null);

    /// <param name="from">The transaction that is to go on so.</param>
    internal ValueTask<(WriteStatus Status, IInteractiveWrite? Transaction)> AcquireAsync(long deadline, int idleTimeoutMs, ICancelHandle? cancel, SharedWrite? from)
    {
        var transaction = new InteractiveWrite(_sync, _bell, idleTimeoutMs > 0 ? idleTimeoutMs : _limits.IdleTimeoutMs);
        var item = new GateAcquire(transaction, deadline, cancel, from);
        Enqueue(item);
        return new ValueTask<(WriteStatus, IInteractiveWrite?)>(item.Task);
    }

    public GateQueue Queue
    {
        get
        {
            lock (_sync)
            {
                var bytes = 0L;
                foreach (var item in _queue)
                    if (item is GateWrite write)
                        foreach (var call in write.Request.Calls) bytes += call.Sql.Length * sizeof(char);
                return new GateQueue(_queue.Count + _steps.Count, bytes);
            }
        }
    }

    internal void Enqueue(GateItem item)
    {
        WriteStatus? refusal = null;
        var wakes = false;
        lock (_sync)
        {
            if (_stopping || _term == Term.Zero) refusal = WriteStatus.NotLeader;
            else if (item is GateStep step) refusal = EnqueueStep(step, ref wakes);
            else if (_board.IsLogFull) refusal = WriteStatus.LogFull;
            else if (_queue.Count >= _limits.QueueLength) refusal = WriteStatus.Overloaded;
            else
            {
                _queue.Enqueue(item);
                if (item is GateWrite { Shared: { } committing }) committing.IsBusy = true;
                if (item is GateAcquire { From: { } holding }) holding.IsBusy = true;
                wakes = _queue.Count >= _wakeAt;
            }
        }
        if (wakes) _bell.Ring();
        if (refusal is { } status) item.Refuse(status);
    }

    /// <summary>Under _sync.</summary>
    private WriteStatus? EnqueueStep(GateStep step, ref bool wakes)
    {
        if (step is GateStatement)
        {
            if (_steps.Count >= _limits.QueueLength) return WriteStatus.Overloaded;
            step.Transaction.IsBusy = true;
        }
        _steps.Enqueue(step);
        wakes = _wakeAt != Never;
        return null;
    }

    /// <summary>This node serves as leader of the term: everything before its barrier is applied.</summary>
    public void OnServing(Term term)
    {
        lock (_sync)
        {
            _term = term;
            _paused = false;
            SerialDispatcher.WhenDone(this);
        }
    }

    /// <summary>This node no longer serves as leader.</summary>
    public void OnNotServing()
    {
        lock (_sync)
        {
            _term = Term.Zero;
            _local = _received = _appliedLevel = LogIndex.Zero;
            if (_flight is { IsOver: false } flight) flight.Lost = true;
            SerialDispatcher.WhenDone(this);
        }
    }

    /// <summary>A handover is under way: start nothing new until it ends.</summary>
    public void OnPaused(bool paused)
    {
        lock (_sync)
        {
            _paused = paused;
            SerialDispatcher.WhenDone(this);
        }
    }

    public void OnAccepted(ProposalId id, LogRange range)
    {
        lock (_sync)
        {
            if (_flight is not { IsOver: false } flight || flight.Id != id) return;
            flight.Accepted = true;
            flight.Range = range;
            flight.Committed = _term == flight.Term && _commit >= range.Last;
            if (flight.Committed || _earlyWaiting) SerialDispatcher.WhenDone(this);
        }
    }

    public void OnRefused(ProposalId id)
    {
        lock (_sync)
        {
            if (_flight is not { IsOver: false } flight || flight.Id != id) return;
            flight.Refused = true;
            SerialDispatcher.WhenDone(this);
        }
    }

    public void OnCommit(LogIndex commit)
    {
        lock (_sync)
        {
            _commit = commit;
            // Decided here and not when the gate wakes: by then another leader may have committed something else at these indices.
            if (_flight is { IsOver: false, Accepted: true } flight && _term == flight.Term && commit >= flight.Range.Last) flight.Committed = true;
            if (_flight is not { IsOver: false }) SerialDispatcher.WhenDone(this);
        }
    }

    public void OnLevels(LogIndex local, LogIndex received, LogIndex applied)
    {
        lock (_sync)
        {
            if (_term == Term.Zero) return;
            (_local, _received, _appliedLevel) = (local, received, applied);
            if (_earlyWaiting || _late.Count > 0) SerialDispatcher.WhenDone(this);
        }
    }

    /// <summary>Runs something on the gate's thread, between batches and before anything else that waits.</summary>
    private void Post(Action task)
    {
        lock (_sync)
        {
            _tasks.Enqueue(task);
            SerialDispatcher.WhenDone(this);
        }
    }

    /// <summary>The gate's thread looks at what was told.</summary>
    public void Raise() => _bell.Ring();

    private void Run()
    {
        SerialDispatcher.HelpFromThisThread();
        try
        {
            while (Next() is { } work) Carry(work);
        }
        catch (Exception e)
        {
            lock (_sync) _stopping = true;
            _fatal(e);
        }
        finally
        {
            EndAll();
        }
    }

    /// <summary>Nobody waits for a gate that has ended.</summary>
    private void EndAll()
    {
        RefuseAll(WriteStatus.NotLeader);
        EndShared(WriteStatus.NotLeader);
        lock (_sync)
        {
            while (_late.TryDequeue(out var late)) late.Write.Complete(WriteStatus.Committed, late.Position);
            // Those that were answered stay answered; of the others, after a failure in the middle of a batch, nobody knows.
            foreach (var write in _batch) write.Complete(WriteStatus.OutcomeUnknown, LogPosition.Zero);
        }
    }

    /// <summary>What to do next; null when stopping.</summary>
    private Action? Next()
    {
        lock (_sync)
        {
            while (!_stopping)
            {
                if (_tasks.TryDequeue(out var task)) return task;
                if (CanApply) return _applyCommitted;
                AnswerLate();
                if (_term != _sharedTerm) EndShared(WriteStatus.LeadershipLost);
                _sharedTerm = _term;
                if (_term == Term.Zero) RefuseAll(WriteStatus.NotLeader);
                else if (WaitsForSpace) RefuseAll(WriteStatus.LeadershipLost);
                // Its locks are given up: nobody may come in between.
                else if (!_paused && _alone.Count > 0) return _lead;
                else if (!_paused && AreStepsNext()) return _share;
                else if (!_paused && _againWrites.Count > 0) return _lead;
                else if (!_paused && _queue.TryPeek(out var first)) return first is GateAcquire ? _hold : _lead;
                _wakeAt = _paused ? Never : 1;
                WaitAndSweep();
                _wakeAt = Never;
            }
            return null;
        }
    }

    /// <summary>Waits for a ring. Now and then ends what has waited in the queue past its deadline or was cancelled. Under _sync.</summary>
    private void WaitAndSweep()
    {
        _bell.SleepWithout(_sync, SweepMs);
        var now = Environment.TickCount64;
        if (now < _nextSweep) return;
        _nextSweep = now + SweepMs;
        for (var left = _queue.Count; left > 0; left--)
        {
            var item = _queue.Dequeue();
            if (item.IsOverdue(now)) item.Refuse(item.OverdueStatus);
            else _queue.Enqueue(item);
        }
        SweepSteps(_steps, now);
        SweepSteps(_againSteps, now);
        SweepShared(now);
    }

    private void RefuseAll(WriteStatus status)
    {
        lock (_sync)
        {
            while (_alone.TryDequeue(out var alone)) alone.Refuse(status);
            while (_queue.TryDequeue(out var item)) item.Refuse(status);
        }
    }

    /// <summary>Waits until the flight's fate is known; what asked for less than the policy is answered on the way.</summary>
    private void AwaitOutcome(Flight flight, Action<Flight>? early)
    {
        lock (_sync)
        {
            _earlyWaiting = early is not null;
            while (!flight.IsOver)
            {
                if (_stopping) flight.Lost = true;
                else
                {
                    if (flight.Accepted) early?.Invoke(flight);
                    AnswerLate();
                    WaitAndSweep();
                }
            }
            _earlyWaiting = false;
            _flight = null;
        }
    }

    /// <param name="at">The one position, in the term that this node serves, at which it may come into the log; null: any.</param>
    private Flight Propose(List<ReadOnlyMemory<byte>> payloads, bool ackReceived, LogPosition? at = null)
    {
        Flight flight;
        IProposer? proposer;
        lock (_sync)
        {
            flight = new Flight(new ProposalId(++_lastProposal), _term);
            proposer = _proposer;
            if (_term == Term.Zero || proposer is null || (at is { } position && position.Term != _term)) flight.Refused = true;
            else _flight = flight;
        }
        if (!flight.Refused) proposer!.Propose(flight.Id, payloads, ackReceived, at?.Index);
        return flight;
    }

    private void SetApplied(LogIndex index)
    {
        NoteApplied(index);
        TellApplied();
    }

    private void NoteApplied(LogIndex index)
    {
        EndFull();
        _applied = index;
        _board.SetApplied(index);
    }

    private void TellApplied()
    {
        IProposer? proposer;
        lock (_sync) proposer = _proposer;
        proposer?.Applied(_applied);
    }

    /// <summary>Ends the thread; a batch under way is rolled back and answered as unknown.</summary>
    public void Dispose()
    {
        lock (_sync) _stopping = true;
        _bell.Ring();
        if (_thread.ThreadState != ThreadState.Unstarted && Thread.CurrentThread != _thread) _thread.Join();
    }
}

/// <param name="BatchBytes">Log bytes after which a batch takes no further transaction.</param>
internal sealed record GateLimits(int QueueLength, int BatchTransactions, int BatchBytes, int IdleTimeoutMs);
