using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Frontend;

/// <summary>Reads the fields of one message's body. Every overrun is an 08P01 with PostgreSQL's wording.</summary>
internal ref struct MessageReader(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;

    public int Position { get; private set; }

    public readonly int Remaining => _body.Length - Position;

    public byte Byte()
    {
        Require(1);
        return _body[Position++];
    }

    public short Int16()
    {
        Require(2);
        var value = BinaryPrimitives.ReadInt16BigEndian(_body[Position..]);
        Position += 2;
        return value;
    }

    public int Int32()
    {
        Require(4);
        var value = BinaryPrimitives.ReadInt32BigEndian(_body[Position..]);
        Position += 4;
        return value;
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0) throw Violation("insufficient data left in message");
        Require(count);
        var bytes = _body.Slice(Position, count);
        Position += count;
        return bytes;
    }

    /// <summary>Up to its zero, which is skipped.</summary>
    public ReadOnlySpan<byte> CString()
    {
        var rest = _body[Position..];
        var length = rest.IndexOf((byte)0);
        if (length < 0) throw Violation("invalid string in message");
        Position += length + 1;
        return rest[..length];
    }

    public string Text()
    {
        var bytes = CString();
        RequireUtf8(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    public readonly void End()
    {
        if (Remaining != 0) throw Violation("invalid message format");
    }

    public static void RequireUtf8(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes)) return;
        var bad = 0;
        while (Rune.DecodeFromUtf8(bytes[bad..], out _, out var length) == System.Buffers.OperationStatus.Done) bad += length;
        throw new PgException(SqlStates.CharacterNotInRepertoire, $"invalid byte sequence for encoding \"UTF8\": 0x{bytes[bad]:x2}");
    }

    public static PgException Violation(string message) => new(SqlStates.ProtocolViolation, message);

    private readonly void Require(int count)
    {
        if (Remaining < count) throw Violation("insufficient data left in message");
    }
}
