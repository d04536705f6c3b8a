using ActorReplication.Core.Log;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

/// <summary>The shape against a plain list of entries.</summary>
public sealed class LogShapeRules
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Answers_as_a_list_of_entries_would(int seed)
    {
        var draws = new Random(seed);
        var config = new Lone().Config;
        var shape = new LogShape();
        var model = new SortedDictionary<long, (long Term, int Size)>();
        long start = 0, startTerm = 0, last = 0, term = 1;
        for (var step = 0; step < 4_000; step++)
        {
            switch (draws.Next(20))
            {
                case 0:
                    var cut = start + 1 + draws.NextInt64(last - start + 1);
                    shape.CutFrom(new LogIndex(cut));
                    for (var i = cut; i <= last; i++) model.Remove(i);
                    last = Math.Min(last, cut - 1);
                    break;
                case 1 when last > start:
                    var to = start + 1 + draws.NextInt64(last - start);
                    startTerm = model[to].Term;
                    shape.StartAt(new LogPosition(new Term(startTerm), new LogIndex(to)), config, []);
                    for (var i = start; i <= to; i++) model.Remove(i);
                    start = to;
                    break;
                case 2:
                    term++;
                    break;
                default:
                    var size = 32 + draws.Next(1000);
                    shape.Append(new LogPosition(new Term(term), new LogIndex(++last)), size, null);
                    model[last] = (term, size);
                    break;
            }
            Assert.Equal(last, shape.LastIndex.Value);
            var at = start + draws.NextInt64(last - start + 1);
            Assert.Equal(at == start ? startTerm : model[at].Term, shape.TermAt(new LogIndex(at))?.Value);
            Assert.Equal(model.Where(e => e.Key > at).Sum(e => e.Value.Size), shape.Bytes(new LogIndex(at + 1), shape.LastIndex));
            if (at == last) continue;
            var limit = draws.Next(6000);
            long expected = at, bytes = 0;
            while (expected < last && (expected == at || bytes + model[expected + 1].Size <= limit)) bytes += model[++expected].Size;
            Assert.Equal(expected, shape.LastWithin(new LogIndex(at + 1), limit).Value);
        }
    }

    [Theory]
    [InlineData("3/9", "3/5")]
    [InlineData("2/9", "1/2")]
    [InlineData("3/4", "3/4")]
    [InlineData("1/1", "1/1")]
    [InlineData("0/0", "0/0")]
    public void Finds_the_latest_position_at_most_a_bound(string bound, string found)
    {
        var shape = new LogShape();
        foreach (var (term, index) in ((int, int)[])[(1, 1), (1, 2), (3, 3), (3, 4), (3, 5)])
            shape.Append(new LogPosition(new Term(term), new LogIndex(index)), 32, null);
        Assert.Equal(Lone.Position(found), shape.LatestAtMost(Lone.Position(bound)));
    }

    [Fact]
    public void A_gap_is_refused() =>
        Assert.Throws<InvariantBroken>(() => new LogShape().Append(Lone.Position("1/2"), 32, null));

    [Fact]
    public void A_term_that_falls_is_refused()
    {
        var shape = new LogShape();
        shape.Append(Lone.Position("2/1"), 32, null);
        Assert.Throws<InvariantBroken>(() => shape.Append(Lone.Position("1/2"), 32, null));
    }
}
