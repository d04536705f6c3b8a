using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Roles;

/// <summary>When this node stops waiting. Every wait has chance in it, so that two nodes seldom stop at once.</summary>
internal sealed class ElectionTimer(ReplicaState s)
{
    public Instant Deadline { get; private set; }

    public bool IsDue => s.Now >= Deadline;

    /// <summary>Since the last sign of a leader, or the last vote given, someone else has been let go first. Once is enough: whoever cannot win
    /// must not hold up those who can.</summary>
    public bool GaveWay { get; private set; }

    /// <summary>Since the last sign of a leader, or the last vote given, a candidate was refused because this node's log is longer. Then even one that is never to lead takes over,
    /// or nobody could: it brings the others level and hands on.</summary>
    public bool StandsInTheWay { get; private set; }

    public void RefusedForItsLog() => StandsInTheWay = !s.Has(Defects.NeverStandIn);

    public void LetsOthersPass() => StandsInTheWay = false;

    /// <summary>A voter with data whose journal answers and whom no pause holds back; and whose priority and state let it lead, or nobody else can: a leader whose state is lost hands on.</summary>
    public bool MayStand => !s.WaitsForOrder && (s.MayStand || (StandsInTheWay && !s.JournalHangs && s.OwnCandidacy is { Kind: MemberKind.Voter }));

    /// <summary>Silence after which a follower asks for a pre-vote: [1, 2) election timeouts.</summary>
    public void WaitForLeader()
    {
        Deadline = s.Now + (s.Options.ElectionTimeoutMs + s.Draws.Below(s.Options.ElectionTimeoutMs));
        GaveWay = false;
    }

    /// <summary>How long an election may take: [1/2, 1) election timeout.</summary>
    public void WaitForVotes() => Deadline = s.Now + (s.Options.ElectionTimeoutMs / 2 + s.Draws.Below(s.Options.ElectionTimeoutMs / 2));

    /// <summary>Pre-votes cost nobody anything: they are asked for again soon.</summary>
    public void WaitForPreVotes() => Deadline = s.Now + (s.Options.HeartbeatMs + s.Draws.Below(s.Options.HeartbeatMs));

    /// <summary>Someone else goes first: leave it time for a pre-vote and a vote, each with a journal write.</summary>
    public void GiveWay(bool afterStandingBack)
    {
        var until = s.Now + (s.Options.ElectionTimeoutMs / 4 + s.Draws.Below(s.Options.ElectionTimeoutMs / 4));
        if (!afterStandingBack && until < Deadline) until = Deadline;
        Deadline = until;
        GaveWay = true;
    }

    /// <summary>The leader is said to be gone: the highest failover priority waits least.</summary>
    public void WaitAfterSuspicion()
    {
        var until = s.Now + SuspicionDelay();
        if (until < Deadline) Deadline = until;
    }

    /// <summary>A first start: nobody has led yet.</summary>
    public void WaitAfterBootstrap() => Deadline = s.Now + SuspicionDelay();

    private int SuspicionDelay()
    {
        int ahead = 0, classes = 1;
        if (s.Config is { } config && config.Members.TryGetValue(s.Self, out var self))
        {
            foreach (var member in config.Members.Values)
            {
                if (member.Kind != MemberKind.Voter) continue;
                classes++;
                if (member.Candidacy > self.Candidacy) ahead++;
            }
        }
        var part = Math.Max(s.Options.SuspicionDelayMs / classes, 1);
        return ahead * part + s.Draws.Below(ahead == 0 ? part : part * (classes - ahead));
    }
}
