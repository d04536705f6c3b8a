using ActorReplication.Cluster.Writes;
using ActorReplication.Core;

namespace ActorReplication.Cluster;

/// <summary>What the leader knows of one commit at the moment of asking.</summary>
/// <param name="Level">The level that the policy's followers have reached for it.</param>
/// <param name="OnDisk">Nodes that have it in their journals, this one included, in order of names.</param>
/// <param name="Applied">Of these, where readers see it.</param>
public sealed record CommitReceipt(LogPosition Position, AckLevel Level, IReadOnlyList<NodeId> OnDisk, IReadOnlyList<NodeId> Applied);
