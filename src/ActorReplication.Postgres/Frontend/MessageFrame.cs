using System.Buffers;
using System.Buffers.Binary;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Frontend;

/// <summary>Cuts the byte stream into messages.</summary>
/// <param name="Body">Without type and length.</param>
internal readonly record struct MessageFrame(byte Type, ReadOnlySequence<byte> Body)
{
    /// <summary>Body bytes that a message of a type which is small by its nature may have.</summary>
    private const int SmallBytes = 64 * 1024;

    /// <summary>Takes the next message off <paramref name="input"/>; false if it is not whole yet.</summary>
    /// <exception cref="PgException">FATAL 08P01: the stream cannot be followed any further.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> input, int maxBytes, out MessageFrame frame)
    {
        frame = default;
        if (input.Length < 1) return false;
        var type = input.FirstSpan.IsEmpty ? input.Slice(0, 1).ToArray()[0] : input.FirstSpan[0];
        if (!FrontendType.IsKnown(type)) throw Fatal($"invalid frontend message type {type}");
        if (input.Length < 5) return false;

        Span<byte> copy = stackalloc byte[4];
        input.Slice(1, 4).CopyTo(copy);
        var length = BinaryPrimitives.ReadInt32BigEndian(copy);
        if (length < 4 || length - 4 > (FrontendType.IsLarge(type) ? maxBytes : SmallBytes)) throw Fatal("invalid message length");
        if (input.Length < 1L + length) return false;

        frame = new MessageFrame(type, input.Slice(5, length - 4));
        input = input.Slice(1L + length);
        return true;
    }

    /// <summary>Takes the startup packet's body off <paramref name="input"/>; false if it is not whole yet.</summary>
    public static bool TryReadStartup(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> body)
    {
        body = default;
        if (input.Length < 4) return false;
        Span<byte> copy = stackalloc byte[4];
        input.Slice(0, 4).CopyTo(copy);
        var length = BinaryPrimitives.ReadInt32BigEndian(copy);
        if (length is < StartupPacket.MinBytes or > StartupPacket.MaxBytes) throw Fatal("invalid length of startup packet");
        if (input.Length < length) return false;
        body = input.Slice(4, length - 4);
        input = input.Slice(length);
        return true;
    }

    private static PgException Fatal(string message) => new(PgError.FatalError(SqlStates.ProtocolViolation, message));
}
