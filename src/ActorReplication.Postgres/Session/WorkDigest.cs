using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>What a client asked for, as a number: its own text and parameters, and not what they were translated to, which holds the time of the day and may differ from
/// one version of this program to the next.</summary>
internal static class WorkDigest
{
    /// <returns>SHA-256 of the text's length and UTF-8, then for each parameter its kind, its value or its length, and its content; numbers little-endian, eight bytes.</returns>
    public static byte[] Of(string text, ReadOnlySpan<SqlValue> parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[9];
        var utf8 = Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], utf8.Length);
        hash.AppendData(head[1..]);
        hash.AppendData(utf8);
        foreach (ref readonly var value in parameters)
        {
            var content = value.Bytes.Span;
            head[0] = (byte)value.Kind;
            BinaryPrimitives.WriteInt64LittleEndian(head[1..], value.Kind is SqlKind.Int64 or SqlKind.Double ? value.Int64 : content.Length);
            hash.AppendData(head);
            hash.AppendData(content);
        }
        return hash.GetHashAndReset();
    }
}
