using System.Net;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core.Durability;
using ActorReplication.Node.CommandLine;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Hosting;

namespace ActorReplication.Node.Dev;

/// <summary>What <c>dev</c> was asked for. Node i (from 0) has the i-th port of each row.</summary>
internal sealed record DevOptions(string Data, int Nodes, int PgPort, int HttpPort, int AkkaPort, string Policy, string Method, bool Respawn)
{
    public static DevOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new Arguments("dev", arguments, "respawn");
        var data = Path.GetFullPath(options.Text("data") ?? "data");
        var nodes = options.Number("nodes", 3, 1, 9);
        var parsed = new DevOptions(data, nodes, Port("pg-port", 5441), Port("http-port", 8441), Port("akka-port", 2551), options.Text("policy") ?? "quorum", options.Text("method") ?? "row", options.Flag("respawn"));
        if (!CaptureSettings.Methods.Contains(parsed.Method)) throw options.Usage($"--method {parsed.Method} is none of {string.Join(", ", CaptureSettings.Methods)}");
        options.RejectRest();
        if (!PolicyText.TryParse(parsed.Policy, out var policy, out var problem)) throw options.Usage($"--policy \"{parsed.Policy}\" is no policy" + (problem.Length > 0 ? $" ({problem})" : ""));
        if (policy.Kind is PolicyKind.SemiSync && nodes < 2) throw options.Usage($"--policy {parsed.Policy} waits for a follower, and there is none with --nodes 1");
        return parsed;

        int Port(string name, int otherwise) => options.Number(name, otherwise, 1, 65536 - nodes);
    }

    public string NameOf(int node) => $"n{node + 1}";
    public string ConfigFileOf(int node) => Path.Combine(Data, NameOf(node) + ".conf");
    public string LogFileOf(int node) => Path.Combine(Data, NameOf(node) + ".log");
    public Uri HttpOf(int node) => new($"http://127.0.0.1:{HttpPort + node}/");

    public IEnumerable<WantedPort> Ports => Enumerable.Range(0, Nodes).SelectMany(i => (WantedPort[])
    [
        new(IPAddress.Loopback, PgPort + i, "--pg-port"),
        new(IPAddress.Loopback, HttpPort + i, "--http-port"),
        new(IPAddress.Loopback, AkkaPort + i, "--akka-port"),
    ]);
}
