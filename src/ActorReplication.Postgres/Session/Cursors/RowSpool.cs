using System.Buffers.Binary;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Postgres.Session.Cursors;

/// <summary>A whole result, kept as the engine gave it, to be read forwards and backwards: in memory while it is small, else in a temporary file that vanishes with it.
/// Filled on the thread that executes, then read by the session.
/// <para>A row is its length (int32), for each column its kind (byte) and value (8 bytes, or int32 length and bytes), and its length again.</para></summary>
internal sealed class RowSpool(SessionLimits limits, SpoolBudget budget) : ISessionSink, IDisposable
{
    private const int MemoryBytes = 256 << 10;
    private const int WindowBytes = 64 << 10;
    private const int TooManyOpenFilesInSystem = 23, TooManyOpenFiles = 24, NoSpace = 28, QuotaExceeded = 122;

    private readonly OutputBuffer _tail = new(1024);
    private SafeFileHandle? _file;
    private long _fileBytes;
    private long _takenBytes;
    private byte[] _window = [];
    private long _windowStart;
    private int _windowLength;
    private bool _hasFile;
    private bool _isDisposed;

    public long Rows { get; private set; }

    public long Bytes => _fileBytes + _tail.Length;

    public PgError? Failure { get; private set; }

    /// <summary>Once more when the statement is run again from its beginning: what it returned the first time does not count.</summary>
    void IResultSink.Start(IResultRow columns)
    {
        _tail.Clear();
        _fileBytes = 0;
        _windowLength = 0;
        Rows = 0;
    }

    public void Row(IResultRow row)
    {
        if (Failure is not null) throw new DialectException(Failure.SqlState, Failure.Message);
        var start = _tail.BeginValue();
        for (var i = 0; i < row.Count; i++) Write(row, i);
        _tail.EndValue(start);
        _tail.Int32(_tail.Length - start);
        Rows++;
        if (Bytes > limits.CursorBytes)
            Failure = new PgError(SqlStates.ProgramLimitExceeded, $"the cursor's result exceeds {limits.CursorBytes} bytes") { Hint = "Read it without a cursor, or in parts with WHERE … > … ORDER BY … LIMIT." };
        else if (_tail.Length >= MemoryBytes) Failure = Spill();
        if (Failure is not null) throw new DialectException(Failure.SqlState, Failure.Message);
    }

    /// <summary>Reads the row that begins at <paramref name="offset"/>; <paramref name="next"/> is where the one after it begins.</summary>
    public void ReadAt(long offset, SpooledRow row, out long next)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(Window(offset, 4, forward: true).Span);
        row.Set(Window(offset + 4, length, forward: true));
        next = offset + 4 + length + 4;
    }

    /// <summary>Where the row begins that ends just before <paramref name="offset"/>.</summary>
    public long Before(long offset) => offset - 8 - BinaryPrimitives.ReadInt32BigEndian(Window(offset - 4, 4, forward: false).Span);

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _tail.Release();
        _file?.Dispose();
        if (_hasFile) budget.Give(_takenBytes);
    }

    private void Write(IResultRow row, int column)
    {
        var kind = row.Kind(column);
        _tail.Byte((byte)kind);
        switch (kind)
        {
            case SqlKind.Int64: _tail.Int64(row.Int64(column)); break;
            case SqlKind.Double: _tail.Int64(BitConverter.DoubleToInt64Bits(row.Double(column))); break;
            case SqlKind.Text: Write(row.Text(column)); break;
            case SqlKind.Blob: Write(row.Blob(column)); break;
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _tail.Int32(bytes.Length);
        _tail.Bytes(bytes);
    }

    /// <summary>Null: it lies in the file; else why it does not.</summary>
    private PgError? Spill()
    {
        if (!_hasFile)
        {
            if (budget.TakeFile() is { } tooMany) return tooMany;
            _hasFile = true;
        }
        // A statement that is run again writes over what it has taken already.
        if (_fileBytes + _tail.Length - _takenBytes is > 0 and var more)
        {
            if (budget.TakeBytes(more) is { } tooMuch) return tooMuch;
            _takenBytes += more;
        }
        try
        {
            _file ??= Create();
            RandomAccess.Write(_file, _tail.Written.Span, _fileBytes);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return ErrorOf(failed);
        }
        _fileBytes += _tail.Length;
        _tail.Clear();
        return null;
    }

    /// <summary>.NET puts the errno into HResult.</summary>
    internal static PgError ErrorOf(Exception failed) => failed.HResult switch
    {
        NoSpace or QuotaExceeded => new PgError(SqlStates.DiskFull, "a temporary file could not be written: no space left on device") { Hint = "Free space where TMPDIR points to, or read without a cursor." },
        TooManyOpenFiles or TooManyOpenFilesInSystem => new PgError(SqlStates.ConfigurationLimitExceeded, "a temporary file could not be opened: too many open files"),
        _ => new PgError(SqlStates.IoError, $"a temporary file failed: {failed.Message}"),
    };

    /// <summary>Without a name from the start where the system allows that: not even a killed process leaves it behind.</summary>
    private static SafeFileHandle Create()
    {
        var path = Path.Combine(Path.GetTempPath(), $"actor-replication-rows-{Guid.NewGuid():N}");
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return file;
    }

    private ReadOnlyMemory<byte> Window(long offset, int length, bool forward)
    {
        if (offset >= _fileBytes) return _tail.Written.Slice((int)(offset - _fileBytes), length);
        if (offset < _windowStart || offset + length > _windowStart + _windowLength) Load(offset, length, forward);
        return _window.AsMemory((int)(offset - _windowStart), length);
    }

    private void Load(long offset, int length, bool forward)
    {
        var size = Math.Max(length, WindowBytes);
        if (_window.Length < size || _window.Length > 4 * size) _window = new byte[size];
        _windowStart = forward ? offset : Math.Max(0, offset + length - size);
        _windowLength = 0;
        var wanted = (int)Math.Min(size, _fileBytes - _windowStart);
        while (_windowLength < wanted)
        {
            var read = Read(_window.AsSpan(_windowLength, wanted - _windowLength), _windowStart + _windowLength);
            if (read == 0) throw new PgException(SqlStates.IoError, "a cursor's temporary file is shorter than what was written to it");
            _windowLength += read;
        }
    }

    private int Read(Span<byte> into, long from)
    {
        try
        {
            return RandomAccess.Read(_file!, into, from);
        }
        catch (IOException failed)
        {
            throw new PgException(ErrorOf(failed));
        }
    }
}
