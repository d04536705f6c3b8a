using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Tests.Scripts;

/// <summary>Messages and outputs as one short line each.</summary>
internal static class TraceText
{
    public static string Of(Message message) => message switch
    {
        Message.RequestVote m => $"{(m.PreVote ? "would you vote" : m.Handover ? "vote, handed over" : "vote")}? term {m.Term} last {m.Last} priority {m.Priority}",
        Message.RequestVoteReply m => $"{(m.PreVote ? "would vote" : "vote")}: {(m.Granted ? "yes" : $"no, {m.Refusal}")} term {m.Term}{(m.LeaseRemainingMs > 0 ? $" lease {m.LeaseRemainingMs}" : "")}",
        Message.AppendEntries m => $"append after {m.Previous}{(m.Entries.Count > 0 ? $" {Entries(m.Entries)}" : "")} commit {m.Commit} round {m.Round}",
        Message.AppendEntriesReply m => m.Accepted
            ? $"ack term {m.Term} received {m.Received} flushed {m.Flushed} applied {m.Applied} round {m.Round}"
            : $"refuse term {m.Term} hint {m.Hint}",
        Message.InstallSnapshot m => $"snapshot follows, commit {m.Commit} round {m.Round}",
        Message.TimeoutNow m => $"timeout now, term {m.Term}",
        _ => throw new ArgumentOutOfRangeException(nameof(message), message, null),
    };

    /// <summary>Null for what would only repeat the messages.</summary>
    public static string? Of(Output output) => output switch
    {
        Output.RoleChanged o => $"is {o.Role} in term {o.Term}{(o.Leader is { } leader && o.Role == Role.Follower ? $" of {leader}" : "")}",
        Output.CommitAdvanced o => $"commits {o.Commit}",
        Output.LeaderReady o => $"is ready, barrier {o.Barrier}",
        Output.ProposalAccepted o => $"accepts {o.Range}",
        Output.ProposalRefused o => $"refuses the proposal: {o.Reason}",
        Output.ReadReady o => $"read {o.Id.Value} ready at {o.Index}",
        Output.ReadRefused o => $"read {o.Id.Value} refused: {o.Reason}",
        Output.EntriesCut o => $"cuts {o.Range}{(o.CommittedUpTo >= o.Range.First ? $", committed to {o.CommittedUpTo}" : "")}",
        Output.ConfigAdopted o => $"adopts {Of(o.Config)} at {o.At}",
        Output.ConfigChangeEnded o => $"change ended: {o.Reason}",
        Output.TransferStarted o => $"hands over to {o.To}",
        Output.PeerForgot o => $"{o.Peer} forgot what it acknowledged up to {o.Acknowledged}: it has {o.Has}",
        Output.TransferEnded o => $"handover ended: {o.Reason}",
        Output.SendSnapshot o => $"sends a snapshot to {o.To}",
        Output.Persist { Event: JournalEvent.BallotCast e } => $"writes ballot {e.Term}{(e.VotedFor is { } voted ? $" for {voted}" : "")}",
        Output.Persist { Event: JournalEvent.SnapshotTaken e } => $"writes snapshot {e.Position}{(e.DiscardsLog ? ", log discarded" : "")}",
        _ => null,
    };

    public static string Of(ClusterConfig config) =>
        $"{string.Join(' ', config.Members.Values.Select(Of))} {Of(config.Policy)}{(config.JointWith is { } joint ? $" joint with {Of(joint)}" : "")}";

    private static string Of(Member member) => member.Kind == MemberKind.Voter ? member.Id.Name : $"{member.Id}:{member.Kind}";

    private static string Of(DurabilityPolicy policy) => policy.Kind is PolicyKind.AnyOf or PolicyKind.FirstOf
        ? $"{policy.Kind}({policy.Count}: {string.Join(' ', policy.Names)})"
        : policy.Kind.ToString();

    private static string Entries(IReadOnlyList<LogEntry> entries) =>
        $"[{string.Join(' ', entries.Select(e => e.Kind == EntryKind.Data ? e.Position.ToString() : $"{e.Position}:{e.Kind}"))}]";
}
