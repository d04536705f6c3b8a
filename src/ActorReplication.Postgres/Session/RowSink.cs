using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session.Cursors;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session;

/// <summary>Encodes result rows as DataRow messages, straight from the engine's spans into a buffer. Called on the thread that executes.</summary>
internal sealed class RowSink : ISessionSink
{
    private ResultShape _shape = null!;
    private byte[] _formats = [];
    private ValueFormat _format = ValueFormat.Default;
    private OutputBuffer _output = null!;
    private Connection? _stream;
    private long _maxRows;
    private int _streamBytes;
    private long _maxBufferedBytes;
    private ServerContext _server = null!;
    private PlanRow? _plan;
    private bool _shares;
    private bool _isStarted;

    /// <summary>Rows written to the buffer: those after the row limit are in <see cref="Leftover"/>.</summary>
    public long Rows { get; private set; }

    /// <summary>Where this statement's rows begin and end in the buffer.</summary>
    public int Start { get; private set; }
    public int End { get; private set; }

    /// <summary>Rows beyond the limit, as the engine gave them; null if there were none.</summary>
    public RowSpool? Leftover { get; private set; }

    /// <summary>They are the caller's to dispose of now.</summary>
    public RowSpool? TakeLeftover()
    {
        var leftover = Leftover;
        Leftover = null;
        return leftover;
    }

    /// <summary>The statement failed: nobody will ask for the rest.</summary>
    public void DropLeftover() => TakeLeftover()?.Dispose();

    /// <summary>Why it gave up; whatever the backend then says about the statement, this is the reason.</summary>
    public PgError? Failure { get; private set; }

    /// <param name="formats">As in Bind.</param>
    /// <param name="maxRows">0 = all.</param>
    /// <param name="stream">Where to send rows as they come, blocking the executing thread while the client is slow; null to gather them.</param>
    /// <param name="shares">Other statements' rows go into the same buffer; each takes its own from <see cref="Start"/> to <see cref="End"/>.</param>
    public RowSink Prepare(ResultShape shape, byte[] formats, ValueFormat format, OutputBuffer output, long maxRows, Connection? stream, ServerContext server, bool shares = false)
    {
        if (formats.Length > 2 && formats.Length / 2 != shape.Types.Length)
            throw new PgException(SqlStates.ProtocolViolation, $"bind message has {formats.Length / 2} result formats but query has {shape.Types.Length} columns");
        var limits = server.Options.Limits;
        _shape = shape;
        _formats = formats;
        _format = format;
        _output = output;
        _maxRows = maxRows == 0 ? long.MaxValue : maxRows;
        _stream = stream;
        _streamBytes = limits.StreamBytes;
        _maxBufferedBytes = limits.BufferedResultBytes;
        _server = server;
        _shares = shares;
        _isStarted = false;
        Rows = 0;
        Start = End = output.Length;
        DropLeftover();
        Failure = null;
        _plan = null;
        return this;
    }

    void IResultSink.Start(IResultRow columns)
    {
        // The statement is run again from its beginning: what it returned the first time does not count.
        if (_isStarted && _stream is null && !_shares) _output.Truncate(Start);
        _isStarted = true;
        Rows = 0;
        DropLeftover();
        Start = End = _output.Length;
        if (columns.Count - _shape.FirstColumn < _shape.Types.Length || (_shape.FirstColumn == 0 && columns.Count != _shape.Types.Length)) throw Fail(new PgError(SqlStates.FeatureNotSupported, "cached plan must not change result type"));
    }

    public void Row(IResultRow row)
    {
        if (Failure is not null) throw new DialectException(Failure.SqlState, Failure.Message);
        Take(_shape.IsPlan ? (_plan ??= new PlanRow()).Of(row) : row);
    }

    private void Take(IResultRow row)
    {
        if (Rows >= _maxRows) { Keep(row); return; }
        var before = _output.Length;
        if (Rows == 0) Start = before;
        try
        {
            Encode(row, _output);
        }
        catch (PgException invalid)
        {
            _output.Truncate(before);
            throw Fail(invalid.Error);
        }
        catch (OutputTooLarge)
        {
            _output.Truncate(before);
            throw Fail(new PgError(SqlStates.ProgramLimitExceeded, "a result row is too large to send"));
        }
        Rows++;
        if (_stream is not null && _output.Length >= _streamBytes && !_stream.FlushBlocking()) throw Fail(new PgError(SqlStates.QueryCancelled, "the client is gone"));
        End = _output.Length;
        if (_stream is null && End - Start > _maxBufferedBytes)
            throw Fail(new PgError(SqlStates.ProgramLimitExceeded, $"result exceeds {_maxBufferedBytes} bytes and has to be held back")
            {
                Hint = "Read it in a statement of its own, outside a transaction that writes, without a row limit.",
            });
    }

    /// <summary>A row that was kept: on the session's own thread, where a failure is the client's to hear.</summary>
    public void WriteRow(IResultRow row)
    {
        try
        {
            Take(row);
        }
        catch (DialectException) when (Failure is not null)
        {
            throw new PgException(Failure);
        }
    }

    private void Keep(IResultRow row)
    {
        Leftover ??= new RowSpool(_server.Options.Limits, _server.Spools);
        try
        {
            Leftover.Row(row);
        }
        catch (DialectException) when (Leftover.Failure is { } tooMuch)
        {
            throw Fail(tooMuch);
        }
    }

    /// <summary>For rows that no engine made.</summary>
    public static void WriteTextRow(OutputBuffer output, ResultShape shape, ReadOnlySpan<byte> formats, IReadOnlyList<string?> values, ValueFormat format)
    {
        var start = output.BeginMessage((byte)'D');
        output.Int16(values.Count);
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is not { } value) { output.Int32(-1); continue; }
            var length = output.BeginValue();
            if (BindMessage.IsBinary(formats, i)) shape.Types[i].WriteBinary(EngineValue.Text(System.Text.Encoding.UTF8.GetBytes(value)), shape.Modifiers[i], output);
            else output.Text(value);
            output.EndValue(length);
        }
        output.EndMessage(start);
    }

    private void Encode(IResultRow row, OutputBuffer output)
    {
        var types = _shape.Types;
        var start = output.BeginMessage((byte)'D');
        output.Int16(types.Length);
        for (var i = 0; i < types.Length; i++)
        {
            var column = i + _shape.FirstColumn;
            if (row.Kind(column) == SqlKind.Null) { output.Int32(-1); continue; }
            var length = output.BeginValue();
            var value = EngineValue.Of(row, column);
            if (BindMessage.IsBinary(_formats, i)) types[i].WriteBinary(value, _shape.Modifiers[i], output);
            else types[i].WriteText(value, _shape.Modifiers[i], output, _format);
            output.EndValue(length);
        }
        output.EndMessage(start);
    }

    private DialectException Fail(PgError error)
    {
        Failure = error;
        return new DialectException(error.SqlState, error.Message);
    }
}
