using ActorReplication.Node.Http;

namespace ActorReplication.Node.Dev;

/// <summary>What <c>dev</c> prints when a leader serves.</summary>
internal static class DevHelp
{
    public static string Text(DevOptions options, NodeView leader, IReadOnlyList<DevNode> nodes)
    {
        var hosts = string.Join(",", Enumerable.Range(0, options.Nodes).Select(i => $"127.0.0.1:{options.PgPort + i}"));
        var uri = $"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write";
        return $"""

            {options.Nodes} nodes, {leader.Name} leads (term {leader.Term}, policy {leader.Policy}); data and logs in {options.Data}

              psql      psql "{uri}"
              any node  psql -h 127.0.0.1 -p {options.PgPort} -U postgres
              URI       {uri}
              Npgsql    Host={hosts};Username=postgres;Database=postgres;Target Session Attributes=primary;Host Recheck Seconds=0
              dashboard {options.HttpOf(0)}ui
              HTTP      {options.HttpOf(0)}api/cluster
              actorctl  dotnet run --project src/ActorReplication.Cmd -- cluster show --host 127.0.0.1:{options.HttpPort}
              failover  kill -9 {nodes.First(n => n.Name == leader.Name).ProcessId}    (the leader's process; {string.Join(", ", nodes.Select(n => $"{n.Name} is {n.ProcessId}"))})

            Ctrl-C stops all.

            """;
    }
}
