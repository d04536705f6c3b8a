namespace ActorReplication.Cluster.Writes.Sharing;

internal enum LockMode : byte { Shared, Exclusive }

/// <summary>Whoever holds locks, or waits for one. At most one wait at a time.</summary>
internal class LockOwner
{
    /// <summary>In the order in which they were had.</summary>
    internal List<ulong> Held { get; } = [];

    /// <summary>Null: it waits for none.</summary>
    internal ulong? WaitsFor { get; set; }

    /// <summary>It waited for this, and has it now without having seen what is there: null from when it runs again.</summary>
    internal ulong? Given { get; set; }

    /// <summary>What is to be run again when it has what it waits for.</summary>
    internal GateItem? Parked { get; set; }
}
