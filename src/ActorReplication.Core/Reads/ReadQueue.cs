namespace ActorReplication.Core.Reads;

/// <summary>Reads that wait for a round begun after they came. One round serves all that wait when it begins (Ongaro §6.4, steps 2–4).</summary>
internal sealed class ReadQueue(ReplicaState s, Rounds rounds)
{
    /// <summary>Reads beyond this are refused as Overloaded.</summary>
    public const int Most = 16384;

    private readonly List<(RequestId Id, LogIndex Index)> _waiting = [];
    private readonly List<(RequestId Id, LogIndex Index)> _inRound = [];
    private long _round;

    /// <summary>Reads wait and no round is under way for others: begin one, tell everybody, and call <see cref="JoinRound"/>.</summary>
    public bool NeedsRound => _waiting.Count > 0 && _inRound.Count == 0;

    public void Add(RequestId id)
    {
        if (_waiting.Count + _inRound.Count >= Most) s.Emit(new Output.ReadRefused(id, RefusalReason.Overloaded));
        else if (!s.Has(Defects.ReuseReadIndex)) _waiting.Add((id, s.Commit));
        else if (rounds.Current == rounds.Confirmed) s.Emit(new Output.ReadReady(id, s.Commit));
        else
        {
            _inRound.Add((id, s.Commit));
            _round = rounds.Current;
        }
    }

    /// <summary>A new round begins; if nobody waits for an earlier one, those who wait are served by it.</summary>
    public void JoinRound()
    {
        if (!NeedsRound) return;
        _round = rounds.Current;
        _inRound.AddRange(_waiting);
        _waiting.Clear();
    }

    public void AnswerConfirmed()
    {
        if (_inRound.Count == 0 || rounds.Confirmed < _round) return;
        foreach (var (id, index) in _inRound) s.Emit(new Output.ReadReady(id, index));
        _inRound.Clear();
    }

    public void RefuseAll(RefusalReason reason)
    {
        foreach (var (id, _) in _inRound) s.Emit(new Output.ReadRefused(id, reason));
        foreach (var (id, _) in _waiting) s.Emit(new Output.ReadRefused(id, reason));
        _inRound.Clear();
        _waiting.Clear();
    }
}
