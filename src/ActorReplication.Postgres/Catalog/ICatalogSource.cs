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
    public string Database { get; } = database;
}
