using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Node.Configuration;
using Xunit;

namespace ActorReplication.Node.Tests.Configuration;

public sealed class PolicySpelling
{
    [Theory]
    [InlineData("", PolicyKind.Async, 0, "")]
    [InlineData("async", PolicyKind.Async, 0, "")]
    [InlineData("Semi-Sync", PolicyKind.SemiSync, 1, "")]
    [InlineData("ANY 1 (*)", PolicyKind.SemiSync, 1, "")]
    [InlineData("quorum", PolicyKind.Quorum, 0, "")]
    [InlineData("sync", PolicyKind.Sync, 0, "")]
    [InlineData("any 2 (*)", PolicyKind.AnyOf, 2, "")]
    [InlineData("ANY 1 (a, \"b-1\")", PolicyKind.AnyOf, 1, "a b-1")]
    [InlineData("FIRST 2 (a, b, c)", PolicyKind.FirstOf, 2, "a b c")]
    [InlineData("2 (a,b)", PolicyKind.FirstOf, 2, "a b")]
    [InlineData("a, b", PolicyKind.FirstOf, 1, "a b")]
    [InlineData("*", PolicyKind.FirstOf, 1, "")]
    [InlineData("\"quorum\"", PolicyKind.FirstOf, 1, "quorum")]
    public void Is_read(string text, PolicyKind kind, int count, string names)
    {
        Assert.True(PolicyText.TryParse(text, out var policy, out var problem), problem);
        Assert.Equal((kind, count, names), (policy.Kind, policy.Count, string.Join(' ', policy.Names.Select(n => n.Name))));
    }

    [Theory]
    [InlineData("ANY 0 (*)")]
    [InlineData("ANY 2 (a)")]
    [InlineData("FIRST 1 (a, a)")]
    [InlineData("FIRST 1 (a, *)")]
    [InlineData("FIRST 1 (a")]
    [InlineData("FIRST 1 ()")]
    [InlineData("FIRST 1 (a) b")]
    [InlineData("a b")]
    [InlineData("a,")]
    [InlineData("(a)")]
    [InlineData("\"a")]
    public void Is_refused(string text)
    {
        Assert.False(PolicyText.TryParse(text, out _, out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void Is_written_as_PostgreSQL_writes_it()
    {
        Assert.Equal("ANY 2 (*)", PolicyText.Format(DurabilityPolicy.Quorum, 5));
        Assert.Equal("ANY 4 (*)", PolicyText.Format(DurabilityPolicy.Sync, 5));
        Assert.Equal("FIRST 2 (a, \"b-1\")", PolicyText.Format(DurabilityPolicy.FirstOf(2, new NodeId("a"), new NodeId("b-1")), 3));
        Assert.Equal("", PolicyText.Format(DurabilityPolicy.Async, 3));
    }
}
