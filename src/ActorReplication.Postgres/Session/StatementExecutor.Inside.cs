using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>Statements that others run for a client: COPY's and cursors'.</summary>
internal sealed partial class StatementExecutor
{
    /// <summary>Carries out SELECT pg_notify(…).</summary>
    public Notifications.NotifyCommand Notifications => field ??= new(session, this);

    /// <summary>Carries out SELECT pg_advisory_lock(…) and its kin.</summary>
    public Advisory.AdvisoryCommand Advisory => field ??= new(session, this);

    /// <summary>Rows of the statement may be sent while it runs.</summary>
    public bool CanStream(Translation translation) => Streams(translation) && !session.Transaction.HasWritten;

    /// <summary>Where the answers begin that hold only if the unit commits; null: there are none that wait unsent.</summary>
    public int? Uncertain { get; set; }

    /// <summary>Rows that a statement which failed, or whose client went away, had kept for later.</summary>
    public void DropUnsent() => _sink.DropLeftover();

    private async ValueTask CommitUnitAsync()
    {
        var from = Uncertain;
        Uncertain = null;
        try
        {
            await CommitAsync().ConfigureAwait(false);
        }
        catch (PgException) when (from <= session.Output.Length)
        {
            session.Output.Truncate(from.Value);
            throw;
        }
    }

    /// <summary>The query is all there is to the statement; else its rows alone, as <see cref="RunInsideAsync"/> gives them, would be keys of which no lock is taken.</summary>
    /// <exception cref="PgException">It is pg_advisory_lock(…) or pg_notify(…).</exception>
    public static void RequireRowsOnly(Translation translation)
    {
        if (translation.Advisory is null && !translation.Notifies) return;
        var name = translation.Advisory?.Name ?? "pg_notify";
        throw new PgException(new PgError(SqlStates.FeatureNotSupported, $"{name}() inside COPY or a cursor is not supported") { Hint = $"Say SELECT {name}(…) as a statement of its own." });
    }

    /// <summary>Runs a portal in the transaction that is open, or that is opened for it and which the unit's end commits. Answers nothing itself.</summary>
    /// <exception cref="PgException">It failed.</exception>
    public async ValueTask<StatementOutcome> RunInsideAsync(Portal portal, ISessionSink? sink)
    {
        var translation = portal.Plan!.Translation;
        RequireWritable(translation);
        await DrainAsync().ConfigureAwait(false);
        await OpenAsync().ConfigureAwait(false);
        var transaction = session.Transaction;
        transaction.HasRun = true;
        transaction.HasWritten |= !translation.ReadOnly;
        StatementOutcome outcome = default;
        Interlocked.Increment(ref _running);
        try
        {
            await PrepareAsync(translation).ConfigureAwait(false);
            outcome = await session.Backend.ExecuteAsync(_calls.Of(portal, sink), session.Options, session.Connection.Closed).ConfigureAwait(false);
        }
        catch (Exception) when (sink?.Failure is not null)
        {
            // Reported below.
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
        var error = sink?.Failure ?? (outcome.Error is { } failed ? BackendErrors.ToPgError(failed, null) : null);
        return error is null ? outcome : throw new PgException(error);
    }

    /// <summary>Runs a reading portal as <see cref="RunInsideAsync"/> does, but where no transaction is open, without opening one: what comes after it may take its time.</summary>
    /// <exception cref="PgException">It failed.</exception>
    public async ValueTask ReadAsync(Portal portal, ISessionSink sink)
    {
        await DrainAsync().ConfigureAwait(false);
        if (session.Transaction.Status != BlockStatus.Idle || session.Transaction.IsBackendOpen)
        {
            await RunInsideAsync(portal, sink).ConfigureAwait(false);
            return;
        }
        RequireWritable(portal.Plan!.Translation);
        RunOutcome outcome = default;
        Interlocked.Increment(ref _running);
        try
        {
            await PrepareAsync(portal.Plan.Translation).ConfigureAwait(false);
            outcome = await session.Backend.RunAsync([_calls.Of(portal, sink)], session.Options, session.Connection.Closed).ConfigureAwait(false);
        }
        catch (Exception) when (sink.Failure is not null)
        {
            // Reported below.
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
        if ((sink.Failure ?? ErrorOf(outcome, portal.Statement)) is { } error) throw new PgException(error);
    }
}
