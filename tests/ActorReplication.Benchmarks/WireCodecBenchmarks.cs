using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Messages;
using BenchmarkDotNet.Attributes;

namespace ActorReplication.Benchmarks;

/// <summary>A batch of entries and the small messages around it, to the wire and back.</summary>
[MemoryDiagnoser]
public class WireCodecBenchmarks
{
    private PeerEnvelope append = null!;
    private PeerEnvelope reply = null!;
    private byte[] appendBytes = [];
    private byte[] replyBytes = [];
    private JournalEvent appended = null!;
    private byte[] appendedBytes = [];

    [Params(1, 64)]
    public int Entries { get; set; }

    [Params(120, 2000)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var entries = Enumerable.Range(1, Entries)
            .Select(i => new LogEntry(new LogPosition(new Term(3), new LogIndex(1_000_000 + i)), EntryKind.Data, new byte[PayloadBytes]))
            .ToArray();
        append = Envelope(new Message.AppendEntries(
            new Term(3), new LogPosition(new Term(3), new LogIndex(1_000_000)), entries, new LogIndex(999_990), 42, AckReceived: false));
        reply = Envelope(new Message.AppendEntriesReply(
            new Term(3), Accepted: true, 42, new LogIndex(1_000_001), new LogIndex(1_000_001), new LogIndex(1_000_000), LogPosition.Zero));
        appended = new JournalEvent.EntriesAppended(new LogIndex(1_000_001), entries);
        appendBytes = LogCodec.Encode(append);
        replyBytes = LogCodec.Encode(reply);
        appendedBytes = LogCodec.EncodeEvent(appended);
    }

    [Benchmark]
    public byte[] EncodeAppend() => LogCodec.Encode(append);

    [Benchmark]
    public PeerEnvelope DecodeAppend() => LogCodec.DecodeEnvelope(appendBytes);

    [Benchmark]
    public byte[] EncodeReply() => LogCodec.Encode(reply);

    [Benchmark]
    public PeerEnvelope DecodeReply() => LogCodec.DecodeEnvelope(replyBytes);

    [Benchmark]
    public byte[] EncodeEvent() => LogCodec.EncodeEvent(appended);

    [Benchmark]
    public JournalEvent DecodeEvent() => LogCodec.DecodeEvent(appendedBytes);

    private static PeerEnvelope Envelope(Message message) =>
        new(new ClusterId(Guid.NewGuid()), GroupId.Default, new NodeId("node1"), Guid.NewGuid(), new NodeId("node2"), message);
}
