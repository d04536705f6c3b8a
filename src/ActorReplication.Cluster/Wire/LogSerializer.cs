using Akka.Actor;
using Akka.Serialization;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Wire;

/// <summary>Akka's door to <see cref="LogCodec"/>: what peers send each other about the log, and what the journal keeps. Thread-safe.</summary>
public sealed class LogSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public const int Id = 7301;

    private readonly FormatInForce format = system.Settings.Setup.Get<FormatSetup>() is { HasValue: true } setup ? setup.Value.Format : new FormatInForce(WireFormat.Newest);

    private const string EnvelopeManifest = "E";
    private const string FragmentManifest = "F";
    private const string FragmentAckManifest = "A";
    private const string ChunkManifest = "C";
    private const string EventManifest = "J";

    public override int Identifier => Id;

    public override string Manifest(object o) => o switch
    {
        PeerEnvelope => EnvelopeManifest,
        PeerFragment => FragmentManifest,
        PeerFragmentAck => FragmentAckManifest,
        SnapshotChunk => ChunkManifest,
        JournalEvent => EventManifest,
        _ => throw Unknown(o),
    };

    public override byte[] ToBinary(object obj) => obj switch
    {
        PeerEnvelope envelope => LogCodec.Encode(envelope, format.Written),
        PeerFragment fragment => LogCodec.Encode(fragment, format.Written),
        PeerFragmentAck ack => LogCodec.Encode(ack, format.Written),
        SnapshotChunk chunk => LogCodec.Encode(chunk, format.Written),
        JournalEvent e => LogCodec.EncodeEvent(e, format.Written),
        _ => throw Unknown(obj),
    };

    /// <exception cref="WireFormatException">The bytes or the manifest are not of this format.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (bytes.Length > 0) LogCodec.RefuseOther(bytes[0], format.Newest);
        return Read(bytes, manifest);
    }

    private static object Read(byte[] bytes, string manifest) => manifest switch
    {
        EnvelopeManifest => LogCodec.DecodeEnvelope(bytes),
        FragmentManifest => LogCodec.DecodeFragment(bytes),
        FragmentAckManifest => LogCodec.DecodeFragmentAck(bytes),
        ChunkManifest => LogCodec.DecodeSnapshotChunk(bytes),
        EventManifest => LogCodec.DecodeEvent(bytes),
        _ => throw new WireFormatException(0, "manifest E, F, A, C or J", $"'{manifest}'"),
    };

    private static ArgumentException Unknown(object o) => new($"{o.GetType()} is not a log message.");
}
