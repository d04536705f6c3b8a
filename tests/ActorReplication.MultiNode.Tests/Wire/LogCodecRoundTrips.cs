using System.Runtime.InteropServices;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core.Messages;

namespace ActorReplication.MultiNode.Tests.Wire;

public class LogCodecRoundTrips
{
    public static TheoryData<string> Names => Encodings.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_value_comes_back_the_same(string name)
    {
        var encoding = Encodings.Named(name);

        var decoded = encoding.Decode(encoding.Bytes);

        Assert.Equal(encoding.Value.GetType(), decoded.GetType());
        Assert.Equal(Structure.Of(encoding.Value), Structure.Of(decoded));
    }

    [Fact]
    public void Size_known_beforehand_is_the_size_encoded()
    {
        foreach (var message in Samples.Messages.Values)
            Assert.Equal(LogCodec.EnvelopeSize(Samples.Envelope(message)), LogCodec.Encode(Samples.Envelope(message)).Length);
    }

    [Fact]
    public void Decoded_payload_is_a_slice_of_the_bytes_given()
    {
        var bytes = LogCodec.Encode(Samples.EnvelopeOf(1000));

        var append = (Message.AppendEntries)LogCodec.DecodeEnvelope(bytes).Message;

        Assert.True(MemoryMarshal.TryGetArray(append.Entries[0].Payload, out var slice));
        Assert.Same(bytes, slice.Array);
    }

    [Fact]
    public void Encoding_allocates_the_result_and_nothing_else()
    {
        var envelope = Samples.EnvelopeOf(100_000);
        LogCodec.Encode(envelope);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var bytes = LogCodec.Encode(envelope);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, bytes.Length, bytes.Length + 64);
    }

    [Fact]
    public void Entries_in_sequence_cost_four_bytes_beside_a_short_payload()
    {
        var one = LogCodec.EnvelopeSize(Samples.EnvelopeOf(100));
        var append = (Message.AppendEntries)Samples.EnvelopeOf(100).Message;
        var two = Samples.Envelope(append with { Entries = [append.Entries[0], Samples.Entry(1, 3, Core.Log.EntryKind.Data, new byte[100])] });

        Assert.Equal(one + 100 + 4, LogCodec.EnvelopeSize(two));
    }

    [Fact]
    public void Negative_index_is_refused_in_the_sender()
    {
        var message = new Message.InstallSnapshot(new Core.Term(1), new Core.LogIndex(-1), 0);

        Assert.Throws<ArgumentOutOfRangeException>(() => LogCodec.Encode(Samples.Envelope(message)));
    }
}
