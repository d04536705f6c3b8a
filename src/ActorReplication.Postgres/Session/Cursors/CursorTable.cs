namespace ActorReplication.Postgres.Session.Cursors;

/// <summary>A session's cursors by name.</summary>
internal sealed class CursorTable : IDisposable
{
    private readonly Dictionary<string, Cursor> _byName = new(StringComparer.Ordinal);

    public int Count => _byName.Count;
    public IEnumerable<Cursor> All => _byName.Values;

    public Cursor? Find(string name) => _byName.GetValueOrDefault(name);

    public void Add(Cursor cursor) => _byName.Add(cursor.Name, cursor);

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
        if (_byName.Count == 0) return;
        Close(cursor => !cursor.IsHeld);
        foreach (var cursor in _byName.Values) cursor.IsCommitted = true;
    }

    /// <summary>The transaction is taken back, and what it declared with it.</summary>
    public void RolledBack()
    {
        if (_byName.Count > 0) Close(cursor => !cursor.IsCommitted);
    }

    public void Dispose() => CloseAll();

    private void Close(Func<Cursor, bool> which)
    {
        foreach (var cursor in _byName.Values.Where(which).ToList()) Close(cursor.Name);
    }
}
