using ActorReplication.Core.Log;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Model;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>Per-key check of what clients saw, by values alone. The log gives the order of the writes; what is left to ask is whether real time
/// agrees with it: no answer may be older than one that was complete before it was asked for.</summary>
internal static class Linearizability
{
    /// <summary>For each write in the final log: where, and its number among the writes of its key (from 1).</summary>
    public static Dictionary<long, (LogPosition Position, int Nth)> Order(Ledger ledger, LogPosition end)
    {
        var entries = new List<LogEntry>();
        for (var at = end; at.Index > LogIndex.Zero && ledger.Find(at) is { } known; at = new LogPosition(known.Before, at.Index.Previous))
            entries.Add(known.Entry);
        var lengths = new int[StateMachine.Keys];
        var order = new Dictionary<long, (LogPosition, int)>();
        for (var i = entries.Count - 1; i >= 0; i--)
            if (entries[i].Kind == EntryKind.Data && !entries[i].Payload.IsEmpty)
                order.Add(Payload.Operation(entries[i].Payload.Span), (entries[i].Position, ++lengths[Payload.Key(entries[i].Payload.Span)]));
        return order;
    }

    public static void Require(IReadOnlyList<ClientOp> ops, IReadOnlyDictionary<long, (LogPosition Position, int Nth)> order)
    {
        foreach (var key in ops.GroupBy(op => op.Key))
            RequireKey(key, order);
    }

    private static void RequireKey(IEnumerable<ClientOp> ops, IReadOnlyDictionary<long, (LogPosition Position, int Nth)> order)
    {
        var asked = new List<(long Time, ClientOp Op, int Nth)>();
        var answered = new List<(long Time, int Nth)>();
        foreach (var op in ops)
        {
            if (op.State != OpState.Acknowledged || (op.Kind == OpKind.Write && op.Level < AckLevel.Committed))
                continue;
            var nth = Nth(op, order);
            asked.Add((op.InvokedAt, op, nth));
            answered.Add((op.EndedAt, nth));
        }
        asked.Sort((a, b) => a.Time.CompareTo(b.Time));
        answered.Sort((a, b) => a.Time.CompareTo(b.Time));
        int next = 0, newest = 0;
        foreach (var (time, op, nth) in asked)
        {
            for (; next < answered.Count && answered[next].Time < time; next++)
                newest = Math.Max(newest, answered[next].Nth);
            if (op.Kind == OpKind.Read ? nth < newest : nth <= newest)
                throw new Violation("S13", $"{op.Kind} {op.Number} of key {op.Key}, asked at {time}, has version {nth}; version {newest} was answered before that");
        }
    }

    private static int Nth(ClientOp op, IReadOnlyDictionary<long, (LogPosition Position, int Nth)> order)
    {
        if (op.Kind == OpKind.Write)
            return order[op.Number].Nth;
        if (op.Saw.LastWrite == 0)
            return 0;
        if (!order.TryGetValue(op.Saw.LastWrite, out var write))
            throw new Violation("S13", $"read {op.Number} saw write {op.Saw.LastWrite}, which is not in the log");
        return write.Nth == op.Saw.Length ? write.Nth : throw new Violation("exactly-once", $"read {op.Number} saw {op.Saw.Length} writes up to {op.Saw.LastWrite}, the log has {write.Nth}");
    }
}
