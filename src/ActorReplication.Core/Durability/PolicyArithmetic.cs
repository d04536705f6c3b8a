namespace ActorReplication.Core.Durability;

/// <summary>The numbers behind a policy's name.</summary>
internal static class PolicyArithmetic
{
    /// <summary>A commit waits for no follower.</summary>
    public static bool IsAsync(this DurabilityPolicy policy) => policy.Kind switch
    {
        PolicyKind.Async => true,
        PolicyKind.FirstOf or PolicyKind.AnyOf => policy.Count <= 0,
        _ => false,
    };

    /// <summary>k, for <paramref name="dataVoters"/> voters that hold data (the leader among them).</summary>
    public static int FollowersFor(this DurabilityPolicy policy, int dataVoters) => policy.Kind switch
    {
        PolicyKind.Async => 0,
        PolicyKind.SemiSync => 1,
        PolicyKind.Quorum => dataVoters / 2,
        PolicyKind.Sync => Math.Max(dataVoters - 1, 0),
        _ => Math.Max(policy.Count, 0),
    };

    public static bool Counts(this DurabilityPolicy policy, NodeId id) =>
        policy.Kind is not (PolicyKind.FirstOf or PolicyKind.AnyOf) || policy.Names.IsDefaultOrEmpty || policy.Names.Contains(id);

    public static bool SameAs(this DurabilityPolicy a, DurabilityPolicy b)
    {
        if (a.Kind != b.Kind || a.DegradeAfterMs != b.DegradeAfterMs) return false;
        if (a.Kind is not (PolicyKind.FirstOf or PolicyKind.AnyOf)) return true;
        var left = a.Names.IsDefault ? [] : a.Names;
        var right = b.Names.IsDefault ? [] : b.Names;
        return a.Count == b.Count && left.AsSpan().SequenceEqual(right.AsSpan());
    }
}
