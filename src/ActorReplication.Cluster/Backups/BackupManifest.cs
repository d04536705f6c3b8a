using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Backups;

/// <summary>What a base backup holds: the file <c>manifest</c> beside its <c>data.sqlite</c>.</summary>
/// <param name="Node">Who took it.</param>
/// <param name="Taken">When it was begun, on that node's clock.</param>
/// <param name="Config">Voters, policy and replicated settings at the position.</param>
/// <param name="PageBytes">SQLite's page size.</param>
/// <param name="Copy">Position, size and checksums of the database file.</param>
public sealed record BackupManifest(ClusterId Cluster, NodeId Node, DateTimeOffset Taken, ClusterConfig Config, int PageBytes, SnapshotManifest Copy)
{
    public const string FileName = "manifest";
    public const string DatabaseName = "data.sqlite";

    /// <summary>The last log entry that is in it.</summary>
    public LogPosition Position => new(new Term(Copy.Position.Term), new LogIndex(Copy.Position.Index));
}
