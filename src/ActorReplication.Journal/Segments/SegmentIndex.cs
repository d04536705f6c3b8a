namespace ActorReplication.Journal.Segments;

/// <summary>
/// Where to start reading in one segment: per persistence ID the offset of about one event in 64 KiB. Written by the log's thread,
/// read by readers; at most 16 bytes of memory per 64 KiB of log.
/// </summary>
internal sealed class SegmentIndex
{
    private const long SpacingBytes = 64 << 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Track> _tracks = [];

    public void Add(uint identity, long sequenceNr, long offset)
    {
        lock (_gate)
        {
            if (!_tracks.TryGetValue(identity, out var track))
                _tracks[identity] = track = new Track();
            track.Highest = sequenceNr;
            if (track.Points.Count == 0 || offset - track.Points[^1].Offset >= SpacingBytes)
                track.Points.Add((sequenceNr, offset));
        }
    }

    /// <summary>Offset at or before the first event from <paramref name="from"/> on; false when this segment has none.</summary>
    public bool TryLocate(uint identity, long from, out long offset)
    {
        lock (_gate)
        {
            offset = 0;
            if (!_tracks.TryGetValue(identity, out var track) || track.Highest < from)
                return false;

            var (low, high) = (0, track.Points.Count - 1);
            while (low < high)
            {
                var middle = (low + high + 1) / 2;
                (low, high) = track.Points[middle].SequenceNr <= from ? (middle, high) : (low, middle - 1);
            }

            offset = track.Points[low].Offset;
            return true;
        }
    }

    /// <summary>Whether every event in this segment is at or below its persistence ID's mark.</summary>
    public bool IsCoveredBy(Func<uint, long> deletedTo)
    {
        lock (_gate)
            return _tracks.All(track => track.Value.Highest <= deletedTo(track.Key));
    }

    private sealed class Track
    {
        public long Highest { get; set; }

        public List<(long SequenceNr, long Offset)> Points { get; } = [];
    }
}
