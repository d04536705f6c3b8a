namespace ActorReplication.Postgres.Session.Copy;

/// <summary>The fields of one row of COPY's data, decoded. Used again for each row.</summary>
internal sealed class CopyFields
{
    private readonly List<(int Start, int Length)> _fields = [];
    private byte[] _bytes = new byte[1024];
    private int _used;
    private int _start;

    public int Count => _fields.Count;

    public bool IsNull(int field) => _fields[field].Length < 0;

    public ReadOnlySpan<byte> Bytes(int field) => _bytes.AsSpan(_fields[field].Start, _fields[field].Length);

    public void Clear()
    {
        _fields.Clear();
        _used = _start = 0;
        if (_bytes.Length > 1 << 20) _bytes = new byte[1024];
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _used < bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, checked(_used + bytes.Length)));
        bytes.CopyTo(_bytes.AsSpan(_used));
        _used += bytes.Length;
    }

    public void Add(byte value) => Add([value]);

    /// <summary>What was added since the last end is a field.</summary>
    public void End()
    {
        _fields.Add((_start, _used - _start));
        _start = _used;
    }

    public void MakeLastNull() => _fields[^1] = (0, -1);

    public void EndNull()
    {
        _used = _start;
        _fields.Add((0, -1));
    }
}
