using System.Security.Cryptography;

namespace ActorReplication.Journal.Segments;

/// <summary>Where and how a log is kept.</summary>
/// <param name="Directory">Folder of its own; created when missing.</param>
internal sealed record SegmentLogOptions(string Directory)
{
    public const long MinSegmentBytes = 8192;
    public const long MaxSegmentBytes = 1L << 30;

    /// <summary>Size at which a segment is full, <see cref="MinSegmentBytes"/> to <see cref="MaxSegmentBytes"/>. A single larger write makes a larger segment.</summary>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>Expected owner; empty: not checked.</summary>
    public Guid Node { get; init; }

    /// <summary>Expected cluster; empty: not checked.</summary>
    public Guid Cluster { get; init; }

    /// <summary>Most bytes written with one call; a single larger write goes alone.</summary>
    public long MaxBatchBytes { get; init; } = 8L << 20;

    /// <summary>Bytes before the end of the records that are kept filled with zeros; 0: none.</summary>
    public long FillAheadBytes { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where segments' stamps come from.</summary>
    public Func<uint> NextStamp { get; init; } = () => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
}
