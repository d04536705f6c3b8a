namespace ActorReplication.Core.Membership;

/// <summary>Why a change cannot be made of the present configuration.</summary>
public enum ChangeProblem : byte
{
    None = 0,
    UnknownChange,
    BadName,
    IsMember,
    IsNoMember,

    /// <summary>A voter is a learner promoted.</summary>
    AddedAsVoter,
    IsNoLearner,
    IsNoVoter,
    KindChanged,
    BadTag,
    OtherIncarnation,
    TooManyMembers,

    /// <summary>Nobody would be left who holds data, votes and may lead.</summary>
    NobodyCouldLead,

    /// <summary>The policy waits for more followers than could ever answer.</summary>
    PolicyNeedsMore,
    BadPolicy,
    BadSetting,
}
