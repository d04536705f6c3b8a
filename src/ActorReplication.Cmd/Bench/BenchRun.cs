using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Bench;

/// <summary>A load that is there in a minute, without another program. It goes over HTTP, which costs more than a driver does: what it shows is the cluster's latency, not its limit.</summary>
internal sealed class BenchRun : IVerb
{
    private const string Make = "CREATE TABLE IF NOT EXISTS actorctl_bench (id int PRIMARY KEY, n int)", Drop = "DROP TABLE IF EXISTS actorctl_bench";

    public string Name => "bench";
    public string Options => "[--clients N] [--seconds N] [--sql STATEMENT]";
    public string Purpose => "Clients that write to the leader over HTTP (8, for 10 s, into a table of its own unless told another statement), and a histogram of their latencies.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var clients = (int)(invocation.Number("clients", 1, 256) ?? 8);
        var seconds = (int)(invocation.Number("seconds", 1, 3600) ?? 10);
        var sql = invocation.Option("sql");
        invocation.RejectRest(1);
        if (sql is null) await Run(api, Make);
        var end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        var results = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => LoadAsync(api, sql, client, end))));
        if (sql is null) await Run(api, Drop);
        var all = results.SelectMany(r => r.Latencies).Order().ToArray();
        if (all.Length == 0) throw new CommandException($"nothing succeeded: {results[0].Problem}");
        return new JsonObject
        {
            ["clients"] = clients, ["seconds"] = seconds, ["done"] = all.Length, ["failed"] = results.Sum(r => r.Failed), ["problem"] = results.Select(r => r.Problem).FirstOrDefault(p => p is not null),
            ["perSecond"] = Math.Round((double)all.Length / seconds, 1),
            ["p50Ms"] = At(all, 0.5), ["p90Ms"] = At(all, 0.9), ["p99Ms"] = At(all, 0.99), ["maxMs"] = Math.Round(all[^1], 2),
            ["histogram"] = Histogram(all),
        };
    }

    public string Show(JsonNode answer)
    {
        var text = new StringBuilder($"{answer.Text("done")} done by {answer.Text("clients")} clients in {answer.Text("seconds")} s: {answer.Text("perSecond")}/s; {answer.Text("failed")} failed{(answer.Text("problem") is { } p ? $" ({p})" : "")}\n");
        text.Append($"latency ms: p50 {answer.Text("p50Ms")}  p90 {answer.Text("p90Ms")}  p99 {answer.Text("p99Ms")}  max {answer.Text("maxMs")}\n");
        var most = answer.List("histogram").Select(b => long.Parse(b.Text("count")!)).DefaultIfEmpty(1).Max();
        foreach (var bucket in answer.List("histogram"))
            text.Append($"{bucket.Text("upToMs"),8} ms  {new string('█', (int)Math.Ceiling(50.0 * long.Parse(bucket.Text("count")!) / most))} {bucket.Text("count")}\n");
        return text.ToString();
    }

    private static async Task<(List<double> Latencies, int Failed, string? Problem)> LoadAsync(NodeApi api, string? sql, int client, long end)
    {
        var latencies = new List<double>();
        var (failed, problem) = (0, (string?)null);
        for (var i = 0; Stopwatch.GetTimestamp() < end; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            try
            {
                await Run(api, sql ?? $"INSERT INTO actorctl_bench VALUES ({client}, {i}) ON CONFLICT (id) DO UPDATE SET n = excluded.n");
                latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
            catch (CommandException e)
            {
                failed++;
                problem = e.Message;
                await Task.Delay(20);
            }
        }
        return (latencies, failed, problem);
    }

    private static Task<JsonNode> Run(NodeApi api, string sql) => api.PostAsync("/api/sql?leader=true", new JsonObject { ["sql"] = sql });

    private static double At(double[] sorted, double share) => Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))], 2);

    private static JsonArray Histogram(double[] sorted)
    {
        var buckets = new JsonArray();
        for (var (limit, at) = (0.25, 0); at < sorted.Length; limit *= 2)
        {
            var from = at;
            while (at < sorted.Length && sorted[at] <= limit) at++;
            if (at > from || buckets.Count > 0) buckets.Add(new JsonObject { ["upToMs"] = limit, ["count"] = at - from });
        }
        return buckets;
    }
}
