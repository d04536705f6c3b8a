using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Engine;

/// <summary>Sees each row change of the database file's tables before it happens.</summary>
internal unsafe interface IRowObserver
{
    /// <param name="operation">Insert, Update or Delete of <see cref="SqliteCode"/>.</param>
    /// <param name="oldRowid">Undefined for WITHOUT ROWID tables, as is <paramref name="newRowid"/>.</param>
    void RowChanging(int operation, byte* table, long oldRowid, long newRowid);
}

internal sealed unsafe partial class Connection
{
    private const int ProgressSteps = 2000;

    private enum StopReason : byte { None, Cancelled, TimedOut }

    private long deadline = long.MaxValue;
    private ICancelHandle? cancel;
    private StopReason stopReason;

    private static Connection Of(nint context) => Unsafe.As<Connection>(GCHandle.FromIntPtr(context).Target!);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnRowChanging(nint context, nint db, int operation, byte* schema, byte* table, long oldRowid, long newRowid)
    {
        var connection = Of(context);
        if (connection.Observer is not { } observer || (nint)schema != MainSchema || connection.callbackFailure is not null)
            return;
        try
        {
            observer.RowChanging(operation, table, oldRowid, newRowid);
        }
        catch (Exception failure)
        {
            connection.callbackFailure = failure;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnAuthorize(nint context, int action, byte* first, byte* second, byte* schema, byte* trigger)
    {
        var connection = Of(context);
        if (connection.IsInternal)
            return SqliteCode.Ok;
        try
        {
            return connection.authorizer.Allows(action, Utf8.Text(first), Utf8.Text(second), Utf8.Text(schema), trigger) ? SqliteCode.Ok : 1;
        }
        catch (Exception failure)
        {
            connection.callbackFailure ??= failure;
            return 1;
        }
    }

    /// <summary>Every few thousand steps of SQLite's machine: has the statement's time come?</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnProgress(nint context)
    {
        var connection = Of(context);
        try
        {
            return connection.MustStop() ? 1 : 0;
        }
        catch (Exception failure)
        {
            connection.callbackFailure ??= failure;
            return 1;
        }
    }

    private bool MustStop()
    {
        if (IsInternal)
            return false;
        if (cancel is { IsCancelled: true })
            stopReason = StopReason.Cancelled;
        else if (deadline != long.MaxValue && Environment.TickCount64 >= deadline)
            stopReason = StopReason.TimedOut;
        return stopReason != StopReason.None;
    }
}
