using System.Runtime.CompilerServices;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session;

/// <summary>Runs portals, and writes what they answer in the order asked.
/// <para>Outside a transaction block, Executes are gathered until the unit ends (Sync, or the end of a Query message): one alone runs as one call, several
/// as one call that is all or nothing, without a transaction being opened for them. What has to be answered earlier (Flush, a name that a gathered statement is about
/// to define, an error after them) makes it carry them out at once in a transaction that the end of the unit commits. Inside a block each runs as it comes.</para></summary>
internal sealed partial class StatementExecutor(SessionContext session)
{
    /// <summary>Executes gathered before they are carried out, so that a client which never syncs cannot pile them up.</summary>
    private const int MaxPending = 1000;

    private readonly List<PendingExecute> _pending = [];
    private readonly PortalAnswers _answers = new(session);
    private readonly StatementCalls _calls = new(session);
    private readonly RowSink _sink = new();
    private readonly StatementCall[] _single = new StatementCall[1];

    /// <summary>Answers to messages that came after a gathered Execute.</summary>
    private readonly OutputBuffer _deferred = new(256);

    /// <summary>Rows of statements that run together.</summary>
    private readonly OutputBuffer _rows = new(256);

    private int _running;

    private readonly record struct PendingExecute(Portal Portal, int MaxRows, int DeferredEnd, ValueFormat Format);

    /// <summary>Where the next answer belongs.</summary>
    public OutputBuffer Responses => _pending.Count == 0 ? session.Output : _deferred;

    public bool HasPending => _pending.Count > 0;

    public bool HasPendingSchemaChange { get; private set; }

    /// <summary>A statement runs right now. Any thread.</summary>
    public bool IsRunning => Volatile.Read(ref _running) != 0;

    /// <summary>Executes a portal, or gathers it.</summary>
    public ValueTask ExecuteAsync(Portal portal, int maxRows)
    {
        if (portal.IsRun) return ContinueAsync(portal, maxRows);
        var translation = portal.Plan!.Translation;
        RequireWritable(translation);
        portal.IsRun = true;
        if (translation.Notifies) return Notifications.RunAsync(portal);
        if (translation.Advisory is not null) return Advisory.RunAsync(portal);
        if (translation.Canned is { } canned)
        {
            // SELECT set_config(…): the setting, and then its value as the row.
            if (translation.Control is ControlStatement.Set set) session.Settings.Set(set.Name, set.Value, set.Local);
            _answers.WriteCanned(portal, canned, Responses);
            return ValueTask.CompletedTask;
        }
        var transaction = session.Transaction;
        if (transaction.Status != BlockStatus.Idle || transaction.IsBackendOpen) return RunNowAsync(portal, maxRows, session.Settings.Format);
        _pending.Add(new PendingExecute(portal, maxRows, _deferred.Length, session.Settings.Format));
        HasPendingSchemaChange |= translation.ChangesSchema;
        return _pending.Count < MaxPending ? ValueTask.CompletedTask : DrainAsync();
    }

    /// <summary>Ends the unit: runs what was gathered and commits what was opened for it.</summary>
    /// <exception cref="PgException">It failed, and nothing of it has happened; call <see cref="AbortAsync"/>.</exception>
    public async ValueTask FinishAsync()
    {
        var transaction = session.Transaction;
        if (_pending.Count == 1) await RunSingleAsync(_pending[0]).ConfigureAwait(false);
        else if (_pending.Count > 1) await (MustStream() ? DrainAsync() : RunTogetherAsync()).ConfigureAwait(false);
        if (transaction.Status != BlockStatus.Idle) return;
        if (transaction.IsBackendOpen) await CommitUnitAsync().ConfigureAwait(false);
        Settle();
    }

    /// <summary>The transaction is over and its SETs stay, but for SET LOCAL.</summary>
    public void Settle()
    {
        session.Transaction.End();
        session.Cursors.Committed();
        session.Mailbox.Committed();
        ReleaseOfTransaction();
        session.Settings.EndTransaction();
        session.Transaction.SettingsAtStart = session.Settings.Snapshot();
    }

    /// <summary>Carries out what was gathered, in a transaction that stays open.</summary>
    public async ValueTask DrainAsync()
    {
        if (_pending.Count == 0) return;
        try
        {
            var position = 0;
            foreach (var pending in _pending)
            {
                WriteDeferred(ref position, pending.DeferredEnd);
                await RunNowAsync(pending.Portal, pending.MaxRows, pending.Format).ConfigureAwait(false);
            }
            WriteDeferred(ref position, _deferred.Length);
        }
        finally
        {
            ClearPending();
        }
    }

    /// <summary>Something failed: the implicit transaction is taken back; a block is failed, and its locks are given up at once if no savepoint can revive it.</summary>
    public async ValueTask AbortAsync()
    {
        ClearPending();
        DropUnsent();
        Uncertain = null;
        var transaction = session.Transaction;
        if (transaction.Status == BlockStatus.Idle)
        {
            await RollbackAsync().ConfigureAwait(false);
            return;
        }
        transaction.Fail();
        if (transaction.HasSavepoints || !transaction.IsBackendOpen) return;
        transaction.IsBackendOpen = false;
        if (session.Backend.InTransaction) await session.Backend.RollbackAsync().ConfigureAwait(false);
        ReleaseOfTransaction();
    }

    /// <summary>After the transaction's end, so that whoever gets them next sees what it has done.</summary>
    private void ReleaseOfTransaction()
    {
        if (session.Advisory.HoldsAny) session.Server.Advisory.ReleaseAll(session.Advisory, ofTransaction: true);
    }

    /// <summary>Takes the transaction back, implicit or block, with its SETs; what was gathered and not run is dropped.</summary>
    public async ValueTask RollbackAsync()
    {
        ClearPending();
        var transaction = session.Transaction;
        var wasOpen = transaction.IsBackendOpen;
        transaction.End();
        session.Cursors.RolledBack();
        session.Mailbox.RolledBack();
        session.Settings.Restore(transaction.SettingsAtStart);
        if (wasOpen && session.Backend.InTransaction) await session.Backend.RollbackAsync().ConfigureAwait(false);
        ReleaseOfTransaction();
    }

    /// <summary>Commits the transaction that is open in the backend; afterwards there is none, whatever it answered.</summary>
    public async ValueTask CommitAsync()
    {
        var transaction = session.Transaction;
        transaction.IsBackendOpen = false;
        var said = session.Mailbox.Said();
        BackendError? error;
        Interlocked.Increment(ref _running);
        try
        {
            error = await session.Backend.CommitAsync(session.Options with { Notifications = said }, session.Connection.Closed).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
        if (error is not null) throw new PgException(BackendErrors.ToPgError(error, null));
        // Notifications are in the log too, and so is the token that came with them.
        if (transaction.HasWritten || said is not null) SpendToken();
    }

    /// <summary>Opens the backend's transaction if it is not open yet.</summary>
    public async ValueTask OpenAsync()
    {
        var transaction = session.Transaction;
        if (transaction.IsBackendOpen) return;
        var isolation = transaction.Status == BlockStatus.Idle ? DefaultIsolation : transaction.Isolation;
        var readOnly = transaction.Status == BlockStatus.Idle ? IsReadOnlyByDefault : transaction.IsReadOnly;
        var error = await session.Backend.BeginAsync(new TransactionMode(isolation, readOnly, session.Settings.IdleInTransactionMs), session.Connection.Closed).ConfigureAwait(false);
        if (error is not null) throw new PgException(BackendErrors.ToPgError(error, null));
        transaction.IsBackendOpen = true;
    }

    public Isolation DefaultIsolation => IsolationOf(session.Settings.Find("default_transaction_isolation")!);

    /// <summary>As the session itself asked for; what the node allows is the backend's to say.</summary>
    public bool IsReadOnlyByDefault => session.Settings.Find("default_transaction_read_only") == "on";

    public static Isolation IsolationOf(string name) => name switch
    {
        "repeatable read" => Isolation.RepeatableRead,
        "serializable" => Isolation.Serializable,
        _ => Isolation.ReadCommitted,
    };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunSingleAsync(PendingExecute pending)
    {
        var plan = pending.Portal.Plan!;
        var translation = plan.Translation;
        var streams = Streams(translation);
        var start = session.Output.Length;
        RowSink? sink = null;
        RunOutcome outcome;
        Interlocked.Increment(ref _running);
        try
        {
            await PrepareAsync(translation).ConfigureAwait(false);
            if (plan.Shape is { } shape) sink = _sink.Prepare(shape, pending.Portal.ResultFormats, pending.Format, session.Output, pending.MaxRows, streams ? session.Connection : null, session.Server);
            IReadOnlyList<StatementCall> calls;
            if (translation.Before.Count == 0)
            {
                _single[0] = _calls.Of(pending.Portal, sink);
                calls = _single;
            }
            else
            {
                var list = new List<StatementCall>();
                _calls.AddTo(list, pending.Portal, sink);
                calls = list;
            }
            outcome = await session.Backend.RunAsync(calls, session.Options, session.Connection.Closed).ConfigureAwait(false);
        }
        catch (Exception) when (sink?.Failure is not null)
        {
            outcome = default;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _pending.Clear();
            HasPendingSchemaChange = false;
        }
        var error = sink?.Failure ?? ErrorOf(outcome, pending.Portal.Statement);
        if (error is not null)
        {
            // What is not certain to stay is not to be shown; rows of a streamed read may be on their way already.
            if (!streams) session.Output.Truncate(start);
            ClearPending();
            throw new PgException(error);
        }
        if (!translation.ReadOnly) SpendToken();
        _answers.Complete(pending.Portal, sink, outcome.Statements[^1], session.Output);
        if (_deferred.Length == 0) return;
        session.Output.Bytes(_deferred.Written.Span);
        _deferred.Clear();
    }

    private async ValueTask RunTogetherAsync()
    {
        var calls = new List<StatementCall>(_pending.Count);
        var sinks = new RowSink?[_pending.Count];
        var ends = new int[_pending.Count];
        RunOutcome outcome = default;
        var options = session.Options;
        try
        {
            for (var i = 0; i < sinks.Length; i++)
            {
                var pending = _pending[i];
                await PrepareAsync(pending.Portal.Plan!.Translation).ConfigureAwait(false);
                if (pending.Portal.Plan.Shape is { } shape)
                    sinks[i] = new RowSink().Prepare(shape, pending.Portal.ResultFormats, pending.Format, _rows, pending.MaxRows, null, session.Server, shares: true);
                _calls.AddTo(calls, pending.Portal, sinks[i]);
                ends[i] = calls.Count;
            }
            Interlocked.Increment(ref _running);
            try
            {
                outcome = await session.Backend.RunAsync(calls, options, session.Connection.Closed).ConfigureAwait(false);
            }
            catch (Exception) when (Array.Exists(sinks, sink => sink?.Failure is not null))
            {
                // Reported below, at its statement.
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
            if (outcome.Error is { } failed) throw new PgException(BackendErrors.ToPgError(failed, null));
            WriteTogether(outcome, sinks, ends);
            if (calls.Exists(call => !call.ReadOnly)) SpendToken();
        }
        finally
        {
            foreach (var sink in sinks) sink?.DropLeftover();
            ClearPending();
        }
    }

    private void WriteTogether(in RunOutcome outcome, RowSink?[] sinks, int[] ends)
    {
        var position = 0;
        for (var i = 0; i < sinks.Length; i++)
        {
            var pending = _pending[i];
            WriteDeferred(ref position, pending.DeferredEnd);
            if (sinks[i]?.Failure is { } failure) throw new PgException(failure);
            if (outcome.Statements is null || outcome.Statements.Count < ends[i] || outcome.Statements[ends[i] - 1].Error is not null)
            {
                var error = outcome.Statements is { Count: > 0 } statements ? statements[^1].Error : null;
                if (error is null && Array.Find(sinks, sink => sink?.Failure is not null) is { } failed) throw new PgException(failed.Failure!);
                throw new PgException(error is null ? new PgError(SqlStates.InternalError, "the statement was not run") : Told(error, pending.Portal.Statement.Statement?.Parsed));
            }
            if (sinks[i] is { } sink) session.Output.Bytes(_rows.Slice(sink.Start, sink.End - sink.Start));
            _answers.Complete(pending.Portal, sinks[i], outcome.Statements[ends[i] - 1], session.Output);
        }
        WriteDeferred(ref position, _deferred.Length);
    }

    private async ValueTask RunNowAsync(Portal portal, int maxRows, ValueFormat format)
    {
        var transaction = session.Transaction;
        var translation = portal.Plan!.Translation;
        _calls.RequireNoToken(translation);
        await OpenAsync().ConfigureAwait(false);
        var start = session.Output.Length;
        var streams = Streams(translation) && !transaction.HasWritten;
        transaction.HasRun = true;
        transaction.HasWritten |= !translation.ReadOnly;
        RowSink? sink = null;
        StatementOutcome outcome = default;
        Interlocked.Increment(ref _running);
        try
        {
            foreach (var before in translation.Before)
            {
                outcome = await session.Backend.ExecuteAsync(_calls.Before(before), session.Options, session.Connection.Closed).ConfigureAwait(false);
                if (outcome.Error is not null) break;
            }
            if (outcome.Error is null)
            {
                await PrepareAsync(translation).ConfigureAwait(false);
                if (portal.Shape is { } shape) sink = _sink.Prepare(shape, portal.ResultFormats, format, session.Output, maxRows, streams ? session.Connection : null, session.Server);
                outcome = await session.Backend.ExecuteAsync(_calls.Of(portal, sink), session.Options, session.Connection.Closed).ConfigureAwait(false);
            }
        }
        catch (Exception) when (sink?.Failure is not null)
        {
            // Reported below.
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
        var error = sink?.Failure ?? (outcome.Error is { } failed ? Told(failed, portal.Statement.Statement?.Parsed) : null);
        if (error is not null)
        {
            if (!streams) session.Output.Truncate(start);
            throw new PgException(error);
        }
        if (translation.ChangesSchema) transaction.ChangedSchema();
        _answers.Complete(portal, sink, outcome, session.Output);
    }

    private async ValueTask ContinueAsync(Portal portal, int maxRows)
    {
        await DrainAsync().ConfigureAwait(false);
        await _answers.ContinueAsync(portal, maxRows).ConfigureAwait(false);
    }

    private void WriteDeferred(ref int position, int end)
    {
        session.Output.Bytes(_deferred.Slice(position, end - position));
        position = end;
    }

    /// <summary>The transaction is committed: its token does not go over to the next one, which would be answered as this one and not be made.</summary>
    private void SpendToken()
    {
        if (session.Settings.Options.CommitToken is not null) session.Settings.SpendToken();
    }

    public void RequireWritable(Translation translation)
    {
        session.Rights.Require(translation);
        if (translation.ReadOnly || translation.Canned is not null) return;
        if (session.Transaction.Status == BlockStatus.Idle ? IsReadOnlyByDefault : session.Transaction.IsReadOnly)
            throw new PgException(SqlStates.ReadOnlySqlTransaction, $"cannot execute {translation.Tag} in a read-only transaction");
    }

    private ValueTask PrepareAsync(Translation translation) => translation.AsksLastCommit ? AskLastCommitAsync() : ValueTask.CompletedTask;

    private async ValueTask AskLastCommitAsync() => session.LastCommit = await session.Backend.LastCommitAsync(session.Connection.Closed).ConfigureAwait(false);

    /// <summary>Rows of a read that may be long go out while it runs. Not those of a point read, which may run on a thread that must not block.</summary>
    private static bool Streams(Translation translation) => translation.ReadOnly && !translation.PointRead;

    private bool MustStream()
    {
        foreach (var pending in _pending)
            if (pending.Portal.Shape is not null && Streams(pending.Portal.Plan!.Translation)) return true;
        return false;
    }

    private void ClearPending()
    {
        _pending.Clear();
        _deferred.Clear();
        _rows.Clear();
        HasPendingSchemaChange = false;
    }
}
