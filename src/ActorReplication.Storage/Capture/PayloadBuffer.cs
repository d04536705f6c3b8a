using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Capture;

/// <summary>A growing byte buffer that row changes are written into; used again for each transaction.</summary>
/// <param name="capacity">At first.</param>
/// <param name="most">Bytes beyond which it does not grow (<see cref="PayloadTooLargeException"/>).</param>
internal sealed unsafe class PayloadBuffer(int capacity = PayloadBuffer.StartBytes, int most = int.MaxValue)
{
    private const int StartBytes = 64 << 10;
    private const int KeptBytes = 4 << 20;
    private byte[] bytes = new byte[capacity];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    internal void Truncate(int length) => Length = length;

    /// <summary>Empties it, and gives back the memory that an unusually large transaction took.</summary>
    internal void Clear()
    {
        Length = 0;
        if (bytes.Length > KeptBytes)
            bytes = new byte[StartBytes];
    }

    internal void Byte(byte value)
    {
        if (Length == bytes.Length)
            Grow(1);
        bytes[Length++] = value;
    }

    internal void Varint(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            bytes[Length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        bytes[Length++] = (byte)value;
    }

    internal void ZigZag(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    internal void Bytes(ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length);
        Reserve(value.Length);
        value.CopyTo(bytes.AsSpan(Length));
        Length += value.Length;
    }

    /// <summary>Content without its length.</summary>
    internal void Raw(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(bytes.AsSpan(Length));
        Length += value.Length;
    }

    internal void UInt32(uint value)
    {
        Reserve(4);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Length), value);
        Length += 4;
    }

    internal void UInt64(ulong value)
    {
        Reserve(8);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(Length), value);
        Length += 8;
    }

    internal void Integer(long value)
    {
        if (value is >= 0 and < 128)
        {
            Byte((byte)(PayloadFormat.SmallInteger | value));
            return;
        }
        Byte(PayloadFormat.Integer);
        ZigZag(value);
    }

    /// <summary>Writes one of SQLite's values.</summary>
    internal void Value(nint value)
    {
        switch (sqlite3_value_type(value))
        {
            case SqliteCode.TypeInteger:
                Integer(sqlite3_value_int64(value));
                break;
            case SqliteCode.TypeFloat:
                Real(sqlite3_value_double(value));
                break;
            case SqliteCode.TypeText:
                Byte(PayloadFormat.Text);
                Content(value);
                break;
            case SqliteCode.TypeBlob:
                Byte(PayloadFormat.Blob);
                Content(value);
                break;
            default:
                Byte(PayloadFormat.Null);
                break;
        }
    }

    /// <summary>Writes one column of a statement's current row.</summary>
    internal void Value(IRowReader row, int column)
    {
        switch (row.Kind(column))
        {
            case ValueKind.Int64:
                Integer(row.Int64(column));
                break;
            case ValueKind.Double:
                Real(row.Double(column));
                break;
            case ValueKind.Text:
                Byte(PayloadFormat.Text);
                Bytes(row.Text(column));
                break;
            case ValueKind.Blob:
                Byte(PayloadFormat.Blob);
                Bytes(row.Blob(column));
                break;
            default:
                Byte(PayloadFormat.Null);
                break;
        }
    }

    internal void Real(double value)
    {
        Reserve(9);
        bytes[Length] = PayloadFormat.Real;
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(Length + 1), value);
        Length += 9;
    }

    private void Content(nint value)
    {
        // The blob call first: it expands a zeroblob, and it leaves text as it is, whatever its bytes.
        var content = sqlite3_value_blob(value);
        Bytes(new ReadOnlySpan<byte>(content, sqlite3_value_bytes(value)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int more)
    {
        if (bytes.Length - Length < more)
            Grow(more);
    }

    private void Grow(int more)
    {
        var needed = (long)Length + more;
        var limit = Math.Min(most, Array.MaxLength);
        if (needed > limit)
            throw new PayloadTooLargeException(limit);
        Array.Resize(ref bytes, (int)Math.Min(limit, Math.Max(needed, bytes.Length * 2L)));
    }
}

/// <summary>A transaction's changes do not fit into one log entry.</summary>
internal sealed class PayloadTooLargeException(int mostBytes) : Exception($"the transaction's changes are larger than {mostBytes} bytes");
