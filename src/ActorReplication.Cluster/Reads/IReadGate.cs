using ActorReplication.Core;

namespace ActorReplication.Cluster.Reads;

public enum ReadLevel : byte
{
    /// <summary>Linearizable on the leader, local on a follower.</summary>
    Default,
    Local,

    /// <summary>At least the index given.</summary>
    Session,
    Linearizable,
}

public enum ReadAdmission : byte
{
    /// <summary>Take a reader now: it sees enough.</summary>
    Admitted,

    /// <summary>Linearizable was asked for and no leadership could be confirmed.</summary>
    NotLeader,
    TimedOut,
}

/// <summary>Says when a read may start. Thread-safe; completes synchronously on the hot path (a valid lease, or a local read).</summary>
public interface IReadGate
{
    ValueTask<ReadAdmission> EnterAsync(ReadLevel level, LogIndex atLeast, CancellationToken cancellation);
}
