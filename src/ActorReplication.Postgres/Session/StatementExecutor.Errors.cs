using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>What the client is told of a statement that failed.</summary>
internal sealed partial class StatementExecutor
{
    private PgError Told(BackendError error, ParsedStatement? statement)
    {
        var told = BackendErrors.ToPgError(error, statement);
        return error is BackendError.Engine ? ConstraintNames.Complete(told, session.Transaction.HasChangedSchema ? session.Transaction.Schema : session.Server.Schemas.Current, statement) : told;
    }

    private PgError? ErrorOf(in RunOutcome outcome, PreparedStatement statement)
    {
        if (outcome.Error is { } failed) return BackendErrors.ToPgError(failed, null);
        if (outcome.Statements is not { Count: > 0 } statements) return new PgError(SqlStates.InternalError, "the statement was not run");
        return statements[^1].Error is { } error ? Told(error, statement.Statement?.Parsed) : null;
    }
}
