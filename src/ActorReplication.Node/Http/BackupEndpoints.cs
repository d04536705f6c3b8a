using ActorReplication.Cluster;
using ActorReplication.Cluster.Archive;
using ActorReplication.Cluster.Backups;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>Base backups, taken by this node and read by it: folders are those of its machine. Taking and verifying may last; they are begun, and asked after.</summary>
internal sealed class BackupEndpoints(IReplicaNode node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        ControlEndpoints.Post(routes, "/api/backup/take", TakeAsync);
        ControlEndpoints.Post(routes, "/api/backup/verify", VerifyAsync);
        routes.MapMethods("/api/backup/job", ["GET"], ShowJobAsync);
        routes.MapMethods("/api/backup/list", ["GET"], ListAsync);
        routes.MapMethods("/api/backup/archive", ["GET"], ShowArchiveAsync);
    }

    private async Task TakeAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(BackupJson.Default.BackupRequest) is not { } request || await FolderOf(context, request.Folder) is not { } folder) return;
        if (request.BytesPerSecond < 0) await context.ProblemAsync(400, "Not a rate", $"{request.BytesPerSecond} bytes a second: 0 for no bound, or more");
        else await AnswerAsync(context, node.Backups.Take(folder, request.BytesPerSecond));
    }

    private async Task VerifyAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(BackupJson.Default.BackupRequest) is { } request && await FolderOf(context, request.Folder) is { } folder)
            await AnswerAsync(context, node.Backups.Verify(folder));
    }

    private Task ShowJobAsync(HttpContext context) => node.Backups.Job is { } job
        ? context.JsonAsync(200, ViewOf(job), BackupJson.Default.BackupJobView)
        : context.ProblemAsync(404, "No backup", $"{node.Status.Name} has taken or verified none since its start");

    private async Task ListAsync(HttpContext context)
    {
        if (await FolderOf(context, context.Request.Query["folder"]) is not { } folder) return;
        try
        {
            await context.JsonAsync(200, new BackupListView(node.Status.Name.Name, [.. BackupFolder.List(folder).Select(RowOf)]), BackupJson.Default.BackupListView);
        }
        catch (BackupException e)
        {
            await context.ProblemAsync(404, "No backups", e.Message);
        }
    }

    private Task ShowArchiveAsync(HttpContext context)
    {
        if (node.Archive is not { } own) return context.ProblemAsync(404, "No archive", $"{node.Status.Name} does not archive: set archive.directory in its configuration");
        var summary = ArchiveSummary.Of(own.Directory, node.Status.Cluster);
        return context.JsonAsync(200, new ArchiveView(
            node.Status.Name.Name, own.Directory, own.Archived?.Term.Value, own.Archived?.Index.Value, own.Commit.Value, own.LagBytes, own.Segments, own.LastWritten,
            [.. own.Lost.Select(r => new RangeView(r.First.Value, r.Last.Value))], own.Problem,
            summary.Files, summary.Bytes, summary.First?.Value, summary.Last?.Term.Value, summary.Last?.Index.Value, summary.LastTime,
            [.. summary.Gaps.Select(r => new RangeView(r.First.Value, r.Last.Value))], summary.Problems), BackupJson.Default.ArchiveView);
    }

    private Task AnswerAsync(HttpContext context, BackupJob? job) => job is not null
        ? context.JsonAsync(202, ViewOf(job), BackupJson.Default.BackupJobView)
        : context.ProblemAsync(409, "Another backup is under way", $"{node.Status.Name} takes or verifies one at a time; GET /api/backup/job tells how far it is");

    /// <summary>Null after a problem was answered. A node's working folder is nobody's business: relative paths are refused.</summary>
    private static async Task<string?> FolderOf(HttpContext context, string? folder)
    {
        if (folder is { Length: > 0 } && !folder.Contains('\0') && Path.IsPathFullyQualified(folder)) return Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        await context.ProblemAsync(400, "No folder", $"\"{folder}\": the full path of a folder on the node's machine is expected");
        return null;
    }

    private BackupJobView ViewOf(BackupJob job) => new(
        node.Status.Name.Name, job.Number, job.Kind.ToString().ToLowerInvariant(), job.Folder, job.State.ToString().ToLowerInvariant(), job.Bytes, job.Total,
        job.Started, job.Ended, job.Results, job.Problems);

    private static BackupRow RowOf(BackupFolder.Found found)
    {
        var name = Path.GetFileName(found.Path);
        if (found.Manifest is not { } m) return new BackupRow(name, null, null, null, null, null, null, null, null, found.Problem);
        return new BackupRow(
            name, m.Cluster.ToString(), m.Node.Name, m.Taken, m.Position.Term.Value, m.Position.Index.Value, m.Copy.FileBytes,
            string.Join(",", m.Config.Members.Values.Where(v => v.Kind == MemberKind.Voter).Select(v => v.Id.Name)), PolicyText.Name(m.Config.Policy), null);
    }
}
