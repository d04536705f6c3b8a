namespace ActorReplication.Cluster.Wire;

/// <summary>The closed list of control messages between nodes; Hyperion serializes these types and no other. Fields are primitives,
/// strings, byte arrays and lists of them, so that nothing else can be named on the wire.
/// An <c>int</c> holds a kind or a small count: one larger than its message's encoded size is taken for a forged length and refused.</summary>
public interface IControlMessage;

/// <summary>"Carry this out, you lead": an encoded ConfigChange or a transfer. Answered by <see cref="ControlReply"/> to the sender.</summary>
/// <param name="Kind">1 = config change (Body: encoded change), 2 = transfer (Name: target or empty).</param>
public sealed record ControlRequest(long Id, string From, byte[] Cluster, int Kind, string Name, byte[] Body) : IControlMessage;

/// <param name="Reason">Core's RefusalReason as a number; 0 = done.</param>
public sealed record ControlReply(long Id, int Reason, string Message) : IControlMessage;

/// <summary>"Here I am": from a node of which the configuration does not say yet that it is a member, with which data folder and with which HTTP address; to the leader, or to
/// everybody it knows of. Answered by <see cref="AnnouncementReply"/>.</summary>
/// <param name="Address">Akka.Remote's host:port.</param>
/// <param name="Http">host:port.</param>
public sealed record Announcement(string From, byte[] Incarnation, byte[] Cluster, string Address, string Http) : IControlMessage;

/// <param name="Problem">Why it is not let in, and what an operator has to do; empty: it is a member.</param>
public sealed record AnnouncementReply(string From, string Problem) : IControlMessage;

/// <summary>A follower whose database cannot go on (cut beyond undoing, damaged) asks the leader for a snapshot.</summary>
public sealed record SnapshotRequest(string From, byte[] Incarnation, byte[] Cluster) : IControlMessage;

/// <summary>"My database file holds the bytes of this lineage" (empty: of none). Told to the leader while the method is page: what all hold can travel as pages alone.</summary>
public sealed record PagesHeld(string From, byte[] Cluster, byte[] Lineage) : IControlMessage;

/// <summary>"End what this session runs, if it is yours": a client's cancel request that came to another node than its session's. Not answered, as the client's is not.</summary>
/// <param name="Key">Eight bytes: the session's number and its secret.</param>
public sealed record CancelSession(string From, byte[] Cluster, byte[] Key) : IControlMessage;

/// <summary>The leader offers a copy: the manifest (JSON) comes first, then <see cref="SnapshotChunk"/>s, each acknowledged.</summary>
public sealed record SnapshotOffer(string From, byte[] Cluster, byte[] Snapshot, long Term, string ManifestJson) : IControlMessage;

/// <summary>The receiver holds everything below <paramref name="NextOffset"/>; or gave up (Error set).</summary>
public sealed record SnapshotProgress(string From, byte[] Snapshot, long NextOffset, string Error) : IControlMessage;

/// <summary>Installed: the follower's database stands at this position now.</summary>
public sealed record SnapshotDone(string From, byte[] Snapshot, long Term, long Index) : IControlMessage;
