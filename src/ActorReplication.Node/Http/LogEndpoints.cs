using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Journal;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>The log, entry by entry; where each node stands in it; and whether it can be read. <c>?node=</c> asks another node.</summary>
internal sealed class LogEndpoints(IReplicaNode node, Survey survey, NodeSettings settings)
{
    private const int DefaultEntries = 20;
    private const int MostEntries = 1000;
    private const long MostBytes = 32 << 20;

    public void Map(IEndpointRouteBuilder routes)
    {
        Get(routes, "/api/log", ShowAsync);
        Get(routes, "/api/log/position", c => c.JsonAsync(200, Position(), ApiJson.Default.LogPositionView));
        routes.MapMethods("/api/log/positions", ["GET", "HEAD"], async c => await c.JsonAsync(200, await PositionsAsync(c.RequestAborted), ApiJson.Default.IReadOnlyListLogPositionView));
        Get(routes, "/api/log/verify", VerifyAsync);
    }

    private void Get(IEndpointRouteBuilder routes, string path, RequestDelegate handler) => routes.MapMethods(path, ["GET", "HEAD"], async context =>
    {
        if (!await survey.TryForwardAsync(context, path)) await handler(context);
    });

    private async Task ShowAsync(HttpContext context)
    {
        if (!TryNumber(context, "from", out var from) || !TryNumber(context, "to", out var to) || !TryNumber(context, "last", out var newest))
        {
            await context.ProblemAsync(400, "Not a number", "from, to and last are whole numbers from 1: log indices, and how many of the newest entries");
            return;
        }
        if (from > to)
        {
            await context.ProblemAsync(400, "Nothing between", $"from {from} lies behind to {to}");
            return;
        }
        var extent = node.Entries.Extent;
        var last = new LogIndex(Math.Min(to ?? long.MaxValue, extent.Last.Value));
        var wanted = from ?? Math.Max(extent.Start.Value + 1, last.Value - (newest ?? DefaultEntries) + 1);
        if (wanted <= extent.Start.Value || wanted > extent.Last.Value)
        {
            await context.ProblemAsync(404, "Not in the log", extent.Last == extent.Start ? "this node's log is empty" : $"this node's log goes from {extent.Start.Next} to {extent.Last}");
            return;
        }
        if (last.Value - wanted >= MostEntries)
        {
            if (to is not null && from is not null)
            {
                await context.ProblemAsync(400, "Too many", $"at most {MostEntries} entries at once; ask again from where the answer ends");
                return;
            }
            last = new LogIndex(wanted + MostEntries - 1);
        }
        var entries = await ReadAsync(new LogIndex(wanted), last);
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(LogText.Write(entries, node.Database.ReadNames(), context.Request.Query.ContainsKey("full"), last), context.RequestAborted);
    }

    private async Task<IReadOnlyList<LogEntry>> ReadAsync(LogIndex first, LogIndex last)
    {
        var entries = new List<LogEntry>();
        var bytes = 0L;
        while (first <= last && bytes < MostBytes)
        {
            var read = await node.Entries.ReadAsync(first, last, MostBytes - bytes);
            if (read.Count == 0) break;
            entries.AddRange(read);
            bytes += read.Sum(e => (long)e.SizeBytes);
            first = read[^1].Index.Next;
        }
        return entries;
    }

    private LogPositionView Position()
    {
        var (status, extent) = (node.Status, node.Entries.Extent);
        return new LogPositionView(status.Name.Name, status.Role == Role.Leader ? "leader" : "follower", extent.Start.Value + 1, extent.Last.Value, status.Last.Term.Value, status.Durable.Value, status.Commit.Value, status.Applied.Value, extent.Bytes);
    }

    private async Task<IReadOnlyList<LogPositionView>> PositionsAsync(CancellationToken cancellation) =>
        [.. (await survey.AskAllAsync("/api/log/position", ApiJson.Default.LogPositionView, cancellation)).Append(Position()).OrderBy(p => p.Node, StringComparer.Ordinal)];

    private async Task VerifyAsync(HttpContext context)
    {
        var folder = Path.Combine(settings.DataFolder, "journal");
        var files = Directory.Exists(folder) ? await JournalCheck.RunAsync(folder, context.RequestAborted) : null;
        var entries = await node.Entries.CheckAsync(context.RequestAborted);
        var problem = files?.Damage?.Message ?? entries.Problem;
        await context.JsonAsync(200, new LogCheckView(node.Status.Name.Name, problem is null, files?.Segments, files?.Records, files?.Bytes,
            entries.First.Value, entries.Last.Value, entries.Entries, entries.Bytes, problem), ApiJson.Default.LogCheckView);
    }

    /// <summary>True with null when it is not given.</summary>
    private static bool TryNumber(HttpContext context, string name, out long? number)
    {
        number = null;
        if (context.Request.Query[name] is not [{ } text]) return true;
        if (!long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value) || value < 1) return false;
        number = value;
        return true;
    }
}

/// <param name="First">Index of the first entry in the log; one more than <paramref name="Last"/> when it is empty.</param>
internal sealed record LogPositionView(string Node, string Role, long First, long Last, long LastTerm, long Durable, long Commit, long Applied, long Bytes);

/// <param name="Segments">Journal files read, their records and bytes; null where another journal than the built-in one is used.</param>
/// <param name="Problem">What is wrong; null when nothing is.</param>
internal sealed record LogCheckView(string Node, bool Sound, int? Segments, long? Records, long? FileBytes, long First, long Last, long Entries, long EntryBytes, string? Problem);
