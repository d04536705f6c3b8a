using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Log;

internal sealed class LogTail : IVerb
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    public string Name => "log tail";
    public string Options => "[--node NODE] [--count ENTRIES]";
    public string Purpose => "New log entries as they come, until Ctrl-C or so many of them.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var node = invocation.Option("node") is { } name ? $"&node={Uri.EscapeDataString(name)}" : "";
        var wanted = invocation.Number("count", 1, int.MaxValue) ?? int.MaxValue;
        invocation.RejectRest(2);
        var shown = new JsonArray();
        var last = await LastAsync(api, node) ?? 0;
        while (shown.Count < wanted)
        {
            if (await LastAsync(api, node) is { } newest && newest > last)
            {
                var answer = await api.GetAsync($"/api/log?from={last + 1}&to={Math.Min(newest, last + 500)}{node}");
                foreach (var entry in answer.List("entries").Where(e => e is not null).Take((int)(wanted - shown.Count)))
                {
                    Console.Write(invocation.Json ? entry!.ToJsonString() + "\n" : new LogShow().Show(new JsonObject { ["entries"] = new JsonArray(entry!.DeepClone()) }));
                    last = long.Parse(entry!.Text("index")!);
                    shown.Add(last);
                }
            }
            else
            {
                await Task.Delay(Interval);
            }
        }
        return shown;
    }

    /// <summary>The entries were shown as they came.</summary>
    public string Show(JsonNode answer) => "";

    private static async Task<long?> LastAsync(NodeApi api, string node) =>
        (await api.GetAsync($"/api/log?last=1{node}")).List("entries").LastOrDefault().Text("index") is { } index ? long.Parse(index) : null;
}
