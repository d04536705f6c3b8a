using ActorReplication.Node.Tests.EndToEnd;

namespace ActorReplication.Benchmarks;

/// <summary>The client of failover.sh: says "ready" when its writes flow, goes on until its standard input ends, then tells the longest
/// time between two acknowledged writes.</summary>
internal static class GapClient
{
    private const int Clients = 2;

    public static async Task<int> RunAsync(string hosts, string table)
    {
        // Nothing is remembered about hosts, and a server that does not answer is given up after a second.
        var connection = $"Host={hosts};Username=postgres;Database=postgres;Target Session Attributes=primary;Host Recheck Seconds=0;Timeout=1;Command Timeout=1;Cancellation Timeout=-1";
        await using var load = await WriteLoad.StartAsync(connection, table, Clients);
        await load.MoreAsync(200);
        Console.WriteLine("ready");
        await Console.In.ReadToEndAsync();
        await load.StopAsync();
        Console.WriteLine($"longest gap {load.LongestGap.TotalMilliseconds:0} ms, {load.Count} rows acknowledged, refused meanwhile: {load.Failures}");
        return 0;
    }
}
