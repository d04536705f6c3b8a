using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Backup;

/// <summary>A node's taking or verifying, watched to its end. Interrupted, the node goes on with it.</summary>
internal static class BackupWork
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public static async Task<JsonNode> RunAsync(NodeApi api, string path, JsonObject request)
    {
        var begun = await api.PostAsync(path, request);
        var job = begun;
        while (job.Text("state") == "running")
        {
            await Task.Delay(Look);
            job = await api.GetAsync("/api/backup/job");
            if (job.Text("node") != begun.Text("node") || job.Text("number") != begun.Text("number"))
                throw new CommandException($"{begun.Text("node")} does not answer any more, or was started again: the job's end was not seen; look at backup list");
            Say(job);
        }
        if (job.Text("state") == "done") return job;
        throw new CommandException(string.Join("\n          ", job.List("problems").Select(p => p?.ToString())));
    }

    public static string FullPath(string folder) => Path.IsPathFullyQualified(folder)
        ? folder
        : throw new CommandException($"{folder}: the full path of a folder on the node's machine is expected", CommandException.Usage);

    private static void Say(JsonNode job)
    {
        if (Console.IsErrorRedirected || !long.TryParse(job.Text("total"), out var total) || total == 0) return;
        var bytes = long.Parse(job.Text("bytes")!);
        Console.Error.Write($"\r{bytes >> 20} of {total >> 20} MiB, {bytes * 100 / total} %   ");
        if (job.Text("state") != "running") Console.Error.WriteLine();
    }
}
