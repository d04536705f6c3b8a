using ActorReplication.Core;

namespace ActorReplication.Cluster.Wire;

/// <summary>Which terms a log's entries are of: the first position of each.</summary>
internal static class HistoryCodec
{
    private const int LeastPositionBytes = 2;

    public static void Write(ref WireWriter writer, IReadOnlyList<LogPosition> history)
    {
        writer.Count(history.Count);
        foreach (var first in history)
            writer.Position(first);
    }

    public static IReadOnlyList<LogPosition> Read(ref WireReader reader)
    {
        var history = new LogPosition[reader.Elements(LeastPositionBytes, "number of terms")];
        for (var i = 0; i < history.Length; i++)
            history[i] = reader.Position("term's first position");
        return history;
    }
}
