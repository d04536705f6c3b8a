using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>The one translation of the node's refusals into the front end's.</summary>
internal static class ErrorMap
{
    public static BackendError? OfStatement(SqlFailure? failure, string sql) => failure switch
    {
        null => null,
        { Kind: FailureKind.Cancelled } => new BackendError.Cancelled(),
        { Kind: FailureKind.TimedOut } => new BackendError.StatementTimeout(),
        { Kind: FailureKind.Refused } f => new BackendError.Refused(f.Message),
        { Kind: FailureKind.TooLarge } f => new BackendError.TooLarge(f.Message),
        { Kind: FailureKind.WouldWrite } => new BackendError.ReadOnly($"cannot execute {CommandOf(sql)} in a read-only transaction"),
        { } f => new BackendError.Engine(f.ExtendedCode, f.Message, f.Offset, f.SqlState),
    };

    /// <summary>Null for Committed and StatementFailed: there the statements' outcomes say it.</summary>
    public static BackendError? OfWrite(WriteStatus status, NodeState state, string sql, bool cancelled) => status switch
    {
        WriteStatus.Committed or WriteStatus.StatementFailed => null,
        WriteStatus.NotLeader => NotLeader(state, sql),
        WriteStatus.LeadershipLost => new BackendError.LeadershipLost(),
        WriteStatus.OutcomeUnknown => new BackendError.OutcomeUnknown(),
        WriteStatus.Overloaded => new BackendError.Overloaded("too many writes are waiting on this node; nothing was done, try again"),
        WriteStatus.LogFull => new BackendError.LogFull("the replication log has reached replication.log-limit, because too few voters answer for it to be cut; nothing was done"),
        WriteStatus.Cancelled => cancelled ? new BackendError.Cancelled() : new BackendError.StatementTimeout(),
        WriteStatus.LockTimeout => new BackendError.LockTimeout(),
        WriteStatus.Deadlock => new BackendError.Deadlock(),
        WriteStatus.Conflict => new BackendError.Serialization("could not serialize access due to concurrent update"),
        WriteStatus.IdleTimeout => new BackendError.IdleTimeout(),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "no such status"),
    };

    public static BackendError? OfRead(ReadAdmission admission) => admission switch
    {
        ReadAdmission.Admitted => null,
        ReadAdmission.TimedOut => new BackendError.StatementTimeout(),
        _ => new BackendError.NoLeader(),
    };

    public static BackendError? OfControl(ControlResult result) => result.Reason switch
    {
        RefusalReason.None => null,
        RefusalReason.NotLeader or RefusalReason.NotReady => new BackendError.NoLeader(),
        RefusalReason.LeadershipLost or RefusalReason.TimedOut => new BackendError.OutcomeUnknown(),
        RefusalReason.Overloaded or RefusalReason.ChangeUnderWay or RefusalReason.TransferUnderWay =>
            new BackendError.Overloaded(result.Message ?? "another change of the cluster is under way; try again"),
        _ => new BackendError.InvalidSetting(result.Message ?? "the cluster refused the change"),
    };

    public static BackendError ReadOnlyTransaction(string sql) => new BackendError.ReadOnly($"cannot execute {CommandOf(sql)} in a read-only transaction");

    private static BackendError NotLeader(NodeState state, string sql) => state.Role switch
    {
        NodeRole.Follower => new BackendError.ReadOnly($"cannot execute {CommandOf(sql)} in a read-only transaction; the leader is {state.Leader}"),
        _ => new BackendError.NoLeader(),
    };

    /// <summary>INSERT, CREATE TABLE, …: as PostgreSQL names the statement in this message.</summary>
    private static string CommandOf(string sql)
    {
        var words = sql.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return "statement";
        var first = words[0].ToUpperInvariant();
        return first is "CREATE" or "DROP" or "ALTER" && words.Length > 1 ? $"{first} {words[1].ToUpperInvariant()}" : first;
    }
}
