using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session.Copy;

/// <summary>A COPY FROM STDIN under way: takes the client's data as it comes, and inserts row after row in statements of many rows. Holds one such statement's values
/// and an unfinished row, no more.</summary>
internal sealed class CopyIn
{
    /// <summary>Bytes of values after which a statement is run, however few rows it has.</summary>
    private const int ChunkBytes = 1 << 20;

    private const int ChunkRows = 256;

    /// <summary>Parameters of one statement.</summary>
    private const int ChunkValues = 4096;

    private readonly SessionContext _session;
    private readonly CopyInserts _inserts;
    private readonly CopyLayout _layout;
    private readonly CopyRows _rows;
    private readonly CopyFields _fields = new();
    private readonly ValueFormat _format;
    private readonly int _chunkRows;
    private readonly SqlValue[] _values;
    private ValueArena _arena = new();
    private byte[] _data = [];
    private int _start, _end;
    private int _pendingRows;
    private long _pendingBytes;
    private long _line;
    private long _chunkLine = 1;
    private bool _hasHeader;
    private bool _hasEnded;
    private long _count;

    public CopyIn(SessionContext session, CopyInserts inserts, CopyLayout layout)
    {
        _session = session;
        _inserts = inserts;
        _layout = layout;
        _rows = CopyRows.For(layout);
        _format = session.Settings.Format;
        _hasHeader = layout.Header != CopyHeader.None;
        var width = Math.Max(1, layout.Types.Length);
        _chunkRows = Math.Clamp(ChunkValues / width, 1, ChunkRows);
        while (!int.IsPow2(_chunkRows)) _chunkRows &= _chunkRows - 1;
        _values = new SqlValue[_chunkRows * layout.Types.Length];
    }

    /// <summary>It came in a Query message: its end is that message's affair, not Sync's.</summary>
    public bool IsSimple { get; set; }

    /// <summary>A CopyData message's content, empty ones included.</summary>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> data)
    {
        if (_hasEnded) return;
        Append(data.Span);
        await TakeRowsAsync(isLast: false).ConfigureAwait(false);
    }

    /// <summary>CopyDone: the rows that are left, and how many there were.</summary>
    public async ValueTask<long> EndAsync()
    {
        if (!_hasEnded) await TakeRowsAsync(isLast: true).ConfigureAwait(false);
        await InsertAsync().ConfigureAwait(false);
        return _count;
    }

    private async ValueTask TakeRowsAsync(bool isLast)
    {
        while (Next(isLast))
            if (_pendingRows == _chunkRows || _pendingBytes >= ChunkBytes) await InsertAsync().ConfigureAwait(false);
    }

    /// <summary>Takes one row off the data; false if none is whole.</summary>
    private bool Next(bool isLast)
    {
        var data = _data.AsSpan(_start, _end - _start);
        try
        {
            if (!_rows.TryFind(data, isLast, out var length)) return false;
            var row = data[..length];
            _start += length;
            var kind = _rows.Split(row, _fields);
            if (kind == CopyRowKind.Preamble) return true;
            _line += _layout.Format == CopyFormat.Csv ? Math.Max(1, row.Count((byte)'\n')) : 1;
            if (kind == CopyRowKind.End) { _hasEnded = true; return false; }
            if (_hasHeader) { _hasHeader = false; CheckHeader(); return true; }
            if (!_layout.IsBinary) RequireFields();
        }
        catch (PgException wrong) when (wrong.Error.Where is null)
        {
            throw new PgException(wrong.Error with { Where = $"COPY {_layout.Name}, line {_line + (_layout.IsBinary ? 1 : 0)}" });
        }
        if (_pendingRows == 0) _chunkLine = _line;
        for (var i = 0; i < _layout.Types.Length; i++) _values[_pendingRows * _layout.Types.Length + i] = Value(i);
        _pendingRows++;
        return true;
    }

    private SqlValue Value(int column)
    {
        if (_fields.IsNull(column)) return SqlValue.Null;
        var bytes = _fields.Bytes(column);
        _pendingBytes += bytes.Length;
        try
        {
            if (bytes.Length > _session.Server.Options.Limits.ParameterBytes)
                throw new PgException(SqlStates.ProgramLimitExceeded, $"the value has {bytes.Length} bytes; at most {_session.Server.Options.Limits.ParameterBytes} are allowed");
            var type = _layout.Types[column];
            return _layout.IsBinary ? type.ReadBinary(bytes, _arena) : type.ReadText(bytes, _arena, _format);
        }
        catch (PgException wrong)
        {
            var shown = _layout.IsBinary ? "" : $": \"{Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 100)])}\"";
            throw new PgException(wrong.Error with { Where = $"COPY {_layout.Name}, line {_line}, column {_layout.Columns[column]}{shown}" });
        }
    }

    private void RequireFields()
    {
        // A table without columns has empty lines for rows.
        var empty = _layout.Types.Length == 0 && _fields.Count == 1 && !_fields.IsNull(0) && _fields.Bytes(0).IsEmpty;
        if (_fields.Count > _layout.Types.Length && !empty) throw new PgException(SqlStates.BadCopyFileFormat, "extra data after last expected column");
        if (_fields.Count < _layout.Types.Length) throw new PgException(SqlStates.BadCopyFileFormat, $"missing data for column \"{_layout.Columns[_fields.Count]}\"");
    }

    private void CheckHeader()
    {
        if (_layout.Header != CopyHeader.Match) return;
        if (_fields.Count != _layout.Types.Length)
            throw new PgException(SqlStates.BadCopyFileFormat, $"wrong number of fields in header line: got {_fields.Count}, expected {_layout.Types.Length}");
        for (var i = 0; i < _fields.Count; i++)
        {
            var found = _fields.IsNull(i) ? null : Encoding.UTF8.GetString(_fields.Bytes(i));
            if (found != _layout.Columns[i])
                throw new PgException(SqlStates.BadCopyFileFormat, $"column name mismatch in header line field {i + 1}: got {(found is null ? "null value" : $"\"{found}\"")}, expected \"{_layout.Columns[i]}\"");
        }
    }

    /// <summary>Inserts what was gathered, in statements of one, two, four … rows, so that few different texts are used.</summary>
    private async ValueTask InsertAsync()
    {
        var width = _layout.Types.Length;
        for (var done = 0; done < _pendingRows;)
        {
            var rows = 1 << int.Log2(_pendingRows - done);
            try
            {
                _count += await _inserts.RunAsync(rows, _values.AsMemory(done * width, rows * width)).ConfigureAwait(false);
            }
            catch (PgException failed) when (failed.Error.Where is null && !failed.Error.EndsSession)
            {
                throw new PgException(failed.Error with { Where = $"COPY {_layout.Name}, lines {_chunkLine} to {_line}" });
            }
            done += rows;
        }
        _pendingRows = 0;
        _pendingBytes = 0;
        _arena.Reset();
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        if (_data.Length - _end < data.Length)
        {
            var kept = _end - _start;
            if (kept + (long)data.Length > _session.Server.Options.Limits.MessageBytes)
            {
                throw new PgException(new PgError(SqlStates.ProgramLimitExceeded, $"a row of COPY data has more than {_session.Server.Options.Limits.MessageBytes} bytes")
                {
                    Hint = "Perhaps a quote is not closed.",
                });
            }
            var target = _data.Length >= kept + data.Length && _data.Length <= 4 * Math.Max(4096, kept + data.Length) ? _data : new byte[Math.Max(4096, (kept + data.Length) * 2L > Array.MaxLength ? kept + data.Length : (kept + data.Length) * 2)];
            Buffer.BlockCopy(_data, _start, target, 0, kept);
            (_data, _start, _end) = (target, 0, kept);
        }
        data.CopyTo(_data.AsSpan(_end));
        _end += data.Length;
    }
}
