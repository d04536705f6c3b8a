namespace ActorReplication.Core;

/// <summary>Planted bugs, so that tests can show that they would be found. Each is one branch in the real code; production never sets any.</summary>
[Flags]
internal enum Defects
{
    None = 0,
    AcknowledgeBeforeFsync = 1 << 0,
    ElectionQuorumIsNMinusK = 1 << 1,
    VoteNotDurable = 1 << 2,
    CommitOldTermByCounting = 1 << 3,
    ReuseReadIndex = 1 << 4,
    SkipPreVote = 1 << 5,
    ForgetJointPolicy = 1 << 6,
    CountWitnessAsCopy = 1 << 7,
    IgnoreLeaseRemaining = 1 << 8,
    LeaseFromReplyTime = 1 << 9,
    KeepConflictingSuffix = 1 << 10,
    GrantVoteToShorterLog = 1 << 11,
    VoteTwiceInTerm = 1 << 12,
    CommitBeyondMatch = 1 << 13,
    CompactBeyondFirm = 1 << 14,
    DiscardTailUnannounced = 1 << 15,
    HeartbeatIsNoSign = 1 << 16,
    NeverStandIn = 1 << 17,
}
