using System.Buffers.Binary;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>The first frame on a connection between two Akka.Remote systems: who calls. Four bytes of length (little-endian), then a protobuf
/// AkkaProtocolMessage { 2: AkkaControlMessage { 2: AkkaHandshakeInfo { 1: AddressData { 1: system, 2: hostname, 3: port, 4: protocol } } } }.</summary>
internal static class AssociateFrame
{
    public const int LengthBytes = 4;

    public static int Length(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadInt32LittleEndian(head);

    /// <summary>The caller's advertised port, which names the node; null if this is not such a frame.</summary>
    public static int? OriginPort(ReadOnlySpan<byte> body)
    {
        var origin = Field(Field(Field(body, 2), 2), 1);
        var position = 0;
        while (position < origin.Length)
        {
            var tag = Varint(origin, ref position);
            if (tag == (3 << 3))
                return (int)Varint(origin, ref position);
            Skip(origin, tag, ref position);
        }

        return null;
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> message, int number)
    {
        var position = 0;
        while (position < message.Length)
        {
            var tag = Varint(message, ref position);
            if (tag == (ulong)((number << 3) | 2))
            {
                var length = (int)Varint(message, ref position);
                return message.Slice(position, length);
            }

            Skip(message, tag, ref position);
        }

        return default;
    }

    private static void Skip(ReadOnlySpan<byte> message, ulong tag, ref int position)
    {
        switch (tag & 7)
        {
            case 0:
                Varint(message, ref position);
                break;
            case 1:
                position += 8;
                break;
            case 2:
                var length = (int)Varint(message, ref position);
                position += length;
                break;
            default:
                position += 4;
                break;
        }
    }

    private static ulong Varint(ReadOnlySpan<byte> message, ref int position)
    {
        ulong value = 0;
        for (var shift = 0; position < message.Length; shift += 7)
        {
            var b = message[position++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
                break;
        }

        return value;
    }
}
