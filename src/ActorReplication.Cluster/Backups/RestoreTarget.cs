using ActorReplication.Core;

namespace ActorReplication.Cluster.Backups;

/// <summary>Where a restore stops.</summary>
public abstract record RestoreTarget
{
    private RestoreTarget() { }

    /// <summary>At the backup: no archive is needed.</summary>
    public sealed record Backup : RestoreTarget;

    /// <summary>At the archive's end.</summary>
    public sealed record Latest : RestoreTarget;

    /// <summary>After this entry.</summary>
    public sealed record Position(LogIndex Index) : RestoreTarget;

    /// <summary>Before the first entry that its leader wrote later than this.</summary>
    public sealed record Time(DateTimeOffset At) : RestoreTarget;
}
