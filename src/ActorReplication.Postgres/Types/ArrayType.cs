using System.Buffers.Binary;
using System.Text.Json;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>An array of a scalar type: JSON text in the engine (nested for more dimensions), <c>{…}</c> as text, PostgreSQL's array format in binary.</summary>
internal sealed class ArrayType(uint oid, PgType element) : PgType(oid, element.Name + "[]", -1)
{
    private const int MaxDimensions = 6;

    public PgType Element { get; } = element;

    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format)
    {
        var reader = new Utf8JsonReader(Json(value));
        try
        {
            reader.Read();
            var scratch = new OutputBuffer(64);
            ArrayText.Write(ref reader, Element, typeModifier, output, scratch, format);
            scratch.Release();
        }
        catch (JsonException)
        {
            throw InvalidValue.Syntax(Name, value.Bytes);
        }
    }

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output)
    {
        Span<int> sizes = stackalloc int[MaxDimensions];
        int dimensions;
        bool hasNulls;
        try
        {
            (dimensions, hasNulls) = Measure(Json(value), sizes);
        }
        catch (JsonException)
        {
            throw InvalidValue.Syntax(Name, value.Bytes);
        }
        output.Int32(dimensions);
        output.Int32(hasNulls ? 1 : 0);
        output.UInt32(Element.Oid);
        for (var i = 0; i < dimensions; i++)
        {
            output.Int32(sizes[i]);
            output.Int32(1);
        }
        var reader = new Utf8JsonReader(value.Bytes);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray) continue;
            if (reader.TokenType == JsonTokenType.Null) { output.Int32(-1); continue; }
            var start = output.BeginValue();
            Element.WriteBinary(ArrayJson.Value(ref reader, Name), typeModifier, output);
            output.EndValue(start);
        }
    }

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format)
    {
        using var json = new ArrayJson();
        ArrayText.Read(text, Name, Element, json, format);
        return arena.Text(json.Written);
    }

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length < 12) throw InvalidValue.Binary(Name);
        var dimensions = BinaryPrimitives.ReadInt32BigEndian(bytes);
        var element = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]);
        if (dimensions is < 0 or > MaxDimensions) throw new PgException(SqlStates.ProgramLimitExceeded, $"number of array dimensions ({dimensions}) exceeds the maximum allowed ({MaxDimensions})");
        if (element != Element.Oid) throw new PgException(SqlStates.DatatypeMismatch, $"wrong element type in array: {element} instead of {Element.Oid}");
        Span<int> sizes = stackalloc int[MaxDimensions];
        var rest = bytes[12..];
        long total = dimensions == 0 ? 0 : 1;
        for (var i = 0; i < dimensions; i++, rest = rest[8..])
        {
            if (rest.Length < 8) throw InvalidValue.Binary(Name);
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(rest);
            if (sizes[i] < 0) throw InvalidValue.Binary(Name);
            total = Math.Min(total * sizes[i], int.MaxValue);
        }
        if (total * 4 > rest.Length) throw InvalidValue.Binary(Name);
        using var json = new ArrayJson();
        if (total == 0) json.Empty();
        else Elements(json, sizes[..dimensions], ref rest, new ValueArena());
        if (!rest.IsEmpty) throw InvalidValue.Binary(Name);
        return arena.Text(json.Written);
    }

    private void Elements(ArrayJson json, scoped ReadOnlySpan<int> sizes, ref ReadOnlySpan<byte> rest, ValueArena scratch)
    {
        json.Open();
        for (var i = 0; i < sizes[0]; i++)
        {
            if (sizes.Length > 1) { Elements(json, sizes[1..], ref rest, scratch); continue; }
            if (rest.Length < 4) throw InvalidValue.Binary(Name);
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            rest = rest[4..];
            if (length == -1) { json.Null(); continue; }
            if (length < 0 || length > rest.Length) throw InvalidValue.Binary(Name);
            json.Add(Element, Element.ReadBinary(rest[..length], scratch));
            rest = rest[length..];
        }
        json.Close();
    }

    private ReadOnlySpan<byte> Json(in EngineValue value) => value.Kind == SqlKind.Text ? value.Bytes : throw InvalidValue.Syntax(Name, value.Bytes);

    /// <summary>Sizes of the dimensions; arrays of one level must have the same size.</summary>
    private (int Dimensions, bool HasNulls) Measure(ReadOnlySpan<byte> json, Span<int> sizes)
    {
        Span<int> counts = stackalloc int[MaxDimensions + 1];
        sizes.Fill(-1);
        int depth = 0, deepest = 0, leaf = -1;
        var hasNulls = false;
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray:
                    if (depth == MaxDimensions) throw InvalidValue.Syntax(Name, json);
                    if (depth > 0) counts[depth]++;
                    counts[++depth] = 0;
                    deepest = Math.Max(deepest, depth);
                    break;
                case JsonTokenType.EndArray:
                    if (sizes[depth - 1] >= 0 && sizes[depth - 1] != counts[depth]) throw InvalidValue.Syntax(Name, json);
                    sizes[depth - 1] = counts[depth--];
                    break;
                case JsonTokenType.StartObject: throw InvalidValue.Syntax(Name, json);
                default:
                    if (depth == 0 || leaf >= 0 && leaf != depth) throw InvalidValue.Syntax(Name, json);
                    leaf = depth;
                    counts[depth]++;
                    hasNulls |= reader.TokenType == JsonTokenType.Null;
                    break;
            }
        }
        if (deepest == 0 || leaf >= 0 && leaf != deepest) throw InvalidValue.Syntax(Name, json);
        return leaf < 0 ? (0, false) : (deepest, hasNulls);
    }
}
