using System.Buffers.Binary;
using System.Text;

namespace ActorReplication.Journal.Format;

/// <summary>Why bytes are not a record.</summary>
internal enum RecordFault
{
    None,

    /// <summary>The length is zero: preallocated space that was never written.</summary>
    Empty,

    /// <summary>The length is impossible, or reaches beyond the file.</summary>
    Length,

    Magic,
    Checksum,

    /// <summary>A sound record that was written for another segment.</summary>
    Stamp,

    /// <summary>The checksum holds, but the fields contradict each other.</summary>
    Structure,
}

/// <summary>One record in a buffer. Only <see cref="Check"/> may be called before it returned <see cref="RecordFault.None"/>.</summary>
internal readonly ref struct RecordView(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Length => _bytes.Length;

    public uint Checksum => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[RecordLayout.Checksum..]);

    public RecordKind Kind => (RecordKind)_bytes[RecordLayout.Kind];

    public bool MoreFollows => (_bytes[RecordLayout.Flags] & RecordLayout.MoreFollows) != 0;

    public long SequenceNr => BinaryPrimitives.ReadInt64LittleEndian(_bytes[RecordLayout.SequenceNr..]);

    public long Timestamp => BinaryPrimitives.ReadInt64LittleEndian(_bytes[RecordLayout.Timestamp..]);

    public int SerializerId => BinaryPrimitives.ReadInt32LittleEndian(_bytes[RecordLayout.SerializerId..]);

    public string Manifest => Text(RecordLayout.HeadBytes, ManifestBytes);

    public string EventManifest => Text(RecordLayout.HeadBytes + ManifestBytes, EventManifestBytes);

    public string Writer => Text(RecordLayout.HeadBytes + ManifestBytes + EventManifestBytes, WriterBytes);

    public ReadOnlySpan<byte> Payload => _bytes.Slice(PayloadOffset, (int)PayloadBytes);

    /// <summary>Number of the persistence ID.</summary>
    public uint Identity => Trailer(RecordLayout.TrailerIdentity);

    /// <summary>File offset of the first record of the write call that this record was part of.</summary>
    public uint WriteStart => Trailer(RecordLayout.TrailerWriteStart);

    public uint Previous => Trailer(RecordLayout.TrailerPrevious);

    private int ManifestBytes => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[RecordLayout.ManifestBytes..]);

    private int EventManifestBytes => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[RecordLayout.EventManifestBytes..]);

    private int WriterBytes => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[RecordLayout.WriterBytes..]);

    private uint PayloadBytes => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[RecordLayout.PayloadBytes..]);

    private int PayloadOffset => RecordLayout.HeadBytes + ManifestBytes + EventManifestBytes + WriterBytes;

    /// <summary>The length that a record's first four bytes claim, or the fault that they show.</summary>
    public static RecordFault ClaimedLength(ReadOnlySpan<byte> first, long available, out int length)
    {
        length = 0;
        var claimed = BinaryPrimitives.ReadUInt32LittleEndian(first);
        if (claimed == 0)
            return RecordFault.Empty;
        if (claimed < RecordLayout.MinBytes || claimed % RecordLayout.Alignment != 0 || claimed > available || claimed > int.MaxValue)
            return RecordFault.Length;
        length = (int)claimed;
        return RecordFault.None;
    }

    /// <summary>Judges a record of exactly the claimed length.</summary>
    public static RecordFault Check(ReadOnlySpan<byte> bytes, uint stamp)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[RecordLayout.Magic..]) != RecordLayout.MagicValue)
            return RecordFault.Magic;

        var state = Crc32C.Append(Crc32C.Start, bytes[..RecordLayout.Checksum]);
        state = Crc32C.Append(state, bytes[RecordLayout.Magic..]);
        var record = new RecordView(bytes);
        if (Crc32C.Finish(state) != record.Checksum)
            return RecordFault.Checksum;
        if (record.Trailer(RecordLayout.TrailerStamp) != stamp)
            return RecordFault.Stamp;

        var unpadded = record.PayloadOffset + (long)record.PayloadBytes;
        var wellFormed = record.Kind is RecordKind.Opening or RecordKind.Identity or RecordKind.Event
            && unpadded <= int.MaxValue - RecordLayout.Alignment
            && RecordLayout.Align((int)unpadded) + RecordLayout.TrailerBytes == bytes.Length;
        return wellFormed ? RecordFault.None : RecordFault.Structure;
    }

    private uint Trailer(int field) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[(_bytes.Length - RecordLayout.TrailerBytes + field)..]);

    private string Text(int offset, int bytes) => bytes == 0 ? "" : Encoding.UTF8.GetString(_bytes.Slice(offset, bytes));
}
