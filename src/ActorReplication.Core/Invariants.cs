using System.Diagnostics.CodeAnalysis;

namespace ActorReplication.Core;

/// <summary>Checks that stay on in Release: what they cost is nothing against what they prevent.</summary>
internal static class Invariants
{
    public static void Require([DoesNotReturnIf(false)] bool holds, string rule)
    {
        if (!holds) throw new InvariantBroken(rule);
    }

    /// <summary>The local invariants (S2–S5, S7, S8), after every step.</summary>
    public static void Check(ReplicaState s, in Snapshot before)
    {
        Require(s.Log.Start.Index <= s.Applied, "the log's start is applied");
        Require(s.Applied <= s.Commit, "applied is committed");
        Require(s.Commit <= s.Journal.Durable, "committed is durable here");
        Require(s.Journal.Durable <= s.Log.LastIndex, "durable is in the log");
        Require(s.FirmCommit <= s.Commit, "firmly committed is committed");
        Require(s.Log.Last.Term <= s.Ballot.Term, "no entry is of a term not entered");
        Require(s.Ballot.Term >= before.Term, "terms only rise");
        Require(s.FirmCommit >= before.FirmCommit, "what is firmly committed stays committed");
        if (s.Ballot.Term == before.Term)
        {
            Require(before.VotedFor is null || s.Ballot.VotedFor == before.VotedFor, "one vote per term");
            if (before.Role == Role.Leader && s.Role == Role.Leader)
                Require(s.Log.Last >= before.Last, "a leader never rewrites its log");
            if (s.Role == Role.Leader) Require(before.Leader is null || before.Leader == s.Self, "one leader per term");
        }
        if (s.Role == Role.Leader)
        {
            Require(s.Leader == s.Self, "a leader knows itself");
            Require(s.Ballot.VotedFor == s.Self, "a leader voted for itself");
            Require(s.Commit >= before.Commit, "a leader's commit index only rises");
        }
        if (s.Role == Role.Candidate) Require(s.Ballot.VotedFor == s.Self, "a candidate voted for itself");
    }

    /// <summary>What the checks compare with, taken before a step.</summary>
    internal readonly record struct Snapshot(Term Term, NodeId? VotedFor, Role Role, NodeId? Leader, LogPosition Last, LogIndex Commit, LogIndex FirmCommit)
    {
        public static Snapshot Of(ReplicaState s) => new(s.Ballot.Term, s.Ballot.VotedFor, s.Role, s.Leader, s.Log.Last, s.Commit, s.FirmCommit);
    }
}
