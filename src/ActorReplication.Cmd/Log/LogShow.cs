using System.Text;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Log;

internal sealed class LogShow : IVerb
{
    public string Name => "log show";
    public string Options => "[--from I] [--to I] [--last COUNT] [--node NODE] [--full]";
    public string Purpose => "Log entries: kind, method and why that method, size, and the statements or row changes in it; the newest 20 unless told. Long texts are cut, and of many changes ten are shown, unless --full.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var query = new List<string>();
        foreach (var name in (string[])["from", "to", "last", "node"])
            if (invocation.Option(name) is { } value) query.Add($"{name}={Uri.EscapeDataString(value)}");
        if (invocation.Flag("full")) query.Add("full");
        invocation.RejectRest(2);
        return api.GetAsync($"/api/log?{string.Join('&', query)}");
    }

    public string Show(JsonNode answer)
    {
        var text = new StringBuilder();
        foreach (var entry in answer.List("entries"))
        {
            text.Append($"{entry.Text("index")}  term {entry.Text("term")}  {entry.Text("kind")}");
            if (entry.Text("kind") == "data") text.Append($"  {entry.Text("method")}  {entry.Text("bytes")} bytes");
            if (entry.Text("at") is { } at) text.Append($"  {at}");
            text.AppendLine();
            if (entry.List("reasons").Any()) text.AppendLine($"    why: {string.Join("; ", entry.List("reasons").Select(r => (string?)r))}");
            if (entry is JsonObject o && o["config"] is { } config)
                text.AppendLine($"    policy {config.Text("policy")}; members {string.Join(", ", config.List("members").Select(m => (string?)m))}; settings {config["settings"]!.ToJsonString()}");
            foreach (var change in entry.List("changes")) text.AppendLine("    " + Line(change));
            if (entry.Text("more") == "true") text.AppendLine("    … and more");
            if (entry.Text("problem") is { } problem) text.AppendLine($"    cannot be read: {problem}");
        }
        if (answer.Text("next") is { } next) text.AppendLine($"(more from {next} on: --from {next})");
        return text.ToString();
    }

    /// <summary>insert t (1) {"a":2} and the like.</summary>
    internal static string Line(JsonNode? change)
    {
        if (change.Text("sql") is { } sql)
            return change is JsonObject o && o["parameters"] is { } parameters ? $"{change.Text("operation")} {sql}  {parameters.ToJsonString()}" : $"{change.Text("operation")} {sql}";
        if (change.Text("operation") == "pages") return change.Text("reason")!;
        var parts = new List<string> { change.Text("operation")!, change.Text("table")! };
        if (change!["key"] is JsonArray key) parts.Add($"({string.Join(", ", key.Select(k => k?.ToJsonString() ?? "null"))})");
        if (change["before"] is { } before) parts.Add(before.ToJsonString());
        if (change["after"] is { } after) parts.Add((change["before"] is null ? "" : "→ ") + after.ToJsonString());
        if (change.Text("movedTo") is { } moved) parts.Add($"moved to ({moved})");
        return string.Join(' ', parts);
    }
}
