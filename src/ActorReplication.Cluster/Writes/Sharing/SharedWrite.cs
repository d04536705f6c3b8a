using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes.Sharing;

/// <summary>An interactive transaction that is open beside others: the session's half. Its statements visit the gate one by one, its changes lie here until COMMIT. When a
/// statement cannot be run so, the transaction holds the gate from then on.</summary>
internal sealed class SharedWrite(WriteGate gate, int idleTimeoutMs) : LockOwner, IInteractiveWrite
{
    private readonly List<(string Name, int Changes, int Locks)> _savepoints = [];
    private IInteractiveWrite? _held;
    private bool _isOver;
    private bool _hasRun;

    /// <summary>Locks that are left when the gate has carried out what it was told to give up.</summary>
    private int _locksLeft = int.MaxValue;

    // Written by the gate's thread.
    private volatile int _ended = -1;

    public OpenChanges Changes { get; } = new();

    /// <summary>Name and place among the changes, oldest first. The gate's thread may read it while an operation is under way.</summary>
    public IReadOnlyList<(string Name, int Changes, int Locks)> Savepoints => _savepoints;

    public int IdleTimeoutMs => idleTimeoutMs;

    /// <summary>The term of its first statement; zero: it had none. The gate's thread only, as what follows.</summary>
    public Term Term { get; set; }

    /// <summary>When it last did something.</summary>
    public long IdleSince { get; set; }

    /// <summary>Something of it is queued, runs, or waits for a lock. Any thread, under the gate's lock.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Over by the gate's word; later calls get this answer.</summary>
    public WriteStatus? Ended => _ended < 0 ? null : (WriteStatus)_ended;

    public void End(WriteStatus status)
    {
        if (_ended < 0) _ended = (int)status;
    }

    public async ValueTask<(WriteStatus Status, SqlOutcome Outcome)> ExecuteAsync(SqlCall call, long deadline, ICancelHandle? cancel, int lockTimeoutMs = 0)
    {
        if (_held is null)
        {
            if (Ended is { } ended) return (ended, default);
            var lockDeadline = lockTimeoutMs > 0 ? Environment.TickCount64 + lockTimeoutMs : long.MaxValue;
            var step = new GateStatement(this, call, deadline, lockDeadline, cancel);
            gate.Enqueue(step);
            var answer = await step.Task.ConfigureAwait(false);
            // It has begun under a leader that is none any more.
            if (answer.Status == WriteStatus.NotLeader && _hasRun) return (WriteStatus.LeadershipLost, default);
            _hasRun |= answer.Status != WriteStatus.NotLeader;
            // What it was told before, it has done.
            if (answer.Status == WriteStatus.Committed) _locksLeft = int.MaxValue;
            if (!answer.NeedsGate) return (answer.Status, answer.Outcome);
            var status = await HoldAsync(Math.Min(deadline, lockDeadline), cancel).ConfigureAwait(false);
            if (status != WriteStatus.Committed)
            {
                if (status == WriteStatus.LockTimeout && deadline < lockDeadline) status = WriteStatus.Cancelled;
                return (status, default);
            }
        }
        return await _held!.ExecuteAsync(call, deadline, cancel, lockTimeoutMs).ConfigureAwait(false);
    }

    public ValueTask<WriteStatus> SavepointAsync(string name)
    {
        if (_held is not null) return _held.SavepointAsync(name);
        if (Ended is { } ended) return new ValueTask<WriteStatus>(ended);
        _savepoints.Add((name, Changes.Count, Math.Min(Held.Count, _locksLeft)));
        return new ValueTask<WriteStatus>(WriteStatus.Committed);
    }

    public ValueTask<bool> ReleaseAsync(string name)
    {
        if (_held is not null) return _held.ReleaseAsync(name);
        var place = Find(name);
        if (place >= 0) _savepoints.RemoveRange(place, _savepoints.Count - place);
        return new ValueTask<bool>(place >= 0);
    }

    public ValueTask<bool> RollbackToAsync(string name)
    {
        if (_held is not null) return _held.RollbackToAsync(name);
        var place = Find(name);
        if (place < 0) return new ValueTask<bool>(false);
        var savepoint = _savepoints[place];
        _savepoints.RemoveRange(place + 1, _savepoints.Count - place - 1);
        Changes.CutBack(savepoint.Changes);
        _locksLeft = Math.Min(_locksLeft, savepoint.Locks);
        gate.Enqueue(new GateRelease(this, savepoint.Locks, ends: false));
        return new ValueTask<bool>(true);
    }

    /// <summary>Transactions under a token hold the gate from the beginning.</summary>
    public ValueTask<(WriteStatus Status, CommitRecord? Known)> FindTokenAsync(string token) => throw new NotSupportedException("a transaction under a commit token holds the gate");

    public async ValueTask<WriteResult> CommitAsync(AckLevel level, CommitRecord? record)
    {
        if (_held is not null) return await _held.CommitAsync(level, record).ConfigureAwait(false);
        if (record is { Token.Length: > 0 }) throw new NotSupportedException("a transaction under a commit token holds the gate");
        if (Ended is { } ended) return new WriteResult(ended, [], LogPosition.Zero);
        if (Changes.Count == 0 && record is null)
        {
            await RollbackAsync().ConfigureAwait(false);
            return new WriteResult(WriteStatus.Committed, [], LogPosition.Zero);
        }
        var write = new GateWrite(new WriteRequest([], level, long.MaxValue, null)) { Shared = this, Record = record };
        gate.Enqueue(write);
        var result = await write.Task.ConfigureAwait(false);
        if (result.Status == WriteStatus.NotLeader) result = result with { Status = WriteStatus.LeadershipLost };
        _isOver = result.Status is WriteStatus.Committed or WriteStatus.OutcomeUnknown;
        return result;
    }

    public ValueTask RollbackAsync()
    {
        if (_held is not null) return _held.RollbackAsync();
        if (_isOver) return ValueTask.CompletedTask;
        _isOver = true;
        End(WriteStatus.StatementFailed);
        gate.Enqueue(new GateRelease(this, 0, ends: true));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _held is not null ? _held.DisposeAsync() : RollbackAsync();

    private int Find(string name) => _savepoints.FindLastIndex(savepoint => savepoint.Name == name);

    private async ValueTask<WriteStatus> HoldAsync(long deadline, ICancelHandle? cancel)
    {
        var (status, held) = await gate.AcquireAsync(deadline, idleTimeoutMs, cancel, this).ConfigureAwait(false);
        _held = held;
        if (status == WriteStatus.NotLeader) status = WriteStatus.LeadershipLost;
        if (held is null)
        {
            if (status is WriteStatus.LockTimeout or WriteStatus.Cancelled) gate.Idle(this);
            else _ended = (int)status;
        }
        return status;
    }
}
