using System.Buffers.Binary;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>double precision: REAL in the engine. NaN is refused, because SQLite would store NULL in its place.</summary>
internal sealed class Float8Type() : PgType(PgOid.Float8, "double precision", 8)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => FloatText.Write(value.ToDouble(Name), output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => output.Int64(BitConverter.DoubleToInt64Bits(value.ToDouble(Name)));

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => Storable(FloatText.Parse(text, Name), Name);

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 8) throw InvalidValue.Binary(Name);
        return Storable(BinaryPrimitives.ReadDoubleBigEndian(bytes), Name);
    }

    public static SqlValue Storable(double value, string type) => double.IsNaN(value)
        ? throw new PgException(SqlStates.FeatureNotSupported, $"NaN cannot be stored as {type}")
        : SqlValue.Of(value);
}

/// <summary>real: REAL in the engine, rounded to single precision.</summary>
internal sealed class Float4Type() : PgType(PgOid.Float4, "real", 4)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => FloatText.Write(Single(value.ToDouble(Name)), output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => output.Int32(BitConverter.SingleToInt32Bits(Single(value.ToDouble(Name))));

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format)
    {
        var value = FloatText.Parse(text, Name);
        var single = (float)value;
        if (float.IsInfinity(single) && double.IsFinite(value)) throw InvalidValue.OutOfRange(Name, text);
        return Float8Type.Storable(single, Name);
    }

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 4) throw InvalidValue.Binary(Name);
        return Float8Type.Storable(BinaryPrimitives.ReadSingleBigEndian(bytes), Name);
    }

    private float Single(double value)
    {
        var single = (float)value;
        return float.IsInfinity(single) && double.IsFinite(value) ? throw InvalidValue.OutOfRange(Name) : single;
    }
}
