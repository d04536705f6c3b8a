using System.Buffers;
using ActorReplication.Journal.Format;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Journal.Segments;

/// <summary>Reads records of one file in order through a buffer that grows to the largest record met. Used by one thread.</summary>
internal sealed class RecordScanner : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly uint _stamp;
    private readonly long _limit;
    private byte[] _buffer;
    private long _bufferOffset;
    private int _bufferBytes;

    /// <param name="file">Stays the caller's.</param>
    /// <param name="stamp">The segment's stamp.</param>
    /// <param name="start">Offset of the first record.</param>
    /// <param name="limit">Nothing at or behind this offset is read.</param>
    /// <param name="bufferBytes">Bytes read at once.</param>
    public RecordScanner(SafeFileHandle file, uint stamp, long start, long limit, int bufferBytes)
    {
        (_file, _stamp, _limit, Offset, _bufferOffset) = (file, stamp, limit, start, start);
        _buffer = ArrayPool<byte>.Shared.Rent(bufferBytes);
    }

    /// <summary>Offset of the record that <see cref="TryRead"/> reads next, or that it judged bad.</summary>
    public long Offset { get; private set; }

    /// <summary>Reads the record at <see cref="Offset"/> and moves behind it. The view is good until the next call. At the limit it reports <see cref="RecordFault.Empty"/>.</summary>
    public bool TryRead(out RecordView record, out RecordFault fault)
    {
        record = default;
        fault = RecordFault.Empty;
        if (_limit - Offset < RecordLayout.MinBytes)
            return false;

        fault = RecordView.ClaimedLength(Peek(sizeof(uint)), _limit - Offset, out var length);
        if (fault != RecordFault.None)
            return false;

        var bytes = Peek(length);
        fault = bytes.Length < length ? RecordFault.Length : RecordView.Check(bytes, _stamp);
        if (fault != RecordFault.None)
            return false;

        record = new RecordView(bytes);
        Offset += length;
        return true;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private ReadOnlySpan<byte> Peek(int bytes)
    {
        var skipped = (int)(Offset - _bufferOffset);
        if (_bufferBytes - skipped < bytes)
            Fill(skipped, bytes);
        var start = (int)(Offset - _bufferOffset);
        return _buffer.AsSpan(start, Math.Min(bytes, _bufferBytes - start));
    }

    private void Fill(int skipped, int bytes)
    {
        var kept = Math.Max(0, _bufferBytes - skipped);
        var target = _buffer;
        if (bytes > _buffer.Length)
            target = ArrayPool<byte>.Shared.Rent(bytes);
        if (kept > 0)
            Buffer.BlockCopy(_buffer, skipped, target, 0, kept);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        (_bufferOffset, _bufferBytes) = (Offset, kept);
        while (_bufferBytes < bytes)
        {
            var want = (int)Math.Min(_buffer.Length - _bufferBytes, _limit - _bufferOffset - _bufferBytes);
            var got = want > 0 ? RandomAccess.Read(_file, _buffer.AsSpan(_bufferBytes, want), _bufferOffset + _bufferBytes) : 0;
            if (got == 0)
                return;
            _bufferBytes += got;
        }
    }
}
