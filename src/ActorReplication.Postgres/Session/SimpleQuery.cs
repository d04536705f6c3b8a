using System.Runtime.CompilerServices;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Frontend;

namespace ActorReplication.Postgres.Session;

/// <summary>The simple protocol: one Query message, all its statements, as one unit. Results are always text.</summary>
internal sealed class SimpleQuery(SessionContext session, StatementExecutor executor, Planner planner, ControlExecutor control)
{
    private static readonly uint[] NoTypes = [];

    private IReadOnlyList<SharedStatement> _statements = [];
    private int _next;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(ReadOnlyMemory<byte> body)
    {
        _statements = Parse(body.Span);
        _next = 0;
        session.Statements.Unnamed = null;
        session.Portals.Unnamed = null;
        if (_statements.Count == 0)
        {
            executor.Responses.EmptyQueryResponse();
        }
        await ContinueAsync().ConfigureAwait(false);
    }

    /// <summary>The statements that are left; stops at a COPY that waits for the client's rows, and is called again after it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ContinueAsync()
    {
        while (_next < _statements.Count)
        {
            await RunAsync(_statements[_next++]).ConfigureAwait(false);
            if (session.Copy is not { } copy) continue;
            copy.IsSimple = true;
            return;
        }
        _statements = [];
        await executor.FinishAsync().ConfigureAwait(false);
    }

    private IReadOnlyList<SharedStatement> Parse(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var text = reader.CString();
        reader.End();
        return session.Server.Cache.Get(text, text.Length);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync(SharedStatement statement)
    {
        var command = statement.Parsed.Control;
        if (session.Transaction.Status == BlockStatus.Failed && !ControlExecutor.EndsFailure(command)) throw FailedBlock();
        Plan? plan = null;
        if (command is null)
        {
            plan = planner.TryPlan(statement, NoTypes) ?? await planner.PlanAsync(statement, NoTypes).ConfigureAwait(false);
            command = plan.Translation.Control;
        }
        if (command is not null)
        {
            var shape = control.ShapeOf(command);
            shape?.WriteDescription(executor.Responses, []);
            await control.ExecuteAsync(command, shape, [], 0).ConfigureAwait(false);
            return;
        }
        if (plan!.ParameterTypes.Length > 0) throw new PgException("42P02", "there is no parameter $1");
        plan.Shape?.WriteDescription(executor.Responses, []);
        await executor.ExecuteAsync(new Portal("", new PreparedStatement("", statement, NoTypes) { Plan = plan }, plan, [], []), 0).ConfigureAwait(false);
    }

    public static PgException FailedBlock() => new(SqlStates.InFailedSqlTransaction, "current transaction is aborted, commands ignored until end of transaction block");
}
