using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Roles;

/// <summary>When the policy's followers get no further for longer than it allows, less is enough until they have caught up: copies on voters with data of whom every election needs one.
/// That is the least that loses nothing in a failover, and it is this leader's own decision: nobody has to agree to it, least of all those who are missing.</summary>
internal sealed class MissingAcks(ReplicaState s, Levels levels)
{
    private LogIndex _strict;
    private Instant _advancedAt;

    public void Begin()
    {
        (_strict, _advancedAt) = (LogIndex.Zero, s.Now);
        levels.IsDegraded = false;
    }

    public void End() => Set(false);

    public void Watch()
    {
        var afterMs = s.Config!.Policy.DegradeAfterMs;
        if (afterMs <= 0) { Set(false); return; }
        var strict = levels.Committed(degraded: false);
        if (strict > _strict || strict >= s.Log.LastIndex) _advancedAt = s.Now;
        _strict = strict;
        // Back only when they have all that was committed without them: else nothing would commit while they catch up.
        Set(levels.IsDegraded ? strict < s.Commit : s.Now - _advancedAt >= afterMs);
    }

    private void Set(bool degraded)
    {
        if (levels.IsDegraded == degraded) return;
        levels.IsDegraded = degraded;
        if (!degraded) _advancedAt = s.Now;
        s.Emit(new Output.DegradedChanged(degraded));
    }
}
