using System.Text.Json.Serialization;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http.Config;

/// <summary>The cluster's own settings, which live in the log: what they are, a change of one, and what was changed when.</summary>
internal sealed class ConfigEndpoints(IReplicaNode node, SystemSettings settings)
{
    /// <summary>Entries of the log that are looked through for changes.</summary>
    private const long Searched = 200_000;
    private const long ChunkBytes = 4 << 20;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/config", ["GET", "HEAD"], ShowAsync);
        routes.MapMethods("/api/config/history", ["GET", "HEAD"], HistoryAsync);
        ControlEndpoints.Post(routes, "/api/config/set", SetAsync);
    }

    private Task ShowAsync(HttpContext context) => context.JsonAsync(200, new SettingsView(
        [.. SystemSettings.Changeable.Select(s => new SettingRow(s.Name, settings.Get(s.Name) ?? "", s.Values, s.Meaning))]), ConfigJson.Default.SettingsView);

    private async Task SetAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(ConfigJson.Default.SettingRequest) is not { } request) return;
        if (request.Name is not { } name || SystemSettings.Changeable.All(s => s.Name != name))
        {
            await context.ProblemAsync(400, "No such setting", $"\"{request.Name}\" is none of {string.Join(", ", SystemSettings.Changeable.Select(s => s.Name))}; what stands in node.conf is changed there, and takes a restart");
            return;
        }
        switch (await settings.AlterAsync(name, request.Value, cancellation))
        {
            case null: await context.JsonAsync(200, new Done($"{name} is {settings.Get(name)} now", null, null), ApiJson.Default.Done); break;
            case BackendError.InvalidSetting wrong: await context.ProblemAsync(400, "No such value", $"{wrong.Message}. {wrong.Hint}"); break;
            case BackendError.Overloaded busy: await context.ProblemAsync(409, "Not changed", busy.Message); break;
            case BackendError.OutcomeUnknown: await context.ProblemAsync(504, "Not finished in time", "it may still happen; look at GET /api/config"); break;
            default: await context.ProblemAsync(503, "Not changed", "no leader is known; look at GET /api/cluster and try again"); break;
        }
    }

    private async Task HistoryAsync(HttpContext context)
    {
        var extent = node.Entries.Extent;
        var changes = new List<ChangeRow>();
        ClusterConfig? before = null;
        var next = new LogIndex(Math.Max(extent.Start.Value, extent.Last.Value - Searched) + 1);
        var first = next;
        while (next <= extent.Last)
        {
            var entries = await node.Entries.ReadAsync(next, extent.Last, ChunkBytes);
            if (entries.Count == 0) break;
            foreach (var entry in entries.Where(e => e.Config is not null))
            {
                var what = before is null ? ["as it was then: " + ConfigDifference.Summary(entry.Config!)] : ConfigDifference.Between(before, entry.Config!);
                if (what.Count > 0) changes.Add(new ChangeRow(entry.Index.Value, entry.Term.Value, entry.TimeMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(entry.TimeMs) : null, what));
                before = entry.Config;
            }
            next = entries[^1].Index.Next;
        }
        await context.JsonAsync(200, new HistoryView(first.Value, changes), ConfigJson.Default.HistoryView);
    }
}

internal sealed record SettingRequest(string? Name, string? Value);

internal sealed record SettingsView(IReadOnlyList<SettingRow> Settings);

/// <param name="Values">What it takes.</param>
internal sealed record SettingRow(string Name, string Value, string Values, string Meaning);

/// <param name="From">Changes before this index are not in the log any more, or lie too far back.</param>
internal sealed record HistoryView(long From, IReadOnlyList<ChangeRow> Changes);

internal sealed record ChangeRow(long Index, long Term, DateTimeOffset? At, IReadOnlyList<string> What);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 8)]
[JsonSerializable(typeof(SettingsView))]
[JsonSerializable(typeof(SettingRequest))]
[JsonSerializable(typeof(HistoryView))]
internal sealed partial class ConfigJson : JsonSerializerContext;
