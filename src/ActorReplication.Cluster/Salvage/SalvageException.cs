namespace ActorReplication.Cluster.Salvage;

/// <summary>A salvage file cannot be used; the message says why.</summary>
public sealed class SalvageException(string message) : Exception(message);
