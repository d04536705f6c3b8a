using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ActorReplication.Postgres.Session;

/// <summary>A session's prepared statements or portals by name; the unnamed one has a place of its own. Looking up takes the name's bytes, and allocates nothing.</summary>
internal sealed class NameTable<T> where T : class
{
    private readonly Dictionary<string, T> _named;
    private readonly Dictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public NameTable()
    {
        _named = new Dictionary<string, T>(StringComparer.Ordinal);
        _lookup = _named.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public T? Unnamed
    {
        get;
        set
        {
            (field as IDisposable)?.Dispose();
            field = value;
        }
    }

    public int NamedCount => _named.Count;

    public bool TryGet(ReadOnlySpan<byte> name, [MaybeNullWhen(false)] out T value)
    {
        if (name.IsEmpty) { value = Unnamed; return value is not null; }
        Span<char> characters = stackalloc char[256];
        if (name.Length > characters.Length) return _named.TryGetValue(Encoding.UTF8.GetString(name), out value);
        return _lookup.TryGetValue(characters[..Encoding.UTF8.GetChars(name, characters)], out value);
    }

    public bool TryGet(string name, [MaybeNullWhen(false)] out T value) => _named.TryGetValue(name, out value);

    public void Set(string name, T value)
    {
        if (name.Length == 0) Unnamed = value;
        else _named[name] = value;
    }

    public bool Remove(string name)
    {
        if (name.Length > 0)
        {
            var found = _named.Remove(name, out var removed);
            (removed as IDisposable)?.Dispose();
            return found;
        }
        var had = Unnamed is not null;
        Unnamed = null;
        return had;
    }

    public void Clear()
    {
        Unnamed = null;
        if (_named.Count == 0) return;
        foreach (var value in _named.Values) (value as IDisposable)?.Dispose();
        _named.Clear();
    }
}
