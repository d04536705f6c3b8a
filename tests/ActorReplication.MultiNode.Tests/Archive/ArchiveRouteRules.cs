using ActorReplication.Cluster.Archive;
using ActorReplication.Core;

namespace ActorReplication.MultiNode.Tests.Archive;

/// <summary>Segments are written as <c>before>last</c>, with the first position of each further term between: <c>1/3>2/5>2/9</c>.</summary>
public sealed class ArchiveRouteRules
{
    [Theory]
    [InlineData("0/0", null, "0/0>1/9", "1-9@1/9")]
    [InlineData("1/4", null, "0/0>1/9", "5-9@1/9")]
    [InlineData("1/4", 6L, "0/0>1/9", "5-6@1/6")]
    [InlineData("1/9", null, "0/0>1/9", "")]
    [InlineData("1/4", 4L, "0/0>1/9", "")]
    [InlineData("0/0", null, "0/0>1/9 1/9>1/20", "1-9@1/9 10-20@1/20")]
    [InlineData("0/0", null, "0/0>1/9 1/5>1/20", "1-5@1/5 6-20@1/20")]
    [InlineData("1/2", 12L, "0/0>1/9 1/9>1/20", "3-9@1/9 10-12@1/12")]
    [InlineData("1/2", 7L, "0/0>1/9 1/9>1/20", "3-7@1/7")]
    public void Goes_from_the_backup_to_the_end_or_the_target(string start, long? to, string segments, string legs) => AssertRoute(start, to, segments, legs);

    [Theory]
    // Term 2 follows on entry 7 of term 1: entries 8 and 9 of term 1 were cut.
    [InlineData("1/4", null, "0/0>1/9 1/7>2/8>2/12", "5-7@1/7 8-12@2/12")]
    [InlineData("1/4", 8L, "0/0>1/9 1/7>2/8>2/12", "5-7@1/7 8-8@2/8")]
    // A later term that is shorter wins.
    [InlineData("1/4", null, "0/0>1/90 1/7>2/8>2/8", "5-7@1/7 8-8@2/8")]
    // What counts is the end: term 2 was cut itself.
    [InlineData("0/0", null, "0/0>1/5 1/3>2/4>2/9 1/5>3/6>3/6", "1-5@1/5 6-6@3/6")]
    public void Entries_that_were_cut_are_on_no_way(string start, long? to, string segments, string legs) => AssertRoute(start, to, segments, legs);

    [Theory]
    [InlineData("0/0", null, "0/0>1/9 1/15>1/20", "[10..15]")]
    [InlineData("1/4", null, "1/6>1/20", "[5..6]")]
    [InlineData("1/4", 30L, "0/0>1/20", "[21..30]")]
    [InlineData("1/4", 5L, "", "[5..5]")]
    // Before the gap, but of a term that a later one may have cut.
    [InlineData("1/4", 6L, "0/0>1/9 2/15>2/20", "[10..15]")]
    public void A_gap_is_refused_and_named(string start, long? to, string segments, string missing)
    {
        var found = ArchiveRoute.Find(Segments(segments), Position(start), to is { } index ? new LogIndex(index) : null);
        Assert.Equal(missing, found.Missing.ToString());
        Assert.Contains($"entries {found.Missing!.Value.First} to {found.Missing.Value.Last} are missing", found.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_before_a_gap_and_is_of_the_term_after_it_can_be_reached() => AssertRoute("1/4", 6, "0/0>1/9 1/15>1/20", "5-6@1/6");

    [Theory]
    [InlineData("1/9", null, "0/0>1/9 1/7>2/8>2/12", "cut from the log later")]
    [InlineData("1/9", 3L, "0/0>1/9", "take an earlier backup")]
    public void A_backup_that_is_on_no_way_is_refused(string start, long? to, string segments, string problem) =>
        Assert.Contains(problem, ArchiveRoute.Find(Segments(segments), Position(start), to is { } index ? new LogIndex(index) : null).Problem, StringComparison.Ordinal);

    private static void AssertRoute(string start, long? to, string segments, string legs)
    {
        var found = ArchiveRoute.Find(Segments(segments), Position(start), to is { } index ? new LogIndex(index) : null);
        Assert.Null(found.Problem);
        Assert.Equal(legs, string.Join(' ', found.Legs.Select(l => $"{l.From.Next}-{l.To.Index}@{l.To}")));
    }

    private static ArchiveSegment[] Segments(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Segment)];

    private static ArchiveSegment Segment(string text)
    {
        var positions = text.Split('>').Select(Position).ToArray();
        var (before, last) = (positions[0], positions[^1]);
        LogPosition[] terms = positions.Length > 2 && positions[1].Index == before.Index.Next
            ? positions[1..^1]
            : [new LogPosition(positions.Length > 2 ? before.Term : last.Term, before.Index.Next), .. positions[1..^1]];
        return new ArchiveSegment(text, default, new NodeId("n"), before, last, terms, 0, 0, 0);
    }

    private static LogPosition Position(string text) => new(new Term(long.Parse(text.Split('/')[0])), new LogIndex(long.Parse(text.Split('/')[1])));
}
