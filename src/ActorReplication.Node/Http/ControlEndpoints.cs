using System.Text.Json;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>What changes the cluster. Each answers when it is done, or says in a problem document what to do.</summary>
internal sealed class ControlEndpoints(IReplicaNode node, NodeReport report, Survey survey)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public void Map(IEndpointRouteBuilder routes)
    {
        Post(routes, "/api/leader/switchover", SwitchoverAsync);
        Post(routes, "/api/leader/failover", FailoverAsync);
        Post(routes, "/api/replication/policy", PolicyAsync);
        Post(routes, "/api/replication/pause", (c, cancellation) => SetFailoverAsync(c, ClusterConfig.Paused, "failover is paused: nobody takes over by itself", cancellation));
        Post(routes, "/api/replication/resume", (c, cancellation) => SetFailoverAsync(c, null, "followers take over by themselves again", cancellation));
    }

    /// <summary>Routes a request that changes something: an answer comes in bounded time. (<see cref="ForeignRequests"/> has looked at where it comes from.)</summary>
    internal static void Post(IEndpointRouteBuilder routes, string path, Func<HttpContext, CancellationToken, Task> handler, TimeSpan? patience = null) => routes.MapMethods(path, ["POST"], async context =>
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limited.CancelAfter(patience ?? Patience);
        try
        {
            await handler(context, limited.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await context.ProblemAsync(504, "Not finished in time", "it may still happen; look at GET /api/cluster");
        }
    });

    private async Task SwitchoverAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(ApiJson.Default.LeaderRequest) is not { } request) return;
        if (request.To is { } name && !await IsMemberAsync(context, name)) return;
        var before = node.Status.Leader;
        if (request.To is not null && request.To == before?.Name)
        {
            await context.JsonAsync(200, new Done($"{request.To} leads already", request.To, null), ApiJson.Default.Done);
            return;
        }
        using var change = new LeaderWatch(node);
        var result = await node.TransferLeadershipAsync(request.To is null ? null : new NodeId(request.To), cancellation);
        if (!result.Succeeded)
        {
            await context.ProblemAsync(Answers.StatusOf(result), "No switchover", Answers.AdviceOf(result));
            return;
        }
        var leader = await change.NewLeaderAsync(before, cancellation);
        await context.JsonAsync(200, new Done($"{leader} leads now", leader.Name, null), ApiJson.Default.Done);
    }

    private async Task FailoverAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(ApiJson.Default.LeaderRequest) is not { } request) return;
        if (request.To is null)
        {
            await context.ProblemAsync(400, "Nobody named", "say which node is to lead: {\"to\": \"n2\"}");
            return;
        }
        if (!await IsMemberAsync(context, request.To)) return;
        if (request.To != node.Status.Name.Name)
        {
            // Standing for election is something that node has to do itself.
            if (!await survey.TryPassOnAsync(context, request.To, "/api/leader/failover", JsonSerializer.Serialize(request, ApiJson.Default.LeaderRequest), cancellation))
                await context.ProblemAsync(503, "No failover", $"{request.To} does not answer on its HTTP port; choose another node");
            return;
        }
        if (node.Status is { Role: Role.Leader, Serving: true })
        {
            await context.JsonAsync(200, new Done($"{request.To} leads already", request.To, null), ApiJson.Default.Done);
            return;
        }
        using var change = new LeaderWatch(node);
        var result = await node.CampaignAsync(cancellation);
        if (!result.Succeeded)
        {
            await context.ProblemAsync(Answers.StatusOf(result), "No failover", Answers.AdviceOf(result));
            return;
        }
        await change.LeadsAsync(cancellation);
        await context.JsonAsync(200, new Done($"{request.To} leads now", request.To, null), ApiJson.Default.Done);
    }

    private async Task PolicyAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(ApiJson.Default.PolicyRequest) is not { } request) return;
        if (request.Policy is null || !PolicyText.TryParse(request.Policy, out var policy, out var problem))
        {
            await context.ProblemAsync(400, "No such policy", $"\"{request.Policy}\": async, semi-sync, quorum, sync, or PostgreSQL's spelling such as ANY 1 (*)");
            return;
        }
        var afterMs = 0L;
        if (request.OnMissingAcks is { } missing && !MissingAcksText.TryParse(missing, out afterMs))
        {
            await context.ProblemAsync(400, "No such setting", $"onMissingAcks: \"{missing}\": {MissingAcksText.Known}");
            return;
        }
        policy = policy with { DegradeAfterMs = afterMs };
        foreach (var name in policy.Names) if (!await IsMemberAsync(context, name.Name)) return;
        var result = await node.ChangeConfigAsync(new ConfigChange.SetPolicy(policy, request.OnMissingAcks is null ? PolicyPart.Copies : PolicyPart.All), cancellation);
        if (result.Succeeded) await context.JsonAsync(200, new Done($"the policy is {PolicyText.Name(policy)} now", null, PolicyText.Name(policy)), ApiJson.Default.Done);
        else await context.ProblemAsync(Answers.StatusOf(result), "Policy not changed", Answers.AdviceOf(result));
    }

    private async Task SetFailoverAsync(HttpContext context, string? value, string message, CancellationToken cancellation)
    {
        var result = await node.ChangeConfigAsync(new ConfigChange.SetSetting(ClusterConfig.FailoverSetting, value), cancellation);
        if (result.Succeeded) await context.JsonAsync(200, new Done(message, null, null), ApiJson.Default.Done);
        else await context.ProblemAsync(Answers.StatusOf(result), "Not changed", Answers.AdviceOf(result));
    }

    private async Task<bool> IsMemberAsync(HttpContext context, string name)
    {
        var members = report.Own().Members;
        if (members.Any(m => m.Name == name)) return true;
        await context.ProblemAsync(412, "No such member", $"\"{name}\" is none of {string.Join(", ", members.Select(m => m.Name))}");
        return false;
    }
}
