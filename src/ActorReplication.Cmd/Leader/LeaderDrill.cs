using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Leader;

/// <summary>A handover for practice, watched by a client that asks the leader again and again.</summary>
internal sealed class LeaderDrill : IVerb
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10), Around = TimeSpan.FromSeconds(1);

    public string Name => "leader drill";
    public string Options => "[--to NODE] [--back]";
    public string Purpose => "An exercise: hands the leadership over while a client keeps asking, and reports the longest gap it saw; --back returns it afterwards.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var to = invocation.Option("to");
        var back = invocation.Flag("back");
        invocation.RejectRest(2);
        Confirmation.Require(invocation, $"Hand the leadership over to {to ?? "the best follower"}, as an exercise? Sessions on the leader end.");
        var before = (await api.GetAsync("/api/cluster")).Text("leader") ?? throw new CommandException("there is no leader to hand over");
        var steps = new JsonArray { await StepAsync(api, to) };
        if (back) steps.Add(await StepAsync(api, before));
        return new JsonObject { ["before"] = before, ["after"] = (await api.GetAsync("/api/cluster")).Text("leader"), ["steps"] = steps };
    }

    public string Show(JsonNode answer) => string.Concat(answer.List("steps").Select(s =>
        $"{s.Text("leader")} led after {s.Text("switchoverMs")} ms; longest time without an answer {s.Text("longestGapMs")} ms; {s.Text("asked")} questions, {s.Text("failed")} of them failed\n"));

    private static async Task<JsonNode> StepAsync(NodeApi api, string? to)
    {
        using var over = new CancellationTokenSource();
        var watching = Task.Run(() => WatchAsync(api, over.Token));
        await Task.Delay(Around);
        var watch = Stopwatch.StartNew();
        var done = await api.PostAsync("/api/leader/switchover", new JsonObject { ["to"] = to });
        var took = watch.ElapsedMilliseconds;
        await Task.Delay(Around);
        await over.CancelAsync();
        var (asked, failed, gap) = await watching;
        return new JsonObject { ["leader"] = done.Text("leader"), ["switchoverMs"] = took, ["longestGapMs"] = (long)gap.TotalMilliseconds, ["asked"] = asked, ["failed"] = failed };
    }

    private static async Task<(int Asked, int Failed, TimeSpan Gap)> WatchAsync(NodeApi api, CancellationToken over)
    {
        var (asked, failed, gap, last) = (0, 0, TimeSpan.Zero, Stopwatch.GetTimestamp());
        while (!over.IsCancellationRequested)
        {
            asked++;
            try
            {
                await api.PostAsync("/api/sql?leader=true", new JsonObject { ["sql"] = "SELECT 1", ["consistency"] = "linearizable" }, TimeSpan.FromSeconds(5));
                var now = Stopwatch.GetTimestamp();
                if (Stopwatch.GetElapsedTime(last, now) is var since && since > gap) gap = since;
                last = now;
            }
            catch (CommandException)
            {
                failed++;
            }
            await Task.Delay(Between, CancellationToken.None);
        }
        return (asked, failed, gap);
    }
}
