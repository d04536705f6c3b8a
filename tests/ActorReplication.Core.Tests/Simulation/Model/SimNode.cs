using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Engine;

namespace ActorReplication.Core.Tests.Simulation.Model;

/// <summary>One simulated node: what survives a crash (journal, checkpointed database), what does not, and the shadows that checks compare with.</summary>
internal sealed class SimNode(int number, char role)
{
    public int Number { get; } = number;
    public NodeId Id { get; } = new(((char)('a' + number)).ToString());

    /// <summary>Its letter in <see cref="Plan.Scenario.Roles"/>.</summary>
    public char InitialRole { get; } = role;
    public bool IsDataless => InitialRole is 'w' or 't';

    public SimDisk Disk { get; } = new();

    /// <summary>As readers see it. Survives the death of the process.</summary>
    public StateMachine Database { get; set; } = new();

    /// <summary>As it would come back after losing power.</summary>
    public StateMachine Checkpoint { get; set; } = new();

    public Replica? Replica { get; set; }
    public bool IsUp => Replica is not null;
    public int Incarnation { get; set; }
    public SimClock Clock { get; set; }
    public long PausedUntil { get; set; }
    public int CrashDepth { get; set; }

    public bool IsApplying { get; set; }
    public int ApplyEpoch { get; set; }
    public bool IsInstalling { get; set; }

    /// <summary>In the step that tells Core of a new database.</summary>
    public bool IsFinishingInstall { get; set; }
    public int SlowDiskMicros { get; set; }
    public Gate Gate { get; } = new();

    /// <summary>By peer: the snapshot on its way to it, and in which term it was begun; number 0: none.</summary>
    public (long Number, Term Term)[] SnapshotsUnderWay { get; } = new (long, Term)[Plan.Scenario.MaxNodes];

    public Instant LeaseUntil { get; set; } = new(long.MinValue);
    public Term LeaseTerm { get; set; }
    public bool HoldsLease(long now) => IsUp && Clock.At(now) < LeaseUntil;

    // What the last step left behind, for comparison with the next.
    public Role Role { get; set; }
    public Term Term { get; set; }
    public LogIndex Commit { get; set; }
    public LogIndex Firm { get; set; }
    public LogIndex Durable { get; set; }
    public bool CutCommitted { get; set; }

    /// <summary>The configuration it counts by, as its outputs told.</summary>
    public ClusterConfig? Adopted { get; set; }

    public Term PreVoteTerm { get; set; }
    public ulong PreVotes { get; set; }
    public bool ElectionForced { get; set; }

    /// <summary>As the outputs tell it, in their order: a step may end what it began with.</summary>
    public bool IsDegraded { get; set; }
    public bool SawLeaseRemaining { get; set; }

    /// <summary>Counters of this node's own draws.</summary>
    public long Fsyncs, Applies, Gates, Crashes, Suspicions;

    public ClusterConfig? Config => Replica?.Config;

    public void Forget()
    {
        Replica = null;
        IsApplying = IsInstalling = false;
        Array.Clear(SnapshotsUnderWay);
        LeaseUntil = new Instant(long.MinValue);
        LeaseTerm = Term.Zero;
        Firm = LogIndex.Zero;
        PreVotes = 0;
        PreVoteTerm = Term.Zero;
        ElectionForced = IsDegraded = SawLeaseRemaining = CutCommitted = false;
    }
}
