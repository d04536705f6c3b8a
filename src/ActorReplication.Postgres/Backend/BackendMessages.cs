using System.Buffers.Binary;

namespace ActorReplication.Postgres.Backend;

/// <summary>What the server says, one method per message of the protocol (PostgreSQL manual, "Message Formats").</summary>
internal static class BackendMessages
{
    public static void AuthenticationOk(this OutputBuffer output) => output.Bytes("R\0\0\0\u0008\0\0\0\0"u8);

    public static void ParameterStatus(this OutputBuffer output, string name, string value)
    {
        var start = output.BeginMessage((byte)'S');
        output.CString(name);
        output.CString(value);
        output.EndMessage(start);
    }

    public static void BackendKeyData(this OutputBuffer output, int processId, int secret)
    {
        var start = output.BeginMessage((byte)'K');
        output.Int32(processId);
        output.Int32(secret);
        output.EndMessage(start);
    }

    /// <param name="newestMinor">Newest minor version of protocol 3 that we speak.</param>
    public static void NegotiateProtocolVersion(this OutputBuffer output, int newestMinor, IReadOnlyList<string> unknownOptions)
    {
        var start = output.BeginMessage((byte)'v');
        output.Int32(newestMinor);
        output.Int32(unknownOptions.Count);
        foreach (var option in unknownOptions) output.CString(option);
        output.EndMessage(start);
    }

    /// <param name="status">I, T or E.</param>
    public static void ReadyForQuery(this OutputBuffer output, byte status)
    {
        output.Bytes("Z\0\0\0\u0005"u8);
        output.Byte(status);
    }

    public static void ParseComplete(this OutputBuffer output) => output.Bytes("1\0\0\0\u0004"u8);
    public static void BindComplete(this OutputBuffer output) => output.Bytes("2\0\0\0\u0004"u8);
    public static void CloseComplete(this OutputBuffer output) => output.Bytes("3\0\0\0\u0004"u8);
    public static void NoData(this OutputBuffer output) => output.Bytes("n\0\0\0\u0004"u8);
    public static void EmptyQueryResponse(this OutputBuffer output) => output.Bytes("I\0\0\0\u0004"u8);
    public static void PortalSuspended(this OutputBuffer output) => output.Bytes("s\0\0\0\u0004"u8);

    public static void NotificationResponse(this OutputBuffer output, int processId, string channel, string payload)
    {
        var start = output.BeginMessage((byte)'A');
        output.Int32(processId);
        output.CString(channel);
        output.CString(payload);
        output.EndMessage(start);
    }

    public static void CopyDone(this OutputBuffer output) => output.Bytes("c\0\0\0\u0004"u8);

    /// <param name="type">G (in) or H (out).</param>
    public static void CopyResponse(this OutputBuffer output, byte type, bool isBinary, int columns)
    {
        var start = output.BeginMessage(type);
        output.Byte(isBinary ? (byte)1 : (byte)0);
        output.Int16(columns);
        for (var i = 0; i < columns; i++) output.Int16(isBinary ? 1 : 0);
        output.EndMessage(start);
    }

    public static void ParameterDescription(this OutputBuffer output, ReadOnlySpan<uint> types)
    {
        var start = output.BeginMessage((byte)'t');
        output.Int16(types.Length);
        foreach (var type in types) output.UInt32(type);
        output.EndMessage(start);
    }

    public static void CommandComplete(this OutputBuffer output, string tag)
    {
        var start = output.BeginMessage((byte)'C');
        output.CString(tag);
        output.EndMessage(start);
    }

    /// <param name="insert">INSERT's tag has an OID, always 0, before the count.</param>
    public static void CommandComplete(this OutputBuffer output, string tag, long count, bool insert)
    {
        var start = output.BeginMessage((byte)'C');
        output.Text(tag);
        output.Byte((byte)' ');
        if (insert) output.Bytes("0 "u8);
        output.Decimal(count);
        output.Byte(0);
        output.EndMessage(start);
    }

    /// <summary>Length of the message at <paramref name="bytes"/>' start, its type byte included.</summary>
    public static int LengthOfFirst(ReadOnlySpan<byte> bytes) => 1 + BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
}
