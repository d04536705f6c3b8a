using System.Collections.Concurrent;
using System.Diagnostics;
using ActorReplication.Cluster.Telemetry;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.MultiNode.Tests.Harness;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>A write's spans. Listening is the process's affair, so what other tests write is heard too: these look at their own trace only.</summary>
public sealed class WriteTraceRules : GateFixture
{
    private static readonly ActivitySource Test = new("WriteTraceRules");

    [Fact]
    public async Task A_committed_write_has_a_span_for_each_part_of_its_way_and_each_node_that_had_it()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        using var root = Test.StartActivity("client")!;
        Gate.OnServing(new Term(77));
        var write = Run("CREATE TABLE t(a)");
        var id = (await Proposals.Next()).Id;
        AckTimes.Note(new NodeId("n2"), new Term(77), new LogIndex(1));
        Gate.OnAccepted(id, new LogRange(new LogIndex(1), new LogIndex(1)));
        Gate.OnCommit(new LogIndex(1));
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);

        var own = spans.Where(s => s.TraceId == root.TraceId).ToDictionary(s => s.DisplayName);
        Assert.Equal(["ack n2", "execute", "gate", "queue", "replicate"], own.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(root.SpanId, own["gate"].ParentSpanId);
        Assert.All((string[])["queue", "execute", "replicate"], part => Assert.Equal(own["gate"].SpanId, own[part].ParentSpanId));
        Assert.Equal(own["replicate"].SpanId, own["ack n2"].ParentSpanId);
        Assert.Equal(1L, own["gate"].GetTagItem("replication.index"));
        Assert.True(own["queue"].StartTimeUtc <= own["execute"].StartTimeUtc && own["execute"].StartTimeUtc <= own["replicate"].StartTimeUtc);
    }

    [Fact]
    public async Task A_refused_write_says_why()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        using var root = Test.StartActivity("client")!;
        await Run("CREATE TABLE t(a)");
        Assert.Equal("NotLeader", spans.Single(s => s.TraceId == root.TraceId && s.DisplayName == "gate").GetTagItem("replication.outcome"));
    }

    [Fact]
    public async Task What_is_not_recorded_is_not_traced()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        using var root = new Activity("unrecorded").Start();
        await Run("CREATE TABLE t(a)");
        Assert.DoesNotContain(spans, s => s.TraceId == root.TraceId);
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name is WriteTrace.SourceName or "WriteTraceRules",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
