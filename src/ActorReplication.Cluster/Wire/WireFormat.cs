namespace ActorReplication.Cluster.Wire;

/// <summary>Numbers that the encodings share. DESIGN.md beside this file holds the byte tables.</summary>
internal static class WireFormat
{
    /// <summary>What this program reads: the format before this one, and this one. It writes what the cluster's configuration has in force.</summary>
    public const byte Oldest = 2, Newest = 3;

    public const int GuidBytes = 16;

    /// <summary>Version, kind, CRC-32C (<see cref="ChecksumOf"/>).</summary>
    public const int CheckedHeaderBytes = 6;

    /// <summary>Version, kind.</summary>
    public const int PlainHeaderBytes = 2;

    /// <summary>Since format 3 configurations have a checksum too: beside a database nothing else looks after them. And every checksum covers version and kind.</summary>
    private const byte ChecksMore = 3;

    public static bool IsChecked(WireKind kind, byte format) =>
        kind is WireKind.Envelope or WireKind.Fragment or WireKind.FragmentAck or WireKind.SnapshotChunk
        || (kind is WireKind.Config or WireKind.ConfigChange && format >= ChecksMore);

    /// <summary>Of everything after the header; from format 3 on, of version and kind before it.</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> bytes) =>
        Crc32C.Of(bytes[CheckedHeaderBytes..], before: bytes[0] >= ChecksMore ? Crc32C.Of(bytes[..PlainHeaderBytes]) : 0);

    public static int HeaderBytes(WireKind kind, byte format) => IsChecked(kind, format) ? CheckedHeaderBytes : PlainHeaderBytes;
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
