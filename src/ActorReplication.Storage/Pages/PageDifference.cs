using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Pages;

/// <summary>What makes one image of a page out of another: the ranges of bytes that changed.</summary>
internal sealed class PageDifference
{
    /// <summary>Two ranges with less between them are cheaper as one.</summary>
    private const int LeastGap = 4;

    private readonly List<(int From, int To)> ranges = [];

    /// <summary>Compares; the images are of one length.</summary>
    /// <returns>False: they are equal.</returns>
    internal bool Find(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        ranges.Clear();
        for (var at = before.CommonPrefixLength(after); at < after.Length;)
        {
            var end = EndOfRange(before, after, at);
            ranges.Add((at, end));
            at = end + before[end..].CommonPrefixLength(after[end..]);
        }
        return ranges.Count > 0;
    }

    private static int EndOfRange(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, int at)
    {
        var end = at + 1;
        while (end < after.Length)
        {
            if (before[end] != after[end])
            {
                end++;
                continue;
            }
            var same = before[end..].CommonPrefixLength(after[end..]);
            if (same >= LeastGap || end + same == after.Length)
                break;
            end += same;
        }
        return end;
    }

    /// <summary>Bytes that changed, and about what it costs to name them.</summary>
    internal int Cost
    {
        get
        {
            var cost = 0;
            foreach (var (from, to) in ranges)
                cost += to - from + LeastGap;
            return cost;
        }
    }

    /// <summary>Number of ranges and 1; of each its distance from the one before, its length, its bytes.</summary>
    internal void Write(PayloadBuffer into, ReadOnlySpan<byte> after)
    {
        into.Varint((ulong)ranges.Count + 1);
        var last = 0;
        foreach (var (from, to) in ranges)
        {
            into.Varint((ulong)(from - last));
            into.Bytes(after[from..to]);
            last = to;
        }
    }
}
