using System.Text.Json;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>A member whose copy is to be made anew. One that still is who it was throws only its database away. One whose folder was emptied is another node under a known name: it is
/// taken out and let in again with the same tags, as a learner that becomes what it was when it has caught up.</summary>
internal sealed class MemberReinit(IReplicaNode node, Survey survey)
{
    private const string Path = "/api/members/reinit";

    public void Map(IEndpointRouteBuilder routes) => ControlEndpoints.Post(routes, Path, ReinitAsync);

    private async Task ReinitAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.IsOfNoClusterAsync(node)) return;
        if (await context.BodyAsync(ApiJson.Default.MemberRequest) is not { } request) return;
        if (node.Status.Config is not { } config || request.Name is not { } name || !config.Members.TryGetValue(new NodeId(name), out var member))
        {
            await context.ProblemAsync(412, "Nothing changed", $"'{request.Name}' is none of the members {string.Join(", ", node.Status.Config?.Members.Keys ?? [])}");
            return;
        }
        if (await survey.ViewAsync(name, cancellation) is not { } view)
        {
            await context.ProblemAsync(503, "Nothing changed", $"{name} does not answer on its HTTP port, or another node answers there (then set http.peers): start it, on its old data folder or on an empty one; if it is lost, member remove {name}");
            return;
        }
        if (IsAnother(member, view)) await ReplaceAsync(context, member, cancellation);
        else if (node.Status.Leader?.Name == name) await context.ProblemAsync(412, "Nothing changed", $"{name} leads, so its copy is the one that counts: leader switchover first");
        else if (name == node.Status.Name.Name) await AnswerAsync(context, await node.ReinitAsync(cancellation), $"{name} copies the leader's database anew");
        else if (!await survey.TryPassOnAsync(context, name, Path, JsonSerializer.Serialize(request, ApiJson.Default.MemberRequest), cancellation))
            await context.ProblemAsync(503, "Nothing changed", $"{name} does not answer on its HTTP port any more: try again");
    }

    private static bool IsAnother(Member member, NodeView view) =>
        view.Cluster == ClusterId.None.ToString() || (member.Incarnation != Guid.Empty && member.Incarnation.ToString("N") != view.Incarnation);

    private async Task ReplaceAsync(HttpContext context, Member member, CancellationToken cancellation)
    {
        var fresh = new Member(member.Id, member.Kind == MemberKind.Witness ? MemberKind.Witness : MemberKind.Learner, member.FailoverPriority, member.NoSync, member.Address)
        {
            IsJoining = member.Kind == MemberKind.Voter || member.IsJoining,
            Zone = member.Zone,
            ApplyDelayMs = member.ApplyDelayMs,
        };
        var removed = await node.ChangeConfigAsync(new ConfigChange.Remove(member.Id, Anyway: true), cancellation);
        if (!removed.Succeeded)
        {
            await AnswerAsync(context, removed, "");
            return;
        }
        var added = await node.ChangeConfigAsync(new ConfigChange.Add(fresh), cancellation);
        if (!added.Succeeded) added = added with { Message = $"{member.Id} was taken out and not let in again ({added.Message}): actorctl member add {member.Id} --address {member.Address}" };
        await AnswerAsync(context, added, $"{member.Id} has an empty data folder: it was taken out and let in as a new node, and copies the data{(fresh.IsJoining ? "; it becomes a voter when it has caught up" : "")}");
    }

    private Task AnswerAsync(HttpContext context, ControlResult result, string done) => result.Succeeded
        ? context.JsonAsync(200, new Done(done, node.Status.Leader?.Name, null), ApiJson.Default.Done)
        : context.ProblemAsync(Answers.StatusOf(result), "Nothing changed", Answers.AdviceOf(result));
}
