using System.Text;
using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Pages;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>Format 3 is a format: compare with the byte tables in DESIGN.md.</summary>
public sealed class PagePayloads
{
    private static readonly Guid Lineage = new("00112233-4455-6677-8899-aabbccddeeff");

    [Fact]
    public void Pages_with_rows_beside_them()
    {
        var before = new byte[512];
        var after = new byte[512];
        after[10] = 7;
        after[11] = 8;
        after[300] = 9;
        var difference = new PageDifference();
        Assert.True(difference.Find(before, after));
        var body = new PayloadBuffer();
        PageImages.Write(body, 3, difference, after);
        var entry = new PagePayload(new PageLineage(Lineage, 2, 300), new PageLineage(Lineage, 1, 5), 512, 9, 1, [Encoding.UTF8.GetBytes("rows")]);
        var bytes = entry.Encode(body.Written);
        Assert.Equal(
            "03" + "01" // format, flags: rows
            + "33221100554477668899aabbccddeeff" // lineage
            + "02" + "ac02" + "01" + "05" // term and index of this entry, and of the one before
            + "8004" + "09" + "01" // 512 bytes a page, a database of 9 pages, 1 page here
            + "01" + "04" + "726f7773" // 1 payload of rows
            + "0e" // 14 bytes of pages, as they are
            + "03" + "03" + "0a" + "02" + "0708" + "a002" + "01" + "09" + Hex(PageImages.Sum(after)), // page 3, 2 ranges
            Convert.ToHexStringLower(bytes));
        var read = PagePayload.Decode(bytes);
        Assert.Equal((entry.After, entry.Before, 512, 9u, 1), (read.After, read.Before, read.PageBytes, read.DatabasePages, read.Pages));
        Assert.Equal("rows", Encoding.UTF8.GetString(Assert.Single(read.Rows).Span));
        var reader = new PayloadReader(read.Body.Span);
        Assert.Equal(3u, PageImages.ReadNumber(ref reader, 0));
        Assert.True(PageImages.Read(ref reader, before));
        Assert.Equal(after, before);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Compressed_pages_of_another_length_than_they_say_are_damage(int more)
    {
        var body = new byte[300_000];
        var bytes = new PagePayload(new PageLineage(Lineage, 1, 1), default, 512, 1000, 1000, []).Encode(body);
        Assert.Equal(body, PagePayload.Decode(bytes).Body.ToArray());
        // The last byte of the head that is not the stream's: the length's varint is 300,000 = e0 a7 12.
        var at = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xe0, 0xa7, 0x12]);
        bytes[at] = (byte)(0xe0 + more);
        Assert.Throws<InvalidDataException>(() => PagePayload.Decode(bytes));
    }

    [Fact]
    public void Whole_pages_that_begin_a_lineage_and_shrink()
    {
        var page = new byte[512];
        Array.Fill(page, (byte)'x');
        var body = new PayloadBuffer();
        PageImages.Write(body, 1, null, page);
        var bytes = new PagePayload(new PageLineage(Lineage, 1, 1), default, 512, 1, 1, []).Encode(body.Written);
        Assert.Equal("0306", Convert.ToHexStringLower(bytes.AsSpan(0, 2)));
        Assert.True(bytes.Length < 100);
        var read = PagePayload.Decode(bytes);
        Assert.True(read.Before.IsNone);
        Assert.Equal(body.Written.ToArray(), read.Body.ToArray());
    }

    [Fact]
    public void Checksum_is_crc_32c() => Assert.Equal("a87b6543", Hex(PageImages.Sum(Encoding.ASCII.GetBytes("1234567812345678"))));

    [Fact]
    public void Any_byte_changed_or_missing_is_refused_or_read_and_never_crashes()
    {
        var page = new byte[512];
        Random.Shared.NextBytes(page);
        var body = new PayloadBuffer();
        PageImages.Write(body, 1, null, page);
        var bytes = new PagePayload(new PageLineage(Lineage, 1, 1), default, 512, 1, 1, [new byte[] { 1 }]).Encode(body.Written);
        for (var length = 1; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => PagePayload.Decode(bytes.AsMemory(0, length)));
        for (var at = 1; at < bytes.Length; at++)
        {
            var changed = bytes.ToArray();
            changed[at] ^= 0xff;
            try
            {
                var read = PagePayload.Decode(changed);
                var reader = new PayloadReader(read.Body.Span);
                PageImages.ReadNumber(ref reader, 0);
                PageImages.Read(ref reader, new byte[512]);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    private static string Hex(uint sum) => Convert.ToHexStringLower(BitConverter.GetBytes(sum));
}
