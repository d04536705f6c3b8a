using System.Text;
using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Format;

/// <summary>The pieces of the format by themselves.</summary>
public sealed class Encodings
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void Checksum_is_crc_32c(string text, uint expected) => Assert.Equal(expected, Crc32C.Of(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Checksum_is_the_same_however_it_is_split()
    {
        var bytes = Enumerable.Range(0, 100).Select(i => (byte)(i * 7)).ToArray();
        for (var split = 0; split <= bytes.Length; split++)
        {
            var state = Crc32C.Append(Crc32C.Append(Crc32C.Start, bytes.AsSpan(0, split)), bytes.AsSpan(split));
            Assert.Equal(Crc32C.Of(bytes), Crc32C.Finish(state));
        }
    }

    [Fact]
    public void Every_bit_of_a_record_is_covered()
    {
        using var buffer = Sealed();
        var bytes = buffer.Memory.ToArray();
        Assert.Equal(RecordFault.None, RecordView.Check(bytes, 9));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var fault = RecordView.ClaimedLength(bytes, bytes.Length, out var length);
            if (fault == RecordFault.None)
                fault = length == bytes.Length ? RecordView.Check(bytes, 9) : RecordFault.Length;
            Assert.NotEqual(RecordFault.None, fault);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_record_of_another_segment_is_not_accepted()
    {
        using var buffer = Sealed();
        Assert.Equal(RecordFault.Stamp, RecordView.Check(buffer.Memory.Span, 8));
    }

    [Theory]
    [InlineData(0u, RecordFault.Empty)]
    [InlineData(1u, RecordFault.Length)]
    [InlineData(56u, RecordFault.Length)]
    [InlineData(65u, RecordFault.Length)]
    [InlineData(64u, RecordFault.None)]
    [InlineData(1000u, RecordFault.None)]
    [InlineData(1008u, RecordFault.Length)]
    [InlineData(0x7FFF_FFF8u, RecordFault.Length)]
    [InlineData(0xFFFF_FFF8u, RecordFault.Length)]
    internal void A_claimed_length_is_checked_before_it_is_used(uint claimed, RecordFault expected) =>
        Assert.Equal(expected, RecordView.ClaimedLength(BitConverter.GetBytes(claimed), 1000, out _));

    [Fact]
    public void Fields_too_long_for_the_format_are_refused_and_leave_the_buffer_as_it_was()
    {
        using var buffer = Sealed();
        var before = buffer.Length;
        Assert.Throws<ArgumentException>(() => Add(buffer, new string('m', 65_536)));
        Assert.Equal((before, 1), (buffer.Length, buffer.Drafts.Count));
        Add(buffer, new string('m', 65_535));
        buffer.Rewind(1);
        Assert.Equal((before, 1), (buffer.Length, buffer.Drafts.Count));
    }

    [Fact]
    public void Tables_files_and_headers_survive_a_round_trip_and_refuse_every_flipped_bit()
    {
        var header = new SegmentHeader(Guid.NewGuid(), Guid.NewGuid(), 7, 3, 12345);
        Assert.Equal(header, SegmentHeader.Decode(header.Encode(), out _));
        EachBit(header.Encode()[..76], bytes => SegmentHeader.Decode([.. bytes, .. new byte[SegmentHeader.Bytes - 76]], out _) is null);

        var position = new AcknowledgedPosition(Guid.NewGuid(), Guid.NewGuid(), 3, 4, 5, 6);
        Assert.Equal(position, AcknowledgedPosition.Decode(position.Encode()));
        EachBit(position.Encode()[..84], bytes => AcknowledgedPosition.Decode([.. bytes, .. new byte[AcknowledgedPosition.SlotBytes - 84]]) is null);

        var marks = DeletionMarks.Fresh with { FirstSegment = 9, Marks = DeletionMarks.Fresh.Marks.Add(2, new DeletionMark(2, 10, 11, "ä")) };
        var decoded = DeletionMarks.Decode(marks.Encode())!;
        Assert.Equal((9UL, new DeletionMark(2, 10, 11, "ä")), (decoded.FirstSegment, decoded.Marks[2]));
        EachBit(marks.Encode(), bytes => DeletionMarks.Decode(bytes) is null);
    }

    [Fact]
    public void A_table_of_persistence_ids_refuses_wrong_lengths()
    {
        var table = IdentityTable.Encode([new IdentityEntry(1, 2, "a"), new IdentityEntry(3, 4, "bc")]);
        Assert.Equal([new IdentityEntry(1, 2, "a"), new IdentityEntry(3, 4, "bc")], IdentityTable.Decode(table));
        for (var length = 0; length < table.Length; length++)
            Assert.Null(IdentityTable.Decode(table.AsSpan(0, length)));
        Assert.Null(IdentityTable.Decode([.. table, 0]));
        Assert.Null(IdentityTable.Decode([0xFF, 0xFF, 0xFF, 0x7F]));
    }

    [Fact]
    public void The_newer_of_two_sound_slots_counts()
    {
        var (older, newer) = (new AcknowledgedPosition(Guid.Empty, Guid.Empty, 4, 1, 1, 1), new AcknowledgedPosition(Guid.Empty, Guid.Empty, 5, 2, 2, 2));
        Assert.Equal((0, AcknowledgedPosition.SlotBytes), (older.SlotOffset, newer.SlotOffset));
        byte[] file = [.. older.Encode(), .. newer.Encode()];
        Assert.Equal(newer, AcknowledgedPosition.Decode(file));
        file[AcknowledgedPosition.SlotBytes + 3] ^= 1;
        Assert.Equal(older, AcknowledgedPosition.Decode(file));
    }

    private static void EachBit(byte[] bytes, Func<byte[], bool> isRefused)
    {
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(isRefused(bytes), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    private static RecordBuffer Sealed()
    {
        var buffer = new PreparedWrite();
        Add(buffer, "manifest");
        buffer.Seal(0, identity: 5, writeStart: 4096, previous: 77, stamp: 9);
        return buffer;
    }

    private static void Add(RecordBuffer buffer, string manifest) => buffer.AddEvent(new EventFields
    {
        PersistenceId = "id",
        SequenceNr = 3,
        Timestamp = 4,
        SerializerId = 5,
        Manifest = manifest,
        EventManifest = "e",
        Writer = "w",
        Payload = "payload"u8,
        MoreFollows = true,
    });
}
