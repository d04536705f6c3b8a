using System.Globalization;
using System.Numerics;
using System.Text;

namespace ActorReplication.Node.Telemetry;

/// <summary>Counts durations in buckets of at most an eighth of their value, from a microsecond to hours. Recording takes two additions and no lock; any thread.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 3, Subs = 1 << SubBits, Buckets = (32 + 1) * Subs;

    /// <summary>Powers of two of microseconds, which are bucket limits: the coarser ones that Prometheus is told.</summary>
    private static readonly int[] ToldPowers = [6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22, 24];

    private readonly long[] _counts = new long[Buckets];
    private long _microseconds;

    public void Record(double seconds)
    {
        var value = (long)Math.Min(Math.Max(0, seconds * 1e6), uint.MaxValue);
        Interlocked.Increment(ref _counts[BucketOf(value)]);
        Interlocked.Add(ref _microseconds, value);
    }

    public Snapshot Take()
    {
        var counts = new long[Buckets];
        for (var i = 0; i < Buckets; i++) counts[i] = Volatile.Read(ref _counts[i]);
        return new Snapshot(counts, Interlocked.Read(ref _microseconds));
    }

    /// <summary>Lower limit of a bucket, in microseconds.</summary>
    internal static long LimitOf(int bucket)
    {
        var power = bucket / Subs;
        return power == 0 ? bucket : (long)(Subs + (bucket % Subs)) << (power - 1);
    }

    internal static int BucketOf(long microseconds)
    {
        if (microseconds < Subs) return (int)microseconds;
        var power = BitOperations.Log2((ulong)microseconds) - SubBits;
        return ((power + 1) * Subs) + (int)((microseconds >> power) - Subs);
    }

    /// <summary>The counts of one moment, or the difference of two.</summary>
    internal sealed class Snapshot(long[] counts, long microseconds)
    {
        private readonly long _microseconds = microseconds;

        public long Count { get; } = counts.Sum();
        public double Seconds => _microseconds / 1e6;

        public Snapshot Since(Snapshot earlier) => new([.. counts.Select((c, i) => Math.Max(0, c - earlier[i]))], _microseconds - earlier._microseconds);

        /// <summary>Milliseconds under which that share of the durations lies; null without any.</summary>
        public double? Percentile(double share)
        {
            if (Count == 0) return null;
            var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
            var bucket = 0;
            for (long seen = counts[0]; seen < rank; seen += counts[++bucket]) { }
            return LimitOf(bucket + 1) / 1e3;
        }

        /// <summary>As a Prometheus histogram.</summary>
        public void Write(StringBuilder text, string name, string help)
        {
            text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(" histogram\n");
            var (bucket, seen) = (0, 0L);
            foreach (var power in ToldPowers)
            {
                for (; LimitOf(bucket) < 1L << power; bucket++) seen += counts[bucket];
                text.Append(name).Append("_bucket{le=\"").Append(((1L << power) / 1e6).ToString(CultureInfo.InvariantCulture)).Append("\"} ").Append(seen).Append('\n');
            }
            text.Append(name).Append("_bucket{le=\"+Inf\"} ").Append(Count).Append('\n');
            text.Append(name).Append("_sum ").Append(Seconds.ToString(CultureInfo.InvariantCulture)).Append('\n');
            text.Append(name).Append("_count ").Append(Count).Append('\n');
        }

        private long this[int bucket] => counts[bucket];
    }
}
