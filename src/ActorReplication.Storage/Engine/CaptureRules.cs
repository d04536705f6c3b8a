namespace ActorReplication.Storage.Engine;

/// <summary>What a client transaction's log entry is made of.</summary>
public enum ReplicationMethod : byte
{
    /// <summary>The rows that it changed.</summary>
    Row,

    /// <summary>Its statements, with what they took from clock and chance; statements that are not safe as <see cref="UnsafeStatements"/> says.</summary>
    Statement,

    /// <summary>Per transaction, its statements if all that matters is safe and they are smaller than the rows; else the rows.</summary>
    Mixed,

    /// <summary>The pages that its batch writes into the database file; see <see cref="IWriter.CommitPages"/>. Until then its rows are kept, to make the batch again should SQLite end it.</summary>
    Page,
}

/// <summary>What to do, under <see cref="ReplicationMethod.Statement"/> and <see cref="ReplicationMethod.Mixed"/>, with a statement that may have another effect elsewhere.</summary>
public enum UnsafeStatements : byte
{
    /// <summary>Send the rows it changed.</summary>
    Row,

    /// <summary>Refuse it.</summary>
    Error,

    /// <summary>Send it all the same; the checksum tells when it went wrong.</summary>
    Allow,
}

/// <summary>How client transactions are captured; the default is rows.</summary>
public readonly record struct CaptureRules(ReplicationMethod Method, UnsafeStatements Unsafe);
