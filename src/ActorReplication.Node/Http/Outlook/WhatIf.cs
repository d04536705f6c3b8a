using System.Text.Json.Serialization;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http.Outlook;

/// <summary>What would happen if the leader died now: who would win, what would be lost, how long it would take. From what the nodes say of themselves at this moment; nothing is tried.</summary>
internal static class WhatIf
{
    public static void Map(IEndpointRouteBuilder routes, Survey survey, NodeSettings settings) => routes.MapMethods("/api/leader/what-if", ["GET", "HEAD"], async context =>
    {
        var view = Of(await survey.ViewsAsync(context.RequestAborted), settings.Replication);
        await context.JsonAsync(200, view, OutlookJson.Default.WhatIfView);
    });

    internal static WhatIfView Of(IReadOnlyList<NodeView> answered, ReplicationSettings timings)
    {
        var leader = answered.Where(n => n.Role == "leader").MaxBy(n => n.Term);
        var newest = leader ?? answered.MaxBy(n => n.Term)!;
        var candidates = newest.Members.Where(m => m.Name != leader?.Name).Select(m => CandidateOf(m, answered.FirstOrDefault(n => n.Name == m.Name)))
            .OrderByDescending(c => c.MayWin).ThenByDescending(c => c.Durable).ThenByDescending(c => c.FailoverPriority).ThenBy(c => c.Name, StringComparer.Ordinal).ToArray();
        var voters = newest.Members.Count(m => m.Kind is "voter" or "witness");
        var votes = newest.Members.Count(m => m.Kind is "voter" or "witness" && m.Name != leader?.Name && answered.Any(n => n.Name == m.Name));
        var winner = candidates.FirstOrDefault(c => c.MayWin);
        var problem = newest.Paused ? "automatic failover is paused: nobody would take over"
            : votes * 2 <= voters ? $"only {votes} of {voters} votes would be left: nobody could win"
            : winner is null ? "no node that answers may lead" : null;
        // Under every other policy what was acknowledged is on a node without which no election is won.
        var lost = newest.Policy == "async" && leader is not null && winner is not null ? Math.Max(0, leader.Commit - winner.Durable) : 0;
        return new WhatIfView(leader?.Name, problem is null ? winner!.Name : null, problem, lost, newest.Policy,
            timings.HeartbeatMs * 2, timings.ElectionTimeoutMs * 3, candidates);
    }

    private static CandidateView CandidateOf(MemberView member, NodeView? node) => new(
        member.Name, node is not null && member.Kind == "voter" && member.FailoverPriority > 0, member.FailoverPriority, node?.Durable ?? 0,
        node is null ? "does not answer" : member.Kind != "voter" ? $"is a {member.Kind}" : member.FailoverPriority == 0 ? "failover-priority is 0" : $"has the log up to {node.Durable}");
}

/// <param name="LostEntries">Acknowledged commits that the winner lacks; only under async more than 0.</param>
/// <param name="CrashMs">About how long an election takes after a crash, which breaks connections; <paramref name="SilenceMs"/>: at most, after a power cut or a cut cable, which only silence tells.</param>
internal sealed record WhatIfView(string? Leader, string? Winner, string? Problem, long LostEntries, string Policy, int CrashMs, int SilenceMs, IReadOnlyList<CandidateView> Candidates);

/// <param name="Durable">Last entry on its disk.</param>
internal sealed record CandidateView(string Name, bool MayWin, int FailoverPriority, long Durable, string Why);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WhatIfView))]
internal sealed partial class OutlookJson : JsonSerializerContext;
