using ActorReplication.Node.Configuration;

namespace ActorReplication.Node.Dev;

/// <summary>The node.conf that <c>dev</c> writes for each node: the same few keys that hocon/dev shows.</summary>
internal static class DevConfigFile
{
    public static void WriteAll(DevOptions options)
    {
        Directory.CreateDirectory(options.Data);
        RefuseOtherCluster(options);
        for (var i = 0; i < options.Nodes; i++) File.WriteAllText(options.ConfigFileOf(i), TextOf(options, i));
    }

    internal static string TextOf(DevOptions options, int node) => $$"""
        # Written by "actor-replication dev" at each start: changes here are lost.
        node {
          name = "{{options.NameOf(node)}}"
          data = "{{Path.Combine(options.Data, options.NameOf(node)).Replace("\\", "\\\\").Replace("\"", "\\\"")}}"
        }
        cluster {
          initial-voters = [{{Row(options, options.AkkaPort)}}]
          policy = "{{options.Policy.Replace("\\", "\\\\").Replace("\"", "\\\"")}}"
          method = {{options.Method}}
        }
        postgres.port = {{options.PgPort + node}}
        http {
          port = {{options.HttpPort + node}}
          peers = [{{Row(options, options.HttpPort)}}]
        }

        """;

    private static string Row(DevOptions options, int firstPort) =>
        string.Join(", ", Enumerable.Range(0, options.Nodes).Select(i => $"\"{options.NameOf(i)}@127.0.0.1:{firstPort + i}\""));

    // The members and their addresses are in the data's log: another set of them would be another cluster.
    private static void RefuseOtherCluster(DevOptions options)
    {
        if (!File.Exists(options.ConfigFileOf(0)) || !Directory.Exists(Path.Combine(options.Data, options.NameOf(0)))) return;
        if (ConfigLoader.Load(options.ConfigFileOf(0), new Dictionary<string, string>()).Settings is not { } before) return;
        var (nodes, port) = (before.InitialVoters.Count, before.InitialVoters[0].Port);
        if (nodes != options.Nodes || port != options.AkkaPort)
            throw new ExitException(ExitCodes.DataRefused, $"{options.Data} holds a cluster of {nodes} nodes with --akka-port {port}: start it with --nodes {nodes} --akka-port {port}, or choose another --data");
    }
}
