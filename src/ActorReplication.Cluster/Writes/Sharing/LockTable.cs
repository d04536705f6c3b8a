namespace ActorReplication.Cluster.Writes.Sharing;

internal enum LockAnswer : byte
{
    Had,

    /// <summary>It stands in the queue.</summary>
    Waits,

    /// <summary>Waiting would be for ever: those it would wait for wait for it. It does not stand in the queue.</summary>
    Deadlock,
}

/// <summary>Locks on keys, shared and exclusive, each with a queue: first come, first served. A lock that is given up goes to whoever waited for it, at once. Pure; one thread.</summary>
internal sealed class LockTable
{
    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly HashSet<LockOwner> _seen = [];

    private sealed class Entry
    {
        public List<(LockOwner Owner, LockMode Mode)> Holders { get; } = [];
        public List<(LockOwner Owner, LockMode Mode)> Queue { get; } = [];
    }

    public bool IsEmpty => _entries.Count == 0;

    public int Count => _entries.Count;

    /// <summary>Whether the owner would have to wait.</summary>
    public bool IsTaken(ulong key, LockOwner? by, LockMode mode = LockMode.Exclusive) => _entries.TryGetValue(key, out var entry) && !Fits(entry, by, mode);

    /// <summary>Takes the lock, or queues for it.</summary>
    public LockAnswer Take(ulong key, LockOwner by, LockMode mode = LockMode.Exclusive)
    {
        if (by.WaitsFor is not null) throw new InvalidOperationException("the owner waits for another lock");
        if (!_entries.TryGetValue(key, out var entry)) _entries[key] = entry = new Entry();
        if (Fits(entry, by, mode))
        {
            Hold(key, entry, by, mode);
            by.Given.Remove(key);
            return LockAnswer.Had;
        }
        by.WaitsFor = key;
        // Who holds it shared and wants it alone goes first: the others wait for it in any case.
        var place = HoldsAny(entry, by) ? 0 : entry.Queue.Count;
        entry.Queue.Insert(place, (by, mode));
        if (!WaitsForItself(by)) return LockAnswer.Waits;
        entry.Queue.RemoveAt(place);
        by.WaitsFor = null;
        return LockAnswer.Deadlock;
    }

    /// <summary>The owner waits no more.</summary>
    /// <returns>Who now has what was behind it in the queue.</returns>
    public IReadOnlyList<LockOwner> StopWaiting(LockOwner owner)
    {
        if (owner.WaitsFor is not { } key) return [];
        owner.WaitsFor = null;
        var entry = _entries[key];
        entry.Queue.RemoveAll(waiting => waiting.Owner == owner);
        return Pass(key, entry);
    }

    /// <summary>Gives up all but the first locks that the owner had.</summary>
    /// <returns>Who has them now, in the order of the queues.</returns>
    public IReadOnlyList<LockOwner> Release(LockOwner owner, int keep = 0)
    {
        List<LockOwner>? next = null;
        for (var i = keep; i < owner.Held.Count; i++)
        {
            var key = owner.Held[i];
            var entry = _entries[key];
            entry.Holders.RemoveAll(holder => holder.Owner == owner);
            owner.Given.Remove(key);
            if (Pass(key, entry) is { Count: > 0 } passed) (next ??= []).AddRange(passed);
        }
        owner.Held.RemoveRange(keep, owner.Held.Count - keep);
        return next ?? (IReadOnlyList<LockOwner>)[];
    }

    /// <summary>Who has the key, other than the owner, in a way that does not go with the mode.</summary>
    public IEnumerable<LockOwner> HoldersAgainst(ulong key, LockOwner? by, LockMode mode = LockMode.Exclusive)
    {
        if (!_entries.TryGetValue(key, out var entry)) yield break;
        foreach (var (owner, held) in entry.Holders)
            if (owner != by && Conflicts(held, mode)) yield return owner;
    }

    /// <summary>Nobody holds or waits for anything.</summary>
    public void Clear()
    {
        foreach (var entry in _entries.Values)
        {
            foreach (var (owner, _) in entry.Holders)
            {
                owner.Held.Clear();
                owner.Given.Clear();
            }
            foreach (var (owner, _) in entry.Queue) owner.WaitsFor = null;
        }
        _entries.Clear();
    }

    private static bool Conflicts(LockMode a, LockMode b) => a == LockMode.Exclusive || b == LockMode.Exclusive;

    private static bool HoldsAny(Entry entry, LockOwner owner) => entry.Holders.Exists(holder => holder.Owner == owner);

    private static bool Fits(Entry entry, LockOwner? by, LockMode mode)
    {
        var has = false;
        foreach (var (owner, held) in entry.Holders)
        {
            if (owner == by) has = true;
            else if (Conflicts(held, mode)) return false;
        }
        // Nobody passes those that wait, but for who is there already.
        return has || entry.Queue.Count == 0;
    }

    /// <summary>True: it had it in no way before.</summary>
    private static bool Hold(ulong key, Entry entry, LockOwner by, LockMode mode)
    {
        for (var i = 0; i < entry.Holders.Count; i++)
        {
            if (entry.Holders[i].Owner != by) continue;
            if (mode > entry.Holders[i].Mode) entry.Holders[i] = (by, mode);
            return false;
        }
        entry.Holders.Add((by, mode));
        by.Held.Add(key);
        return true;
    }

    private List<LockOwner> Pass(ulong key, Entry entry)
    {
        var next = new List<LockOwner>();
        while (entry.Queue.Count > 0)
        {
            var (owner, mode) = entry.Queue[0];
            if (entry.Holders.Exists(holder => holder.Owner != owner && Conflicts(holder.Mode, mode))) break;
            entry.Queue.RemoveAt(0);
            owner.WaitsFor = null;
            if (Hold(key, entry, owner, mode)) owner.Given.Add(key);
            next.Add(owner);
        }
        if (entry.Holders.Count == 0) _entries.Remove(key);
        return next;
    }

    private bool WaitsForItself(LockOwner start)
    {
        _seen.Clear();
        return Reaches(start, start);
    }

    private bool Reaches(LockOwner from, LockOwner target)
    {
        if (from.WaitsFor is not { } key) return false;
        var entry = _entries[key];
        var place = entry.Queue.FindIndex(waiting => waiting.Owner == from);
        var mode = entry.Queue[place].Mode;
        foreach (var (owner, held) in entry.Holders)
            if (owner != from && Conflicts(held, mode) && Leads(owner, target)) return true;
        for (var i = 0; i < place; i++)
            if (Conflicts(entry.Queue[i].Mode, mode) && Leads(entry.Queue[i].Owner, target)) return true;
        return false;
    }

    private bool Leads(LockOwner owner, LockOwner target) => owner == target || (_seen.Add(owner) && Reaches(owner, target));
}
