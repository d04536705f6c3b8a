using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>One data type: how its values look to clients, as text and as binary, and to the engine. Stateless and thread-safe.
/// Reading throws <see cref="PgException"/> for what the type does not take; NULL never gets here.</summary>
/// <param name="name">As PostgreSQL names it in messages, e.g. <c>integer</c>.</param>
/// <param name="size">Bytes of a value, −1 if they vary: RowDescription's typlen.</param>
internal abstract class PgType(uint oid, string name, short size)
{
    public uint Oid { get; } = oid;
    public string Name { get; } = name;
    public short Size { get; } = size;

    /// <param name="typeModifier">−1 = none.</param>
    public abstract void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format);

    public abstract void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output);

    /// <summary>A client's text to the engine's form.</summary>
    public abstract SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format);

    public abstract SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena);
}

/// <summary>The session settings that values' looks depend on. Immutable.</summary>
/// <param name="Zone">TimeZone.</param>
/// <param name="ByteaEscape">bytea_output = escape.</param>
internal sealed record ValueFormat(TimeZoneInfo Zone, bool ByteaEscape, IntervalStyle IntervalStyle)
{
    public static readonly ValueFormat Default = new(TimeZoneInfo.Utc, false, IntervalStyle.Postgres);
}

internal enum IntervalStyle : byte { Postgres, PostgresVerbose, SqlStandard, Iso8601 }
