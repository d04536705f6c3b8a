using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Apply;

/// <summary>One row change each, with what to do when the row is not as expected: report it, and come as near to the after-image as can be.</summary>
internal static unsafe class RowSteps
{
    internal static int Insert(Connection connection, RowStatements statements, RowChange change, ImageCheck check, byte* memory)
    {
        var shape = statements.Shape;
        check.Expect(change, shape, memory);
        check.Settle();
        BindRow(statements.Insert, shape, change, memory);
        var code = connection.StepOnce(statements.Insert);
        statements.Insert.ClearBindings();
        if (code == SqliteCode.Done)
            return 1;
        check.Report($"{check.Describe(change)}: expected no such row, the insert failed: {Reason(connection, code)}");
        BindRow(statements.Replace, shape, change, memory);
        code = connection.StepOnce(statements.Replace);
        statements.Replace.ClearBindings();
        return code == SqliteCode.Done ? 1 : 0;
    }

    internal static int Delete(Connection connection, RowStatements statements, RowChange change, ImageCheck check, byte* memory)
    {
        var shape = statements.Shape;
        var statement = statements.Delete;
        check.Expect(change, shape, memory);
        if (shape.HasRowid)
            statement.Int64(1, change.OldRowid);
        else
            for (var i = 0; i < shape.Key.Length; i++)
                Bind(statement, i + 1, change.Values[Array.IndexOf(shape.Stored, shape.Key[i])], memory);
        var code = connection.StepOnce(statement);
        statement.ClearBindings();
        if (!check.Settle())
            check.Report($"{check.Describe(change)}: expected a row to delete, found {(code == SqliteCode.Done ? "none" : Reason(connection, code))}");
        return code == SqliteCode.Done ? 1 : 0;
    }

    internal static int Update(Connection connection, RowStatements statements, RowChange change, ImageCheck check, byte* memory)
    {
        var shape = statements.Shape;
        var moved = shape.HasRowid && change.OldRowid != change.NewRowid;
        var changed = change.Changed.AsSpan(0, change.ChangedCount);
        // It was to move only, among rows whose numbers are given anew.
        if (changed.IsEmpty && !moved)
            return 0;
        var statement = statements.Update(changed, moved);
        check.Expect(change, shape, memory);
        BindUpdate(statement, statements, change, moved, memory);
        var code = connection.StepOnce(statement);
        statement.ClearBindings();
        var found = check.Settle();
        if (found && code == SqliteCode.Done)
            return 1;

        check.Report($"{check.Describe(change)}: {(code == SqliteCode.Done ? "expected a row to update, found none" : $"the update failed: {Reason(connection, code)}")}");
        return code == SqliteCode.Done ? InsertMissing(connection, statements, change, memory) : Force(connection, statements, change, moved, memory);
    }

    private static int Force(Connection connection, RowStatements statements, RowChange change, bool moved, byte* memory)
    {
        var statement = connection.PrepareInternal(statements.UpdateSql("UPDATE OR REPLACE", change.Changed.AsSpan(0, change.ChangedCount), moved));
        try
        {
            BindUpdate(statement, statements, change, moved, memory);
            return connection.StepOnce(statement) == SqliteCode.Done ? 1 : 0;
        }
        finally
        {
            statement.FinalizeHandle();
        }
    }

    /// <summary>The row that should be there is not: make it of the key and the changed columns, which is all that is known.</summary>
    private static int InsertMissing(Connection connection, RowStatements statements, RowChange change, byte* memory)
    {
        var shape = statements.Shape;
        var values = new SortedDictionary<int, PayloadValue>();
        for (var i = 0; i < shape.Key.Length; i++)
            values[shape.Key[i]] = change.Values[i];
        for (var i = 0; i < change.ChangedCount; i++)
            values[change.Changed[i]] = change.After[i];
        var statement = connection.PrepareInternal(statements.InsertSql("INSERT OR REPLACE", [.. values.Keys]));
        try
        {
            var number = 0;
            if (shape.HasRowid)
                statement.Int64(++number, change.NewRowid);
            foreach (var value in values.Values)
                Bind(statement, ++number, value, memory);
            return connection.StepOnce(statement) == SqliteCode.Done ? 1 : 0;
        }
        finally
        {
            statement.FinalizeHandle();
        }
    }

    private static void BindRow(Statement statement, TableShape shape, RowChange change, byte* memory)
    {
        var number = 0;
        if (change.AnyRowid)
            statement.Null(++number);
        else if (shape.HasRowid)
            statement.Int64(++number, change.NewRowid);
        for (var i = 0; i < change.ValueCount; i++)
            Bind(statement, ++number, change.Values[i], memory);
    }

    private static void BindUpdate(Statement statement, RowStatements statements, RowChange change, bool moved, byte* memory)
    {
        if (statements.Shape.HasRowid)
            statement.Int64(1, change.OldRowid);
        else
            for (var i = 0; i < change.ValueCount; i++)
                Bind(statement, i + 1, change.Values[i], memory);
        var number = statements.KeyCount;
        if (moved)
            statement.Int64(++number, change.NewRowid);
        for (var i = 0; i < change.ChangedCount; i++)
            Bind(statement, ++number, change.After[i], memory);
    }

    private static void Bind(Statement statement, int number, in PayloadValue value, byte* memory)
    {
        switch (value.Kind)
        {
            case ValueKind.Null:
                statement.Null(number);
                break;
            case ValueKind.Int64:
                statement.Int64(number, value.Bits);
                break;
            case ValueKind.Double:
                statement.Double(number, value.Real);
                break;
            case ValueKind.Text:
                statement.TextInPlace(number, memory + value.Offset, value.Length);
                break;
            default:
                statement.BlobInPlace(number, memory + value.Offset, value.Length);
                break;
        }
    }

    private static string Reason(Connection connection, int code) => $"{Utf8.Text(sqlite3_errmsg(connection.Handle))} (code {code})";
}
