using System.Buffers;
using System.Buffers.Binary;
using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>
/// Tells a torn write from damage. A power cut may leave any part of the last write call on disk, later pages without earlier
/// ones included, so sound records behind a bad one prove damage only when they belong to a later call: a call is made only after
/// the one before it was synced.
/// </summary>
internal static class TailInspection
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Where content ends: behind the last byte at or after <paramref name="from"/> that is not zero, rounded up as records are, since one may end in zeros; <paramref name="from"/> when all are zero.</summary>
    public static long EndOfContent(Segment segment, long from)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            var end = from;
            for (var offset = from; RandomAccess.Read(segment.Handle, buffer.AsSpan(0, BlockBytes), offset) is var got and > 0; offset += got)
            {
                var last = buffer.AsSpan(0, got).LastIndexOfAnyExcept((byte)0);
                if (last >= 0)
                    end = offset + last + 1;
            }

            return end == from ? from : Math.Min(RecordLayout.AlignOffset(end), RandomAccess.GetLength(segment.Handle));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Offset of a sound record behind <paramref name="bad"/> that was written by a later call than the one that covers it; null when there is none.</summary>
    public static long? FindLaterWrite(Segment segment, long bad, long end)
    {
        var tail = new byte[checked((int)(end - bad))];
        for (var read = 0; read < tail.Length;)
        {
            var got = RandomAccess.Read(segment.Handle, tail.AsSpan(read), bad + read);
            if (got == 0)
                break;
            read += got;
        }

        for (var at = 0; at + RecordLayout.MinBytes <= tail.Length; at += RecordLayout.Alignment)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + RecordLayout.Magic)) != RecordLayout.MagicValue)
                continue;
            if (RecordView.ClaimedLength(tail.AsSpan(at), tail.Length - at, out var length) != RecordFault.None)
                continue;
            var bytes = tail.AsSpan(at, length);
            if (RecordView.Check(bytes, segment.Header.Stamp) == RecordFault.None && new RecordView(bytes).WriteStart > bad)
                return bad + at;
        }

        return null;
    }
}
