namespace ActorReplication.Postgres.Gateway;

/// <summary>Every way in which the node behind the front end can say no. Session/SqlStates.cs maps them to SQLSTATEs.</summary>
public abstract record BackendError
{
    private BackendError() { }

    /// <summary>SQLite said no. Offset: byte in the SQLite text that the message is about, −1 if unknown. SqlState: set when a function of ours raised it.</summary>
    public sealed record Engine(int ExtendedCode, string Message, int Offset, string? SqlState) : BackendError;

    /// <summary>Not allowed here: says what and why.</summary>
    public sealed record Refused(string Message) : BackendError;
    public sealed record TooLarge(string Message) : BackendError;
    public sealed record Cancelled : BackendError;
    public sealed record StatementTimeout : BackendError;
    public sealed record LockTimeout : BackendError;

    /// <summary>Waiting for another transaction's rows would have been for ever.</summary>
    public sealed record Deadlock : BackendError;

    /// <summary>The transaction sat idle too long and was rolled back.</summary>
    public sealed record IdleTimeout : BackendError;

    /// <summary>It would write, and this node is a follower, or the transaction is read-only.</summary>
    public sealed record ReadOnly(string Message) : BackendError;

    /// <summary>No leader now; nothing was done.</summary>
    public sealed record NoLeader : BackendError;

    /// <summary>This node stopped leading; the transaction has certainly had no effect.</summary>
    public sealed record LeadershipLost : BackendError;

    /// <summary>The node is stopping; nothing was done.</summary>
    public sealed record Stopping : BackendError;

    /// <summary>Proposed, and then leadership was lost: it may or may not become durable.</summary>
    public sealed record OutcomeUnknown : BackendError;

    /// <summary>Queues are full; nothing was done.</summary>
    public sealed record Overloaded(string Message) : BackendError;

    /// <summary>The replication log must not grow any more; nothing was done, and trying again does not help before an operator has.</summary>
    public sealed record LogFull(string Message) : BackendError;

    /// <summary>Concurrent change: try the transaction again.</summary>
    public sealed record Serialization(string Message) : BackendError;

    /// <summary>A setting's value that makes no sense.</summary>
    public sealed record InvalidSetting(string Message, string? Hint = null) : BackendError;
}
