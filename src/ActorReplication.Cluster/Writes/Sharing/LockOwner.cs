namespace ActorReplication.Cluster.Writes.Sharing;

internal enum LockMode : byte { Shared, Exclusive }

/// <summary>Whoever holds locks, or waits for one. At most one wait at a time.</summary>
internal class LockOwner
{
    /// <summary>In the order in which they were had.</summary>
    internal List<ulong> Held { get; } = [];

    /// <summary>Null: it waits for none.</summary>
    internal ulong? WaitsFor { get; set; }

    /// <summary>Of <see cref="Held"/>, those that it waited for and has not used yet: no statement has come to its end that wrote or locked what is there.</summary>
    internal HashSet<ulong> Given { get; } = [];

    /// <summary>What is to be run again when it has what it waits for.</summary>
    internal GateItem? Parked { get; set; }
}
