using System.Buffers.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>One non-null value as the engine gives it: a result column, or an element of an array's JSON. Valid while its source is.</summary>
internal readonly ref struct EngineValue
{
    private readonly long _bits;

    private EngineValue(SqlKind kind, long bits, ReadOnlySpan<byte> bytes)
    {
        Kind = kind;
        _bits = bits;
        Bytes = bytes;
    }

    public SqlKind Kind { get; }

    /// <summary>Of Text (UTF-8) and Blob.</summary>
    public ReadOnlySpan<byte> Bytes { get; }
    public long Int64 => _bits;
    public double Double => BitConverter.Int64BitsToDouble(_bits);

    public static EngineValue Of(long value) => new(SqlKind.Int64, value, default);
    public static EngineValue Of(double value) => new(SqlKind.Double, BitConverter.DoubleToInt64Bits(value), default);
    public static EngineValue Text(ReadOnlySpan<byte> utf8) => new(SqlKind.Text, 0, utf8);
    public static EngineValue Blob(ReadOnlySpan<byte> bytes) => new(SqlKind.Blob, 0, bytes);

    /// <summary>Column <paramref name="column"/>, which is not null.</summary>
    public static EngineValue Of(IResultRow row, int column) => row.Kind(column) switch
    {
        SqlKind.Int64 => Of(row.Int64(column)),
        SqlKind.Double => Of(row.Double(column)),
        SqlKind.Text => Text(row.Text(column)),
        _ => Blob(row.Blob(column)),
    };

    public static EngineValue Of(in SqlValue value) => value.Kind switch
    {
        SqlKind.Int64 => Of(value.Int64),
        SqlKind.Double => Of(value.Double),
        SqlKind.Text => Text(value.Bytes.Span),
        _ => Blob(value.Bytes.Span),
    };

    /// <summary>As PostgreSQL would show it if it were text.</summary>
    public void WriteAsText(OutputBuffer output)
    {
        switch (Kind)
        {
            case SqlKind.Int64: output.Decimal(Int64); break;
            case SqlKind.Double: FloatText.Write(Double, output); break;
            case SqlKind.Blob: ByteaType.WriteHex(Bytes, output); break;
            default: output.Bytes(Bytes); break;
        }
    }

    /// <summary>A whole number, of any kind that stands for one; 22P02 naming <paramref name="type"/> if it does not.</summary>
    public long ToInt64(string type)
    {
        switch (Kind)
        {
            case SqlKind.Int64: return Int64;
            case SqlKind.Double when Double is >= -9223372036854775808.0 and < 9223372036854775808.0: return (long)Math.Round(Double, MidpointRounding.ToEven);
            case SqlKind.Double: throw InvalidValue.OutOfRange(type);
            case SqlKind.Text when Utf8Parser.TryParse(Bytes, out long value, out var used) && used == Bytes.Length: return value;
            default: throw InvalidValue.Syntax(type, Bytes);
        }
    }

    public double ToDouble(string type) => Kind switch
    {
        SqlKind.Int64 => Int64,
        SqlKind.Double => Double,
        SqlKind.Text => FloatText.Parse(Bytes, type),
        _ => throw InvalidValue.Syntax(type, Bytes),
    };
}
