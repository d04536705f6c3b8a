using System.Buffers.Binary;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>interval: PostgreSQL's own text (<c>1 year 2 mons 3 days 04:05:06</c>) in the engine; binary microseconds, days and months.</summary>
internal sealed class IntervalType() : PgType(PgOid.Interval, "interval", 16)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) =>
        IntervalText.Write(Parse(value), format.IntervalStyle, output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output)
    {
        var interval = Parse(value);
        output.Int64(interval.Micros);
        output.Int32(interval.Days);
        output.Int32(interval.Months);
    }

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => Store(IntervalText.Parse(text), arena);

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 16) throw InvalidValue.Binary(Name);
        return Store(new Interval(BinaryPrimitives.ReadInt32BigEndian(bytes[12..]), BinaryPrimitives.ReadInt32BigEndian(bytes[8..]), BinaryPrimitives.ReadInt64BigEndian(bytes)), arena);
    }

    private Interval Parse(in EngineValue value) => value.Kind == SqlKind.Text ? IntervalText.Parse(value.Bytes) : throw InvalidValue.DateSyntax(Name, value.Bytes);

    private static SqlValue Store(Interval interval, ValueArena arena)
    {
        var scratch = new OutputBuffer(64);
        IntervalText.Write(interval, IntervalStyle.Postgres, scratch);
        var stored = arena.Text(scratch.Written.Span);
        scratch.Release();
        return stored;
    }
}

/// <summary>Three parts that are not to be converted into one another: a month has no fixed length, and neither has a day.</summary>
internal readonly record struct Interval(int Months, int Days, long Micros);
