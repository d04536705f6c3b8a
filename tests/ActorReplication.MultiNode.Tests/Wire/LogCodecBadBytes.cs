using System.Buffers.Binary;
using System.Numerics;
using ActorReplication.Cluster.Wire;

namespace ActorReplication.MultiNode.Tests.Wire;

public class LogCodecBadBytes
{
    private static readonly Func<ReadOnlyMemory<byte>, object>[] Decoders =
    [
        LogCodec.DecodeEnvelope, LogCodec.DecodeFragment, LogCodec.DecodeFragmentAck, LogCodec.DecodeSnapshotChunk,
        LogCodec.DecodeEvent, LogCodec.DecodeConfig, LogCodec.DecodeChange,
    ];

    public static TheoryData<string> Names => Encodings.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Truncation_at_every_byte_is_refused(string name)
    {
        var encoding = Encodings.Named(name);

        for (var length = 0; length < encoding.Bytes.Length; length++)
            Assert.Throws<WireFormatException>(() => encoding.Decode(encoding.Bytes.AsMemory(0, length)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Truncated_body_with_the_right_checksum_is_refused(string name)
    {
        var encoding = Encodings.Named(name);

        for (var length = 6; length < encoding.Bytes.Length; length++)
        {
            var bytes = encoding.Bytes[..length];
            Reseal(bytes);
            Assert.Throws<WireFormatException>(() => encoding.Decode(bytes));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_byte_too_many_is_refused(string name)
    {
        var encoding = Encodings.Named(name);
        byte[] bytes = [.. encoding.Bytes, 0];
        Reseal(bytes);

        Assert.Throws<WireFormatException>(() => encoding.Decode(bytes));
    }

    [Theory]
    [InlineData("envelope-append-entries")]
    [InlineData("fragment")]
    [InlineData("fragment-ack")]
    [InlineData("snapshot-chunk")]
    [InlineData("v3-config-detailed")]
    [InlineData("v3-change-set-setting")]
    public void Any_flipped_bit_is_refused(string name)
    {
        var encoding = Encodings.Named(name);

        for (var bit = 0; bit < encoding.Bytes.Length * 8; bit++)
        {
            var bytes = encoding.Bytes.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<WireFormatException>(() => encoding.Decode(bytes));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Changed_bytes_with_the_right_checksum_decode_or_are_refused(string name)
    {
        var encoding = Encodings.Named(name);
        var random = new Random(name.Length);

        for (var round = 0; round < 2000; round++)
        {
            var bytes = encoding.Bytes.ToArray();
            for (var change = random.Next(3); change >= 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Reseal(bytes);
            DecodeOrRefuse(encoding.Decode, bytes);
        }
    }

    [Fact]
    public void Random_bytes_never_do_more_than_be_refused()
    {
        var random = new Random(20261);
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = new byte[random.Next(120)];
            random.NextBytes(bytes);
            if (bytes.Length > 1 && round % 2 == 0)
            {
                bytes[0] = (byte)random.Next(2, 4);
                bytes[1] = (byte)random.Next(1, 8);
                Reseal(bytes);
            }

            foreach (var decode in Decoders)
                DecodeOrRefuse(decode, bytes);
        }
    }

    [Fact]
    public void Forged_lengths_allocate_nothing_of_their_size()
    {
        // Journal event, EntriesAppended from 1, then 2^31-1 entries.
        byte[] manyEntries = [2, 5, 1, 1, 0xff, 0xff, 0xff, 0xff, 0x07];
        // Config of no cluster, policy async with 2^31-1 names.
        byte[] manyNames = [2, 6, .. new byte[16], 0, 0, 0xff, 0xff, 0xff, 0xff, 0x07];
        // Ballot of term 1 for a name of 2^62 bytes.
        byte[] longName = [2, 5, 2, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f];

        foreach (var decode in Decoders)
            DecodeOrRefuse(decode, manyEntries);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<WireFormatException>(() => LogCodec.DecodeEvent(manyEntries));
        Assert.Throws<WireFormatException>(() => LogCodec.DecodeConfig(manyNames));
        Assert.Throws<WireFormatException>(() => LogCodec.DecodeEvent(longName));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Another_version_is_named_in_the_message()
    {
        var bytes = LogCodec.EncodeConfig(Samples.Config);
        bytes[0] = 1;

        var refusal = Assert.Throws<WireFormatException>(() => LogCodec.DecodeConfig(bytes));

        Assert.Equal(0, refusal.Offset);
        Assert.Contains("expected format version 2 to 3, found 1", refusal.Message);
    }

    [Fact]
    public void A_newer_version_is_told_from_an_older_one()
    {
        var bytes = LogCodec.EncodeEvent(Samples.Events["ballot"]);
        bytes[0] = 4;

        var refusal = Assert.Throws<WireFormatException>(() => LogCodec.DecodeEvent(bytes));

        Assert.Contains("found 4, which a newer program wrote", refusal.Message);
    }

    [Fact]
    public void Another_kind_is_refused()
    {
        var refusal = Assert.Throws<WireFormatException>(() => LogCodec.DecodeConfig(LogCodec.EncodeEvent(Samples.Events["ballot"])));

        Assert.Equal(1, refusal.Offset);
    }

    [Fact]
    public void Members_out_of_order_or_twice_are_refused()
    {
        byte[] member = [1, (byte)'a', 0, 0, 0, 0];
        byte[] twice = [2, 6, .. new byte[16], 0, 0, 0, 0, 2, .. member, .. member];

        var refusal = Assert.Throws<WireFormatException>(() => LogCodec.DecodeConfig(twice));

        Assert.Contains("after 'a'", refusal.Message);
    }

    [Fact]
    public void Checksum_is_the_standard_one() =>
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));

    private static void DecodeOrRefuse(Func<ReadOnlyMemory<byte>, object> decode, byte[] bytes)
    {
        try
        {
            decode(bytes);
        }
        catch (WireFormatException)
        {
            // The only way in which bad bytes may end.
        }
    }

    /// <summary>Puts the right checksum into kinds that carry one, so that what comes after it is put to the test.</summary>
    internal static void Reseal(byte[] bytes)
    {
        if (bytes.Length < 6 || !(bytes[1] is >= 1 and <= 4 || (bytes[0] == 3 && bytes[1] is 6 or 7)))
            return;
        var crc = uint.MaxValue;
        if (bytes[0] == 3) foreach (var b in bytes.AsSpan(0, 2)) crc = BitOperations.Crc32C(crc, b);
        foreach (var b in bytes.AsSpan(6))
            crc = BitOperations.Crc32C(crc, b);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(2), ~crc);
    }
}
