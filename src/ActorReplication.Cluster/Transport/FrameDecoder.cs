using System.Buffers.Binary;
using Google.Protobuf;

namespace ActorReplication.Cluster.Transport;

/// <summary>Cuts a byte stream into frames: length as int32, little-endian, then so many bytes. Not thread-safe.</summary>
/// <param name="maxFrameBytes">The longest frame that is taken, without its length.</param>
internal sealed class FrameDecoder(int maxFrameBytes)
{
    public const int HeaderBytes = 4;
    private const int FirstBufferBytes = 64 << 10;

    private byte[] _buffer = new byte[Math.Min(FirstBufferBytes, maxFrameBytes + HeaderBytes)];
    private int _start;
    private int _end;

    /// <summary>Where the next bytes of the stream go; never empty after <see cref="TryTake"/> said false.</summary>
    public Memory<byte> Free => _buffer.AsMemory(_end);

    /// <summary>So many bytes were put into <see cref="Free"/>.</summary>
    public void Added(int count) => _end += count;

    /// <summary>The next whole frame, its bytes the caller's own; false when more of the stream is needed.</summary>
    /// <exception cref="InvalidDataException">The stream is not made of such frames.</exception>
    public bool TryTake(out ByteString frame)
    {
        frame = ByteString.Empty;
        var needed = HeaderBytes;
        if (_end - _start >= HeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
            if (length < 0 || length > maxFrameBytes) throw new InvalidDataException($"a frame of {(uint)length} bytes, where at most {maxFrameBytes} are sent");
            needed += length;
            if (_end - _start >= needed)
            {
                frame = ByteString.CopyFrom(_buffer, _start + HeaderBytes, length);
                _start += needed;
                if (_start == _end) _start = _end = 0;
                return true;
            }
        }
        MakeRoom(needed);
        return false;
    }

    private void MakeRoom(int needed)
    {
        if (_start + needed <= _buffer.Length) return;
        var target = needed <= _buffer.Length ? _buffer : new byte[Math.Min(Math.Max(needed, 2 * _buffer.Length), maxFrameBytes + HeaderBytes)];
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        (_end, _start, _buffer) = (_end - _start, 0, target);
    }
}
