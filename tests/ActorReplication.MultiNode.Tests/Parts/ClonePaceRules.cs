using ActorReplication.Cluster.Peers;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class ClonePaceRules
{
    private const int Piece = 128 << 10;

    [Fact]
    public void Nothing_is_held_back_while_nobody_writes()
    {
        var pace = new ClonePace(7, 0);
        for (var ms = 0; ms < 1000; ms += 20)
        {
            pace.Look(7, ms);
            for (var i = 0; i < 1000; i++) Send(pace);
            Assert.True(pace.Allows);
        }
    }

    [Fact]
    public void Beside_commits_a_second_carries_its_share_and_no_more()
    {
        var pace = new ClonePace(0, 0);
        var sent = 0L;
        for (var ms = 20; ms <= 1000; ms += 20)
        {
            pace.Look(ms, ms);
            while (pace.Allows) sent += Send(pace);
        }
        Assert.InRange(sent, ClonePace.BytesPerSecond - Piece, ClonePace.BytesPerSecond + Piece);
    }

    [Fact]
    public void What_was_not_used_for_long_is_not_sent_at_once()
    {
        var pace = new ClonePace(0, 0);
        pace.Look(1, 10_000);
        var sent = 0L;
        while (pace.Allows) sent += Send(pace);
        Assert.InRange(sent, 1, ClonePace.BytesPerSecond / 5);
    }

    private static int Send(ClonePace pace)
    {
        pace.Sent(Piece);
        return Piece;
    }
}
