using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>Who belongs to the cluster, and changes of that. Every change is one entry in the log: it is done as a whole or refused as a whole, with what to do instead.</summary>
internal sealed class MemberEndpoints(IReplicaNode node, Survey survey)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/members", ["GET", "HEAD"], async c =>
        {
            if (!await c.IsOfNoClusterAsync(node)) await c.JsonAsync(200, await ListAsync(c.RequestAborted), ApiJson.Default.MembersView);
        });
        ControlEndpoints.Post(routes, "/api/members/add", (c, cancellation) => WithNameAsync(c, (r, name) => AddAsync(c, r, name, cancellation)));
        ControlEndpoints.Post(routes, "/api/members/remove", (c, cancellation) => WithNameAsync(c, (r, name) => RemoveAsync(c, r, name, cancellation)));
        ControlEndpoints.Post(routes, "/api/members/promote", (c, cancellation) => WithNameAsync(c, (_, name) => ChangeAsync(c, new ConfigChange.Promote(name), $"{name} is a voter now", cancellation)));
        ControlEndpoints.Post(routes, "/api/members/demote", (c, cancellation) => WithNameAsync(c, (_, name) => DemoteAsync(c, name, cancellation)));
        ControlEndpoints.Post(routes, "/api/members/tag", (c, cancellation) => WithNameAsync(c, (r, name) => TagAsync(c, r, name, cancellation)));
    }

    private async Task<MembersView> ListAsync(CancellationToken cancellation)
    {
        var views = await survey.ViewsAsync(cancellation);
        var cluster = Survey.Combine(views[0], views);
        var leader = views.Where(v => v.Role == "leader").MaxBy(v => v.Term);
        var known = node.Status.Config?.Members.Values ?? [];
        var rows = known.Select(m => RowOf(m, cluster.Nodes.FirstOrDefault(n => n.Name == m.Id.Name), leader)).ToArray();
        return new MembersView(cluster.Cluster, cluster.Leader, cluster.Policy, rows, WaitingIn(views));
    }

    /// <summary>A node that knows no leader tells only those whose addresses it has.</summary>
    private static WaitingView[] WaitingIn(IReadOnlyList<NodeView> views) => [.. views.SelectMany(v => v.Waiting).DistinctBy(w => w.Name).OrderBy(w => w.Name, StringComparer.Ordinal)];

    private static MemberRow RowOf(Member member, ClusterRow? row, NodeView? leader)
    {
        var peer = leader?.Peers.FirstOrDefault(p => p.Name == member.Id.Name);
        return new MemberRow(
            member.Id.Name, member.IsJoining ? "joining" : member.Kind.ToString().ToLowerInvariant(), leader?.Name == member.Id.Name ? "leader" : peer?.State ?? row?.State ?? "unknown",
            member.FailoverPriority, member.NoSync, member.Zone, MemberTags.Delay(member.ApplyDelayMs), member.Address, member.Http.Length > 0 ? member.Http : row?.Http,
            member.Incarnation == Guid.Empty ? null : member.Incarnation.ToString("N"), row?.LagEntries, row?.LagBytes, row?.Sync, row?.Problem);
    }

    private async Task WithNameAsync(HttpContext context, Func<MemberRequest, NodeId, Task> handler)
    {
        if (await context.IsOfNoClusterAsync(node)) return;
        if (await context.BodyAsync(ApiJson.Default.MemberRequest) is not { } request) return;
        if (request.Name is not { } name || !ConfigValue.IsName(name))
            await context.ProblemAsync(400, "No such name", $"\"{request.Name}\" is not a node's name: letters, digits, - _ . only, at most 63");
        else await handler(request, new NodeId(name));
    }

    private async Task AddAsync(HttpContext context, MemberRequest request, NodeId name, CancellationToken cancellation)
    {
        var wanted = request.As ?? "voter";
        if (wanted is not ("voter" or "learner" or "witness"))
        {
            await context.ProblemAsync(400, "No such kind", $"\"{wanted}\": voter, learner or witness");
            return;
        }
        var address = request.Address ?? WaitingIn(await survey.ViewsAsync(cancellation)).FirstOrDefault(w => w.Name == name.Name)?.Address;
        if (address is null || !MemberTags.IsAddress(address))
        {
            await context.ProblemAsync(400, "No address", $"say where {name}'s own traffic is (its remote.host and remote.port): {{\"address\": \"host:port\"}}");
            return;
        }
        var member = new Member(name, wanted == "witness" ? MemberKind.Witness : MemberKind.Learner, Address: address) { IsJoining = wanted == "voter" };
        await ChangeAsync(context, new ConfigChange.Add(member), wanted switch
        {
            "voter" => $"{name} is a member now; it copies the data and becomes a voter when it has caught up (see member list)",
            "learner" => $"{name} is a member now; it copies the data and serves reads",
            _ => $"{name} is a witness now: it votes and holds no data",
        }, cancellation);
    }

    private async Task RemoveAsync(HttpContext context, MemberRequest request, NodeId name, CancellationToken cancellation)
    {
        if (await LeadsElsewhereAsync(context, name, cancellation))
            await ChangeAsync(context, new ConfigChange.Remove(name, request.Anyway), $"{name} is no member any more; stop it", cancellation);
    }

    private async Task DemoteAsync(HttpContext context, NodeId name, CancellationToken cancellation)
    {
        if (await LeadsElsewhereAsync(context, name, cancellation))
            await ChangeAsync(context, new ConfigChange.Demote(name), $"{name} is a learner now", cancellation);
    }

    /// <summary>A leader that is to go hands over first, if somebody is there to take over; if not, the change says why it is refused.</summary>
    private async Task<bool> LeadsElsewhereAsync(HttpContext context, NodeId name, CancellationToken cancellation)
    {
        if (node.Status.Leader != name || node.Status.Config is not { } config) return true;
        if (!config.Members.Values.Any(m => m.Id != name && m is { Kind: MemberKind.Voter, Candidacy: > 0 })) return true;
        using var change = new LeaderWatch(node);
        var handover = await node.TransferLeadershipAsync(null, cancellation);
        if (handover.Succeeded)
        {
            await change.NewLeaderAsync(name, cancellation);
            return true;
        }
        await context.ProblemAsync(Answers.StatusOf(handover), "Nothing changed", $"{name} leads and could not hand over: {Answers.AdviceOf(handover)}");
        return false;
    }

    private async Task TagAsync(HttpContext context, MemberRequest request, NodeId name, CancellationToken cancellation)
    {
        if (request.Tags is not { Count: > 0 } tags)
        {
            await context.ProblemAsync(400, "No tag", $"say which: {{\"tags\": {{\"zone\": \"east\"}}}}; there are: {MemberTags.Known}");
            return;
        }
        // A member that this node does not know: the leader says so.
        var member = node.Status.Config?.Members.GetValueOrDefault(name) ?? new Member(name, MemberKind.Learner);
        foreach (var (key, value) in tags)
        {
            if (MemberTags.Set(ref member, key, value) is not { } problem) continue;
            await context.ProblemAsync(400, "No such tag", problem);
            return;
        }
        await ChangeAsync(context, new ConfigChange.Retag(member), $"{name}: {string.Join(", ", tags.Select(t => $"{t.Key}={t.Value}"))}", cancellation);
    }

    private async Task ChangeAsync(HttpContext context, ConfigChange change, string done, CancellationToken cancellation)
    {
        var result = await node.ChangeConfigAsync(change, cancellation);
        if (result.Succeeded) await context.JsonAsync(200, new Done(done, node.Status.Leader?.Name, null), ApiJson.Default.Done);
        else await context.ProblemAsync(Answers.StatusOf(result), "Nothing changed", Answers.AdviceOf(result));
    }
}
