using ActorReplication.Node.Tests.Nemesis.Clients;
using Npgsql;

namespace ActorReplication.Node.Tests.Nemesis.Faults;

/// <summary>What an operator may do at any time: hand leadership over, change the policy and the method.</summary>
internal sealed class Operations(NemesisPlan plan, NemesisCluster cluster, Endpoints endpoints, FaultJournal journal, int seed) : Tormentor(plan, cluster, journal, seed)
{
    protected override async Task OnceAsync(CancellationToken stop)
    {
        switch (Random.Next(6))
        {
            case < 3:
                await SwitchoverAsync(stop);
                break;
            case 3:
                await AlterAsync("replication.method", NemesisPlan.Pick(Random, ["row", "statement", "mixed", "page"]));
                break;
            case 4:
                await AlterAsync("synchronous_standby_names", Plan.IsWeak ? "async" : NemesisPlan.Pick(Random, ["quorum", "semi-sync", "sync", Plan.Policy]));
                break;
            default:
                await FailoverAsync(stop);
                break;
        }
    }

    private async Task SwitchoverAsync(CancellationToken stop)
    {
        var leader = await Cluster.FindLeaderAsync();
        var to = AnyNode();
        if (leader < 0 || leader == to) return;
        var fault = Journal.Begin("switchover", $"{NemesisCluster.NameOf(leader)} to {NemesisCluster.NameOf(to)}", true);
        await Cluster.PostAsync(leader, "api/leader/switchover", $$"""{"to":"{{NemesisCluster.NameOf(to)}}"}""", stop);
        fault.Until = System.Diagnostics.Stopwatch.GetTimestamp();
    }

    private async Task FailoverAsync(CancellationToken stop)
    {
        var to = AnyNode();
        var fault = Journal.Begin("forced failover", $"to {NemesisCluster.NameOf(to)}", await Cluster.FindLeaderAsync() != to);
        await Cluster.PostAsync(to, "api/leader/failover", $$"""{"to":"{{NemesisCluster.NameOf(to)}}"}""", stop);
        fault.Until = System.Diagnostics.Stopwatch.GetTimestamp();
    }

    private async Task AlterAsync(string setting, string value)
    {
        var leader = await Cluster.FindLeaderAsync();
        if (leader < 0) return;
        var fault = Journal.Begin($"{setting} = {value}", "all", false);
        try
        {
            await using var connection = endpoints.Source(leader).CreateConnection();
            await connection.OpenAsync();
            await Session.RunAsync(connection, $"ALTER SYSTEM SET {setting} = '{value}'").WaitAsync(Endpoints.Patience);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidOperationException or System.Net.Sockets.SocketException or IOException)
        {
            // Refused, or unknown: both may be, and the cluster goes on under one of them.
        }
        fault.Until = System.Diagnostics.Stopwatch.GetTimestamp();
    }
}
