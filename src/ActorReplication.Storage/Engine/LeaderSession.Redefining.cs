using ActorReplication.Schemas;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Engine;

/// <summary>REDEFINE TABLE: a schema change that this project carries out, and not SQLite. It travels as its text.</summary>
internal sealed unsafe partial class LeaderSession
{
    private SqlOutcome Redefine(SqlCall call, long deadline, ICancelHandle? cancel)
    {
        if (TableRedefinition.TryParse(call.Sql) is not { } change)
            return new SqlOutcome(new SqlFailure(Interop.SqliteCode.Error, "REDEFINE TABLE: syntax error"), 0, 0, false);
        if (change.Table.StartsWith(Authorizer.OwnPrefix, StringComparison.OrdinalIgnoreCase) || change.Table.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase))
            return new SqlOutcome(new SqlFailure(Interop.SqliteCode.Auth, $"table {change.Table} belongs to the replication engine", Kind: FailureKind.Refused), 0, 0, false);
        if (WaitForWriters(change.Table) is { } waits)
            return waits;
        recording?.Absorb(ShipReason.Deferred);
        if (virtualPending)
            Flush();
        var mark = capture.Mark;
        violationsBefore = CountsViolations();
        var failure = RunRedefinition(change, deadline, cancel);
        // Statements were prepared for a table that is another one now, or that was taken back.
        ForgetSchema();
        if (failure is not null)
        {
            if (!connection.InTransaction)
                Undo(mark, failure, forced: true);
            return new SqlOutcome(failure, 0, 0, false);
        }
        ChangedSchema = true;
        sequenceValues.Clear();
        ForgetWithoutCounter();
        capture.Ddl(call.Sql);
        recording?.Absorb(ShipReason.SchemaChange);
        return new SqlOutcome(null, 0, 0, false);
    }

    private SqlFailure? RunRedefinition(TableRedefinition change, long deadline, ICancelHandle? cancel)
    {
        connection.Observer = null;
        SetReplay(true);
        try
        {
            return new TableRedefiner(connection, catalog).Run(change, sql => connection.Prepare(sql, out var failure) is { } part ? connection.Run(part, new SqlCall(sql), deadline, cancel).Failure : failure);
        }
        finally
        {
            SetReplay(false);
            connection.Observer = Capture;
        }
    }
}
