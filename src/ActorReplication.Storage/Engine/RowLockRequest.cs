namespace ActorReplication.Storage.Engine;

/// <summary>How a reading statement locks what it returns. Its first result columns are for this alone.</summary>
/// <param name="Tables">For each of the first columns, after the limits if there are any, the table whose rowid it is (null: no row to lock).</param>
/// <param name="HasLimits">The two columns before them are LIMIT (under zero: none) and OFFSET, counted after rows that are left out.</param>
public sealed record RowLockRequest(IReadOnlyList<string> Tables, RowLockMode Mode, LockWait Wait, bool HasLimits);

public enum RowLockMode : byte
{
    /// <summary>The row is changed.</summary>
    Write,

    /// <summary>Nobody else is to change or lock it.</summary>
    Update,

    /// <summary>Nobody else is to change it.</summary>
    Share,
}

/// <summary>What to do about a row that another transaction has locked.</summary>
public enum LockWait : byte
{
    Wait,

    /// <summary>The statement fails.</summary>
    Fail,

    /// <summary>The row is left out.</summary>
    Skip,
}
