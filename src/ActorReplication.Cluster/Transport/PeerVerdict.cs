using System.Buffers.Binary;
using System.Text;

namespace ActorReplication.Cluster.Transport;

/// <summary>The first thing that either end says over TLS: whether it takes the other's certificate. One version byte, a length as uint16, little-endian, and so many
/// bytes of UTF-8: the reason why not; none: it does.</summary>
internal static class PeerVerdict
{
    private const byte Version = 1;
    private const int HeaderBytes = 3, MostBytes = 1000;

    public static void Write(Stream stream, string? problem)
    {
        var text = Encoding.UTF8.GetBytes(problem ?? "");
        var count = Math.Min(text.Length, MostBytes);
        var message = new byte[HeaderBytes + count];
        message[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(1), (ushort)count);
        text.AsSpan(0, count).CopyTo(message.AsSpan(HeaderBytes));
        stream.Write(message);
    }

    /// <returns>Null: the other side takes ours.</returns>
    /// <exception cref="IOException">It went away, or says something else.</exception>
    public static string? Read(Stream stream)
    {
        var header = new byte[HeaderBytes];
        stream.ReadExactly(header);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(1));
        if (header[0] != Version || count > MostBytes) throw new IOException("the other side does not speak this protocol");
        var text = new byte[count];
        stream.ReadExactly(text);
        // It goes into a log: no line may be forged with it.
        return count == 0 ? null : string.Concat(Encoding.UTF8.GetString(text).Select(c => char.IsControl(c) ? ' ' : c));
    }
}
