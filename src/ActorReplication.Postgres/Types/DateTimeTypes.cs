using System.Buffers.Binary;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>Common to the types whose engine form is ISO text and whose binary form is a number.</summary>
internal abstract class DateTimeType(uint oid, string name, short size) : PgType(oid, name, size)
{
    protected ReadOnlySpan<byte> Source(in EngineValue value) => value.Kind == SqlKind.Text ? value.Bytes : throw Unreadable(value);

    protected DateTimeFields Fields(in EngineValue value) => DateTimeReader.Read(Source(value), Name);

    /// <summary>Writes the engine's text into the arena.</summary>
    protected static SqlValue Store(ValueArena arena, long value, int? zone, Action<long, int?, OutputBuffer> write)
    {
        var scratch = new OutputBuffer(64);
        write(value, zone, scratch);
        var stored = arena.Text(scratch.Written.Span);
        scratch.Release();
        return stored;
    }

    private PgException Unreadable(in EngineValue value)
    {
        var scratch = new OutputBuffer(64);
        value.WriteAsText(scratch);
        var error = InvalidValue.DateSyntax(Name, scratch.Written.Span);
        scratch.Release();
        return error;
    }
}

/// <summary>date: <c>2026-01-02</c> in the engine; binary days since 2000-01-01.</summary>
internal sealed class DateType() : DateTimeType(PgOid.Date, "date", 4)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => Write(Days(Fields(value), Source(value)), null, output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => output.Int32(Days(Fields(value), Source(value)) switch
    {
        DateTimeText.Infinity => int.MaxValue,
        DateTimeText.NegativeInfinity => int.MinValue,
        var days => (int)days,
    });

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => Store(arena, Days(DateTimeReader.Read(text, Name), text), null, Write);

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 4) throw InvalidValue.Binary(Name);
        return Store(arena, BinaryPrimitives.ReadInt32BigEndian(bytes) switch
        {
            int.MaxValue => DateTimeText.Infinity,
            int.MinValue => DateTimeText.NegativeInfinity,
            var days when Calendar.Date(days).Year is < Calendar.MinYear or > 5_874_897 => throw InvalidValue.DateRange(Name, default),
            var days => days,
        }, null, Write);
    }

    private long Days(in DateTimeFields fields, ReadOnlySpan<byte> text) => fields.Special ?? fields.Days ?? throw InvalidValue.DateSyntax(Name, text);

    private static void Write(long days, int? zone, OutputBuffer output)
    {
        if (DateTimeText.WriteInfinity(days, output)) return;
        DateTimeText.WriteDate(days, output);
        DateTimeText.WriteEra(days, output);
    }
}

/// <summary>time: <c>03:04:05.678</c> in the engine; binary microseconds of the day.</summary>
internal sealed class TimeType() : DateTimeType(PgOid.Time, "time", 8)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => DateTimeText.WriteTime(Micros(Source(value)), output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => output.Int64(Micros(Source(value)));

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => Store(arena, Micros(text), null, static (micros, _, output) => DateTimeText.WriteTime(micros, output));

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 8) throw InvalidValue.Binary(Name);
        var micros = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (micros is < 0 or > Calendar.MicrosPerDay) throw InvalidValue.DateRange(Name, default);
        return Store(arena, micros, null, static (value, _, output) => DateTimeText.WriteTime(value, output));
    }

    private long Micros(ReadOnlySpan<byte> text) => DateTimeReader.Read(text, Name).Time ?? throw InvalidValue.DateSyntax(Name, text);
}

/// <summary>time with time zone: <c>03:04:05+02</c> in the engine; binary microseconds of the day and seconds west of UTC.</summary>
internal sealed class TimeTzType() : DateTimeType(PgOid.TimeTz, "time with time zone", 12)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format)
    {
        var (micros, zone) = Read(Source(value), format.Zone);
        Write(micros, zone, output);
    }

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output)
    {
        var (micros, zone) = Read(Source(value), TimeZoneInfo.Utc);
        output.Int64(micros);
        output.Int32(-zone);
    }

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format)
    {
        var (micros, zone) = Read(text, format.Zone);
        return Store(arena, micros, zone, Write);
    }

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 12) throw InvalidValue.Binary(Name);
        var micros = BinaryPrimitives.ReadInt64BigEndian(bytes);
        var west = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
        if (micros is < 0 or > Calendar.MicrosPerDay || west is <= -57_600 or >= 57_600) throw InvalidValue.DateRange(Name, default);
        return Store(arena, micros, -west, Write);
    }

    private (long Micros, int Zone) Read(ReadOnlySpan<byte> text, TimeZoneInfo session)
    {
        var fields = DateTimeReader.Read(text, Name);
        var micros = fields.Time ?? throw InvalidValue.DateSyntax(Name, text);
        return (micros, fields.ZoneSeconds ?? (int)(fields.Zone ?? session).BaseUtcOffset.TotalSeconds);
    }

    private static void Write(long micros, int? zone, OutputBuffer output)
    {
        DateTimeText.WriteTime(micros, output);
        DateTimeText.WriteZone(zone ?? 0, output);
    }
}

/// <summary>timestamp: ISO text in the engine. timestamptz: the same in UTC with <c>+00</c>. Binary: microseconds since 2000-01-01 (UTC).</summary>
internal sealed class TimestampType(uint oid, string name, bool zoned) : DateTimeType(oid, name, 8)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format)
    {
        var micros = Micros(Source(value), TimeZoneInfo.Utc);
        if (!zoned || micros is DateTimeText.Infinity or DateTimeText.NegativeInfinity) { DateTimeText.WriteTimestamp(micros, null, output); return; }
        var offset = TimeZones.OffsetAt(format.Zone, micros);
        DateTimeText.WriteTimestamp(micros + offset * Calendar.MicrosPerSecond, offset, output);
    }

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => output.Int64(Micros(Source(value), TimeZoneInfo.Utc));

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => Store(Micros(text, format.Zone), arena);

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 8) throw InvalidValue.Binary(Name);
        var micros = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (!InRange(micros)) throw InvalidValue.DateRange(Name, default);
        return Store(micros, arena);
    }

    private SqlValue Store(long micros, ValueArena arena) => Store(arena, micros, zoned ? 0 : null, DateTimeText.WriteTimestamp);

    private long Micros(ReadOnlySpan<byte> text, TimeZoneInfo session)
    {
        var fields = DateTimeReader.Read(text, Name);
        if (fields.Special is { } infinity) return infinity;
        if (fields.Days is not { } days) throw InvalidValue.DateSyntax(Name, text);
        if (days is < -2_500_000 or > 110_000_000) throw InvalidValue.DateRange(Name, text);
        var local = days * Calendar.MicrosPerDay + (fields.Time ?? 0);
        if (zoned)
            local -= (fields.ZoneSeconds ?? TimeZones.OffsetAtLocal(fields.Zone ?? session, local)) * Calendar.MicrosPerSecond;
        return InRange(local) ? local : throw InvalidValue.DateRange(Name, text);
    }

    private static bool InRange(long micros) => micros is DateTimeText.Infinity or DateTimeText.NegativeInfinity
        || Calendar.Date(Calendar.Split(micros).Days).Year is >= Calendar.MinYear and <= Calendar.MaxYear;
}
