using ActorReplication.Cluster.Peers;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Messages;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>Large messages to a peer, with the real assembler at the other end.</summary>
public sealed class OutgoingStreamRules
{
    private static readonly NodeId Self = new("a");
    private static readonly Guid Incarnation = Guid.NewGuid();
    private readonly Queue<object> line = new();
    private readonly FragmentAssembler assembler = new();
    private readonly OutgoingStream stream;
    private long now;

    public OutgoingStreamRules() => stream = new OutgoingStream(Self, Incarnation, new FormatInForce(WireFormat.Newest), line.Enqueue);

    [Fact]
    public void Several_large_messages_and_a_small_one_arrive_in_order()
    {
        Send(1, 300_000);
        Send(2, 5_000_000);
        Send(3, 10);
        Send(4, 300_000);

        Assert.Equal([1, 2, 3, 4], Deliver());
        Assert.True(stream.IsEmpty);
    }

    [Fact]
    public void Pieces_under_way_are_bounded_over_all_messages()
    {
        Send(1, 1_000_000);
        Send(2, 1_000_000);
        Send(3, 1_000_000);

        Assert.Equal(OutgoingStream.PiecesUnderWay, line.Count);
    }

    [Fact]
    public void Message_that_is_on_its_way_is_not_sent_twice()
    {
        Send(1, 300_000);
        Send(2, 300_000);
        Send(1, 300_000);
        Send(2, 300_000);

        Assert.Equal([1, 2], Deliver());
    }

    [Fact]
    public void Messages_are_sent_anew_when_the_core_goes_back()
    {
        Send(2, 300_000);
        Send(3, 300_000);
        line.Clear();

        Send(1, 300_000);

        Assert.Equal([1], Deliver());
    }

    [Fact]
    public void Lost_message_does_not_hold_up_the_next()
    {
        Send(1, 300_000);
        Send(2, 300_000);
        line.Dequeue();

        Assert.Equal([2], Deliver());
        Assert.True(stream.IsEmpty);
    }

    [Fact]
    public void Stalled_message_is_sent_again()
    {
        Send(1, 300_000);
        line.Clear();

        now += 6000;
        Send(1, 300_000);

        Assert.Equal([1], Deliver());
    }

    private void Send(long index, int bytes)
    {
        var term = new Term(1);
        var entry = new LogEntry(new LogPosition(term, new LogIndex(index)), EntryKind.Data, new byte[bytes]);
        var append = new Message.AppendEntries(term, new LogPosition(term, new LogIndex(index - 1)), [entry], LogIndex.Zero, 1, AckReceived: false);
        stream.Send(new PeerEnvelope(ClusterId.None, GroupId.Default, Self, Incarnation, new NodeId("b"), append), bytes > 1000, new Instant(now));
    }

    /// <summary>First indices of the messages that come out at the other end.</summary>
    private List<long> Deliver()
    {
        var arrived = new List<long>();
        while (line.TryDequeue(out var message))
        {
            var envelope = message is PeerFragment fragment ? assembler.Add(fragment) : (PeerEnvelope)message;
            if (envelope?.Message is Message.AppendEntries append) arrived.Add(append.Entries[0].Index.Value);
            if (message is PeerFragment piece) stream.OnAck(new PeerFragmentAck(new NodeId("b"), piece.Stream, piece.Piece), new Instant(now));
        }
        return arrived;
    }
}
