using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ActorReplication.Journal.Format;

/// <summary>An encoded record that still lacks its trailer and checksum.</summary>
/// <param name="PersistenceId">Whose event it is; empty for the log's own records.</param>
/// <param name="SequenceNr">The event's sequence number; 0 for the log's own records.</param>
/// <param name="Start">Offset in the buffer.</param>
/// <param name="Length">Whole length in bytes, trailer included.</param>
/// <param name="ChecksumState">CRC state over everything before the trailer, so that the writing thread adds only 16 bytes to it.</param>
internal readonly record struct RecordDraft(string PersistenceId, long SequenceNr, int Start, int Length, uint ChecksumState);

/// <summary>The fields of an event that its record keeps.</summary>
internal readonly ref struct EventFields
{
    public required string PersistenceId { get; init; }

    public required long SequenceNr { get; init; }

    /// <summary>UTC ticks.</summary>
    public required long Timestamp { get; init; }

    public required int SerializerId { get; init; }

    public required string Manifest { get; init; }

    public required string EventManifest { get; init; }

    public required string Writer { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Another event of the same atomic write follows.</summary>
    public required bool MoreFollows { get; init; }
}

/// <summary>
/// Records encoded one behind the other in pooled memory, ready to be sealed (placed and chained) and written.
/// Owned by one thread at a time: whoever encodes hands it to the writing thread.
/// </summary>
internal class RecordBuffer : IDisposable
{
    private readonly List<RecordDraft> _drafts = [];
    private byte[] _bytes = [];

    /// <summary>Bytes used; always a multiple of <see cref="RecordLayout.Alignment"/>.</summary>
    public int Length { get; private set; }

    public IReadOnlyList<RecordDraft> Drafts => _drafts;

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>Appends an event.</summary>
    /// <exception cref="ArgumentException">A field is longer than the format can hold.</exception>
    public void AddEvent(in EventFields fields)
    {
        var manifestBytes = TextBytes(fields.Manifest, "serializer manifest");
        var eventManifestBytes = TextBytes(fields.EventManifest, "event manifest");
        var writerBytes = TextBytes(fields.Writer, "writer ID");
        if (fields.Payload.Length > RecordLayout.MaxPayloadBytes)
            throw new ArgumentException($"An event of {fields.Payload.Length} bytes is longer than the {RecordLayout.MaxPayloadBytes} that a record holds.");

        var textBytes = manifestBytes + eventManifestBytes + writerBytes;
        var record = Reserve(textBytes + fields.Payload.Length, RecordKind.Event, fields.Payload.Length);
        record[RecordLayout.Flags] = fields.MoreFollows ? RecordLayout.MoreFollows : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(record[RecordLayout.SequenceNr..], fields.SequenceNr);
        BinaryPrimitives.WriteInt64LittleEndian(record[RecordLayout.Timestamp..], fields.Timestamp);
        BinaryPrimitives.WriteInt32LittleEndian(record[RecordLayout.SerializerId..], fields.SerializerId);
        BinaryPrimitives.WriteUInt16LittleEndian(record[RecordLayout.ManifestBytes..], (ushort)manifestBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(record[RecordLayout.EventManifestBytes..], (ushort)eventManifestBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(record[RecordLayout.WriterBytes..], (ushort)writerBytes);

        var body = record[RecordLayout.HeadBytes..];
        Encoding.UTF8.GetBytes(fields.Manifest, body);
        Encoding.UTF8.GetBytes(fields.EventManifest, body[manifestBytes..]);
        Encoding.UTF8.GetBytes(fields.Writer, body[(manifestBytes + eventManifestBytes)..]);
        fields.Payload.CopyTo(body[textBytes..]);
        Commit(record, fields.PersistenceId, fields.SequenceNr);
    }

    /// <summary>Appends one of the log's own records.</summary>
    public void AddInternal(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        var record = Reserve(payload.Length, kind, payload.Length);
        payload.CopyTo(record[RecordLayout.HeadBytes..]);
        Commit(record, "", 0);
    }

    /// <summary>Takes back everything from draft number <paramref name="count"/> on.</summary>
    public void Rewind(int count)
    {
        if (count == _drafts.Count)
            return;
        Length = _drafts[count].Start;
        _drafts.RemoveRange(count, _drafts.Count - count);
    }

    /// <summary>Writes the trailer and checksum of draft number <paramref name="index"/> and returns its checksum, the next link of the chain.</summary>
    public uint Seal(int index, uint identity, uint writeStart, uint previous, uint stamp)
    {
        var draft = _drafts[index];
        var record = _bytes.AsSpan(draft.Start, draft.Length);
        var trailer = record[^RecordLayout.TrailerBytes..];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[RecordLayout.TrailerIdentity..], identity);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[RecordLayout.TrailerWriteStart..], writeStart);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[RecordLayout.TrailerPrevious..], previous);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[RecordLayout.TrailerStamp..], stamp);
        var checksum = Crc32C.Finish(Crc32C.Append(draft.ChecksumState, trailer));
        BinaryPrimitives.WriteUInt32LittleEndian(record[RecordLayout.Checksum..], checksum);
        return checksum;
    }

    /// <summary>Empties the buffer, keeping its memory.</summary>
    public void Clear()
    {
        Length = 0;
        _drafts.Clear();
    }

    public void Dispose()
    {
        Clear();
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        GC.SuppressFinalize(this);
    }

    private static int TextBytes(string text, string what)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= ushort.MaxValue
            ? bytes
            : throw new ArgumentException($"A {what} of {bytes} bytes is longer than the {ushort.MaxValue} that a record holds.");
    }

    private Span<byte> Reserve(int bodyBytes, RecordKind kind, int payloadBytes)
    {
        var bytes = RecordLayout.Align(RecordLayout.HeadBytes + bodyBytes) + RecordLayout.TrailerBytes;
        if ((long)Length + bytes > Array.MaxLength)
            throw new ArgumentException($"The events of one write exceed {Array.MaxLength} bytes.");
        Grow(Length + bytes);

        var record = _bytes.AsSpan(Length, bytes);
        record[..RecordLayout.HeadBytes].Clear();
        record[(RecordLayout.HeadBytes + bodyBytes)..].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(record[RecordLayout.Magic..], RecordLayout.MagicValue);
        record[RecordLayout.Kind] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(record[RecordLayout.PayloadBytes..], (uint)payloadBytes);
        return record;
    }

    private void Commit(Span<byte> record, string persistenceId, long sequenceNr)
    {
        var state = Crc32C.Append(Crc32C.Start, record[..RecordLayout.Checksum]);
        state = Crc32C.Append(state, record[RecordLayout.Magic..^RecordLayout.TrailerBytes]);
        _drafts.Add(new RecordDraft(persistenceId, sequenceNr, Length, record.Length, state));
        Length += record.Length;
    }

    private void Grow(int needed)
    {
        if (needed <= _bytes.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _bytes.Length)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
