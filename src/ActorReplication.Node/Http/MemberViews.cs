namespace ActorReplication.Node.Http;

/// <summary>The cluster's members: <c>GET /api/members</c>.</summary>
/// <param name="Waiting">Nodes that have asked to be let in lately and are no members.</param>
internal sealed record MembersView(string Cluster, string? Leader, string Policy, IReadOnlyList<MemberRow> Members, IReadOnlyList<WaitingView> Waiting);

/// <param name="Kind">voter, learner, witness; joining: a learner that becomes a voter when it has caught up.</param>
/// <param name="ApplyDelay">A duration such as 1h; 0 = none.</param>
/// <param name="Incarnation">Which data folder it has; null as long as the leader has not heard from it.</param>
internal sealed record MemberRow(
    string Name, string Kind, string State, int FailoverPriority, bool NoSync, string Zone, string ApplyDelay, string Address, string? Http, string? Incarnation,
    long? LagEntries, long? LagBytes, string? Sync, string? Problem);

internal sealed record WaitingView(string Name, string Address);

/// <summary>The body of every request about one member; each takes what it knows.</summary>
/// <param name="Address">host:port of its own traffic.</param>
/// <param name="As">voter (after it has caught up), learner or witness.</param>
/// <param name="Anyway">Remove it even if the policy then waits for more followers than are left.</param>
/// <param name="Tags">Key and value; an empty value is the default.</param>
internal sealed record MemberRequest(string? Name, string? Address, string? As, bool Anyway, IReadOnlyDictionary<string, string>? Tags);
