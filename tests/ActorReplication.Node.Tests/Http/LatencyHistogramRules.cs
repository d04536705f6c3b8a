using ActorReplication.Node.Telemetry;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

public sealed class LatencyHistogramRules
{
    [Fact]
    public void Every_duration_lies_in_the_bucket_whose_limits_surround_it()
    {
        for (long microseconds = 0; microseconds < uint.MaxValue; microseconds = (microseconds * 17 / 16) + 1)
        {
            var bucket = LatencyHistogram.BucketOf(microseconds);
            Assert.InRange(microseconds, LatencyHistogram.LimitOf(bucket), LatencyHistogram.LimitOf(bucket + 1) - 1);
        }
    }

    [Fact]
    public void A_percentile_is_within_an_eighth_of_what_was_measured()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 1000; i++) histogram.Record(i / 1e4);
        var all = histogram.Take();
        Assert.InRange(all.Percentile(0.5)!.Value, 50, 57);
        Assert.InRange(all.Percentile(0.99)!.Value, 99, 112);
        Assert.Equal(1000, all.Count);
        histogram.Record(2);
        Assert.Equal(1, histogram.Take().Since(all).Count);
        Assert.InRange(histogram.Take().Since(all).Percentile(0.5)!.Value, 2000, 2250);
    }

    [Fact]
    public void Nothing_measured_has_no_percentile() => Assert.Null(new LatencyHistogram().Take().Percentile(0.5));
}
