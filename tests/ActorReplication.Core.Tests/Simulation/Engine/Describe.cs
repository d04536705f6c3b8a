using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>One line for an input or an output, for traces that people read.</summary>
internal static class Describe
{
    public static string Input(Input input) => input switch
    {
        Core.Input.Received received => $"{received.From}: {Message(received.Message)}",
        Core.Input.Propose propose => $"Propose {propose.Id.Value} ({propose.Payloads.Count})",
        Core.Input.Persisted persisted => $"Persisted {persisted.Ticket.Value}",
        Core.Input.Applied applied => $"Applied {applied.Index}",
        _ => input.ToString(),
    };

    public static string Output(Output output) => output switch
    {
        Core.Output.Send send => $"{send.To}: {Message(send.Message)}",
        Core.Output.SendEntries send => $"{send.To}: {send.Range} {Message(send.Header)}",
        Core.Output.Persist persist => $"persist {persist.Ticket.Value}: {Event(persist.Event)}",
        Core.Output.ConfigAdopted adopted => $"config at {adopted.At}: {adopted.Config.Policy.Kind}{(adopted.Config.JointWith is { } joint ? $" with {joint.Kind}" : "")}, {string.Join(' ', adopted.Config.Members.Values.Select(m => $"{m.Id}:{m.Kind}"))}",
        _ => output.ToString(),
    };

    private static string Message(Message message) => message switch
    {
        Messages.Message.AppendEntries append => $"Append t{append.Term} after {append.Previous} [{string.Join(' ', append.Entries.Select(e => $"{e.Position}{(e.Config is null ? "" : "c")}"))}] commit {append.Commit} round {append.Round}",
        Messages.Message.AppendEntriesReply reply => $"AppendReply t{reply.Term} {(reply.Accepted ? "ok" : "no")} round {reply.Round} received {reply.Received} flushed {reply.Flushed} applied {reply.Applied} hint {reply.Hint}",
        Messages.Message.RequestVote vote => $"{(vote.PreVote ? "PreVote" : "Vote")}? t{vote.Term} last {vote.Last}{(vote.Handover ? " handover" : "")}",
        Messages.Message.RequestVoteReply reply => $"{(reply.PreVote ? "PreVote" : "Vote")} t{reply.Term} {(reply.Granted ? "yes" : $"no: {reply.Refusal}")} lease {reply.LeaseRemainingMs}",
        _ => message.ToString(),
    };

    private static string Event(JournalEvent e) => e switch
    {
        JournalEvent.EntriesAppended appended => $"from {appended.From} [{string.Join(' ', appended.Entries.Select(x => x.Position))}]",
        JournalEvent.SnapshotTaken snapshot => $"snapshot {snapshot.Position} t{snapshot.Term} vote {snapshot.VotedFor}{(snapshot.DiscardsLog ? " discards log" : "")}",
        _ => e.ToString(),
    };
}
