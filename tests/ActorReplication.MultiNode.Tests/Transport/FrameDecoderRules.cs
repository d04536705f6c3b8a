using System.Buffers.Binary;
using ActorReplication.Cluster.Transport;

namespace ActorReplication.MultiNode.Tests.Transport;

public sealed class FrameDecoderRules
{
    private const int MaxFrame = 200_000;
    private readonly FrameDecoder decoder = new(MaxFrame);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(1_000_000)]
    public void Takes_the_same_frames_however_the_stream_is_cut(int part)
    {
        byte[][] frames = [[], [1], Bytes(5), Bytes(70_000), Bytes(3), Bytes(MaxFrame), Bytes(65_532), []];
        var stream = frames.SelectMany(f => Framed(f)).ToArray();

        var taken = new List<byte[]>();
        for (var at = 0; at < stream.Length;)
        {
            while (decoder.TryTake(out var frame)) taken.Add(frame.ToByteArray());
            var count = Math.Min(Math.Min(part, decoder.Free.Length), stream.Length - at);
            Assert.NotEqual(0, count);
            stream.AsMemory(at, count).CopyTo(decoder.Free);
            decoder.Added(count);
            at += count;
        }
        while (decoder.TryTake(out var frame)) taken.Add(frame.ToByteArray());

        Assert.Equal(frames, taken);
    }

    [Theory]
    [InlineData(MaxFrame + 1)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(0x20544547)] // "GET "
    public void Refuses_a_length_that_is_never_sent(int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(decoder.Free.Span, length);
        decoder.Added(4);
        Assert.Throws<InvalidDataException>(() => decoder.TryTake(out _));
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7 + count))];

    private static byte[] Framed(byte[] frame)
    {
        var bytes = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, frame.Length);
        frame.CopyTo(bytes, 4);
        return bytes;
    }
}
