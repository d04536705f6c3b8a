using ActorReplication.Core;

namespace ActorReplication.Cluster.Telemetry;

/// <summary>When each node was heard to have the log on disk, up to which index: the last few times, for the spans of writes. Nothing is noted while nobody listens.</summary>
internal static class AckTimes
{
    private const int Kept = 128;
    private static readonly Lock Gate = new();
    private static readonly Dictionary<NodeId, Queue<(Term Term, LogIndex UpTo, DateTimeOffset At)>> Heard = [];

    public static void Note(NodeId node, Term term, LogIndex flushed)
    {
        if (!WriteTrace.IsOn) return;
        lock (Gate)
        {
            if (!Heard.TryGetValue(node, out var times)) Heard[node] = times = new();
            if (times.Count == Kept) times.Dequeue();
            times.Enqueue((term, flushed, DateTimeOffset.UtcNow));
        }
    }

    /// <summary>For each node the first time at which it had this position.</summary>
    public static IReadOnlyList<(NodeId Node, DateTimeOffset At)> Of(LogPosition position)
    {
        lock (Gate)
        {
            var acks = new List<(NodeId, DateTimeOffset)>();
            foreach (var (node, times) in Heard)
                foreach (var (term, upTo, at) in times)
                {
                    if (term != position.Term || upTo < position.Index) continue;
                    acks.Add((node, at));
                    break;
                }
            return acks;
        }
    }
}
