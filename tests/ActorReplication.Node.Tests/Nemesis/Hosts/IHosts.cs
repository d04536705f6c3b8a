namespace ActorReplication.Node.Tests.Nemesis.Hosts;

/// <summary>Where a node listens: to the other nodes on <paramref name="Host"/>, to clients on its machine's loopback.</summary>
internal sealed record HostAddress(string Host, int PgPort, int HttpPort, int AkkaPort)
{
    /// <summary>Where clients of this process reach it, on this process's loopback.</summary>
    public int ClientPgPort { get; init; } = PgPort;
    public int ClientHttpPort { get; init; } = HttpPort;
}

/// <summary>The machines that the nodes of a cluster run on, or what stands for them.</summary>
internal interface IHosts : IDisposable
{
    IReadOnlyList<HostAddress> Addresses { get; }

    /// <summary>What a program on that machine is started with: put before the program.</summary>
    IReadOnlyList<string> LaunchOn(int node);

    /// <summary>Null: they share one machine, and nothing can be done to what they say to each other.</summary>
    Links? Links { get; }
}

/// <summary>One machine for all.</summary>
internal sealed class Loopback : IHosts
{
    public Loopback(int nodes)
    {
        var (pg, http, akka) = (FreePorts.TakeRow(nodes), FreePorts.TakeRow(nodes), FreePorts.TakeRow(nodes));
        Addresses = [.. Enumerable.Range(0, nodes).Select(i => new HostAddress("127.0.0.1", pg + i, http + i, akka + i))];
    }

    public IReadOnlyList<HostAddress> Addresses { get; }
    public IReadOnlyList<string> LaunchOn(int node) => [];
    public Links? Links => null;

    public void Dispose()
    {
    }
}
