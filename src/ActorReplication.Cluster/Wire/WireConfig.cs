namespace ActorReplication.Cluster.Wire;

/// <summary>What Akka must be told so that only our codecs touch bytes from the network and the journal. Laid over the node's own configuration.</summary>
public static class WireConfig
{
    /// <summary>Most bytes of an encoded message; a larger <see cref="PeerEnvelope"/> travels as fragments.</summary>
    public const int MessageBytes = 256 << 10;

    /// <summary>Most bytes of an envelope in one <see cref="PeerFragment"/>, and of a file in one <see cref="SnapshotChunk"/>: leaves room for their own fields.</summary>
    public const int PieceBytes = MessageBytes - (8 << 10);

    /// <summary>What Akka.Remote sends in one frame: the largest message with Akka's own envelope, and some to spare.</summary>
    internal const int FrameBytes = 384 << 10;

    /// <summary>Frames that the socket may hold before Akka.Remote holds back: more than Core's window to one follower.</summary>
    private const int HighWaterBytes = 8 << 20;

    public static readonly string Hocon =
        $$"""
        akka {
          actor {
            serializers {
              # Akka's default (JSON, with type names from the wire), protobuf types by name, and remote deployment: refused.
              json = "{{Name<RefusingSerializer>()}}"
              proto = "{{Name<RefusingSerializer>()}}"
              daemon-create = "{{Name<RefusingSerializer>()}}"

              # Only what clustering and death watch need.
              akka-misc = "{{Name<NarrowMiscSerializer>()}}"
              akka-system-msg = "{{Name<NarrowSystemMessageSerializer>()}}"

              replication-log = "{{Name<LogSerializer>()}}"
              replication-control = "{{Name<ControlSerializer>()}}"
            }
            serialization-bindings {
              "{{Name<PeerEnvelope>()}}" = replication-log
              "{{Name<PeerFragment>()}}" = replication-log
              "{{Name<PeerFragmentAck>()}}" = replication-log
              "{{Name<SnapshotChunk>()}}" = replication-log
              "{{Name<Core.JournalEvent>()}}" = replication-log
              "{{Name<IControlMessage>()}}" = replication-control
            }
            serialization-identifiers {
              "{{Name<RefusingSerializer>()}}" = {{RefusingSerializer.Id}}
              "{{Name<LogSerializer>()}}" = {{LogSerializer.Id}}
              "{{Name<ControlSerializer>()}}" = {{ControlSerializer.Id}}
              "{{Name<NarrowMiscSerializer>()}}" = 16
              "{{Name<NarrowSystemMessageSerializer>()}}" = 22
            }

            # Primitive types by short names instead of type names.
            serialization-settings.primitive.use-legacy-behavior = off
          }

          # Each system sends on a connection that it opened. With passive connections, what a peer sends on ours is not listened to any more once a second one of its own has come, even
          # after that is lost: two nodes that call each other at once after a restart could stay deaf to each other, with both connections in order.
          remote.use-passive-connections = off

          remote.dot-netty.tcp {
            # Bytes. A message above it is refused in the sender, with an error in its log.
            maximum-frame-size = {{FrameBytes}}b
            send-buffer-size = {{2 * FrameBytes}}b
            receive-buffer-size = {{2 * FrameBytes}}b

            # Bytes waiting for the socket before Akka.Remote starts to hold messages back and try again by timer, which costs milliseconds each time.
            write-buffer-high-water-mark = {{HighWaterBytes}}b
            write-buffer-low-water-mark = {{HighWaterBytes / 2}}b

            # Messages are batches already; waiting for more of them only delays an acknowledgement.
            batching.enabled = false
            tcp-nodelay = on
          }
        }
        """;

    private static string Name<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
