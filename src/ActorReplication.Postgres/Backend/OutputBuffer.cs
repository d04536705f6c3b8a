using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ActorReplication.Postgres.Backend;

/// <summary>Bytes on their way to a client: one contiguous block that grows. Lengths are patched in once known, and what was written for a
/// statement that then failed is cut off again, which a pipe's writer cannot do. Not thread-safe: its owner hands it over.</summary>
internal sealed class OutputBuffer
{
    /// <summary>A block larger than this is given up when it is empty again.</summary>
    private const int KeptBytes = 128 * 1024;

    private readonly int _initialBytes;
    private byte[] _bytes;

    public OutputBuffer(int initialBytes = 4096)
    {
        _initialBytes = initialBytes;
        _bytes = ArrayPool<byte>.Shared.Rent(initialBytes);
    }

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public ReadOnlySpan<byte> Slice(int start, int length) => _bytes.AsSpan(0, Length).Slice(start, length);

    public Span<byte> GetSpan(int size)
    {
        if (_bytes.Length - Length < size) Grow(size);
        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    /// <summary>Drops everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = length;

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length <= KeptBytes) return;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = ArrayPool<byte>.Shared.Rent(_initialBytes);
    }

    /// <summary>Drops the first <paramref name="count"/> bytes.</summary>
    public void Consume(int count)
    {
        if (count == Length) { Clear(); return; }
        Buffer.BlockCopy(_bytes, count, _bytes, 0, Length - count);
        Length -= count;
    }

    /// <summary>Gives the block back. Only when nobody can still be writing into it.</summary>
    public void Release()
    {
        Length = 0;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    public void Byte(byte value)
    {
        if (_bytes.Length == Length) Grow(1);
        _bytes[Length++] = value;
    }

    public void Int16(int value)
    {
        BinaryPrimitives.WriteInt16BigEndian(GetSpan(2), unchecked((short)value));
        Length += 2;
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(GetSpan(4), value);
        Length += 4;
    }

    public void UInt32(uint value) => Int32(unchecked((int)value));

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(GetSpan(8), value);
        Length += 8;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    public void Text(string text)
    {
        var span = GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        Length += Encoding.UTF8.GetBytes(text, span);
    }

    /// <summary>Zero-terminated. A zero inside would end it early, so it is written as a space.</summary>
    public void CString(string text)
    {
        var start = Length;
        Text(text);
        _bytes.AsSpan(start, Length - start).Replace((byte)0, (byte)' ');
        Byte(0);
    }

    public void Decimal(long value)
    {
        value.TryFormat(GetSpan(20), out var written);
        Length += written;
    }

    /// <summary>Starts a message; give what it returns to <see cref="EndMessage"/>.</summary>
    public int BeginMessage(byte type)
    {
        var span = GetSpan(5);
        span[0] = type;
        Length += 5;
        return Length - 4;
    }

    public void EndMessage(int start) => BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(start), Length - start);

    /// <summary>Reserves a value's length field; give what it returns to <see cref="EndValue"/>.</summary>
    public int BeginValue()
    {
        GetSpan(4);
        Length += 4;
        return Length;
    }

    public void EndValue(int start) => BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(start - 4), Length - start);

    public void PatchInt16(int position, int value) => BinaryPrimitives.WriteInt16BigEndian(_bytes.AsSpan(position), unchecked((short)value));

    private void Grow(int size)
    {
        var wanted = checked((long)Length + size);
        if (wanted > Array.MaxLength) throw new OutputTooLarge();
        var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(wanted, (long)_bytes.Length * 2)));
        Buffer.BlockCopy(_bytes, 0, grown, 0, Length);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
    }
}

/// <summary>One message would be larger than an array can be.</summary>
internal sealed class OutputTooLarge() : Exception("a message to the client would exceed 2 GB");
