using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session.Advisory;

/// <summary>Carries out SELECT pg_advisory_lock(…) and the like: the statement's query gives the keys, and each is taken, or given back, in its order.</summary>
internal sealed class AdvisoryCommand(SessionContext session, StatementExecutor executor)
{
    private AdvisoryLocks Locks => session.Server.Advisory;

    public async ValueTask RunAsync(Portal portal)
    {
        var call = portal.Plan!.Translation.Advisory!;
        await executor.DrainAsync().ConfigureAwait(false);
        if (call.Takes) RequireLeader(call);
        var keys = new Keys(call.IsPair);
        // Where the lock is to hold, the query asks whether this node still leads.
        await executor.ReadAsync(portal, keys).ConfigureAwait(false);
        var answers = new List<bool?>();
        foreach (var key in keys.Found) answers.Add(key is { } given ? await CarryAsync(call, given).ConfigureAwait(false) : null);
        foreach (var answer in answers) Write(portal, call, answer);
        session.Output.CommandComplete("SELECT", answers.Count, insert: false);
    }

    private void RequireLeader(AdvisoryCall call)
    {
        if (session.Node.Role == NodeRole.Follower)
            throw new PgException(new PgError(SqlStates.ReadOnlySqlTransaction, $"cannot execute {call.Name}() during recovery")
            {
                Detail = "Advisory locks are the leader's: one taken here would keep nobody out who is there.",
                Hint = session.Node.Leader is { } leader ? $"The leader is {leader}." : null,
            });
    }

    /// <summary>For functions that answer with a boolean: it.</summary>
    private async ValueTask<bool> CarryAsync(AdvisoryCall call, AdvisoryKey key)
    {
        switch (call.Kind)
        {
            case AdvisoryKind.UnlockAll:
                Locks.ReleaseAll(session.Advisory, ofTransaction: false);
                return true;
            case AdvisoryKind.Unlock:
                if (Locks.Release(session.Advisory, key, call.IsShared)) return true;
                session.Warn(session.Output, SqlStates.Warning, $"you don't own a lock of type {(call.IsShared ? "ShareLock" : "ExclusiveLock")}");
                return false;
            case AdvisoryKind.Try:
                return Locks.TryTake(session.Advisory, key, call.IsShared, call.OfTransaction) is { } tried && Require(tried);
            default:
                return Require(await WaitAsync(Locks.Take(session.Advisory, key, call.IsShared, call.OfTransaction)).ConfigureAwait(false));
        }
    }

    private async ValueTask<AdvisoryAnswer> WaitAsync(AdvisoryWait wait)
    {
        if (wait.Task.IsCompleted) return await wait.Task.ConfigureAwait(false);
        var options = session.Options;
        var (lockTime, time) = (Span(options.LockTimeoutMs), Span(options.StatementTimeoutMs));
        try
        {
            // A connection that was closed before has found nothing to end.
            if (session.Connection.Closed.IsCancellationRequested) Locks.Cancel(session.Advisory);
            return await wait.Task.WaitAsync(lockTime < time ? lockTime : time, session.Server.Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Locks.Cancel(session.Advisory);
            // It may have been had at the last moment.
            if (await wait.Task.ConfigureAwait(false) == AdvisoryAnswer.Had) return AdvisoryAnswer.Had;
            throw lockTime < time
                ? new PgException(SqlStates.LockNotAvailable, "canceling statement due to lock timeout")
                : new PgException(SqlStates.QueryCancelled, "canceling statement due to statement timeout");
        }
    }

    private static TimeSpan Span(int milliseconds) => milliseconds > 0 ? TimeSpan.FromMilliseconds(milliseconds) : TimeSpan.FromMilliseconds(int.MaxValue);

    private static bool Require(AdvisoryAnswer answer) => answer switch
    {
        AdvisoryAnswer.Had => true,
        AdvisoryAnswer.Deadlock => throw new PgException(new PgError(SqlStates.DeadlockDetected, "deadlock detected") { Hint = "The transaction might succeed if retried." }),
        AdvisoryAnswer.TooMany => throw new PgException(new PgError(SqlStates.OutOfMemory, "too many advisory locks") { Detail = $"A node keeps {AdvisoryLocks.Most} of them.", Hint = "Give locks back with pg_advisory_unlock()." }),
        _ => throw new PgException(SqlStates.QueryCancelled, "canceling statement due to user request"),
    };

    private void Write(Portal portal, AdvisoryCall call, bool? answer)
    {
        var output = session.Output;
        var start = output.BeginMessage((byte)'D');
        output.Int16(1);
        if (answer is not { } value) output.Int32(-1);
        else
        {
            var length = output.BeginValue();
            if (call.AnswersBool)
            {
                var type = portal.Shape!.Types[0];
                if (BindMessage.IsBinary(portal.ResultFormats, 0)) type.WriteBinary(EngineValue.Of(value ? 1 : 0), -1, output);
                else output.Text(value ? "t" : "f");
            }
            output.EndValue(length);
        }
        output.EndMessage(start);
    }

    private sealed class Keys(bool isPair) : ISessionSink
    {
        /// <summary>Null: an argument was.</summary>
        public List<AdvisoryKey?> Found { get; } = [];
        public PgError? Failure { get; private set; }

        public void Start(IResultRow columns) => Found.Clear();

        public void Row(IResultRow row)
        {
            if (Found.Count >= AdvisoryLocks.Most)
            {
                Failure = new PgError(SqlStates.ProgramLimitExceeded, $"more than {AdvisoryLocks.Most} advisory locks in one statement");
                throw new DialectException(Failure.SqlState, Failure.Message);
            }
            var isNull = row.Kind(0) == SqlKind.Null || (isPair && row.Kind(1) == SqlKind.Null);
            Found.Add(isNull ? null : isPair ? new AdvisoryKey(row.Int64(0) << 32 | (uint)row.Int64(1), true) : new AdvisoryKey(row.Int64(0), false));
        }
    }
}
