namespace ActorReplication.Node.Tests.Histories;

/// <summary>Transactions and what must come before what. A cycle is an anomaly, and which dependencies it is made of says which.</summary>
internal sealed class DependencyGraph(IReadOnlyList<ListTransaction> transactions)
{
    private readonly Dictionary<int, int> _numbers = transactions.Select((t, i) => (t.Id, i)).ToDictionary(p => p.Id, p => p.i);
    private readonly Dictionary<int, Dependency>[] _out = [.. transactions.Select(_ => new Dictionary<int, Dependency>())];

    /// <summary>Transactions that are not in the graph, and a transaction after itself, say nothing.</summary>
    public void Add(ListTransaction? from, ListTransaction? to, Dependency kind)
    {
        if (from is null || to is null || !_numbers.TryGetValue(from.Id, out var f) || !_numbers.TryGetValue(to.Id, out var t) || f == t) return;
        _out[f][t] = _out[f].GetValueOrDefault(t) | kind;
    }

    /// <summary>One anomaly for each group of transactions that lie on cycles with each other, the gravest kind that is there.</summary>
    public IReadOnlyList<Anomaly> Cycles()
    {
        foreach (var time in (Dependency[])[Dependency.None, Dependency.RealTime])
        {
            var suffix = time == Dependency.None ? "" : "-realtime";
            var found = new List<Anomaly>();
            found.AddRange(PlainCycles("G0" + suffix, Dependency.Write | time));
            if (found.Count == 0) found.AddRange(PlainCycles("G1c" + suffix, Dependency.Write | Dependency.Read | time));
            if (found.Count == 0) found.AddRange(AntiCycles(suffix, Dependency.Write | Dependency.Read | time));
            if (found.Count > 0) return found;
        }
        return [];
    }

    private IEnumerable<Anomaly> PlainCycles(string kind, Dependency along)
    {
        foreach (var group in StrongGroups.Of(_out.Length, n => Next(n, along)))
            if (PathBetween(group[0], group[0], along, group) is { } cycle) yield return new Anomaly(kind, Tell(cycle, along));
    }

    private IEnumerable<Anomaly> AntiCycles(string suffix, Dependency others)
    {
        foreach (var group in StrongGroups.Of(_out.Length, n => Next(n, others | Dependency.Anti)))
        {
            var members = group.ToHashSet();
            List<int>? several = null, single = null;
            foreach (var from in group)
            {
                foreach (var to in Next(from, Dependency.Anti).Where(members.Contains))
                {
                    if (PathBetween(to, from, others, group) is { } back) single ??= [from, .. back];
                    else several ??= PathBetween(to, from, others | Dependency.Anti, group) is { } longer ? [from, .. longer] : null;
                }
                if (single is not null) break;
            }
            if ((single ?? several) is { } cycle) yield return new Anomaly((single is null ? "G2-item" : "G-single") + suffix, Tell(cycle, others | Dependency.Anti));
        }
    }

    private IEnumerable<int> Next(int from, Dependency along) => _out[from].Where(e => (e.Value & along) != 0).Select(e => e.Key);

    /// <summary>A shortest way, ends included; from a node to itself: a shortest cycle.</summary>
    private List<int>? PathBetween(int from, int to, Dependency along, IReadOnlyList<int> within)
    {
        var allowed = within.ToHashSet();
        var came = new Dictionary<int, int>();
        var queue = new Queue<int>([from]);
        while (queue.TryDequeue(out var at))
            foreach (var next in Next(at, along))
            {
                if (next == to)
                {
                    var path = new List<int> { to };
                    for (var step = at; step != from; step = came[step]) path.Add(step);
                    path.Add(from);
                    path.Reverse();
                    return path;
                }
                if (allowed.Contains(next) && next != from && came.TryAdd(next, at)) queue.Enqueue(next);
            }
        return null;
    }

    private string Tell(List<int> cycle, Dependency along)
    {
        var text = transactions[cycle[0]].ToString();
        for (var i = 1; i < cycle.Count; i++) text += $" -{Name(_out[cycle[i - 1]][cycle[i]] & along)}-> {transactions[cycle[i]]}";
        return text;
    }

    private static string Name(Dependency kind) =>
        kind.HasFlag(Dependency.Write) ? "ww" : kind.HasFlag(Dependency.Read) ? "wr" : kind.HasFlag(Dependency.Anti) ? "rw" : "time";
}
