using ActorReplication.Postgres.Catalog;

namespace ActorReplication.Postgres.Session.Advisory;

/// <param name="Value">A bigint, or two ints: the first in the upper half.</param>
/// <param name="IsPair">Those are keys of their own.</param>
internal readonly record struct AdvisoryKey(long Value, bool IsPair);

internal enum AdvisoryAnswer : byte
{
    Had,

    /// <summary>Whoever it would wait for waits for it.</summary>
    Deadlock,

    /// <summary>The node keeps as many locks as it may.</summary>
    TooMany,

    /// <summary>The wait was given up.</summary>
    Cancelled,
}

/// <summary>One session's share: it holds locks and waits for one at most.</summary>
internal sealed class AdvisoryOwner(int processId)
{
    internal int ProcessId => processId;
    internal HashSet<AdvisoryKey> Keys { get; } = [];

    /// <summary>Its transaction's, each way once, in the order in which they were had.</summary>
    internal List<(AdvisoryKey Key, bool IsShared)> OfTransaction { get; } = [];
    internal AdvisoryWait? Waits { get; set; }

    /// <summary>Asked by its own session only, which alone takes any.</summary>
    public bool HoldsAny => Keys.Count > 0;

    /// <summary>For <see cref="AdvisoryLocks.ReleaseTo"/>. As <see cref="HoldsAny"/>.</summary>
    public int Mark => OfTransaction.Count;
}

internal sealed class AdvisoryWait(AdvisoryOwner owner, AdvisoryKey key, bool isShared, bool ofTransaction)
{
    private readonly TaskCompletionSource<AdvisoryAnswer> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AdvisoryOwner Owner => owner;
    public AdvisoryKey Key => key;
    public bool IsShared => isShared;
    public bool OfTransaction => ofTransaction;
    public Task<AdvisoryAnswer> Task => _done.Task;
    public void Complete(AdvisoryAnswer answer) => _done.TrySetResult(answer);
}

/// <summary>Advisory locks of a node's sessions, by PostgreSQL's rules: shared and exclusive, each taken as often as it is asked for, by the session (until it is given back as often) or by its transaction
/// (until that ends). First come, first served, but who has it in some way goes before those that wait for him. In memory, and gone with the session: sessions end when their node leads no more. Thread-safe.</summary>
internal sealed class AdvisoryLocks
{
    /// <summary>All sessions' keys.</summary>
    internal const int Most = 200_000;

    private readonly Lock _sync = new();
    private readonly Dictionary<AdvisoryKey, Entry> _entries = [];
    private int _held;

    private sealed class Entry
    {
        public Dictionary<AdvisoryOwner, Counts> Holders { get; } = [];
        public List<AdvisoryWait> Queue { get; } = [];
    }

    /// <summary>How often it is held, in each way.</summary>
    private sealed class Counts
    {
        private readonly int[] _counts = new int[4];

        public bool IsNone => _counts is [0, 0, 0, 0];
        public bool IsExclusive => _counts[0] + _counts[1] > 0;
        public bool IsShared => _counts[2] + _counts[3] > 0;
        public ref int Of(bool isShared, bool ofTransaction) => ref _counts[(isShared ? 2 : 0) + (ofTransaction ? 1 : 0)];
    }

    /// <summary>Null: somebody else has it in a way that does not go with this.</summary>
    public AdvisoryAnswer? TryTake(AdvisoryOwner owner, AdvisoryKey key, bool isShared, bool ofTransaction)
    {
        lock (_sync) return Try(owner, key, isShared, ofTransaction);
    }

    /// <summary>Takes it, or waits for it.</summary>
    public AdvisoryWait Take(AdvisoryOwner owner, AdvisoryKey key, bool isShared, bool ofTransaction)
    {
        var wait = new AdvisoryWait(owner, key, isShared, ofTransaction);
        lock (_sync)
        {
            if (Try(owner, key, isShared, ofTransaction) is { } answer)
            {
                wait.Complete(answer);
                return wait;
            }
            var entry = _entries[key];
            owner.Waits = wait;
            entry.Queue.Insert(PlaceOf(owner, entry), wait);
            if (!Leads(owner, owner, [])) return wait;
            GiveUp(wait, AdvisoryAnswer.Deadlock);
            return wait;
        }
    }

    /// <summary>Whatever the owner waits for, it waits no more.</summary>
    public void Cancel(AdvisoryOwner owner)
    {
        lock (_sync)
            if (owner.Waits is { } wait) GiveUp(wait, AdvisoryAnswer.Cancelled);
    }

    /// <summary>Gives one of the session's back. False: it has none so.</summary>
    public bool Release(AdvisoryOwner owner, AdvisoryKey key, bool isShared)
    {
        lock (_sync)
        {
            if (!_entries.TryGetValue(key, out var entry) || !entry.Holders.TryGetValue(owner, out var counts) || counts.Of(isShared, false) == 0) return false;
            counts.Of(isShared, false)--;
            Settle(owner, key, entry, counts);
            return true;
        }
    }

    /// <param name="ofTransaction">Those of the transaction; else the session's.</param>
    public void ReleaseAll(AdvisoryOwner owner, bool ofTransaction)
    {
        lock (_sync)
        {
            foreach (var key in owner.Keys.ToList())
            {
                var entry = _entries[key];
                var counts = entry.Holders[owner];
                counts.Of(true, ofTransaction) = counts.Of(false, ofTransaction) = 0;
                Settle(owner, key, entry, counts);
            }
            if (ofTransaction) owner.OfTransaction.Clear();
        }
    }

    /// <summary>Gives back what the transaction has had since a mark: its savepoint is rolled back to.</summary>
    public void ReleaseTo(AdvisoryOwner owner, int mark)
    {
        lock (_sync)
        {
            for (var i = owner.OfTransaction.Count - 1; i >= mark; i--)
            {
                var (key, isShared) = owner.OfTransaction[i];
                var entry = _entries[key];
                var counts = entry.Holders[owner];
                counts.Of(isShared, true) = 0;
                owner.OfTransaction.RemoveAt(i);
                Settle(owner, key, entry, counts);
            }
        }
    }

    /// <summary>What is held, a line for each way, and what is waited for.</summary>
    public IReadOnlyList<AdvisoryRow> List()
    {
        var rows = new List<AdvisoryRow>();
        lock (_sync)
            foreach (var (key, entry) in _entries)
            {
                foreach (var (owner, counts) in entry.Holders)
                {
                    if (counts.IsExclusive) rows.Add(new AdvisoryRow(owner.ProcessId, key.Value, key.IsPair, false, true));
                    if (counts.IsShared) rows.Add(new AdvisoryRow(owner.ProcessId, key.Value, key.IsPair, true, true));
                }
                rows.AddRange(entry.Queue.Select(wait => new AdvisoryRow(wait.Owner.ProcessId, key.Value, key.IsPair, wait.IsShared, false)));
            }
        return rows;
    }

    /// <summary>The session is over.</summary>
    public void End(AdvisoryOwner owner)
    {
        Cancel(owner);
        ReleaseAll(owner, ofTransaction: true);
        ReleaseAll(owner, ofTransaction: false);
    }

    private AdvisoryAnswer? Try(AdvisoryOwner owner, AdvisoryKey key, bool isShared, bool ofTransaction)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            if (_held >= Most) return AdvisoryAnswer.TooMany;
            _entries[key] = entry = new Entry();
        }
        if (!Fits(entry, owner, isShared)) return null;
        if (!entry.Holders.ContainsKey(owner) && _held >= Most) return AdvisoryAnswer.TooMany;
        Hold(owner, key, entry, isShared, ofTransaction);
        return AdvisoryAnswer.Had;
    }

    private void Hold(AdvisoryOwner owner, AdvisoryKey key, Entry entry, bool isShared, bool ofTransaction)
    {
        if (!entry.Holders.TryGetValue(owner, out var counts))
        {
            entry.Holders[owner] = counts = new Counts();
            owner.Keys.Add(key);
            _held++;
        }
        if (counts.Of(isShared, ofTransaction)++ == 0 && ofTransaction) owner.OfTransaction.Add((key, isShared));
    }

    /// <summary>Nobody passes those that wait, but for who has it in some way.</summary>
    private static bool Fits(Entry entry, AdvisoryOwner owner, bool isShared) =>
        !Blockers(entry, owner, isShared).Any() && (entry.Holders.ContainsKey(owner) || !entry.Queue.Exists(wait => !(wait.IsShared && isShared)));

    /// <summary>Behind those that wait, but before the first that waits for what the owner has: else each would wait for the other.</summary>
    private static int PlaceOf(AdvisoryOwner owner, Entry entry)
    {
        var place = entry.Holders.TryGetValue(owner, out var held) ? entry.Queue.FindIndex(wait => held.IsExclusive || !wait.IsShared) : -1;
        return place < 0 ? entry.Queue.Count : place;
    }

    private static IEnumerable<AdvisoryOwner> Blockers(Entry entry, AdvisoryOwner owner, bool isShared) =>
        entry.Holders.Where(holder => holder.Key != owner && (!isShared || holder.Value.IsExclusive)).Select(holder => holder.Key);

    private void Settle(AdvisoryOwner owner, AdvisoryKey key, Entry entry, Counts counts)
    {
        if (counts.IsNone)
        {
            entry.Holders.Remove(owner);
            owner.Keys.Remove(key);
            _held--;
        }
        Pass(key, entry);
    }

    private void Pass(AdvisoryKey key, Entry entry)
    {
        while (entry.Queue.Count > 0 && entry.Queue[0] is var wait && !Blockers(entry, wait.Owner, wait.IsShared).Any())
        {
            entry.Queue.RemoveAt(0);
            wait.Owner.Waits = null;
            Hold(wait.Owner, key, entry, wait.IsShared, wait.OfTransaction);
            wait.Complete(AdvisoryAnswer.Had);
        }
        if (entry.Holders.Count == 0 && entry.Queue.Count == 0) _entries.Remove(key);
    }

    private void GiveUp(AdvisoryWait wait, AdvisoryAnswer answer)
    {
        var entry = _entries[wait.Key];
        wait.Owner.Waits = null;
        entry.Queue.Remove(wait);
        wait.Complete(answer);
        Pass(wait.Key, entry);
    }

    /// <summary>Whether the target waits, by way of others, for itself.</summary>
    private bool Leads(AdvisoryOwner from, AdvisoryOwner target, HashSet<AdvisoryOwner> seen)
    {
        if (from.Waits is not { } wait) return false;
        var entry = _entries[wait.Key];
        var place = entry.Queue.IndexOf(wait);
        var ahead = entry.Queue.Take(place).Where(other => !(other.IsShared && wait.IsShared)).Select(other => other.Owner);
        foreach (var next in Blockers(entry, from, wait.IsShared).Concat(ahead))
            if (next == target || (seen.Add(next) && Leads(next, target, seen))) return true;
        return false;
    }
}
