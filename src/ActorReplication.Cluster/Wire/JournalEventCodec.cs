using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Wire;

/// <summary>The journal's events.</summary>
internal static class JournalEventCodec
{
    private enum Kind : byte { EntriesAppended = 1, BallotCast, SnapshotTaken }

    public static void Write(ref WireWriter writer, JournalEvent e)
    {
        switch (e)
        {
            case JournalEvent.EntriesAppended appended:
                writer.Byte((byte)Kind.EntriesAppended);
                writer.Index(appended.From);
                EntryCodec.Write(ref writer, Before(appended.From), appended.Entries);
                break;
            case JournalEvent.BallotCast ballot:
                writer.Byte((byte)Kind.BallotCast);
                writer.Term(ballot.Term);
                writer.Node(ballot.VotedFor);
                break;
            case JournalEvent.SnapshotTaken snapshot:
                writer.Byte((byte)Kind.SnapshotTaken);
                writer.Position(snapshot.Position);
                writer.Term(snapshot.Term);
                writer.Node(snapshot.VotedFor);
                writer.Bool(snapshot.DiscardsLog);
                ConfigCodec.Write(ref writer, snapshot.Config);
                HistoryCodec.Write(ref writer, snapshot.History);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(e), e, "No encoding for this event.");
        }
    }

    public static JournalEvent Read(ref WireReader reader)
    {
        var kind = reader.Byte("event kind");
        switch ((Kind)kind)
        {
            case Kind.EntriesAppended:
                var from = reader.Index("first index");
                return new JournalEvent.EntriesAppended(from, EntryCodec.Read(ref reader, Before(from)));
            case Kind.BallotCast:
                return new JournalEvent.BallotCast(reader.Term("term"), reader.OptionalNode("vote"));
            case Kind.SnapshotTaken:
                var position = reader.Position("position");
                var term = reader.Term("term");
                var votedFor = reader.OptionalNode("vote");
                var discardsLog = reader.Bool("discards-log flag");
                return new JournalEvent.SnapshotTaken(position, ConfigCodec.Read(ref reader), term, votedFor, discardsLog) { History = HistoryCodec.Read(ref reader) };
            default:
                throw WireReader.Wrong(reader.Offset - 1, "event kind: 1 to 3", $"{kind}");
        }
    }

    private static LogPosition Before(LogIndex first) => new(Term.Zero, first.Previous);
}
