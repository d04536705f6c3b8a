using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>Client transactions whose statements may travel as such: each runs with what it takes from clock and chance settled, and is measured.</summary>
internal sealed unsafe partial class LeaderSession
{
    private readonly TransactionRecord record;
    private readonly MeasuringCapture measuring;
    private readonly StatementSafety safety;

    /// <summary>The open transaction records statements; null = it captures rows only.</summary>
    private TransactionRecord? recording;

    private void BeginRecording(CaptureRules rules)
    {
        recording = rules.Method is ReplicationMethod.Row or ReplicationMethod.Page ? null : record;
        ExpectDetails(recording is not null);
        if (recording is null)
            return;
        record.Begin(rules, Draws.Now());
        measuring.End();
    }

    /// <summary>What a statement's preparation must tell for its safety to be judged is not noted while rows travel.</summary>
    private void ExpectDetails(bool expected)
    {
        if (connection.NotesDetails == expected)
            return;
        connection.NotesDetails = expected;
        if (expected)
            connection.ForgetStatements();
    }

    private SqlOutcome Record(Statement statement, SqlCall call, long deadline, ICancelHandle? cancel)
    {
        FlushBefore(statement);
        record.Absorb(ShipReason.Deferred);
        var verdict = call.Auxiliary is null ? safety.Of(statement) : Verdict.Never(ShipReason.Catalog);
        var isAllowed = verdict.Safety == Safety.Unsafe && record.Rules.Unsafe == UnsafeStatements.Allow;
        if (verdict.Safety >= Safety.Unsafe && record.Rules.Unsafe == UnsafeStatements.Error)
            return new SqlOutcome(NotSafe(verdict.Reason), 0, 0, false);

        var size = record.Prepare(statement, call.Parameters);
        measuring.Begin(RowBytesToKeep(verdict, isAllowed, size));
        var mark = capture.Mark;
        var seed = Draws.NewSeed();
        var time = Draws.Now();
        var rowidBefore = sqlite3_last_insert_rowid(connection.Handle);
        var changesBefore = sqlite3_changes64(connection.Handle);
        SqlOutcome outcome;
        try
        {
            connection.Draws.Settle(record.Time, time, seed);
            outcome = RunWrite(statement, call, deadline, cancel);
        }
        finally
        {
            connection.Draws.Release();
        }
        if (outcome.Succeeded)
        {
            var detail = statement.Facts.Detail!;
            var flags = (connection.Draws.TimeWasRead ? PayloadFormat.Clock : 0) | (connection.Draws.Count > 0 ? PayloadFormat.Seed : 0)
                | (detail.ReadsLastRowid ? PayloadFormat.LastRowid : 0) | (detail.ReadsChanges ? PayloadFormat.Changes : 0) | (isAllowed ? PayloadFormat.Unsafe : 0);
            var result = new StatementResult((byte)flags, connection.Draws.TimeWasRead ? time : record.Time, seed, rowidBefore, changesBefore, outcome.AffectedRows, measuring.Digest);
            outcome = Keep(statement, result, verdict, isAllowed, mark, outcome);
        }
        measuring.End();
        return outcome;
    }

    private long RowBytesToKeep(Verdict verdict, bool isAllowed, int statementBytes)
    {
        if (isAllowed)
            return 0;
        if (verdict.Safety != Safety.Safe)
            return MeasuringCapture.KeepAll;
        return record.Rules.Method == ReplicationMethod.Mixed ? statementBytes : 0;
    }

    /// <summary>Decides what of the statement is remembered. One that had no effect leaves nothing.</summary>
    private SqlOutcome Keep(Statement statement, in StatementResult result, Verdict verdict, bool isAllowed, int mark, SqlOutcome outcome)
    {
        if (result.Digest is { Rows: 0, Sum: 0 })
        {
            capture.Truncate(mark);
            return outcome;
        }
        // One row, and at most one random number, come in no order.
        var isSafe = isAllowed || verdict.Safety == Safety.Safe || verdict.Safety == Safety.OneRow && result.Affected <= 1 && connection.Draws.Count <= 1;
        if (isSafe)
        {
            var keepRows = !measuring.Dropped && !isAllowed && record.Rules.Method == ReplicationMethod.Mixed;
            var reason = isAllowed ? verdict.Reason : record.Rules.Method == ReplicationMethod.Mixed ? ShipReason.SmallerThanRows : ShipReason.Method;
            record.Add(statement, result, mark, keepRows, reason);
            return outcome;
        }
        if (verdict.Safety == Safety.OneRow && record.Rules.Unsafe == UnsafeStatements.Allow)
        {
            record.Add(statement, result with { Flags = (byte)(result.Flags | PayloadFormat.Unsafe) }, mark, keepRows: false, verdict.Reason);
            return outcome;
        }
        if (record.Rules.Unsafe == UnsafeStatements.Error)
        {
            var failure = NotSafe(verdict.Reason);
            Undo(mark, failure, forced: true);
            return new SqlOutcome(failure, 0, 0, false);
        }
        record.Absorb(verdict.Reason);
        return outcome;
    }

    private static SqlFailure NotSafe(ShipReason reason) =>
        new(SqliteCode.Auth, $"the statement is not safe for statement-based replication ({reason.Text()}), and replication.unsafe_statements is error", Kind: FailureKind.Refused);
}
