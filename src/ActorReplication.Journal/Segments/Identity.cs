namespace ActorReplication.Journal.Segments;

/// <summary>What the log knows of one persistence ID. Written by the log's own threads, read by any.</summary>
internal sealed class Identity(uint number, string persistenceId)
{
    private long _highest;
    private long _deletedTo;

    /// <summary>Stands for the persistence ID in records.</summary>
    public uint Number { get; } = number;

    public string PersistenceId { get; } = persistenceId;

    /// <summary>Highest sequence number that was ever durable; deletion does not lower it.</summary>
    public long Highest
    {
        get => Volatile.Read(ref _highest);
        set => Volatile.Write(ref _highest, value);
    }

    /// <summary>Events up to here are deleted, durably.</summary>
    public long DeletedTo
    {
        get => Volatile.Read(ref _deletedTo);
        set => Volatile.Write(ref _deletedTo, value);
    }

    /// <summary>Highest sequence number in the write that is being made; only the writing thread uses it.</summary>
    public long Pending { get; set; }
}
