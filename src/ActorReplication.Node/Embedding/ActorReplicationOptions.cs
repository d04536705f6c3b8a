namespace ActorReplication;

/// <summary>What an embedded node is to be. Give one of the two.</summary>
public sealed class ActorReplicationOptions
{
    /// <summary>Path of a configuration file, as <c>actor-replication start --config</c> takes it.</summary>
    public string? ConfigFile { get; set; }

    /// <summary>The same as text (HOCON), for those who have no file; includes are not possible.</summary>
    public string? Hocon { get; set; }

    /// <summary>How long a stop may take to hand the leadership over.</summary>
    public TimeSpan StopPatience { get; set; } = TimeSpan.FromSeconds(10);
}
