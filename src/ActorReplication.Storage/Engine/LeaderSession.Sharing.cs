using ActorReplication.Schemas;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Engine;

/// <summary>Transactions that are open beside the database, many at a time: each statement runs on the committed state with the transaction's own changes made again, and
/// is then taken back.</summary>
internal sealed unsafe partial class LeaderSession
{
    private readonly TraitsReader traits;
    private readonly LockingCapture locking;
    private readonly RowNumbering numbering = new();
    private const string ChangesSchema = "the statement changes the schema";

    private IRowLocks? locks;
    private ulong? readTaken;

    internal ulong? Taken => locks is null ? null : readTaken ?? locking.Taken ?? vacatedTaken ?? tableTaken;

    internal StepOutcome Step(OpenChanges changes, SqlCall call, long deadline, ICancelHandle? cancel, IRowLocks held)
    {
        if (transactionOpen)
            throw new InvalidOperationException("a client transaction is open");
        Control("SAVEPOINT " + ClientSavepoint);
        try
        {
            numbering.Clear();
            changes.SetKeys([], RowLockMode.Write);
            changes.Repeated += changes.Rows;
            if (changes.Repeated > OpenChanges.MostRepeated)
                return StepOutcome.NeedsGate($"the transaction's rows were made again more than {OpenChanges.MostRepeated} times");
            if (MakeAgain(changes, 0, changes.Count, rewrites: true) is { } difference)
                return new StepOutcome(StepEnd.Conflict, default, 0, difference);
            return RunStep(changes, call, deadline, cancel, held);
        }
        catch (PayloadTooLargeException large)
        {
            return StepOutcome.NeedsGate(large.Message);
        }
        finally
        {
            TakeStepBack();
        }
    }

    private StepOutcome RunStep(OpenChanges changes, SqlCall call, long deadline, ICancelHandle? cancel, IRowLocks held)
    {
        if (call.Auxiliary is { } auxiliary && connection.FillAuxiliary(auxiliary) is { } unfilled)
            return StepOutcome.Done(new SqlOutcome(unfilled, 0, 0, true));
        if (TableRedefinition.IsOne(call.Sql))
            return StepOutcome.NeedsGate(ChangesSchema);
        if (connection.Prepare(call.Sql, out var failure) is not { } statement)
            return StepOutcome.Done(new SqlOutcome(failure, 0, 0, false));
        if (statement.ReadOnly)
            return ReadStep(changes, statement, call, deadline, cancel, held);
        if (WhyNotBeside(statement.Facts) is { } why)
            return StepOutcome.NeedsGate(why);
        if (WhichTableIsTaken(statement.Facts, held) is { } table)
            return StepOutcome.Blocked(table, RowLockMode.Share);

        sequenceValues.Clear();
        foreach (var counted in statement.Facts.Sequences)
            PassReserved(counted);
        ReadSequences(statement.Facts);
        capture.Clear();
        locking.Begin(capture, held, numbering);
        connection.Observer = locking;
        var outcome = connection.Run(statement, call, deadline, cancel);
        connection.Observer = null;
        if ((locking.Taken ?? WhoseRowItIs(statement, call, ref outcome, deadline, cancel, held)) is { } taken)
            return StepOutcome.Blocked(taken, RowLockMode.Write);
        if (!outcome.Succeeded)
            return StepOutcome.Done(outcome);
        if (locking.NotRepeatable is { } reason)
            return StepOutcome.NeedsGate(reason);
        if (changes.Rows + locking.Rows > OpenChanges.MostRows)
            return StepOutcome.NeedsGate($"the transaction changes more than {OpenChanges.MostRows} rows");
        if (WhyTooLarge(changes, held) is { } large)
            return StepOutcome.NeedsGate(large);
        Keep(changes, statement.Facts, locking.Rows);
        return StepOutcome.Done(outcome);
    }

    private string? WhyTooLarge(OpenChanges changes, IRowLocks held)
    {
        if (locking.Keys.Count > held.KeysLeft)
            return "no more rows can be locked";
        if (changes.Bytes + capture.Written.Length > OpenChanges.MostBytes)
            return $"the transaction's changes are more than {OpenChanges.MostBytes} bytes";
        return capture.Written.Length > held.BytesLeft ? "the open transactions' changes take all the memory that there is for them" : null;
    }

    private StepOutcome ReadStep(OpenChanges changes, Statement statement, SqlCall call, long deadline, ICancelHandle? cancel, IRowLocks held)
    {
        if (call.Lock is not { } request)
            return StepOutcome.Done(connection.Run(statement, call, deadline, cancel));
        var rows = new LockingRows(catalog, call, request, held, Math.Max(1, held.KeysLeft));
        var outcome = Run(rows, statement, call, deadline, cancel);
        if (rows.Taken is { } taken)
            return StepOutcome.Blocked(taken, request.Mode);
        if (rows.AreTooMany)
            return StepOutcome.NeedsGate("no more rows can be locked");
        if (outcome.Succeeded)
            changes.SetKeys(rows.Keys, request.Mode);
        return StepOutcome.Done(outcome);
    }

    private SqlOutcome Run(LockingRows rows, Statement statement, SqlCall call, long deadline, ICancelHandle? cancel)
    {
        var outcome = connection.Run(statement, call with { Rows = rows }, deadline, cancel);
        return rows.Failure is { } failure ? new SqlOutcome(failure, 0, 0, true) : outcome with { RowCount = rows.Rows };
    }

    /// <summary>In a client transaction: nobody else runs before its end, so it is enough to wait for those that have the rows.</summary>
    private SqlOutcome ReadLocking(RowLockRequest request, Statement statement, SqlCall call, long deadline, ICancelHandle? cancel)
    {
        var rows = new LockingRows(catalog, call, request, locks, most: 0);
        var outcome = Run(rows, statement, call, deadline, cancel);
        readTaken ??= rows.Taken;
        return outcome;
    }

    private string? WhyNotBeside(StatementFacts facts)
    {
        if (facts.IsDdl)
            return ChangesSchema;
        if (!facts.Resolved)
            Resolve(facts);
        if (facts.TouchesVirtual)
            return "the statement writes a virtual table";
        foreach (var (table, _) in facts.Writes)
            if (catalog.Find(table) is { } shape && traits.Of(shape).HasTriggers)
                return $"table {shape.Name} has triggers";
        return null;
    }

    private void Keep(OpenChanges changes, StatementFacts facts, long inserted)
    {
        foreach (var table in facts.Sequences)
        {
            if (sequences.Read(catalog.Find(table)!.NameUtf8) is not { } number)
                continue;
            ReserveIfDrawn(table, sequenceValues[table], number, inserted);
            changes.Sequences.Add(table);
        }
        changes.Vacated.UnionWith(locking.Vacated);
        var tables = capture.Tables;
        changes.SetKeys(locking.Keys, RowLockMode.Write, capture.IsEmpty ? null : tables.Select(LockOf));
        if (capture.IsEmpty)
            return;
        changes.NumbersRows |= Array.Exists(tables, table => table is { HasRowid: true, RowidColumn: < 0 });
        changes.Add(new OpenChunk(capture.Written.ToArray(), tables, locking.Rows));
    }

    private void TakeStepBack()
    {
        connection.Observer = null;
        if (connection.InTransaction)
        {
            Control("ROLLBACK TO " + ClientSavepoint);
            Control("RELEASE " + ClientSavepoint);
        }
        else
        {
            // SQLite ends all of it when a writing statement is interrupted. Nothing else is in this batch.
            Control("BEGIN IMMEDIATE");
        }
        AfterRollback();
    }

    internal string? Resume(OpenChanges changes, int from, int to)
    {
        RequireTransaction();
        if (from == 0)
            numbering.Clear();
        foreach (var table in changes.Sequences)
            if (catalog.Find(table) is { } shape)
                sequenceValues.TryAdd(table, sequences.Read(shape.NameUtf8));
        string? difference;
        try
        {
            difference = MakeAgain(changes, from, to, rewrites: false);
        }
        catch (PayloadTooLargeException)
        {
            difference = "its changes are more than one entry of the log can hold";
        }
        connection.Observer = Capture;
        if (difference is not null)
            return difference;
        foreach (var table in changes.Sequences)
        {
            if (catalog.Find(table) is not { } shape)
                continue;
            // Those that were rolled back beside it: only in the log are they kept from the next leader's transactions.
            PassReserved(table);
            CaptureSequence(shape, capture, null);
        }
        recording?.Absorb(ShipReason.Shared);
        return null;
    }

    /// <param name="rewrites">The changes are noted anew where a row has got another rowid; else all are captured, as the open client transaction's.</param>
    private string? MakeAgain(OpenChanges changes, int from, int to, bool rewrites)
    {
        var then = rewrites && !changes.NumbersRows ? null : capture;
        for (var i = from; i < to; i++)
        {
            if (WhyUnsuited(changes, i) is { } why)
                return why;
            if (rewrites)
                capture.Clear();
            if (applier.MakeAgain(changes.Chunks[i].Payload, numbering, then) is { } difference)
                return difference;
            if (rewrites && numbering.HasMoved)
                changes.Chunks[i] = changes.Chunks[i] with { Payload = capture.Written.ToArray() };
        }
        return null;
    }

    /// <summary>Whether a table is not what it was when its rows were noted.</summary>
    private string? WhyUnsuited(OpenChanges changes, int number)
    {
        var tables = changes.Chunks[number].Tables;
        for (var i = 0; i < tables.Length; i++)
        {
            var (before, now) = (tables[i], catalog.Find(tables[i].Name));
            if (ReferenceEquals(before, now))
                continue;
            if (now is null || now.RowidColumn != before.RowidColumn || !now.Columns.AsSpan().SequenceEqual(before.Columns) || !now.Stored.AsSpan().SequenceEqual(before.Stored)
                || !now.Key.AsSpan().SequenceEqual(before.Key) || traits.Of(now).HasTriggers)
                return $"table {before.Name} was changed by another transaction";
            tables[i] = now;
        }
        return null;
    }
}
