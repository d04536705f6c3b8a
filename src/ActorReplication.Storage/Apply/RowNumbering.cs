using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Apply;

/// <summary>Rows that an open transaction has inserted into tables whose rowid nobody sees. When such a row is made again, its rowid may have gone to another transaction's row:
/// then it gets the next one, and what the transaction did with the row later follows it there.</summary>
internal sealed class RowNumbering
{
    private readonly Dictionary<(TableShape Table, long Rowid), long> moved = [];
    private readonly HashSet<(TableShape Table, long Rowid)> own = [];

    /// <summary>Some row has another rowid than it had.</summary>
    internal bool HasMoved => moved.Count > 0;

    internal void Clear()
    {
        moved.Clear();
        own.Clear();
    }

    internal void AddOwn(TableShape table, long rowid) => own.Add((table, rowid));

    internal bool IsOwn(TableShape table, long rowid) => own.Contains((table, rowid));

    internal void Note(TableShape table, long before, long now)
    {
        AddOwn(table, now);
        if (before != now || moved.ContainsKey((table, before)))
            moved[(table, before)] = now;
    }

    internal long Now(TableShape table, long before) => moved.GetValueOrDefault((table, before), before);
}
