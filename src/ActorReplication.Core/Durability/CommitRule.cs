namespace ActorReplication.Core.Durability;

/// <summary>From how far each node has come to how far all count as having come.</summary>
internal static class CommitRule
{
    /// <summary>The highest index that the nodes at or beyond it commit; zero if none.</summary>
    /// <param name="reached">By slot: the index each node has reached.</param>
    public static LogIndex Highest(DurabilityPredicate predicate, ReadOnlySpan<long> reached, int leader, NodeSet available, bool degraded = false)
    {
        long best = 0;
        foreach (var candidate in reached)
        {
            if (candidate <= best) continue;
            if (predicate.IsCommitted(AtLeast(reached, candidate), leader, available, degraded)) best = candidate;
        }
        return new LogIndex(best);
    }

    /// <summary>The highest number (a round) that a set which no election can avoid has reached; -1 if none.</summary>
    public static long HighestBlocking(DurabilityPredicate predicate, ReadOnlySpan<long> reached)
    {
        long best = -1;
        foreach (var candidate in reached)
            if (candidate > best && predicate.Blocks(AtLeast(reached, candidate))) best = candidate;
        return best;
    }

    public static NodeSet AtLeast(ReadOnlySpan<long> reached, long bound)
    {
        var set = NodeSet.Empty;
        for (var slot = 0; slot < reached.Length; slot++)
            if (reached[slot] >= bound) set = set.With(slot);
        return set;
    }
}
