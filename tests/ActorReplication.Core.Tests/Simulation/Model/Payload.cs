using System.Buffers.Binary;

namespace ActorReplication.Core.Tests.Simulation.Model;

/// <summary>A simulated client transaction: operation number (unique in the run), key, padding.</summary>
internal static class Payload
{
    private const int HeaderBytes = 9;

    public static byte[] Of(long operation, int key, int paddingBytes)
    {
        var bytes = new byte[HeaderBytes + paddingBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, operation);
        bytes[8] = (byte)key;
        return bytes;
    }

    public static long Operation(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt64LittleEndian(payload);
    public static int Key(ReadOnlySpan<byte> payload) => payload[8];
}
