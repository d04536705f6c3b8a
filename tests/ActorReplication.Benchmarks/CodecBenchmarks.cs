using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;
using BenchmarkDotNet.Attributes;

namespace ActorReplication.Benchmarks;

/// <summary>What a session does with bytes for each statement and value. Run: <c>dotnet run -c Release --project tests/ActorReplication.Benchmarks -- --filter *Codec*</c>.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private readonly OutputBuffer _output = new(64 * 1024);
    private readonly ValueArena _arena = new();
    private readonly PgType _int8 = PgTypes.Find(PgOid.Int8), _text = PgTypes.Find(PgOid.Text), _timestamp = PgTypes.Find(PgOid.TimestampTz), _numeric = PgTypes.Find(PgOid.Numeric), _float8 = PgTypes.Find(PgOid.Float8);
    private byte[] _bind = [];

    [GlobalSetup]
    public void Setup()
    {
        var bind = new OutputBuffer();
        bind.CString("");
        bind.CString("P0_1");
        bind.Int16(0);
        bind.Int16(1);
        bind.Int32(6);
        bind.Text("123456");
        bind.Int16(0);
        _bind = bind.Written.ToArray();
    }

    [Benchmark]
    public SqlValue ReadBindOfOneInteger()
    {
        var message = BindMessage.Read(_bind);
        var values = message.Values;
        values.Next(out var value);
        return _int8.ReadText(value, _arena, ValueFormat.Default);
    }

    /// <summary>A row of bigint and text, as a point select has.</summary>
    [Benchmark]
    public int WriteDataRow()
    {
        _output.Truncate(0);
        var start = _output.BeginMessage((byte)'D');
        _output.Int16(2);
        var value = _output.BeginValue();
        _int8.WriteText(EngineValue.Of(123456L), -1, _output, ValueFormat.Default);
        _output.EndValue(value);
        value = _output.BeginValue();
        _text.WriteText(EngineValue.Text("some short text of a row"u8), -1, _output, ValueFormat.Default);
        _output.EndValue(value);
        _output.EndMessage(start);
        return _output.Length;
    }

    [Benchmark]
    public int WriteTimestampBinary() => Binary(_timestamp, EngineValue.Text("2026-01-02 03:04:05.678901+00"u8));

    [Benchmark]
    public int WriteNumericBinary() => Binary(_numeric, EngineValue.Text("12345.678"u8));

    [Benchmark]
    public int WriteFloatText()
    {
        _output.Truncate(0);
        _float8.WriteText(EngineValue.Of(Math.PI), -1, _output, ValueFormat.Default);
        return _output.Length;
    }

    private int Binary(PgType type, EngineValue value)
    {
        _output.Truncate(0);
        type.WriteBinary(value, -1, _output);
        return _output.Length;
    }
}
