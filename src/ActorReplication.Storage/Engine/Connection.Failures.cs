using System.Runtime.ExceptionServices;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

internal sealed unsafe partial class Connection
{
    private SqlFunctionException? functionFailure;

    /// <summary>What the last failed call on this connection means. Damage and disk errors are thrown.</summary>
    internal SqlFailure Failure(int code)
    {
        var extended = sqlite3_extended_errcode(db);
        if (SqliteCode.Primary(extended) == SqliteCode.Primary(code))
            code = extended;
        var message = Utf8.Text(sqlite3_errmsg(db)) ?? "";
        if (SqliteCode.IsDamage(code))
            throw Damage(code);
        var offset = sqlite3_error_offset(db);
        switch (SqliteCode.Primary(code))
        {
            case SqliteCode.Auth or SqliteCode.Error when authorizer.Refusal is { } refusal:
                return new SqlFailure(SqliteCode.Auth, refusal, offset, Kind: FailureKind.Refused);
            case SqliteCode.Auth:
                return new SqlFailure(code, message, offset, Kind: FailureKind.Refused);
            case SqliteCode.TooBig:
                return new SqlFailure(code, $"a value or row is larger than the limit of {options.MaxValueBytes} bytes", offset, Kind: FailureKind.TooLarge);
            case SqliteCode.Interrupt:
                return stopReason == StopReason.Cancelled ? Cancelled : TimedOut;
            case SqliteCode.Misuse:
                throw new InvalidOperationException($"{Path}: SQLite was called out of order: {message}");
            default:
                return new SqlFailure(code, message, offset, functionFailure?.SqlState);
        }
    }

    internal static SqlFailure Cancelled { get; } = new(SqliteCode.Interrupt, "the statement was cancelled", Kind: FailureKind.Cancelled);
    internal static SqlFailure TimedOut { get; } = new(SqliteCode.Interrupt, "the statement ran past its deadline", Kind: FailureKind.TimedOut);

    internal StorageFailure Damage(int code)
    {
        var text = Utf8.Text(sqlite3_errmsg(db)) ?? Utf8.Text(sqlite3_errstr(code)) ?? "unknown error";
        return new StorageFailure($"{Path}: {text} (SQLite code {code}, errno {sqlite3_system_errno(db)})");
    }

    internal void Check(int code, string what)
    {
        if (code == SqliteCode.Ok)
            return;
        if (SqliteCode.IsDamage(code))
            throw Damage(code);
        throw Broken(code, $"{what}: {Utf8.Text(sqlite3_errmsg(db))} (SQLite code {code})");
    }

    /// <summary>Something of this project's own did not work that always does.</summary>
    private StorageFailure Broken(int code, string what) => SqliteCode.Primary(code) == SqliteCode.Full ? new DiskFull($"{Path}: {what}") : new StorageFailure($"{Path}: {what}");

    /// <summary>An exception cannot pass through SQLite's frames: it waits here until the call has returned.</summary>
    private void ThrowCallbackFailure()
    {
        if (callbackFailure is not { } failure)
            return;
        callbackFailure = null;
        ExceptionDispatchInfo.Throw(failure);
    }
}
