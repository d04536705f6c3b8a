using ActorReplication.Core.Messages;

namespace ActorReplication.Cluster.Wire;

/// <summary>The messages of Core, one number each.</summary>
internal static class MessageCodec
{
    private enum Kind : byte { RequestVote = 1, RequestVoteReply, AppendEntries, AppendEntriesReply, InstallSnapshot, TimeoutNow }

    public static void Write(ref WireWriter writer, Message message)
    {
        writer.Byte((byte)KindOf(message));
        writer.Term(message.Term);
        switch (message)
        {
            case Message.AppendEntries append:
                writer.Position(append.Previous);
                writer.Index(append.Commit);
                writer.Count(append.Round);
                writer.Bool(append.AckReceived);
                writer.Index(append.Firm);
                EntryCodec.Write(ref writer, append.Previous, append.Entries);
                break;
            case Message.AppendEntriesReply reply:
                writer.Bool(reply.Accepted);
                writer.Count(reply.Round);
                writer.Index(reply.Received);
                writer.Index(reply.Flushed);
                writer.Index(reply.Applied);
                writer.Position(reply.Hint);
                break;
            case Message.RequestVote vote:
                writer.Position(vote.Last);
                writer.Bool(vote.PreVote);
                writer.Bool(vote.Handover);
                writer.Signed(vote.Priority);
                break;
            case Message.RequestVoteReply reply:
                writer.Bool(reply.PreVote);
                writer.Bool(reply.Granted);
                writer.Byte((byte)reply.Refusal);
                writer.Signed(reply.LeaseRemainingMs);
                break;
            case Message.InstallSnapshot install:
                writer.Index(install.Commit);
                writer.Count(install.Round);
                HistoryCodec.Write(ref writer, install.History);
                break;
        }
    }

    public static Message Read(ref WireReader reader)
    {
        var start = reader.Offset;
        var kind = reader.Byte("message kind");
        if (kind is < (byte)Kind.RequestVote or > (byte)Kind.TimeoutNow)
            throw WireReader.Wrong(start, "message kind: 1 to 6", $"{kind}");
        var term = reader.Term("term");
        switch ((Kind)kind)
        {
            case Kind.AppendEntries:
                var previous = reader.Position("previous position");
                var commit = reader.Index("commit index");
                var round = reader.Count("round");
                var ackReceived = reader.Bool("ack-received flag");
                var firm = reader.Index("firm index");
                return new Message.AppendEntries(term, previous, EntryCodec.Read(ref reader, previous), commit, round, ackReceived) { Firm = firm };
            case Kind.AppendEntriesReply:
                return new Message.AppendEntriesReply(
                    term,
                    reader.Bool("accepted flag"),
                    reader.Count("round"),
                    reader.Index("received index"),
                    reader.Index("flushed index"),
                    reader.Index("applied index"),
                    reader.Position("hint"));
            case Kind.RequestVote:
                return new Message.RequestVote(
                    term, reader.Position("last position"), reader.Bool("pre-vote flag"), reader.Bool("handover flag"), reader.SignedInt32("priority"));
            case Kind.RequestVoteReply:
                return new Message.RequestVoteReply(
                    term,
                    reader.Bool("pre-vote flag"),
                    reader.Bool("granted flag"),
                    reader.Enum(VoteRefusal.NotReady, "refusal"),
                    reader.SignedInt32("lease remaining"));
            case Kind.InstallSnapshot:
                return new Message.InstallSnapshot(term, reader.Index("commit index"), reader.Count("round")) { History = HistoryCodec.Read(ref reader) };
            default:
                return new Message.TimeoutNow(term);
        }
    }

    private static Kind KindOf(Message message) => message switch
    {
        Message.AppendEntries => Kind.AppendEntries,
        Message.AppendEntriesReply => Kind.AppendEntriesReply,
        Message.RequestVote => Kind.RequestVote,
        Message.RequestVoteReply => Kind.RequestVoteReply,
        Message.InstallSnapshot => Kind.InstallSnapshot,
        Message.TimeoutNow => Kind.TimeoutNow,
        _ => throw new ArgumentOutOfRangeException(nameof(message), message, "No encoding for this message."),
    };
}
