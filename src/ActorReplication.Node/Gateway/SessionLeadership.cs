using ActorReplication.Core;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Node.Gateway;

/// <summary>Keeps a session's answers as fresh as a leader's have to be, in the moments in which the node has ceased to lead and does not know it yet, or knows it and has not ended the session yet.</summary>
internal sealed class SessionLeadership(ReadPath reads, Func<NodeState> state)
{
    private bool _wasOnLeader = state().Role == NodeRole.Leader;

    public long Epoch => state().Epoch;

    /// <summary>A session that has been on a leader reads as on a leader until it is ended: that it had lost its leader in the meantime would be told to it only afterwards.</summary>
    public RunOptions Of(in RunOptions options)
    {
        _wasOnLeader |= state().Role == NodeRole.Leader;
        return _wasOnLeader && options.Reads == ReadConsistency.Default ? options with { Reads = ReadConsistency.Linearizable } : options;
    }

    /// <summary>For an answer of the write gate that does not come through the log: nothing was changed, or a statement failed. It tells of this node's state, and is true only if the node
    /// still led after it had been made.</summary>
    /// <param name="epoch">As it was before.</param>
    /// <returns>Null: it did.</returns>
    public async ValueTask<BackendError?> ConfirmAsync(long epoch, CancelHandle cancel) =>
        await reads.AdmitAsync(ReadConsistency.Linearizable, LogIndex.Zero, cancel) switch
        {
            null => Epoch == epoch ? null : new BackendError.LeadershipLost(),
            BackendError.Cancelled cancelled => cancelled,
            _ => new BackendError.LeadershipLost(),
        };
}
