namespace ActorReplication.Core.Reads;

/// <summary>For how long a leader may serve reads on its own word. Runs from the beginning of a confirmed round, for less than the
/// followers promised in it; once given up for a handover it does not come back in this term.</summary>
internal sealed class Lease(ReplicaState s, Rounds rounds)
{
    private Instant? _until;
    private bool _givenUp;

    public void Begin() => (_until, _givenUp) = (null, false);

    public void Extend()
    {
        if (_givenUp || s.Options.LeaseMs <= 0 || rounds.StartedAt(rounds.Confirmed) is not { } startedAt) return;
        var from = s.Has(Defects.LeaseFromReplyTime) ? s.Now : startedAt;
        var until = from + (int)(s.Options.LeaseMs * (100L - s.Options.ClockDriftPercent) / 100);
        if (until <= s.Now || until <= _until) return;
        _until = until;
        s.Emit(new Output.LeaseChanged(until));
    }

    /// <summary>A late TimeoutNow may still make another node leader, whose voters wait for no lease: none may run in this term any more.</summary>
    public void GiveUp()
    {
        Revoke();
        _givenUp = true;
    }

    public void Revoke()
    {
        if (_until is null) return;
        _until = null;
        s.Emit(new Output.LeaseChanged(s.Now + -1));
    }
}
