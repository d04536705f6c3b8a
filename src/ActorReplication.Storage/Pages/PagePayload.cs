using System.Buffers;
using System.IO.Compression;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Pages;

/// <summary>An entry of pages without its pages: format 3. The byte table is in DESIGN.md.</summary>
/// <param name="After">The lineage that the file is of when the pages are in it.</param>
/// <param name="Before">What it must be of before; none: the lineage begins here, and no other node has the bytes that it begins from.</param>
/// <param name="DatabasePages">Size of the database afterwards.</param>
/// <param name="Rows">The same changes as payloads of rows, for nodes whose file is not of the lineage yet; empty when there is none such.</param>
internal sealed record PagePayload(PageLineage After, PageLineage Before, int PageBytes, uint DatabasePages, int Pages, IReadOnlyList<ReadOnlyMemory<byte>> Rows)
{
    private const byte HasRows = 1, Begins = 2, IsCompressed = 4, AllFlags = HasRows | Begins | IsCompressed;
    private const int GuidBytes = 16;
    private const int LeastPageBytes = 512, MostPageBytes = 65536;

    /// <summary>Of a whole page's number, kind and checksum.</summary>
    private const int MostPageOverhead = 16;

    /// <summary>Shorter ones hardly shrink.</summary>
    private const int LeastCompressed = 256;

    private const int SampleBytes = 64 << 10;

    /// <summary>About what stands before the pages when there are no rows.</summary>
    private const int HeadBytes = 128;

    private const int CompressionQuality = 1, CompressionWindow = 20;

    /// <summary>The pages, as <see cref="PageImages"/> writes and reads them.</summary>
    internal ReadOnlyMemory<byte> Body { get; private init; }

    internal static bool Is(ReadOnlySpan<byte> payload) => !payload.IsEmpty && payload[0] == PayloadFormat.PagesVersion1;

    /// <exception cref="PayloadTooLargeException">It would be larger than <paramref name="mostBytes"/>.</exception>
    internal byte[] Encode(ReadOnlySpan<byte> body, int mostBytes = int.MaxValue)
    {
        var compressed = Shrinks(body) ? ArrayPool<byte>.Shared.Rent(body.Length) : [];
        try
        {
            // What does not come out smaller does not fit, and goes as it is.
            var length = 0;
            var isCompressed = compressed.Length > 0 && BrotliEncoder.TryCompress(body, compressed.AsSpan(0, body.Length - 1), out length, CompressionQuality, CompressionWindow);
            var tail = isCompressed ? compressed.AsSpan(0, length) : body;
            var head = Head(isCompressed, body.Length);
            if (head.Length + (long)tail.Length > Math.Min(mostBytes, Array.MaxLength))
                throw new PayloadTooLargeException(mostBytes);
            var payload = GC.AllocateUninitializedArray<byte>(head.Length + tail.Length);
            head.Written.CopyTo(payload);
            tail.CopyTo(payload.AsSpan(head.Length));
            return payload;
        }
        finally
        {
            if (compressed.Length > 0)
                ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    /// <summary>Whether compression is worth its time, which is seconds for hundreds of megabytes: the beginning tells.</summary>
    private static bool Shrinks(ReadOnlySpan<byte> body)
    {
        if (body.Length <= SampleBytes)
            return body.Length >= LeastCompressed;
        Span<byte> compressed = new byte[SampleBytes];
        return BrotliEncoder.TryCompress(body[..SampleBytes], compressed, out var length, CompressionQuality, CompressionWindow) && length < SampleBytes * 9 / 10;
    }

    private PayloadBuffer Head(bool isCompressed, int bodyBytes)
    {
        var into = new PayloadBuffer(HeadBytes);
        into.Byte(PayloadFormat.PagesVersion1);
        into.Byte((byte)((Rows.Count > 0 ? HasRows : 0) | (Before.IsNone ? Begins : 0) | (isCompressed ? IsCompressed : 0)));
        Span<byte> id = stackalloc byte[GuidBytes];
        After.Id.TryWriteBytes(id);
        into.Raw(id);
        into.Varint((ulong)After.Term);
        into.Varint((ulong)After.Index);
        into.Varint((ulong)Before.Term);
        into.Varint((ulong)Before.Index);
        into.Varint((ulong)PageBytes);
        into.Varint(DatabasePages);
        into.Varint((ulong)Pages);
        if (Rows.Count > 0)
        {
            into.Varint((ulong)Rows.Count);
            foreach (var rows in Rows)
                into.Bytes(rows.Span);
        }
        into.Varint((ulong)bodyBytes);
        return into;
    }

    /// <exception cref="InvalidDataException">Not such a payload; names the offset.</exception>
    internal static PagePayload Decode(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span) { Offset = 1 };
        var flags = reader.Byte();
        if ((flags & ~AllFlags) != 0)
        {
            reader.Offset--;
            throw reader.Bad("flags of an entry of pages");
        }
        var id = new Guid(reader.Raw(GuidBytes));
        var after = new PageLineage(id, reader.Count(), reader.Count());
        var before = new PageLineage(id, reader.Count(), reader.Count());
        var pageBytes = reader.Int32();
        if (pageBytes is < LeastPageBytes or > MostPageBytes || (pageBytes & pageBytes - 1) != 0)
            throw reader.Bad("a size of pages before it");
        var databasePages = reader.Varint();
        var pages = reader.Int32();
        if (databasePages is 0 or > uint.MaxValue || pages == 0)
            throw reader.Bad("numbers of pages before it");
        var rows = (flags & HasRows) != 0 ? Slices(ref reader, payload) : [];
        var length = reader.Int32();
        if (length > pages * (pageBytes + (long)MostPageOverhead))
            throw reader.Bad("less before it than its pages are long");
        var body = payload[reader.Offset..];
        return new PagePayload(after, (flags & Begins) != 0 ? default : before, pageBytes, (uint)databasePages, pages, rows)
        {
            Body = (flags & IsCompressed) != 0 ? Expand(body.Span, length, reader) : body.Length == length ? body : throw reader.Bad($"{length} bytes of pages to the end"),
        };
    }

    private static List<ReadOnlyMemory<byte>> Slices(ref PayloadReader reader, ReadOnlyMemory<byte> payload)
    {
        var slices = new List<ReadOnlyMemory<byte>>();
        for (var left = reader.Int32(); left > 0; left--)
        {
            var length = reader.Bytes().Length;
            slices.Add(payload.Slice(reader.Offset - length, length));
        }
        return slices;
    }

    private static byte[] Expand(ReadOnlySpan<byte> compressed, int length, PayloadReader at)
    {
        // The length is believed as far as there is something to fill it.
        var body = new byte[Math.Min(length, Math.Max(SampleBytes, compressed.Length * 4L))];
        using var decoder = new BrotliDecoder();
        for (var total = 0; ;)
        {
            var status = decoder.Decompress(compressed, body.AsSpan(total), out var consumed, out var written);
            total += written;
            compressed = compressed[consumed..];
            if (status == OperationStatus.Done && total == length && compressed.IsEmpty)
                return body.Length == length ? body : body[..length];
            if (status != OperationStatus.DestinationTooSmall || body.Length == length)
                throw at.Bad($"pages that expand to {length} bytes");
            Array.Resize(ref body, (int)Math.Min(length, body.Length * 2L));
        }
    }
}
