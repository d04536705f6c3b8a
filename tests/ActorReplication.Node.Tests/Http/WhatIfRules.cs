using ActorReplication.Node.Configuration;
using ActorReplication.Node.Http;
using ActorReplication.Node.Http.Outlook;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

public sealed class WhatIfRules
{
    private static readonly ReplicationSettings Timings = new(50, 600, 250, 0, 0, 0, 0);

    [Fact]
    public void The_one_with_the_longest_log_would_win_and_under_async_the_rest_is_lost()
    {
        var view = WhatIf.Of([Node("n1", "leader", 20), Node("n2", "follower", 15), Node("n3", "follower", 17)], Timings);
        Assert.Equal(("n3", 3L), (view.Winner, view.LostEntries));
        Assert.Equal(0, WhatIf.Of([Node("n1", "leader", 20, "quorum"), Node("n2", "follower", 15, "quorum"), Node("n3", "follower", 17, "quorum")], Timings).LostEntries);
    }

    [Fact]
    public void Priority_decides_among_equals_and_0_never_wins()
    {
        Assert.Equal("n3", WhatIf.Of([Node("n1", "leader", 20, n2: 50), Node("n2", "follower", 20), Node("n3", "follower", 20)], Timings).Winner);
        Assert.Equal("n3", WhatIf.Of([Node("n1", "leader", 20, n2: 0), Node("n2", "follower", 20), Node("n3", "follower", 15)], Timings).Winner);
    }

    [Fact]
    public void Without_a_majority_or_while_paused_nobody_would()
    {
        Assert.NotNull(WhatIf.Of([Node("n1", "leader", 20), Node("n2", "follower", 20)], Timings).Problem);
        Assert.Contains("paused", WhatIf.Of([Node("n1", "leader", 20) with { Paused = true }, Node("n2", "follower", 20), Node("n3", "follower", 20)], Timings).Problem);
    }

    private static NodeView Node(string name, string role, long durable, string policy = "async", int n2 = 100) => new(
        name, "c", "i", role, true, 1, "n1", 20, durable, 20, durable, policy, "", false, "", "",
        [.. ((string[])["n1", "n2", "n3"]).Select(n => new MemberView(n, "voter", n == "n2" ? n2 : 100, "", "", ""))], [], 0, 0, null, "1", 0, 0);
}
