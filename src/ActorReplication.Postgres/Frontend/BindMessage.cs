using System.Buffers.Binary;

namespace ActorReplication.Postgres.Frontend;

/// <summary>Bind: portal, statement, parameter formats and values, result formats. Valid while the body is. The values are walked with
/// <see cref="Values"/>; that they fit the message has been checked.</summary>
internal readonly ref struct BindMessage
{
    private readonly ReadOnlySpan<byte> _parameterFormats;
    private readonly ReadOnlySpan<byte> _values;

    private BindMessage(ReadOnlySpan<byte> portal, ReadOnlySpan<byte> statement, ReadOnlySpan<byte> parameterFormats, int count, ReadOnlySpan<byte> values, ReadOnlySpan<byte> resultFormats)
    {
        Portal = portal;
        Statement = statement;
        _parameterFormats = parameterFormats;
        ParameterCount = count;
        _values = values;
        ResultFormats = resultFormats;
    }

    public ReadOnlySpan<byte> Portal { get; }
    public ReadOnlySpan<byte> Statement { get; }
    public int ParameterCount { get; }
    public int ParameterFormatCount => _parameterFormats.Length / 2;

    /// <summary>Two bytes a format code, big-endian: none, one for all columns, or one each.</summary>
    public ReadOnlySpan<byte> ResultFormats { get; }

    public static BindMessage Read(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var portal = reader.CString();
        var statement = reader.CString();
        var formats = Formats(ref reader);
        var count = (int)(ushort)reader.Int16();
        var start = reader.Position;
        for (var i = 0; i < count; i++)
        {
            var length = reader.Int32();
            if (length != -1) reader.Bytes(length);
        }
        var values = body[start..reader.Position];
        var results = Formats(ref reader);
        reader.End();
        if (formats.Length > 2 && formats.Length / 2 != count)
            throw MessageReader.Violation($"bind message has {formats.Length / 2} parameter formats but {count} parameters");
        return new BindMessage(portal, statement, formats, count, values, results);
    }

    public bool IsBinary(int parameter) => IsBinary(_parameterFormats, parameter);

    /// <summary>Format code of item <paramref name="index"/> under "none, one for all, or one each".</summary>
    public static bool IsBinary(ReadOnlySpan<byte> formats, int index) =>
        formats.Length != 0 && BinaryPrimitives.ReadInt16BigEndian(formats.Length == 2 ? formats : formats[(index * 2)..]) == 1;

    public ValueWalker Values => new(_values);

    private static ReadOnlySpan<byte> Formats(scoped ref MessageReader reader)
    {
        var count = (int)(ushort)reader.Int16();
        var formats = reader.Bytes(count * 2);
        for (var i = 0; i < count; i++)
        {
            var code = BinaryPrimitives.ReadInt16BigEndian(formats[(i * 2)..]);
            if (code is not (0 or 1)) throw new Backend.PgException(Backend.SqlStates.InvalidParameterValue, $"unsupported format code: {code}");
        }
        return formats;
    }
}

/// <summary>The values of a Bind, one after the other.</summary>
internal ref struct ValueWalker(ReadOnlySpan<byte> values)
{
    private ReadOnlySpan<byte> _rest = values;

    /// <summary>The next value; false if it is NULL.</summary>
    public bool Next(out ReadOnlySpan<byte> value)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(_rest);
        _rest = _rest[4..];
        if (length == -1) { value = default; return false; }
        value = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}
