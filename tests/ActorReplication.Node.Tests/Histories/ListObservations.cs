namespace ActorReplication.Node.Tests.Histories;

/// <summary>What a transaction saw of a key from outside, its own appends taken off.</summary>
internal readonly record struct ExternalRead(ListTransaction By, long Key, IReadOnlyList<long> Elements);

/// <summary>Who wrote what, who saw what, and each key's order of versions; with every anomaly that one list, or two of them, give away.</summary>
internal sealed class ListObservations
{
    private readonly List<Anomaly> _anomalies = [];
    private readonly Dictionary<(long Key, long Element), ListTransaction> _writers = [];
    private readonly HashSet<(long Key, long Element)> _intermediate = [];
    private readonly Dictionary<long, IReadOnlyList<long>> _orders = [];
    private readonly List<ExternalRead> _reads = [];
    private readonly HashSet<int> _seen = [];

    public ListObservations(IReadOnlyList<ListTransaction> transactions)
    {
        foreach (var transaction in transactions) NoteAppends(transaction);
        foreach (var transaction in transactions)
            if (transaction.Outcome == Outcome.Ok) NoteReads(transaction);
        foreach (var key in _reads.GroupBy(r => r.Key)) _orders[key.Key] = OrderOf(key.Key, key);
        FindLostUpdates();
        Committed = [.. transactions.Where(t => t.Outcome == Outcome.Ok || (t.Outcome == Outcome.Unknown && _seen.Contains(t.Id)))];
    }

    public IReadOnlyList<Anomaly> Anomalies => _anomalies;
    public IReadOnlyList<ListTransaction> Committed { get; }
    public IReadOnlyList<ExternalRead> Reads => _reads;

    /// <summary>For each key the longest list that anybody saw.</summary>
    public IReadOnlyDictionary<long, IReadOnlyList<long>> Orders => _orders;

    public ListTransaction? WriterOf(long key, long element) => _writers.GetValueOrDefault((key, element));

    private void NoteAppends(ListTransaction transaction)
    {
        var last = new Dictionary<long, long>();
        foreach (var append in transaction.Ops.OfType<ListOp.Append>())
        {
            if (!_writers.TryAdd((append.Key, append.Element), transaction)) throw new ArgumentException($"{append.Element} is appended to {append.Key} twice: the history tells nothing");
            if (last.TryGetValue(append.Key, out var before)) _intermediate.Add((append.Key, before));
            last[append.Key] = append.Element;
        }
    }

    private void NoteReads(ListTransaction transaction)
    {
        var own = new Dictionary<long, List<long>>();
        var before = new Dictionary<long, IReadOnlyList<long>>();
        foreach (var op in transaction.Ops)
        {
            if (op is ListOp.Append append)
            {
                if (!own.TryGetValue(append.Key, out var appended)) own[append.Key] = appended = [];
                appended.Add(append.Element);
                continue;
            }
            if (((ListOp.Read)op).Elements is not { } elements) continue;
            var mine = own.GetValueOrDefault(op.Key, []);
            if (elements.Count < mine.Count || !elements.Skip(elements.Count - mine.Count).SequenceEqual(mine))
            {
                _anomalies.Add(new Anomaly("internal", $"{transaction} does not see at the end of {op.Key} what it appended itself"));
                continue;
            }
            var external = elements.Take(elements.Count - mine.Count).ToArray();
            if (before.TryGetValue(op.Key, out var earlier) && !earlier.SequenceEqual(external))
                _anomalies.Add(new Anomaly("internal", $"{transaction} sees two states of {op.Key}: [{string.Join(' ', earlier.TakeLast(4))}] and [{string.Join(' ', external.TakeLast(4))}]"));
            before[op.Key] = external;
            NoteExternal(new ExternalRead(transaction, op.Key, external));
        }
    }

    private void NoteExternal(ExternalRead read)
    {
        _reads.Add(read);
        foreach (var twice in read.Elements.GroupBy(e => e).Where(g => g.Count() > 1))
            _anomalies.Add(new Anomaly("duplicate element", $"{read.By} sees {twice.Key} in {read.Key} {twice.Count()} times"));
        foreach (var element in read.Elements)
        {
            if (WriterOf(read.Key, element) is not { } writer)
            {
                _anomalies.Add(new Anomaly("phantom element", $"{read.By} sees {element} in {read.Key}, which nobody appended"));
                continue;
            }
            if (writer.Outcome == Outcome.Failed) _anomalies.Add(new Anomaly("G1a", $"{read.By} sees {element} in {read.Key} of {writer}, which failed"));
            if (writer.Id != read.By.Id) _seen.Add(writer.Id);
        }
        if (read.Elements.Count > 0 && _intermediate.Contains((read.Key, read.Elements[^1])) && WriterOf(read.Key, read.Elements[^1]) is { } half && half.Id != read.By.Id)
            _anomalies.Add(new Anomaly("G1b", $"{read.By} sees {read.Key} in the middle of {half}"));
    }

    private IReadOnlyList<long> OrderOf(long key, IEnumerable<ExternalRead> reads)
    {
        var longest = reads.MaxBy(r => r.Elements.Count);
        foreach (var read in reads)
            if (!longest.Elements.Take(read.Elements.Count).SequenceEqual(read.Elements))
                _anomalies.Add(new Anomaly("incompatible order", $"of {key}, {read.By} and {longest.By} see lists of which neither is the other's beginning{Difference(read.Elements, longest.Elements)}"));
        return longest.Elements;
    }

    private static string Difference(IReadOnlyList<long> shorter, IReadOnlyList<long> longer)
    {
        for (var i = 0; i < shorter.Count; i++)
            if (shorter[i] != longer[i]) return $": at {i}, {shorter[i]} and {longer[i]}";
        return "";
    }

    /// <summary>Two transactions that saw the same list and both appended to it.</summary>
    private void FindLostUpdates()
    {
        foreach (var same in _reads.Where(r => r.By.Ops.Any(o => o is ListOp.Append a && a.Key == r.Key)).GroupBy(r => (r.Key, r.Elements.Count, Last: r.Elements.Count == 0 ? -1 : r.Elements[^1])))
        {
            var by = same.Select(r => r.By).DistinctBy(t => t.Id).ToArray();
            if (by.Length > 1) _anomalies.Add(new Anomaly("lost update", $"{by[0]} and {by[1]} saw the same list {same.Key.Key} and both appended to it"));
        }
    }
}
