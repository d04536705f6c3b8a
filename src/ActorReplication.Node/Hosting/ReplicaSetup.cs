using ActorReplication.Cluster;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Hosting;

/// <summary>The node's settings, as the replica takes them.</summary>
internal static class ReplicaSetup
{
    public static ReplicaNodeOptions From(NodeSettings settings) =>
        new(settings.Name, settings.DataFolder, AkkaHocon.Compose(settings), settings.InitialVoters, settings.InitialPolicy)
        {
            SystemName = settings.SystemName,
            InitialMethod = settings.InitialMethod,
            Contacts = settings.Join,
            HttpAddress = settings.PublicHttp,
            HeartbeatMs = settings.Replication.HeartbeatMs,
            ElectionTimeoutMs = settings.Replication.ElectionTimeoutMs,
            LeaseMs = settings.Replication.LeaseMs,
            FailoverPriority = settings.FailoverPriority,
            GateQueueLength = settings.Gate.QueueLength,
            BatchTransactions = settings.Gate.BatchTransactions,
            BatchBytes = settings.Gate.BatchBytes,
            IdleInTransactionTimeoutMs = settings.Gate.IdleInTransactionTimeoutMs,
            EntryCacheBytes = settings.Replication.EntryCacheBytes,
            LogBudgetBytes = settings.Replication.LogBudgetBytes,
            LogLimitBytes = settings.Replication.LogLimitBytes,
            CheckpointBytes = settings.Replication.CheckpointBytes,
            Archive = settings.Archive,
            Database = new DatabaseOptions("")
            {
                Readers = settings.Storage.Readers,
                PageCacheBytes = settings.Storage.PageCacheBytes,
                StatementCache = settings.Storage.StatementCache,
                StatementTimeoutMs = settings.Storage.StatementTimeoutMs,
                MaxSqlBytes = settings.Storage.MaxSqlBytes,
                MaxValueBytes = settings.Storage.MaxValueBytes,
                MaxResultRows = settings.Storage.MaxResultRows,
                Functions = SqlFrontEnd.Functions,
                Aggregates = SqlFrontEnd.Aggregates,
            },
        };
}
