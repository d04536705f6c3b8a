using ActorReplication.Schemas;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Engine;

internal sealed unsafe partial class LeaderSession
{
    internal SqlOutcome Execute(SqlCall call, long deadline, ICancelHandle? cancel)
    {
        RequireTransaction();
        if (doomed is not null)
            return new SqlOutcome(doomed, 0, 0, false);
        if (call.Auxiliary is { } auxiliary && connection.FillAuxiliary(auxiliary) is { } unfilled)
            return new SqlOutcome(unfilled, 0, 0, true);
        if (TableRedefinition.IsOne(call.Sql))
            return Redefine(call, deadline, cancel);
        if (connection.Prepare(call.Sql, out var failure) is not { } statement)
            return new SqlOutcome(failure, 0, 0, false);
        if (statement.ReadOnly)
            return Read(statement, call, deadline, cancel);
        return statement.Facts.IsDdl ? ChangeSchema(statement, call, deadline, cancel) : Write(statement, call, deadline, cancel);
    }

    /// <summary>Even a reading statement may make a full-text index write what it holds: what was captured stays.</summary>
    private SqlOutcome Read(Statement statement, SqlCall call, long deadline, ICancelHandle? cancel)
    {
        var mark = capture.Mark;
        var outcome = call.Lock is { } request ? ReadLocking(request, statement, call, deadline, cancel) : connection.Run(statement, call, deadline, cancel);
        if (!outcome.Succeeded && !connection.InTransaction)
            Undo(mark, outcome.Failure!, forced: true);
        return outcome;
    }

    private SqlOutcome Write(Statement statement, SqlCall call, long deadline, ICancelHandle? cancel)
    {
        if (!statement.Facts.Resolved)
            Resolve(statement.Facts);
        PassReserved(statement.Facts);
        var outcome = recording is null ? RunWrite(statement, call, deadline, cancel) : Record(statement, call, deadline, cancel);
        if (locks is not null && locking.Taken is null)
            LookForVacated(statement, call, ref outcome, deadline, cancel);
        return outcome;
    }

    private void LookForVacated(Statement statement, SqlCall call, ref SqlOutcome outcome, long deadline, ICancelHandle? cancel)
    {
        var ran = outcome.Succeeded;
        vacatedTaken ??= WhoseRowItIs(statement, call, ref outcome, deadline, cancel, locks!);
        if (!connection.InTransaction)
            Undo(capture.Mark, outcome.Failure ?? new SqlFailure(SqliteCode.Abort, "the statement could not be tried again"), forced: true);
        // What it did before it was looked into stands in what was captured.
        if (ran)
            doomed ??= outcome.Failure;
    }

    /// <summary>SQLite makes full-text indexes write just before many a statement, and a failure of that statement does not take it back: it has
    /// to come before the mark. A statement that is repeated is left alone, so that loading rows one by one stays fast.</summary>
    private void FlushBefore(Statement statement)
    {
        if (virtualPending && !ReferenceEquals(statement, lastWrite))
            Flush();
    }

    private SqlOutcome RunWrite(Statement statement, SqlCall call, long deadline, ICancelHandle? cancel)
    {
        var facts = statement.Facts;
        FlushBefore(statement);
        lastWrite = statement;
        var mark = capture.Mark;
        ReadSequences(facts);
        violationsBefore = CountsViolations();
        var pendingBefore = virtualPending;
        virtualPending |= facts.TouchesVirtual;
        var changedBefore = RowsChanged;
        var outcome = RunGuarded(statement, call, deadline, cancel, mark, pendingBefore);
        if (!outcome.Succeeded)
            return outcome;
        foreach (var table in facts.Sequences)
        {
            var before = sequenceValues[table];
            CaptureSequence(catalog.Find(table)!, capture, recording is null ? null : measuring);
            NoteDrawn(table, before, RowsChanged - changedBefore);
        }
        return outcome;
    }

    private SqlOutcome RunGuarded(Statement statement, SqlCall call, long deadline, ICancelHandle? cancel, int mark, bool pendingBefore)
    {
        try
        {
            var outcome = connection.Run(statement, call, deadline, cancel);
            if (!outcome.Succeeded)
            {
                virtualPending = pendingBefore;
                Undo(mark, outcome.Failure!, forced: pendingBefore);
            }
            return outcome;
        }
        catch (PayloadTooLargeException large)
        {
            var failure = new SqlFailure(SqliteCode.TooBig, large.Message, Kind: FailureKind.TooLarge);
            virtualPending = pendingBefore;
            Undo(mark, failure, forced: true);
            return new SqlOutcome(failure, 0, 0, false);
        }
        catch (Exception thrown) when (thrown is not StorageFailure)
        {
            virtualPending = pendingBefore;
            Undo(mark, new SqlFailure(SqliteCode.Abort, thrown.Message), forced: true);
            throw;
        }
    }

    private void Resolve(StatementFacts facts)
    {
        foreach (var (table, insert) in facts.Writes)
        {
            var shape = catalog.Find(table);
            facts.TouchesVirtual |= shape is { IsVirtual: true };
            if (insert && shape is { HasSequence: true } && !facts.Sequences.Contains(table))
                facts.Sequences.Add(table);
        }
        facts.Resolved = true;
    }

    private void ReadSequences(StatementFacts facts)
    {
        foreach (var table in facts.Sequences)
        {
            if (!sequenceValues.ContainsKey(table))
                sequenceValues[table] = sequences.Read(catalog.Find(table)!.NameUtf8);
        }
    }

    private void CaptureSequence(TableShape shape, RowCapture rows, MeasuringCapture? measure)
    {
        var before = sequenceValues[shape.Name];
        var after = sequences.Read(shape.NameUtf8);
        if (after == before)
            return;
        rows.Sequence(shape, before, after);
        measure?.Sequence(shape, after);
        sequenceValues[shape.Name] = after;
    }

    private SqlOutcome ChangeSchema(Statement statement, SqlCall call, long deadline, ICancelHandle? cancel)
    {
        var facts = statement.Facts;
        if (facts.ChangedTable is { } changed && WaitForWriters(changed) is { } waits)
            return waits;
        recording?.Absorb(ShipReason.Deferred);
        var mark = capture.Mark;
        var version = SchemaVersion();
        var root = facts is { ChangedTable: { } renamed, DropsTable: false } ? RootOf(renamed) : 0;
        if (virtualPending)
        {
            Flush();
            mark = capture.Mark;
        }
        var outcome = RunGuarded(statement, call, deadline, cancel, mark, pendingBefore: false);
        if (!outcome.Succeeded || !facts.IsMaintenance && SchemaVersion() == version)
            return outcome;

        ChangedSchema = true;
        // Each node's own run of the text makes these rows; only what foreign keys delete with a table travels.
        if (!facts.DropsTable || facts.IsVirtual)
            capture.Truncate(mark);
        ForgetSchema();
        sequenceValues.Clear();
        if (facts.DropsTable)
            ForgetWithoutCounter();
        else if (root > 0 && NameAt(root) is { } name && name != facts.ChangedTable)
            RenameCounter(facts.ChangedTable!, name);
        if (facts.CreatedTable is { } created && facts.HasSelect)
            CaptureTableAsSelect(created);
        else
            capture.Ddl(call.Sql);
        if (facts.CreatedTable is { } table && catalog.Find(table) is { HasRowid: true, RowidName: null })
        {
            var refusal = new SqlFailure(SqliteCode.Error, $"table {table}: its columns hide rowid, oid and _rowid_; one must be left", Kind: FailureKind.Refused);
            Undo(mark, refusal, forced: true);
            return new SqlOutcome(refusal, 0, 0, false);
        }
        recording?.Absorb(ShipReason.SchemaChange);
        return outcome;
    }

    /// <summary>CREATE TABLE … AS SELECT travels as the table it made and the rows it found: the SELECT may give another answer elsewhere.</summary>
    private void CaptureTableAsSelect(string table)
    {
        var shape = catalog.Find(table)!;
        var find = connection.PrepareInternal("SELECT sql FROM public.sqlite_schema WHERE type = 'table' AND name = ?1");
        find.Text(1, shape.NameUtf8);
        connection.StepInternal(find);
        capture.Ddl(find.TextString(0));
        find.FinalizeHandle();

        var columns = shape.Stored.Select(column => Connection.Quote(shape.Columns[column])).Prepend(Connection.Quote(shape.RowidName ?? "rowid"));
        var rows = connection.PrepareInternal($"SELECT {string.Join(", ", columns)} FROM public.{Connection.Quote(shape.Name)}");
        try
        {
            while (connection.StepInternal(rows))
                capture.Row(shape, rows);
        }
        finally
        {
            rows.FinalizeHandle();
        }
    }

    private long SchemaVersion() => connection.QueryInt64("PRAGMA public.schema_version");
}
