using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Frontend;

/// <summary>Type bytes of what a client sends after startup.</summary>
internal static class FrontendType
{
    public const byte Query = (byte)'Q', Parse = (byte)'P', Bind = (byte)'B', Describe = (byte)'D', Execute = (byte)'E', Close = (byte)'C';
    public const byte Sync = (byte)'S', Flush = (byte)'H', Terminate = (byte)'X', FunctionCall = (byte)'F', Password = (byte)'p';
    public const byte CopyData = (byte)'d', CopyDone = (byte)'c', CopyFail = (byte)'f';

    /// <summary>Those whose body may be large; the others' are small by their nature.</summary>
    public static bool IsLarge(byte type) => type is Query or Parse or Bind or CopyData or FunctionCall;

    public static bool IsKnown(byte type) => type is Query or Parse or Bind or Describe or Execute or Close or Sync or Flush or Terminate
        or FunctionCall or Password or CopyData or CopyDone or CopyFail;
}

/// <summary>Parse: statement name, query, declared parameter types. Valid while the body is.</summary>
internal readonly ref struct ParseMessage
{
    private ParseMessage(ReadOnlySpan<byte> name, ReadOnlySpan<byte> query, ReadOnlySpan<byte> types)
    {
        Name = name;
        Query = query;
        Types = types;
    }

    public ReadOnlySpan<byte> Name { get; }
    public ReadOnlySpan<byte> Query { get; }

    /// <summary>Four bytes a type, big-endian.</summary>
    public ReadOnlySpan<byte> Types { get; }

    public static ParseMessage Read(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var name = reader.CString();
        var query = reader.CString();
        var count = reader.Int16();
        if (count < 0) throw MessageReader.Violation("invalid message format");
        var types = reader.Bytes(count * 4);
        reader.End();
        return new ParseMessage(name, query, types);
    }
}

/// <summary>Describe and Close: what kind of thing ('S' statement, 'P' portal), and its name.</summary>
internal readonly ref struct TargetMessage
{
    private TargetMessage(byte kind, ReadOnlySpan<byte> name)
    {
        Kind = kind;
        Name = name;
    }

    public byte Kind { get; }
    public ReadOnlySpan<byte> Name { get; }
    public bool IsStatement => Kind == (byte)'S';

    public static TargetMessage Read(ReadOnlySpan<byte> body, string message)
    {
        var reader = new MessageReader(body);
        var kind = reader.Byte();
        var name = reader.CString();
        reader.End();
        if (kind is not ((byte)'S' or (byte)'P')) throw MessageReader.Violation($"invalid {message} message subtype {kind}");
        return new TargetMessage(kind, name);
    }
}

/// <summary>Execute: portal name and the most rows to send (0 or less = all).</summary>
internal readonly ref struct ExecuteMessage
{
    private ExecuteMessage(ReadOnlySpan<byte> portal, int maxRows)
    {
        Portal = portal;
        MaxRows = maxRows;
    }

    public ReadOnlySpan<byte> Portal { get; }
    public int MaxRows { get; }

    public static ExecuteMessage Read(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var portal = reader.CString();
        var maxRows = reader.Int32();
        reader.End();
        return new ExecuteMessage(portal, Math.Max(0, maxRows));
    }
}
