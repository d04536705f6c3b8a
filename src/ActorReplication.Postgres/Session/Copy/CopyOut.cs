using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session.Copy;

/// <summary>Writes rows as COPY's data, a CopyData message for each. Called on the thread that executes.</summary>
/// <param name="stream">Where to send as it comes, blocking the executing thread while the client is slow; null to gather all.</param>
internal sealed class CopyOut(CopyLayout layout, int firstColumn, ValueFormat format, OutputBuffer output, Connection? stream, SessionLimits limits) : ISessionSink, IDisposable
{
    private readonly OutputBuffer _value = new(256);
    private readonly SearchValues<byte> _marks = SearchValues.Create(layout.Format == CopyFormat.Csv
        ? [layout.Delimiter, layout.Quote, (byte)'\n', (byte)'\r']
        : [layout.Delimiter, (byte)'\\', (byte)'\b', (byte)'\f', (byte)'\n', (byte)'\r', (byte)'\t', (byte)'\v']);
    private int _start;
    private bool _hasBegun;
    private bool _isStarted;

    public long Rows { get; private set; }

    public PgError? Failure { get; private set; }

    void IResultSink.Start(IResultRow columns)
    {
        // The statement is run again from its beginning: what it returned the first time does not count.
        if (_isStarted && stream is null) output.Truncate(_start);
        _isStarted = true;
        _hasBegun = false;
        Rows = 0;
        _start = output.Length;
        if (layout.Header == CopyHeader.None) return;
        var message = Begin();
        for (var i = 0; i < layout.Columns.Count; i++)
        {
            if (i > 0) output.Byte(layout.Delimiter);
            _value.Clear();
            _value.Text(layout.Columns[i]);
            WriteField(isQuoted: false);
        }
        output.Byte((byte)'\n');
        output.EndMessage(message);
    }

    public void Row(IResultRow row)
    {
        if (Failure is not null) throw new DialectException(Failure.SqlState, Failure.Message);
        var before = output.Length;
        try
        {
            Encode(row);
        }
        catch (PgException invalid)
        {
            output.Truncate(before);
            throw Fail(invalid.Error);
        }
        catch (OutputTooLarge)
        {
            output.Truncate(before);
            throw Fail(new PgError(SqlStates.ProgramLimitExceeded, "a row is too large to send"));
        }
        Rows++;
        if (stream is null && output.Length - _start > limits.BufferedResultBytes)
        {
            throw Fail(new PgError(SqlStates.ProgramLimitExceeded, $"result exceeds {limits.BufferedResultBytes} bytes and has to be held back")
            {
                Hint = "Copy it out in a transaction that has not written.",
            });
        }
        if (stream is not null && output.Length >= limits.StreamBytes && !stream.FlushBlocking()) throw Fail(new PgError(SqlStates.QueryCancelled, "the client is gone"));
    }

    /// <summary>After the last row.</summary>
    public void End()
    {
        if (layout.IsBinary)
        {
            var message = Begin();
            output.Int16(-1);
            output.EndMessage(message);
        }
        output.CopyDone();
    }

    public void Dispose() => _value.Release();

    /// <summary>The binary header shares the first row's message: Npgsql looks for it there.</summary>
    private int Begin()
    {
        var message = output.BeginMessage((byte)'d');
        if (_hasBegun || !layout.IsBinary) return message;
        _hasBegun = true;
        output.Bytes(BinaryRows.Signature);
        output.Int32(0);
        output.Int32(0);
        return message;
    }

    private void Encode(IResultRow row)
    {
        var message = Begin();
        if (layout.IsBinary) output.Int16(layout.Types.Length);
        for (var i = 0; i < layout.Types.Length; i++)
        {
            var isNull = row.Kind(i + firstColumn) == SqlKind.Null;
            if (layout.IsBinary)
            {
                if (isNull) { output.Int32(-1); continue; }
                var length = output.BeginValue();
                layout.Types[i].WriteBinary(EngineValue.Of(row, i + firstColumn), layout.Modifiers[i], output);
                output.EndValue(length);
                continue;
            }
            if (i > 0) output.Byte(layout.Delimiter);
            if (isNull) { output.Bytes(layout.Null); continue; }
            _value.Clear();
            layout.Types[i].WriteText(EngineValue.Of(row, i + firstColumn), layout.Modifiers[i], _value, format);
            WriteField(layout.ForceQuote[i]);
        }
        if (!layout.IsBinary) output.Byte((byte)'\n');
        output.EndMessage(message);
    }

    private void WriteField(bool isQuoted)
    {
        var value = _value.Written.Span;
        if (layout.Format == CopyFormat.Csv) WriteCsv(value, isQuoted);
        else WriteText(value);
    }

    private void WriteText(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var next = value.IndexOfAny(_marks);
            if (next < 0) { output.Bytes(value); return; }
            output.Bytes(value[..next]);
            output.Byte((byte)'\\');
            output.Byte(value[next] switch
            {
                (byte)'\b' => (byte)'b',
                (byte)'\f' => (byte)'f',
                (byte)'\n' => (byte)'n',
                (byte)'\r' => (byte)'r',
                (byte)'\t' => (byte)'t',
                (byte)'\v' => (byte)'v',
                var other => other,
            });
            value = value[(next + 1)..];
        }
    }

    private void WriteCsv(ReadOnlySpan<byte> value, bool isQuoted)
    {
        if (!isQuoted && !value.SequenceEqual(layout.Null) && !value.ContainsAny(_marks) && !(layout.Types.Length == 1 && value.SequenceEqual("\\."u8)))
        {
            output.Bytes(value);
            return;
        }
        output.Byte(layout.Quote);
        while (value.IndexOfAny(layout.Quote, layout.Escape) is var next and >= 0)
        {
            output.Bytes(value[..next]);
            output.Byte(layout.Escape);
            output.Byte(value[next]);
            value = value[(next + 1)..];
        }
        output.Bytes(value);
        output.Byte(layout.Quote);
    }

    private DialectException Fail(PgError error)
    {
        Failure = error;
        return new DialectException(error.SqlState, error.Message);
    }
}
