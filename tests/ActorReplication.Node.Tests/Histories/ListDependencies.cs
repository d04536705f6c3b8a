namespace ActorReplication.Node.Tests.Histories;

/// <summary>How one transaction must come after another.</summary>
[Flags]
internal enum Dependency : byte
{
    None = 0,

    /// <summary>It appended behind the other's element.</summary>
    Write = 1,

    /// <summary>It saw the other's element.</summary>
    Read = 2,

    /// <summary>The other saw the list without its element.</summary>
    Anti = 4,

    /// <summary>The other was answered before it was begun.</summary>
    RealTime = 8,
}

/// <summary>The graph of dependencies, from lists and from time.</summary>
internal static class ListDependencies
{
    public static DependencyGraph Of(ListObservations observed)
    {
        var graph = new DependencyGraph(observed.Committed);
        foreach (var (key, order) in observed.Orders)
            for (var i = 1; i < order.Count; i++) graph.Add(observed.WriterOf(key, order[i - 1]), observed.WriterOf(key, order[i]), Dependency.Write);
        var unseen = Unseen(observed);
        foreach (var read in observed.Reads)
        {
            var (count, order) = (read.Elements.Count, observed.Orders[read.Key]);
            if (count > 0) graph.Add(observed.WriterOf(read.Key, read.Elements[^1]), read.By, Dependency.Read);
            if (count < order.Count) graph.Add(read.By, NextForeign(observed, read, order), Dependency.Anti);
            else foreach (var later in unseen.GetValueOrDefault(read.Key, [])) graph.Add(read.By, later, Dependency.Anti);
        }
        foreach (var (key, writers) in unseen)
            foreach (var later in writers)
                if (observed.Orders.GetValueOrDefault(key) is [.., var last]) graph.Add(observed.WriterOf(key, last), later, Dependency.Write);
        AddRealTime(graph, observed.Committed);
        return graph;
    }

    /// <summary>A reader that appended itself stands right behind what it read; what comes after its own elements follows from those.</summary>
    private static ListTransaction? NextForeign(ListObservations observed, ExternalRead read, IReadOnlyList<long> order)
    {
        for (var i = read.Elements.Count; i < order.Count; i++)
            if (observed.WriterOf(read.Key, order[i]) is { } writer && writer.Id != read.By.Id) return writer;
        return null;
    }

    /// <summary>Committed appends that are in no list: they come after everything that anybody saw.</summary>
    private static Dictionary<long, List<ListTransaction>> Unseen(ListObservations observed)
    {
        var seen = observed.Orders.SelectMany(o => o.Value.Select(e => (o.Key, e))).ToHashSet();
        var unseen = new Dictionary<long, List<ListTransaction>>();
        foreach (var transaction in observed.Committed)
            foreach (var append in transaction.Ops.OfType<ListOp.Append>())
            {
                if (seen.Contains((append.Key, append.Element))) continue;
                if (!unseen.TryGetValue(append.Key, out var writers)) unseen[append.Key] = writers = [];
                writers.Add(transaction);
            }
        return unseen;
    }

    /// <summary>Only from those that no other one lies behind: the rest follows.</summary>
    private static void AddRealTime(DependencyGraph graph, IReadOnlyList<ListTransaction> committed)
    {
        var events = new List<(long Time, bool IsEnd, ListTransaction Of)>();
        foreach (var transaction in committed)
        {
            if (!transaction.IsRealTime) continue;
            events.Add((transaction.InvokedAt, false, transaction));
            if (transaction.Outcome == Outcome.Ok) events.Add((transaction.CompletedAt, true, transaction));
        }
        var frontier = new HashSet<ListTransaction>(ReferenceEqualityComparer.Instance);
        var before = new Dictionary<int, ListTransaction[]>();
        foreach (var (_, isEnd, transaction) in events.OrderBy(e => e.Time).ThenBy(e => e.IsEnd))
        {
            if (!isEnd)
            {
                before[transaction.Id] = [.. frontier];
                foreach (var earlier in frontier) graph.Add(earlier, transaction, Dependency.RealTime);
                continue;
            }
            frontier.ExceptWith(before[transaction.Id]);
            frontier.Add(transaction);
        }
    }
}
