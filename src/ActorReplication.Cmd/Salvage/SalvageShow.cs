using System.Text;
using System.Text.Json.Nodes;
using ActorReplication.Cmd.Log;

namespace ActorReplication.Cmd.Salvage;

internal sealed class SalvageShow : IVerb
{
    public string Name => "salvage show";
    public string Options => "FILE --node NODE";
    public string Purpose => "What the transactions in a file did, change by change.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var (file, node) = SalvageTarget.Of(invocation);
        return api.GetLinesAsync($"/api/salvage/show?node={Uri.EscapeDataString(node)}&file={Uri.EscapeDataString(file)}");
    }

    public string Show(JsonNode answer)
    {
        var text = new StringBuilder();
        var last = "";
        foreach (var line in (answer as JsonArray) ?? [])
        {
            if (line.Text("operation") is null) continue;
            var position = $"{line.Text("term")}/{line.Text("index")}";
            if (position != last) text.AppendLine(position);
            last = position;
            text.AppendLine("    " + LogShow.Line(line));
        }
        return text.ToString();
    }
}

/// <summary>Which file of which node a verb is about.</summary>
internal static class SalvageTarget
{
    public static (string File, string Node) Of(Invocation invocation)
    {
        var verb = string.Join(' ', invocation.Words.Take(2));
        if (invocation.Words.Count < 3) throw new CommandException($"{verb}: which file? salvage list shows them", CommandException.Usage);
        var node = invocation.Option("node") ?? throw new CommandException($"{verb}: on which node? --node NODE", CommandException.Usage);
        invocation.RejectRest(3);
        return (invocation.Words[2], node);
    }
}
