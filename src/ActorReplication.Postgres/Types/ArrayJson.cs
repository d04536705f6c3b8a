using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>The engine's form of an array: JSON, built element by element. Numbers are numbers, booleans true and false, bytea a string
/// <c>\x…</c>, all else strings; so json_each gives each element in the engine's form of its type, but for bytea.</summary>
internal sealed class ArrayJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> _bytes = new(128);
    private readonly Utf8JsonWriter _writer;

    public ArrayJson() => _writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public ReadOnlySpan<byte> Written
    {
        get
        {
            _writer.Flush();
            return _bytes.WrittenSpan;
        }
    }

    public void Open() => _writer.WriteStartArray();
    public void Close() => _writer.WriteEndArray();
    public void Null() => _writer.WriteNullValue();

    public void Empty()
    {
        Open();
        Close();
    }

    public void Add(PgType type, in SqlValue value)
    {
        switch (value.Kind)
        {
            case SqlKind.Int64 when type.Oid == PgOid.Bool: _writer.WriteBooleanValue(value.Int64 != 0); break;
            case SqlKind.Int64: _writer.WriteNumberValue(value.Int64); break;
            case SqlKind.Double when double.IsFinite(value.Double): _writer.WriteNumberValue(value.Double); break;
            case SqlKind.Text: _writer.WriteStringValue(value.Bytes.Span); break;
            default:
                var scratch = new OutputBuffer(64);
                EngineValue.Of(value).WriteAsText(scratch);
                _writer.WriteStringValue(scratch.Written.Span);
                scratch.Release();
                break;
        }
    }

    /// <summary>The element that the reader stands on, which is not null.</summary>
    public static EngineValue Value(ref Utf8JsonReader reader, string arrayName)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True: return EngineValue.Of(1L);
            case JsonTokenType.False: return EngineValue.Of(0L);
            case JsonTokenType.Number: return reader.TryGetInt64(out var whole) ? EngineValue.Of(whole) : EngineValue.Text(reader.ValueSpan);
            case JsonTokenType.String when !reader.ValueIsEscaped: return EngineValue.Text(reader.ValueSpan);
            case JsonTokenType.String:
                var unescaped = new byte[reader.ValueSpan.Length];
                return EngineValue.Text(unescaped.AsSpan(0, reader.CopyString(unescaped)));
            default: throw InvalidValue.Syntax(arrayName, reader.ValueSpan);
        }
    }

    public void Dispose() => _writer.Dispose();
}
