namespace ActorReplication.Core;

/// <param name="TickMs">How often the shell promises a tick.</param>
/// <param name="HeartbeatMs">A leader lets each follower hear from it at least this often.</param>
/// <param name="ElectionTimeoutMs">Silence after which a follower asks for a pre-vote; drawn anew each time from [1, 2) times this. Also check-quorum's bound.</param>
/// <param name="LeaseMs">How long a follower that heard the leader promises not to let another one serve; the leader counts less, by <paramref name="ClockDriftPercent"/>. 0 = no leases.</param>
/// <param name="SuspicionDelayMs">After a hint that the leader is gone, followers wait a part of this, by priority and chance, before the pre-vote.</param>
/// <param name="WindowBytes">Bytes under way to one follower without an answer.</param>
/// <param name="MessageBytes">Most entry bytes in one AppendEntries (a larger single entry travels alone; the shell cuts it into pieces).</param>
/// <param name="UncommittedBytes">Proposals beyond this many uncommitted bytes are refused as Overloaded.</param>
/// <param name="PromoteWithinEntries">A learner is promoted only if its lag is at most this.</param>
/// <param name="NoticeMs">Least time between two messages to one peer that say only how far is committed, or applied: under load the next entries, or the next
/// acknowledgement, say it soon anyway. Not counted where somebody waits for a follower to have received or applied.</param>
/// <param name="Seed">Of the generator that draws timeouts: same seed and inputs, same outputs.</param>
public sealed record ReplicaOptions(
    NodeId Self,
    ulong Seed,
    int TickMs = 10,
    int HeartbeatMs = 50,
    int ElectionTimeoutMs = 600,
    int LeaseMs = 250,
    int ClockDriftPercent = 10,
    int SuspicionDelayMs = 30,
    int WindowBytes = 4 << 20,
    int MessageBytes = 192 << 10,
    long UncommittedBytes = 512L << 20,
    int PromoteWithinEntries = 1000,
    int TransferTimeoutMs = 2000,
    int NoticeMs = 0)
{
    /// <summary>Planted bugs; only tests set them.</summary>
    internal Defects Defects { get; init; }
}
