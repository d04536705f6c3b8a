using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Log;

/// <summary>What a leader knows of one other member, and where it is with sending to it. The modes and who moves between them:
/// probe → stream when a position is confirmed; stream → probe when the peer lacks one; either → snapshot when what the peer needs is
/// compacted; snapshot → probe when the shell says it is installed, or failed.</summary>
internal sealed class PeerProgress(Member member, LogIndex next, Instant now)
{
    public Member Member { get; set; } = member;
    public NodeId Id => Member.Id;
    public PeerMode Mode { get; set; } = PeerMode.Probe;

    /// <summary>A snapshot is to be sent as soon as this is applied here; null: none is waiting.</summary>
    public LogIndex? SnapshotOwedAt { get; set; }

    /// <summary>The next entry to send.</summary>
    public LogIndex Next { get; set; } = next;

    /// <summary>Probe: the position that the peer has been asked about, and in which round.</summary>
    public LogIndex ProbeAt { get; set; }
    public long ProbeRound { get; set; }

    /// <summary>What it had flushed when it was asked.</summary>
    public LogIndex ProbeFlushed { get; set; }

    /// <summary>Its log matches ours up to here: in its memory, on its disk. Only memory may be lost.</summary>
    public LogIndex Received { get; set; }
    public LogIndex Flushed { get; set; }
    public LogIndex Applied { get; set; }

    /// <summary>The highest commit index it was told.</summary>
    public LogIndex CommitSent { get; set; }

    /// <summary>When it was last sent a message for the commit index alone.</summary>
    public Instant? NoticedAt { get; set; }

    /// <summary>The latest of our rounds that it has answered.</summary>
    public long Round { get; set; }

    public Instant HeardAt { get; set; } = now;

    /// <summary>When that round began: then at the latest it still followed us. Its answers may have waited here for long.</summary>
    public Instant FollowedAt { get; set; } = now;
    public bool Suspected { get; set; }
    public InflightWindow Inflight { get; } = new();
}
