using ActorReplication.Node.Tests.Nemesis.Hosts;
using Npgsql;

namespace ActorReplication.Node.Tests.Nemesis.Clients;

/// <summary>All nodes as clients reach them, and where the leader is believed to be.</summary>
internal sealed class Endpoints : IAsyncDisposable
{
    /// <summary>More than the driver's own limits come to.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly NpgsqlDataSource[] _sources;
    private readonly NemesisCluster _cluster;

    public Endpoints(NemesisCluster cluster)
    {
        _cluster = cluster;
        _sources = [.. cluster.Hosts.Addresses.Select(SourceOf)];
    }

    public int Count => _sources.Length;

    public int LeaderHint { get => _cluster.LeaderHint; set => _cluster.LeaderHint = value; }

    public NpgsqlDataSource Source(int node) => _sources[node];

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources) await source.DisposeAsync();
    }

    // No cancel request after a timeout, which would wait for the same server; the types are known without asking.
    private static NpgsqlDataSource SourceOf(HostAddress address) => NpgsqlDataSource.Create(
        $"Host=127.0.0.1;Port={address.ClientPgPort};Username=postgres;Database=postgres;Pooling=false;Timeout=2;Command Timeout=3;Cancellation Timeout=-1;Server Compatibility Mode=NoTypeLoading");
}
