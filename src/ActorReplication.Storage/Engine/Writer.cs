using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Pages;

namespace ActorReplication.Storage.Engine;

/// <summary>One batch at a time, on the leader's or the follower's connection: the first call inside it decides which.</summary>
internal sealed partial class Writer : IWriter, IDisposable
{
    private enum Batch : byte { None, Open, Leading, Following, Repeating, Paging }

    private readonly LeaderSession leader;
    private readonly FollowerSession follower;
    private readonly StateTable leaderState, followerState;
    private readonly Action<AppliedState, bool> committed;
    private AppliedState applied;
    private ReadOnlyMemory<byte>? newConfig;
    private Batch batch;
    private bool leaderIsStale, followerIsStale;

    /// <param name="committed">Told of each commit, and whether it changed the schema.</param>
    internal Writer(DatabaseOptions options, AppliedState applied, Action<AppliedState, bool> committed)
    {
        leader = new LeaderSession(options);
        follower = new FollowerSession(options);
        leaderState = new StateTable(leader.Connection);
        followerState = new StateTable(follower.Connection);
        this.options = options;
        this.applied = applied;
        this.committed = committed;
        SetLineage(followerState.ReadLineage());
    }

    public bool HasChanges => leader.HasChanges;

    public void BeginBatch()
    {
        if (batch != Batch.None)
            throw new InvalidOperationException("a batch is open already");
        batch = Batch.Open;
        newConfig = null;
    }

    public void BeginTransaction(CaptureRules rules, IRowLocks? locks)
    {
        if (batch == Batch.Open && rules.Method == ReplicationMethod.Page)
            leader.TapLog(Store.PageBytes);
        Lead(Batch.Leading);
        leader.BeginTransaction(rules, locks);
    }

    public SqlOutcome Execute(SqlCall call, long deadline, ICancelHandle? cancel) => leader.Execute(call, deadline, cancel);
    public ulong? Taken => leader.Taken;

    public StepOutcome Step(OpenChanges changes, SqlCall call, long deadline, ICancelHandle? cancel, IRowLocks locks)
    {
        Lead(Batch.Leading);
        return leader.Step(changes, call, deadline, cancel, locks);
    }

    public string? Resume(OpenChanges changes, int from, int to) => leader.Resume(changes, from, to);
    public void ForgetReserved() => leader.ForgetReserved();
    public void Savepoint(string name) => leader.Savepoint(name);
    public bool ReleaseSavepoint(string name) => leader.ReleaseSavepoint(name);
    public bool RollbackToSavepoint(string name) => leader.RollbackToSavepoint(name);
    public TransactionOutcome EndTransaction(CommitRecord? record, TokenRules rules) => leader.EndTransaction(record, rules);
    public CommitRecord? FindToken(string token) => leader.FindToken(token);
    public void RollbackTransaction() => leader.RollbackTransaction();

    public bool Takes(ReadOnlyMemory<byte> payload) => batch is Batch.Open || batch == WayOf(payload);

    private Batch WayOf(ReadOnlyMemory<byte> payload) =>
        PagePayload.Is(payload.Span) ? WayOfPages(payload) : BlockReader.Executes(payload.Span) ? Batch.Repeating : Batch.Following;

    public ApplyOutcome Apply(ReadOnlyMemory<byte> payload)
    {
        if (PagePayload.Is(payload.Span))
            return ApplyPages(payload);
        if (BlockReader.Executes(payload.Span))
        {
            Lead(Batch.Repeating);
            return leader.Repeat(payload);
        }
        Follow();
        return follower.Apply(payload);
    }

    public bool TryUndo(ReadOnlyMemory<byte> payload)
    {
        if (PagePayload.Is(payload.Span))
            return false;
        Follow();
        return !BlockReader.Executes(payload.Span) && follower.TryUndo(payload);
    }

    public void StoreConfig(ReadOnlyMemory<byte> config)
    {
        if (batch == Batch.None)
            throw new InvalidOperationException("no batch is open");
        newConfig = config.ToArray();
    }

    public void CommitBatch(long term, long index)
    {
        if (batch == Batch.None)
            throw new InvalidOperationException("no batch is open");
        if (leader.IsTransactionOpen)
            throw new InvalidOperationException("a client transaction is still open");
        if (batch == Batch.Paging || batch == Batch.Open && !lineage.IsNone)
        {
            CommitInMemory(term, index);
            return;
        }
        if (batch == Batch.Open)
            Follow();
        var leading = batch != Batch.Following;
        var state = leading ? leaderState : followerState;
        state.Write(term, index);
        if ((newConfig ?? configToStore) is { } config)
            state.WriteConfig(config);
        if (leading)
            leader.Commit();
        else
            follower.Commit();
        SetLineage(default);
        var changedSchema = leading ? leader.ChangedSchema : follower.ChangedSchema;
        leaderIsStale |= changedSchema && !leading;
        followerIsStale |= changedSchema && leading;
        configToStore = null;
        EndBatch(term, index, changedSchema);
    }

    private void EndBatch(long term, long index, bool changedSchema)
    {
        batch = Batch.None;
        decoded = default;
        applied = new AppliedState(term, index, newConfig ?? applied.Config);
        committed(applied, changedSchema);
    }

    public void RollbackBatch()
    {
        switch (batch)
        {
            case Batch.None:
                throw new InvalidOperationException("no batch is open");
            case Batch.Leading or Batch.Repeating:
                leader.Rollback();
                break;
            case Batch.Following:
                follower.Rollback();
                break;
        }
        batch = Batch.None;
    }

    public void Abandon()
    {
        if (batch != Batch.None)
            RollbackBatch();
    }

    private void Lead(Batch wanted)
    {
        if (batch == wanted)
            return;
        Require(Batch.Open);
        if (leaderIsStale)
            leader.ForgetSchema();
        leaderIsStale = false;
        leader.Begin();
        batch = wanted;
    }

    private void Follow()
    {
        if (batch == Batch.Following)
            return;
        Require(Batch.Open);
        if (followerIsStale)
            follower.ForgetSchema();
        followerIsStale = false;
        follower.Begin();
        batch = Batch.Following;
    }

    private void Require(Batch wanted)
    {
        if (batch != wanted)
            throw new InvalidOperationException(batch == Batch.None ? "no batch is open" : wanted == Batch.None ? "a batch is open" : "one batch runs client transactions, or repeats statements, or applies rows");
    }

    public void Dispose()
    {
        store?.Dispose();
        leaderState.Close();
        followerState.Close();
        leader.Dispose();
        follower.Dispose();
    }
}
