using ActorReplication.Core;
using ActorReplication.Core.Messages;

namespace ActorReplication.Cluster.Wire;

/// <summary>Which replication group (database) a message is about; today always <see cref="Default"/>.</summary>
public readonly record struct GroupId(int Value)
{
    public static readonly GroupId Default = new(1);
}

/// <summary>One of Core's messages on its way to a peer's ReplicaActor. Hand-written codec; under 256 KiB encoded: larger ones travel as <see cref="PeerFragment"/>s.</summary>
/// <param name="Cluster">The sender's cluster, empty while it knows none. Another cluster's messages are dropped.</param>
/// <param name="Incarnation">The sender's random node ID; a known name with another one is refused.</param>
public sealed record PeerEnvelope(ClusterId Cluster, GroupId Group, NodeId From, Guid Incarnation, NodeId To, Message Message);

/// <summary>A piece of an encoded <see cref="PeerEnvelope"/> that is too large for one frame.</summary>
/// <param name="Stream">Numbers the envelopes that one sender cut up; pieces of one stream arrive in order or the stream is dropped.</param>
/// <param name="Piece">From 0. <paramref name="TotalBytes"/>: of the whole envelope.</param>
public sealed record PeerFragment(NodeId From, Guid Incarnation, long Stream, int Piece, int TotalBytes, ReadOnlyMemory<byte> Bytes);

/// <summary>"Your pieces up to this one have arrived": lets the next ones go.</summary>
public sealed record PeerFragmentAck(NodeId From, long Stream, int Piece);

/// <summary>One piece of a database file that a follower clones.</summary>
public sealed record SnapshotChunk(NodeId From, Guid Snapshot, long Offset, ReadOnlyMemory<byte> Bytes);
