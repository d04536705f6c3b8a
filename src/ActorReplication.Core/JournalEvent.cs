using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core;

/// <summary>What a replica's journal holds. Folding the events in order gives back the durable state (<see cref="DurableState"/>).</summary>
public abstract record JournalEvent
{
    private JournalEvent() { }

    /// <summary>Entries from <paramref name="From"/> on; whatever the log held at or after that index is replaced.
    /// An empty list only cuts.</summary>
    public sealed record EntriesAppended(LogIndex From, IReadOnlyList<LogEntry> Entries) : JournalEvent;

    /// <summary>The term was entered, and the vote in it given to <paramref name="VotedFor"/>, or to nobody yet.</summary>
    public sealed record BallotCast(Term Term, NodeId? VotedFor) : JournalEvent;

    /// <summary>The state up to <paramref name="Position"/> is held durably elsewhere (the database file), and the log needs only
    /// what comes after. Repeats term, vote and configuration at the position, so that every event before it may be deleted as far as no later entry is in it.</summary>
    /// <param name="DiscardsLog">The state came from another node: entries after the position are not a continuation of it and are dropped.</param>
    public sealed record SnapshotTaken(LogPosition Position, ClusterConfig Config, Term Term, NodeId? VotedFor, bool DiscardsLog) : JournalEvent
    {
        /// <summary>Which terms the entries up to the position are of: the first position of each term, in order. The first of all may be later than its
        /// term's true first; what lies before it is not known. Empty: only the position itself is known.</summary>
        public IReadOnlyList<LogPosition> History { get; init; } = [];
    }
}
