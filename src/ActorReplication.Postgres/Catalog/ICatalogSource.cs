using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Catalog;

/// <summary>What the catalogs tell about the node. Implemented by the composition root, usually over <see cref="ISqlGateway"/>: see <see cref="GatewayCatalogSource"/>. Thread-safe.</summary>
public interface ICatalogSource
{
    /// <summary>This node is a follower, or knows no leader.</summary>
    bool IsFollower { get; }
    LogProgress Progress { get; }
    IReadOnlyList<ReplicationRow> Replication();

    RoleSet Roles { get; }

    /// <summary>Of this node's sessions, held or waited for.</summary>
    IReadOnlyList<AdvisoryRow> AdvisoryLocks() => [];

    /// <summary>Name of the one database.</summary>
    string Database { get; }
}

/// <summary>A catalog source over a gateway that may be set later than the translator is made.</summary>
public sealed class GatewayCatalogSource(Func<ISqlGateway> gateway, string database) : ICatalogSource
{
    public bool IsFollower => gateway().State.Role != NodeRole.Leader;
    public LogProgress Progress => gateway().Progress;
    public IReadOnlyList<ReplicationRow> Replication() => gateway().Replication();
    public RoleSet Roles => gateway().Roles;

    /// <summary>Set when there is a server whose sessions have them; null: none.</summary>
    public Func<IReadOnlyList<AdvisoryRow>>? Advisory { get; set; }
    public IReadOnlyList<AdvisoryRow> AdvisoryLocks() => Advisory?.Invoke() ?? [];
    public string Database { get; } = database;
}

/// <param name="Key">A bigint, or (if <paramref name="IsPair"/>) two ints, the first in the upper half.</param>
/// <param name="IsGranted">Else it waits.</param>
public sealed record AdvisoryRow(int ProcessId, long Key, bool IsPair, bool IsShared, bool IsGranted);
