using ActorReplication.Core;

namespace ActorReplication.Cluster.Archive;

/// <summary>What a segment file of the archive holds: committed entries, without a gap. From its footer.</summary>
/// <param name="Before">The position that its first entry follows on; names all history before it, since a position names its entry and that the one before it.</param>
/// <param name="Last">Its last entry.</param>
/// <param name="Terms">The first position of each term in it, ascending; the first of all is its first entry.</param>
/// <param name="FirstMs">Time of the first entry that has one, and of the last; 0: none has.</param>
internal sealed record ArchiveSegment(
    string Path, ClusterId Cluster, NodeId Node, LogPosition Before, LogPosition Last, IReadOnlyList<LogPosition> Terms, long FirstMs, long LastMs, long Bytes)
{
    public const string Ending = ".archive";

    public LogIndex First => Before.Index.Next;

    /// <summary>The term of one of its entries, or of the one before them; null: not in it.</summary>
    public Term? TermAt(LogIndex index)
    {
        if (index == Before.Index) return Before.Term;
        if (index < First || index > Last.Index) return null;
        for (var i = Terms.Count - 1; i >= 0; i--)
            if (Terms[i].Index <= index) return Terms[i].Term;
        return null;
    }

    public bool Has(LogPosition position) => TermAt(position.Index) == position.Term;
}
