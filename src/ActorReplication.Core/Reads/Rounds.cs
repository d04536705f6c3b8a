using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Reads;

/// <summary>Numbers what a leader says, and remembers when it began to say it. A round that a set which no election can avoid has
/// answered proves that no other leader was elected before it began (Ongaro §6.4).</summary>
internal sealed class Rounds(ReplicaState s)
{
    /// <summary>Rounds whose start is remembered; an answer to an older one extends no lease.</summary>
    private const int Remembered = 256;

    private readonly Instant[] _startedAt = new Instant[Remembered];

    public long Current { get; private set; }

    /// <summary>The highest round answered by such a set.</summary>
    public long Confirmed { get; private set; }

    public void Begin() => (Current, Confirmed) = (0, 0);

    public long Next()
    {
        Current++;
        _startedAt[Current % Remembered] = s.Now;
        return Current;
    }

    /// <summary>When the round began, before any message of it left; null if that is long ago.</summary>
    public Instant? StartedAt(long round) => round > 0 && round > Current - Remembered ? _startedAt[round % Remembered] : null;

    /// <param name="answered">By slot: the latest round each node has answered (this node: the current one).</param>
    /// <returns>Whether more is confirmed than before.</returns>
    public bool Confirm(ReadOnlySpan<long> answered)
    {
        var confirmed = CommitRule.HighestBlocking(s.Rule!, answered);
        if (confirmed <= Confirmed) return false;
        Confirmed = confirmed;
        return true;
    }
}
