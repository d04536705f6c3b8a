using ActorReplication.Core;
using ActorReplication.Storage.Engine;
using ActorReplication.Threading;

namespace ActorReplication.Cluster.Writes;

/// <summary>The session's half of an interactive transaction: hands one operation at a time to the gate's thread and awaits its answer.</summary>
internal sealed class InteractiveWrite(object sync, Doorbell bell, int idleTimeoutMs) : IInteractiveWrite
{
    private HeldOperation? _next;
    private WriteStatus? _ended;

    public int IdleTimeoutMs => idleTimeoutMs;

    /// <summary>The operation to carry out next, if there is one. Under the gate's lock.</summary>
    public HeldOperation? Take()
    {
        var next = _next;
        _next = null;
        return next;
    }

    /// <summary>The transaction is over; later calls get this answer. Under the gate's lock.</summary>
    public void End(WriteStatus status)
    {
        _ended ??= status;
        Take()?.Refuse(_ended.Value);
    }

    public async ValueTask<(WriteStatus Status, SqlOutcome Outcome)> ExecuteAsync(SqlCall call, long deadline, ICancelHandle? cancel, int lockTimeoutMs = 0)
    {
        var operation = new HeldOperation.Execute(call, deadline, cancel);
        Submit(operation);
        return await operation.Task.ConfigureAwait(false);
    }

    public async ValueTask<WriteStatus> SavepointAsync(string name)
    {
        var operation = new HeldOperation.Mark(MarkKind.Savepoint, name);
        Submit(operation);
        return (await operation.Task.ConfigureAwait(false)).Status;
    }

    public ValueTask<bool> ReleaseAsync(string name) => MarkAsync(MarkKind.Release, name);

    public ValueTask<bool> RollbackToAsync(string name) => MarkAsync(MarkKind.RollbackTo, name);

    public async ValueTask<(WriteStatus Status, CommitRecord? Known)> FindTokenAsync(string token)
    {
        var operation = new HeldOperation.FindToken(token);
        Submit(operation);
        return await operation.Task.ConfigureAwait(false);
    }

    public async ValueTask<WriteResult> CommitAsync(AckLevel level, CommitRecord? record)
    {
        var operation = new HeldOperation.Commit(level, record);
        Submit(operation);
        return await operation.Task.ConfigureAwait(false);
    }

    public async ValueTask RollbackAsync()
    {
        var operation = new HeldOperation.Rollback();
        Submit(operation);
        await operation.Task.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        lock (sync)
            if (_ended is not null) return ValueTask.CompletedTask;
        return RollbackAsync();
    }

    private async ValueTask<bool> MarkAsync(MarkKind kind, string name)
    {
        var operation = new HeldOperation.Mark(kind, name);
        Submit(operation);
        return (await operation.Task.ConfigureAwait(false)).Found;
    }

    private void Submit(HeldOperation operation)
    {
        WriteStatus? ended;
        lock (sync)
        {
            ended = _ended;
            if (ended is null) _next = operation;
        }
        if (ended is null) bell.Ring();
        if (ended is { } status) operation.Refuse(status);
    }
}

internal enum MarkKind : byte { Savepoint, Release, RollbackTo }

/// <summary>One call of an interactive transaction, on its way to the gate's thread.</summary>
internal abstract class HeldOperation
{
    private HeldOperation() { }

    /// <summary>The transaction is gone.</summary>
    public abstract void Refuse(WriteStatus status);

    public sealed class Execute(SqlCall call, long deadline, ICancelHandle? cancel) : HeldOperation
    {
        private readonly TaskCompletionSource<(WriteStatus, SqlOutcome)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public SqlCall Call => call;
        public long Deadline => deadline;
        public ICancelHandle? Cancel => cancel;
        public Task<(WriteStatus, SqlOutcome)> Task => _done.Task;
        public void Complete(SqlOutcome outcome) => _done.TrySetResult((WriteStatus.Committed, outcome));
        public void Throw(Exception e) => _done.TrySetException(e);
        public override void Refuse(WriteStatus status) => _done.TrySetResult((status, default));
    }

    public sealed class Mark(MarkKind kind, string name) : HeldOperation
    {
        private readonly TaskCompletionSource<(WriteStatus Status, bool Found)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public MarkKind Kind => kind;
        public string Name => name;
        public Task<(WriteStatus Status, bool Found)> Task => _done.Task;
        public void Complete(bool found) => _done.TrySetResult((WriteStatus.Committed, found));
        public override void Refuse(WriteStatus status) => _done.TrySetResult((status, false));
    }

    public sealed class FindToken(string token) : HeldOperation
    {
        private readonly TaskCompletionSource<(WriteStatus, CommitRecord?)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public string Token => token;
        public Task<(WriteStatus, CommitRecord?)> Task => _done.Task;
        public void Complete(CommitRecord? known) => _done.TrySetResult((WriteStatus.Committed, known));
        public override void Refuse(WriteStatus status) => _done.TrySetResult((status, null));
    }

    public sealed class Commit(AckLevel level, CommitRecord? record) : HeldOperation
    {
        private readonly TaskCompletionSource<WriteResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public AckLevel Level => level;
        public CommitRecord? Record => record;
        public Task<WriteResult> Task => _done.Task;
        public void Complete(WriteResult result) => _done.TrySetResult(result);
        public override void Refuse(WriteStatus status) => Complete(new WriteResult(status, [], LogPosition.Zero));
    }

    public sealed class Rollback : HeldOperation
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Task Task => _done.Task;
        public void Complete() => _done.TrySetResult();
        public override void Refuse(WriteStatus status) => Complete();
    }
}
