using System.Text;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Backup;

internal sealed class BackupVerify : IVerb
{
    public string Name => "backup verify";
    public string Options => "FOLDER";
    public string Purpose => "Has the node read a backup, or all backups in FOLDER, and compare every byte with the manifests. Exit code 1 when one is not whole.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 3) throw new CommandException("which FOLDER?", CommandException.Usage);
        invocation.RejectRest(3);
        return BackupWork.RunAsync(api, "/api/backup/verify", new JsonObject { ["folder"] = BackupWork.FullPath(invocation.Words[2]) });
    }

    public string Show(JsonNode answer)
    {
        var text = new StringBuilder();
        foreach (var whole in answer.List("results")) text.Append(whole).Append(" is whole\n");
        return text.ToString();
    }
}
