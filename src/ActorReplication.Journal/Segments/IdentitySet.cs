using System.Collections.Concurrent;
using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>All persistence IDs of a log. A number is given once and never reused. Only the log's own threads add.</summary>
internal sealed class IdentitySet
{
    private readonly ConcurrentDictionary<string, Identity> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<uint, Identity> _byNumber = new();
    private uint _last;

    public ICollection<Identity> All => _byNumber.Values;

    public Identity? Find(string persistenceId) => _byName.GetValueOrDefault(persistenceId);

    public Identity? Find(uint number) => _byNumber.GetValueOrDefault(number);

    /// <summary>The persistence ID's identity, made when it is new.</summary>
    public Identity GetOrAdd(string persistenceId) => Find(persistenceId) ?? Add(_last + 1, persistenceId);

    /// <summary>Takes over a definition found on disk; false when it contradicts an earlier one.</summary>
    public bool TryDefine(IdentityEntry entry)
    {
        var known = Find(entry.Number) ?? Find(entry.PersistenceId);
        if (known is null)
            known = Add(entry.Number, entry.PersistenceId);
        else if (known.Number != entry.Number || known.PersistenceId != entry.PersistenceId)
            return false;

        known.Highest = Math.Max(known.Highest, entry.Highest);
        return true;
    }

    /// <summary>The table that opens a segment.</summary>
    public List<IdentityEntry> Table() =>
        [.. All.Where(i => i.Highest > 0).OrderBy(i => i.Number).Select(i => new IdentityEntry(i.Number, i.Highest, i.PersistenceId))];

    private Identity Add(uint number, string persistenceId)
    {
        var identity = new Identity(number, persistenceId);
        _byName[persistenceId] = identity;
        _byNumber[number] = identity;
        _last = Math.Max(_last, number);
        return identity;
    }
}
