namespace ActorReplication.Cluster.Wire;

/// <summary>Numbers that the encodings share. DESIGN.md beside this file holds the byte tables.</summary>
internal static class WireFormat
{
    public const byte Version = 2;
    public const int GuidBytes = 16;

    /// <summary>Version, kind, CRC-32C of everything after the header.</summary>
    public const int CheckedHeaderBytes = 6;

    /// <summary>Version, kind.</summary>
    public const int PlainHeaderBytes = 2;
}

/// <summary>Second byte of every encoding. Numbers are never used again for something else.</summary>
internal enum WireKind : byte
{
    Envelope = 1,
    Fragment = 2,
    FragmentAck = 3,
    SnapshotChunk = 4,
    JournalEvent = 5,
    Config = 6,
    ConfigChange = 7,
}
