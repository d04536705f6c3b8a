namespace ActorReplication;

/// <summary>The node inside this process. From the services, once the host has started. Thread-safe.</summary>
public interface IActorReplicationNode
{
    /// <summary>Its name in the cluster.</summary>
    string Name { get; }

    /// <summary>It leads and takes writes.</summary>
    bool IsLeader { get; }

    /// <summary>It serves SQL: reads, and as the leader writes.</summary>
    bool IsServing { get; }

    /// <summary>The leader's name; null: none is known.</summary>
    string? Leader { get; }

    /// <summary>host:port for SQL clients.</summary>
    string Postgres { get; }

    /// <summary>host:port of health checks, the dashboard and actorctl.</summary>
    string Http { get; }

    /// <summary>Completes with the reason when the node can go no further. The host is stopped then; what the node holds in memory is no longer to be trusted.</summary>
    Task<string> Fatal { get; }

    /// <summary>After each change of role, leader or readiness. Any thread, briefly.</summary>
    event Action? Changed;
}
