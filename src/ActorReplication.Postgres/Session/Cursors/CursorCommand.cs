using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session.Cursors;

/// <summary>Carries out DECLARE, FETCH, MOVE and CLOSE.</summary>
internal sealed class CursorCommand(SessionContext session, StatementExecutor executor, Planner planner)
{
    private static readonly uint[] NoTypes = [];

    private readonly RowSink _sink = new();

    /// <summary>What a FETCH returns; null if it moves only, or there is no such cursor.</summary>
    public ResultShape? ShapeOf(ControlStatement.Fetch fetch) => fetch.IsMove ? null : session.Cursors.Find(fetch.Name)?.Shape;

    /// <summary>Without parameters: the simple protocol's.</summary>
    public async ValueTask DeclareAsync(ControlStatement.Declare declare)
    {
        var plan = await planner.PlanAsync(StatementCache.Wrap(declare.Query), NoTypes).ConfigureAwait(false);
        if (plan.ParameterTypes.Length > 0) throw new PgException("42P02", "there is no parameter $1");
        await DeclareAsync(declare, plan, []).ConfigureAwait(false);
    }

    /// <param name="plan">Of the cursor's query.</param>
    /// <param name="parameters">Values of $1, $2, ….</param>
    public async ValueTask DeclareAsync(ControlStatement.Declare declare, Plan plan, SqlValue[] parameters)
    {
        if (!declare.IsHeld && session.Transaction.Status == BlockStatus.Idle) throw new PgException(SqlStates.NoActiveSqlTransaction, "DECLARE CURSOR can only be used in transaction blocks");
        if (session.Cursors.Find(declare.Name) is not null || session.Portals.TryGet(declare.Name, out _)) throw new PgException(SqlStates.DuplicateCursor, $"cursor \"{declare.Name}\" already exists");
        var most = session.Server.Options.Limits.Portals;
        if (session.Cursors.Count >= most) throw new PgException(SqlStates.ProgramLimitExceeded, $"too many cursors: at most {most} in a session");
        if (!planner.IsFresh(plan)) plan = await planner.PlanAsync(StatementCache.Wrap(declare.Query), plan.ParameterTypes).ConfigureAwait(false);
        StatementExecutor.RequireRowsOnly(plan.Translation);
        if (plan.Shape is not { } shape || plan.Translation.Sql is null) throw new PgException(SqlStates.FeatureNotSupported, "a cursor for this query is not supported");
        var rows = new RowSpool(session.Server.Options.Limits, session.Server.Spools);
        try
        {
            var portal = new Portal("", new PreparedStatement("", StatementCache.Wrap(declare.Query), NoTypes) { Plan = plan }, plan, parameters, []);
            await executor.RunInsideAsync(portal, rows).ConfigureAwait(false);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
        session.Cursors.Add(new Cursor(declare.Name, shape, rows, declare.CanScroll != false, declare.IsHeld));
        session.Output.CommandComplete("DECLARE CURSOR");
    }

    public async ValueTask FetchAsync(ControlStatement.Fetch fetch, ResultShape? described, byte[] formats)
    {
        await executor.DrainAsync().ConfigureAwait(false);
        var cursor = Find(fetch.Name);
        if (!fetch.IsMove && described is not null && !described.Matches(cursor.Shape)) throw new PgException(SqlStates.FeatureNotSupported, "cached plan must not change result type");
        _sink.Prepare(cursor.Shape, formats, session.Settings.Format, session.Output, 0, null, session.Server);
        var rows = 0L;
        switch (fetch.Direction)
        {
            case FetchDirection.Absolute: rows = Take(cursor.MoveTo(fetch.Count), fetch.IsMove); break;
            case FetchDirection.Relative: rows = Take(cursor.MoveBy(fetch.Count), fetch.IsMove); break;
            case var _ when fetch.Count == 0: rows = Take(cursor.Current(), fetch.IsMove); break;
            default:
                var isBack = fetch.Direction == FetchDirection.Backward ^ fetch.Count < 0;
                var most = fetch.Count == long.MinValue ? long.MaxValue : Math.Abs(fetch.Count);
                while (rows < most && Take(isBack ? cursor.Prior() : cursor.Next(), fetch.IsMove) > 0)
                {
                    rows++;
                    if (session.Output.Length >= session.Server.Options.Limits.StreamBytes && !await session.Connection.FlushAsync().ConfigureAwait(false)) return;
                }
                break;
        }
        session.Output.CommandComplete(fetch.IsMove ? "MOVE" : "FETCH", rows, insert: false);
    }

    public void Close(ControlStatement.CloseCursor close)
    {
        if (close.Name is null) session.Cursors.CloseAll();
        else if (!session.Cursors.Close(close.Name)) throw NoCursor(close.Name);
        executor.Responses.CommandComplete(close.Name is null ? "CLOSE CURSOR ALL" : "CLOSE CURSOR");
    }

    private int Take(SpooledRow? row, bool isMove)
    {
        if (row is null) return 0;
        if (!isMove) _sink.WriteRow(row);
        return 1;
    }

    private Cursor Find(string name) => session.Cursors.Find(name) ?? throw NoCursor(name);

    private static PgException NoCursor(string name) => new(SqlStates.InvalidCursorName, $"cursor \"{name}\" does not exist");
}
