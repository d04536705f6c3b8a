using System.Globalization;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Backup;

internal sealed class BackupTake : IVerb
{
    public string Name => "backup take";
    public string Options => "--to FOLDER [--rate MB/s]";
    public string Purpose => "The node that answers, leader or follower, copies its database into a new backup in FOLDER on its machine.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var to = invocation.Option("to") ?? throw new CommandException("--to FOLDER is missing", CommandException.Usage);
        var rate = invocation.Option("rate");
        invocation.RejectRest(2);
        return BackupWork.RunAsync(api, "/api/backup/take", new JsonObject { ["folder"] = BackupWork.FullPath(to), ["bytesPerSecond"] = BytesOf(rate) });
    }

    public string Show(JsonNode answer) => $"{answer.Text("node")} took {string.Join(", ", answer.List("results"))}: {long.Parse(answer.Text("bytes")!) >> 20} MiB\n";

    private static long BytesOf(string? rate)
    {
        if (rate is null) return 0;
        return double.TryParse(rate, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var megabytes) && megabytes is > 0 and < 1e6
            ? (long)(megabytes * 1e6)
            : throw new CommandException($"--rate {rate}: megabytes a second are expected, such as 50", CommandException.Usage);
    }
}
