using System.Buffers.Binary;
using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>What no crash leaves behind is refused, with the place named, and nothing on disk is changed.</summary>
public sealed class Damage : LogFixture
{
    private const int EventBytes = 1000;

    /// <summary>Fills three segments and a part of a fourth, 11 events in each, and closes without a last note in the marker.</summary>
    public Damage()
    {
        var log = Open();
        Fill(log, Id, 1, 40, EventBytes);
        Assert.Equal(4, log.Segments.Length);
        log.Close(mark: false);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(17)]
    [InlineData(48)]
    [InlineData(500)]
    [InlineData(1060)]
    public void Refuses_a_flipped_bit_in_the_middle(int offset)
    {
        var third = RecordOffset(2, 3);
        Edit(Files.Segment(2), third + offset, bytes => bytes[0] ^= 1);
        Assert.Equal((Files.Segment(2), third), Place(ExpectDamage()));
    }

    [Fact]
    public void Refuses_a_flipped_bit_in_the_last_segment_before_a_later_write()
    {
        var second = RecordOffset(4, 2);
        Edit(Files.Segment(4), second + 100, bytes => bytes[0] ^= 1);
        Assert.Equal((Files.Segment(4), second), Place(ExpectDamage()));
    }

    [Fact]
    public void Refuses_a_zeroed_block_before_a_later_write()
    {
        var second = RecordOffset(4, 2);
        Edit(Files.Segment(4), second, bytes => bytes.AsSpan().Clear(), EventBytes);
        Assert.Equal((Files.Segment(4), second), Place(ExpectDamage()));
    }

    [Fact]
    public void Refuses_swapped_records()
    {
        var (first, second) = (RecordOffset(2, 2), RecordOffset(2, 3));
        Assert.Equal(second - first, RecordOffset(2, 4) - second);
        Edit(
            Files.Segment(2),
            first,
            bytes =>
            {
                byte[] swapped = [.. bytes.AsSpan(bytes.Length / 2), .. bytes.AsSpan(0, bytes.Length / 2)];
                swapped.CopyTo(bytes, 0);
            },
            (int)(2 * (second - first)));
        Assert.Equal((Files.Segment(2), first), Place(ExpectDamage()));
    }

    [Fact]
    public void Refuses_a_record_taken_from_another_segment()
    {
        var bytes = File.ReadAllBytes(Files.Segment(1));
        Edit(Files.Segment(2), RecordOffset(2, 3), target => bytes.AsSpan((int)RecordOffset(1, 3), target.Length).CopyTo(target), 1072);
        Assert.Equal(Files.Segment(2), ExpectDamage().File);
    }

    [Fact]
    public void Refuses_events_cut_off_a_full_segment()
    {
        var last = RecordOffset(2, 10);
        Edit(Files.Segment(2), last, bytes => bytes.AsSpan().Clear(), (int)((16 << 10) - last));
        Assert.Equal((Files.Segment(2), last), Place(ExpectDamage()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Refuses_a_missing_segment(ulong number)
    {
        File.Delete(Files.Segment(number));
        Assert.Equal((Files.Segment(number), 0), Place(ExpectDamage()));
    }

    [Fact]
    public void Refuses_a_missing_last_segment_once_it_is_marked()
    {
        var log = Open();
        log.Mark();
        log.Close(mark: false);
        File.Delete(Files.Segment(4));
        if (File.Exists(Files.Segment(5)))
            File.Delete(Files.Segment(5));
        Assert.Equal((Files.Segment(4), 0), Place(ExpectDamage()));
    }

    [Fact]
    public void Refuses_an_empty_folder_beside_a_marker()
    {
        foreach (var number in Files.SegmentNumbers())
            File.Delete(Files.Segment(number));
        Assert.Contains("missing", ExpectDamage().Expectation, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_emptied_segment()
    {
        Edit(Files.Segment(3), SegmentHeader.Bytes, bytes => bytes.AsSpan().Clear(), (16 << 10) - SegmentHeader.Bytes);
        Assert.Equal((Files.Segment(3), SegmentHeader.Bytes), Place(ExpectDamage()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(33)]
    [InlineData(50)]
    [InlineData(57)]
    public void Refuses_a_damaged_header(int offset)
    {
        Edit(Files.Segment(2), offset, bytes => bytes[0] ^= 1);
        Assert.Equal((Files.Segment(2), 0), Place(ExpectDamage()));
    }

    [Fact]
    public void Refuses_a_segment_under_another_number()
    {
        File.Copy(Files.Segment(1), Files.Segment(2), overwrite: true);
        Assert.Equal((Files.Segment(2), 0), Place(ExpectDamage()));
    }

    [Fact]
    public void Refuses_an_older_copy_of_the_last_segment()
    {
        var log = Open();
        var older = File.ReadAllBytes(Files.Segment(4));
        Fill(log, Id, 41, 42, EventBytes);
        log.Mark();
        log.Close(mark: false);
        File.WriteAllBytes(Files.Segment(4), older);
        Assert.Equal(Files.Segment(4), ExpectDamage().File);
    }

    [Fact]
    public void Refuses_a_marker_with_both_slots_damaged_but_not_with_one()
    {
        Edit(Files.Marker, 60, bytes => bytes[0] ^= 1);
        Open().Close(mark: false);
        Edit(Files.Marker, AcknowledgedPosition.SlotBytes + 60, bytes => bytes[0] ^= 1);
        Assert.Equal(Files.Marker, ExpectDamage().File);
    }

    [Fact]
    public void Refuses_when_marker_or_deletion_file_is_missing_or_damaged()
    {
        var (marker, deletions) = (File.ReadAllBytes(Files.Marker), File.ReadAllBytes(Files.Deletions));
        File.Delete(Files.Marker);
        Assert.Equal(Files.Marker, ExpectDamage().File);
        File.WriteAllBytes(Files.Marker, marker);
        File.Delete(Files.Deletions);
        Assert.Equal(Files.Deletions, ExpectDamage().File);
        deletions[17] ^= 1;
        File.WriteAllBytes(Files.Deletions, deletions);
        Assert.Equal(Files.Deletions, ExpectDamage().File);
    }

    [Fact]
    public void Refuses_another_nodes_folder_and_another_clusters()
    {
        var (node, cluster) = (Guid.NewGuid(), Guid.NewGuid());
        using var folder = new TestFolder();
        var options = Options(folder.Path) with { Node = node, Cluster = cluster };
        SegmentLog.Open(options, Calls).Close(mark: true);
        SegmentLog.Open(options, Calls).Close(mark: true);

        var other = Guid.NewGuid();
        var foreign = Assert.Throws<JournalException>(() => SegmentLog.Open(options with { Node = other }, Calls));
        Assert.Equal((other, node, false), Assert.IsType<JournalForeign>(foreign.Trouble) is var t ? (t.Expected, t.Found, t.IsCluster) : default);
        foreign = Assert.Throws<JournalException>(() => SegmentLog.Open(options with { Cluster = other }, Calls));
        Assert.True(Assert.IsType<JournalForeign>(foreign.Trouble).IsCluster);
    }

    [Fact]
    public void Refuses_a_segment_that_another_node_wrote()
    {
        using var folder = new TestFolder();
        SegmentLog.Open(Options(folder.Path) with { Node = Guid.NewGuid() }, Calls).Close(mark: true);
        File.Copy(new LogFiles(folder.Path).Segment(1), Files.Segment(5), overwrite: true);
        Assert.Contains("segment 5", ExpectDamage().Expectation, StringComparison.Ordinal);
    }

    [Fact]
    public void Meets_damage_that_happened_after_opening_when_it_reads()
    {
        var log = Open();
        Edit(Files.Segment(2), RecordOffset(2, 5) + 99, bytes => bytes[0] ^= 1);
        var exception = Assert.Throws<JournalException>(() => Read(log));
        Assert.Equal((Files.Segment(2), RecordOffset(2, 5)), Place((JournalDamaged)exception.Trouble));
        log.Close(mark: false);
    }

    private static (string File, long Offset) Place(JournalDamaged damage) => (damage.File, damage.Offset);

    /// <summary>Offset of a record, counted from 1 for the first event behind the opening record.</summary>
    private long RecordOffset(ulong segment, int index)
    {
        var bytes = File.ReadAllBytes(Files.Segment(segment));
        var offset = SegmentHeader.Bytes;
        for (var i = 0; i < index; i++)
            offset += BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(offset));
        return offset;
    }
}
