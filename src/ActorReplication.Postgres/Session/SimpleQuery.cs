using System.Runtime.CompilerServices;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Frontend;

namespace ActorReplication.Postgres.Session;

/// <summary>The simple protocol: one Query message, all its statements, as one unit. Results are always text.</summary>
internal sealed class SimpleQuery(SessionContext session, StatementExecutor executor, Planner planner, ControlExecutor control)
{
    private static readonly uint[] NoTypes = [];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(ReadOnlyMemory<byte> body)
    {
        var statements = Parse(body.Span);
        session.Statements.Unnamed = null;
        session.Portals.Unnamed = null;
        if (statements.Count == 0)
        {
            executor.Responses.EmptyQueryResponse();
        }
        for (var i = 0; i < statements.Count; i++) await RunAsync(statements[i]).ConfigureAwait(false);
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
