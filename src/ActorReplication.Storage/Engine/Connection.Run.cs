using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

internal sealed unsafe partial class Connection
{
    /// <summary>Executes a user's prepared statement to its end. Throws what the consumer or parameter source throws, after resetting the statement.</summary>
    /// <param name="unbounded">The node's own limits of time and rows do not count: another node has run it already.</param>
    internal SqlOutcome Run(Statement statement, SqlCall call, long until, ICancelHandle? cancelHandle, bool unbounded = false)
    {
        if (statement.IsEmpty)
            return new SqlOutcome(null, 0, 0, true);
        functionFailure = null;
        authorizer.Refusal = null;
        stopReason = StopReason.None;
        cancel = cancelHandle;
        deadline = options.StatementTimeoutMs > 0 && !unbounded ? Math.Min(until, Environment.TickCount64 + options.StatementTimeoutMs) : until;
        try
        {
            if (MustStop())
                return new SqlOutcome(stopReason == StopReason.Cancelled ? Cancelled : TimedOut, 0, 0, statement.ReadOnly);
            if (call.Parameters is { } parameters)
            {
                statement.Bind(parameters);
                if (statement.BindError != SqliteCode.Ok)
                    return new SqlOutcome(BindFailure(statement), 0, 0, statement.ReadOnly);
            }
            return Step(statement, call, unbounded ? 0 : options.MaxResultRows);
        }
        finally
        {
            _ = sqlite3_reset(statement.Handle);
            statement.ClearBindings();
            cancel = null;
            deadline = long.MaxValue;
        }
    }

    private SqlOutcome Step(Statement statement, SqlCall call, long mostRows)
    {
        var code = sqlite3_step(statement.Handle);
        var consumer = call.Rows;
        long rows = 0;
        if (code is SqliteCode.Row or SqliteCode.Done && callbackFailure is null)
        {
            statement.NoticeReprepare();
            if (consumer is not null && statement.Count > 0)
                consumer.Start(statement);
        }
        while (code == SqliteCode.Row)
        {
            if (call.MaxRows == 0 || rows < call.MaxRows)
            {
                if (mostRows > 0 && rows >= mostRows)
                {
                    var failure = new SqlFailure(SqliteCode.TooBig, $"the result has more than {mostRows} rows", Kind: FailureKind.TooLarge);
                    return new SqlOutcome(failure, 0, rows, statement.ReadOnly);
                }
                rows++;
                consumer?.Row(statement);
                // A reading statement may be left here; a writing one must reach its end to have its whole effect.
                if ((rows == call.MaxRows || consumer is { IsFull: true }) && statement.ReadOnly)
                    return new SqlOutcome(null, 0, rows, true);
            }
            code = sqlite3_step(statement.Handle);
        }
        ThrowCallbackFailure();
        return code == SqliteCode.Done
            ? new SqlOutcome(null, statement.ReadOnly || statement.Facts.IsDdl ? 0 : sqlite3_changes64(db), rows, statement.ReadOnly)
            : new SqlOutcome(Failure(code), 0, rows, statement.ReadOnly);
    }

    private SqlFailure BindFailure(Statement statement) => SqliteCode.Primary(statement.BindError) switch
    {
        SqliteCode.Range => new SqlFailure(SqliteCode.Range, $"parameter number out of range: the statement has {statement.Parameters}"),
        SqliteCode.TooBig => new SqlFailure(
            SqliteCode.TooBig, $"a parameter is larger than the limit of {options.MaxValueBytes} bytes", Kind: FailureKind.TooLarge),
        _ => Failure(statement.BindError),
    };
}
