namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>Things that a run of the standard budget must have met, or it has tested less than it seems.</summary>
internal enum Rare
{
    LeaderElected, SuffixCut, CommittedCut, ElectionDuringSnapshot, PolicyChangeInPartition, TransferUnderLoad, TransferDone, LeaseWait, MembershipChangeWithCrash, TornTail,
    SnapshotInstalled, SnapshotDiscardedLog, CrashDuringSnapshotInstall, JointInterrupted, WitnessDecided, LeaseRead, IndexRead, LeaderPaused, LeaderCrashedWithUnsynced, DatabaseWentBack,
    LearnerPromoted, VoterRemoved, LeaderRemoved, WriteUnknown, Overloaded, ForcedCampaign, VoteRefusedShorterLog, MessageDuplicated, MessageOvertaken, WeakAnswerLost,
    LogCompacted, LeaderFellBackFromQuorumLoss, OldTermEntryCommitted, PolicyChanged, SurvivedOnCore, ReadRefused, SalvagedEntry,
    CommitLearned, CutBeforeSnapshot, JoinedByItself, StoodIn, Degraded, DegradedNoMore,
}

internal sealed class RareEvents
{
    private readonly long[] _counts = new long[Enum.GetValues<Rare>().Length];

    public void Saw(Rare e) => _counts[(int)e]++;
    public long this[Rare e] => _counts[(int)e];
    public IEnumerable<Rare> Missing => Enum.GetValues<Rare>().Where(e => _counts[(int)e] == 0);

    public void Add(RareEvents other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
    }

    public override string ToString() => string.Join(", ", Enum.GetValues<Rare>().Select(e => $"{e} {_counts[(int)e]}"));
}
