using System.Text;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Backup;

internal sealed class ArchiveStatus : IVerb
{
    public string Name => "backup archive status";
    public string Purpose => "How far the node that answers has archived the log, and what is in its archive, whoever put it there.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(3);
        return api.GetAsync("/api/backup/archive");
    }

    public string Show(JsonNode answer)
    {
        var text = new StringBuilder();
        text.Append($"{answer.Text("directory")}: {answer.Text("files")} files, {Mebibytes(answer, "bytes")} MiB, ")
            .Append(answer.Text("first") is { } first ? $"entries {first} to {answer.Text("lastIndex")} (term {answer.Text("lastTerm")}, {answer.Text("lastTime") ?? "time not known"})\n" : "no entries\n");
        text.Append($"{answer.Text("node")}: archived up to {answer.Text("index") ?? "not known yet"} of {answer.Text("commit")} committed, {Mebibytes(answer, "lagBytes")} MiB wait\n");
        Ranges(text, answer, "gaps", "missing in the archive: entries ");
        Ranges(text, answer, "lost", "compacted before this node archived them: entries ");
        foreach (var file in answer.List("damagedFiles")) text.Append($"damaged: {file}\n");
        if (answer.Text("problem") is { } problem) text.Append($"does not get on: {problem}\n");
        return text.ToString();
    }

    private static void Ranges(StringBuilder text, JsonNode answer, string name, string what)
    {
        foreach (var range in answer.List(name)) text.Append($"{what}{range.Text("first")} to {range.Text("last")}\n");
    }

    private static string Mebibytes(JsonNode answer, string name) => $"{long.Parse(answer.Text(name)!) >> 20}";
}
