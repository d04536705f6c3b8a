using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>Holds the bytes of parameters from Bind until the statement has run. Blocks are never reused while anything may still point into
/// them: a block that is too small is left to the garbage collector, and <see cref="Reset"/> is for when no statement runs.</summary>
internal sealed class ValueArena
{
    private const int KeptBytes = 64 * 1024;
    private byte[] _block = new byte[512];
    private int _used;

    public Memory<byte> Take(int length)
    {
        if (_block.Length - _used < length)
        {
            _block = new byte[Math.Max(length, Math.Min(_block.Length * 2, KeptBytes))];
            _used = 0;
        }
        var memory = _block.AsMemory(_used, length);
        _used += length;
        return memory;
    }

    public SqlValue Text(ReadOnlySpan<byte> utf8) => SqlValue.Utf8(Copy(utf8));

    public SqlValue Blob(ReadOnlySpan<byte> bytes) => SqlValue.Blob(Copy(bytes));

    public void Reset()
    {
        _used = 0;
        if (_block.Length > KeptBytes) _block = new byte[512];
    }

    private Memory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        var memory = Take(bytes.Length);
        bytes.CopyTo(memory.Span);
        return memory;
    }
}
