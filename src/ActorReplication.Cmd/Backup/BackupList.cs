using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Backup;

internal sealed class BackupList : IVerb
{
    public string Name => "backup list";
    public string Options => "FOLDER";
    public string Purpose => "The backups in FOLDER on the node's machine, oldest first. Their manifests are checked; backup verify reads the rest too.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 3) throw new CommandException("which FOLDER?", CommandException.Usage);
        invocation.RejectRest(3);
        return api.GetAsync("/api/backup/list?folder=" + Uri.EscapeDataString(BackupWork.FullPath(invocation.Words[2])));
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("backup", "taken", "by", "term", "index", "MiB", "voters", "policy", "problem");
        foreach (var b in answer.List("backups"))
            table.Add(b.Text("name"), b.Text("taken"), b.Text("node"), b.Text("term"), b.Text("index"), MebibytesOf(b), b.Text("voters"), b.Text("policy"), b.Text("problem"));
        return table.Render(Table.TerminalWidth);
    }

    private static string? MebibytesOf(JsonNode? backup) => long.TryParse(backup.Text("bytes"), out var bytes) ? $"{bytes >> 20}" : null;
}
