namespace ActorReplication.Core.Tests.Simulation.Plan;

/// <summary>A lean of the swarm towards what a certain kind of defect needs to show itself.</summary>
internal enum Profile { Any, WideQuorum, Witness, Lease, PolicyChange, Reads }

internal static class Profiles
{
    /// <summary>Half of the seeds lean nowhere, the others to each side in turn.</summary>
    public static Profile Of(ulong seed) => seed % 2 == 0 ? Profile.Any : (Profile)(seed / 2 % (ulong)Enum.GetValues<Profile>().Length);
}
