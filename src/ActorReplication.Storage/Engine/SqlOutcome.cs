namespace ActorReplication.Storage.Engine;

/// <summary>How one statement ended. An expected failure is a value, not an exception; the connection is usable afterwards.</summary>
public readonly record struct SqlOutcome(SqlFailure? Failure, long AffectedRows, long RowCount, bool ReadOnly)
{
    public bool Succeeded => Failure is null;
}

/// <param name="ExtendedCode">SQLite's extended result code.</param>
/// <param name="Message">SQLite's message.</param>
/// <param name="Offset">Byte offset in the SQL text that the message is about, or −1.</param>
/// <param name="SqlState">Set only when a function of ours raised the error; otherwise the front end maps the code.</param>
public sealed record SqlFailure(int ExtendedCode, string Message, int Offset = -1, string? SqlState = null, FailureKind Kind = FailureKind.Sql);

public enum FailureKind : byte
{
    /// <summary>SQLite refused or failed the statement.</summary>
    Sql,

    /// <summary>Cancelled by the session.</summary>
    Cancelled,

    /// <summary>Ran past its deadline.</summary>
    TimedOut,

    /// <summary>The authorizer refused: says what and why in the message.</summary>
    Refused,

    /// <summary>Over a limit of length, rows or result bytes.</summary>
    TooLarge,

    /// <summary>It would write on a connection that may only read.</summary>
    WouldWrite,
}

/// <summary>Ends a statement from another thread; valid for one statement or transaction at a time. Thread-safe.</summary>
public interface ICancelHandle
{
    bool IsCancelled { get; }
    void Cancel();
}
