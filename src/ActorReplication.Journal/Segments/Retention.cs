using System.Collections.Immutable;
using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>Which segments there are, and how far each persistence ID is deleted. Deletions run one at a time, on the background thread.</summary>
internal sealed class Retention(LogFiles files, JournalDisk disk, IdentitySet identities, DeletionMarks marks, ImmutableArray<Segment> segments)
{
    private readonly Lock _gate = new();
    private DeletionMarks _marks = marks;
    private ImmutableArray<Segment> _segments = segments;

    /// <summary>In order; the last one is written to.</summary>
    public ImmutableArray<Segment> Segments
    {
        get
        {
            lock (_gate)
                return _segments;
        }
    }

    public void Add(Segment segment)
    {
        lock (_gate)
            _segments = _segments.Add(segment);
    }

    /// <summary>Deletes one persistence ID's events up to a sequence number: first the mark, durably; then every leading segment in which no event is left.</summary>
    /// <exception cref="JournalFullException">No space for the mark; nothing is deleted.</exception>
    /// <exception cref="JournalException">A failing disk.</exception>
    public void Delete(Identity identity, long to)
    {
        if (to <= identity.DeletedTo)
            return;

        var present = Segments;
        var dropped = present.TakeWhile(s => s != present[^1] && s.Index.IsCoveredBy(n => n == identity.Number ? to : identities.Find(n)!.DeletedTo)).ToList();
        var mark = new DeletionMark(identity.Number, to, identity.Highest, identity.PersistenceId);
        var marks = new DeletionMarks(present[dropped.Count].Number, _marks.Marks.SetItem(identity.Number, mark));
        disk.Replace(files.Deletions, marks.Encode());

        _marks = marks;
        identity.DeletedTo = to;
        if (dropped.Count == 0)
            return;
        lock (_gate)
            _segments = _segments.RemoveRange(0, dropped.Count);
        foreach (var segment in dropped)
        {
            disk.Delete(segment.Path);
            segment.Release();
        }

        disk.SyncDirectory(files.Directory);
    }

    /// <summary>Lets go of all files.</summary>
    public void Close()
    {
        foreach (var segment in Segments)
            segment.Release();
    }
}
