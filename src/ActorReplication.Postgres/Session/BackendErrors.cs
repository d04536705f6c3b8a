using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>The one map from what the node answers to what the client is told.</summary>
internal static class BackendErrors
{
    /// <param name="statement">That failed; for positions. Null if none did.</param>
    public static PgError ToPgError(BackendError error, ParsedStatement? statement) => error switch
    {
        BackendError.Engine engine => EngineErrors.ToPgError(engine, statement),
        BackendError.Refused refused => new PgError(SqlStates.InsufficientPrivilege, refused.Message),
        BackendError.TooLarge large => new PgError(SqlStates.ProgramLimitExceeded, large.Message),
        BackendError.Cancelled => new PgError(SqlStates.QueryCancelled, "canceling statement due to user request"),
        BackendError.StatementTimeout => new PgError(SqlStates.QueryCancelled, "canceling statement due to statement timeout"),
        BackendError.LockTimeout => new PgError(SqlStates.LockNotAvailable, "canceling statement due to lock timeout"),
        BackendError.Deadlock => new PgError(SqlStates.DeadlockDetected, "deadlock detected") { Hint = "The transaction might succeed if retried." },
        BackendError.IdleTimeout => PgError.FatalError(SqlStates.IdleInTransactionTimeout, "terminating connection due to idle-in-transaction timeout"),
        BackendError.ReadOnly readOnly => new PgError(SqlStates.ReadOnlySqlTransaction, readOnly.Message),
        BackendError.NoLeader => new PgError(SqlStates.CannotConnectNow, "no leader is known at the moment; nothing was done")
        {
            Hint = "Try again: a leader is elected as soon as a majority of the voters can reach each other.",
        },
        BackendError.LeadershipLost => PgError.FatalError(SqlStates.AdminShutdown, "terminating connection because this node is no longer the leader", "The transaction has had no effect. Connect to the new leader and try again."),
        BackendError.Stopping => PgError.FatalError(SqlStates.AdminShutdown, "terminating connection due to administrator command"),
        BackendError.OutcomeUnknown => new PgError(SqlStates.StatementCompletionUnknown, "the outcome of the transaction is unknown: leadership was lost while it was being committed")
        {
            Hint = "It may or may not be durable. Check before repeating it.",
        },
        // Not of class 53 or 57: drivers would take the whole node for gone.
        BackendError.Overloaded overloaded => new PgError(SqlStates.SerializationFailure, overloaded.Message) { Hint = "Nothing was done; try again." },
        // Nor 53100, for the same reason: reads still work here.
        BackendError.LogFull full => new PgError(SqlStates.ObjectNotInPrerequisiteState, full.Message) { Hint = "Trying again does not help before enough voters are back or removed: actorctl cluster show." },
        BackendError.Serialization serialization => new PgError(SqlStates.SerializationFailure, serialization.Message) { Hint = "The transaction might succeed if retried." },
        BackendError.InvalidSetting setting => new PgError(SqlStates.InvalidParameterValue, setting.Message) { Hint = setting.Hint },
        _ => new PgError(SqlStates.InternalError, "unexpected answer from the node"),
    };

    public static PgError ToPgError(DialectException error) => new(error.SqlState, error.Message) { Position = error.Position, Hint = error.Hint, Detail = error.Detail };
}
