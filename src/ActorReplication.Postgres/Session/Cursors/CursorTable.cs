namespace ActorReplication.Postgres.Session.Cursors;

/// <summary>A session's cursors by name.</summary>
internal sealed class CursorTable : IDisposable
{
    private readonly Dictionary<string, Cursor> _byName = new(StringComparer.Ordinal);
    private readonly List<(string Savepoint, long Declared)> _marks = [];
    private long _declared;

    public int Count => _byName.Count;
    public IEnumerable<Cursor> All => _byName.Values;

    public Cursor? Find(string name) => _byName.GetValueOrDefault(name);

    public void Add(Cursor cursor)
    {
        cursor.Number = ++_declared;
        _byName.Add(cursor.Name, cursor);
    }

    public void Savepoint(string name) => _marks.Add((name, _declared));

    public void Release(string name)
    {
        if (_marks.FindLastIndex(mark => mark.Savepoint == name) is >= 0 and var at) _marks.RemoveRange(at, _marks.Count - at);
    }

    /// <summary>What was declared since then is gone.</summary>
    public void RollbackTo(string name)
    {
        if (_marks.FindLastIndex(mark => mark.Savepoint == name) is not (>= 0 and var at)) return;
        var declared = _marks[at].Declared;
        _marks.RemoveRange(at + 1, _marks.Count - at - 1);
        Close(cursor => cursor.Number > declared);
    }

    public bool Close(string name)
    {
        if (!_byName.Remove(name, out var cursor)) return false;
        cursor.Dispose();
        return true;
    }

    public void CloseAll() => Close(_ => true);

    /// <summary>The transaction is committed: those WITH HOLD stay.</summary>
    public void Committed()
    {
        _marks.Clear();
        if (_byName.Count == 0) return;
        Close(cursor => !cursor.IsHeld);
        foreach (var cursor in _byName.Values) cursor.IsCommitted = true;
    }

    /// <summary>The transaction is taken back, and what it declared with it.</summary>
    public void RolledBack()
    {
        _marks.Clear();
        if (_byName.Count > 0) Close(cursor => !cursor.IsCommitted);
    }

    public void Dispose() => CloseAll();

    private void Close(Func<Cursor, bool> which)
    {
        foreach (var cursor in _byName.Values.Where(which).ToList()) Close(cursor.Name);
    }
}
