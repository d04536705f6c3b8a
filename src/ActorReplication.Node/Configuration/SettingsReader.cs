using System.Net;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Archive;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Node.Callbacks;
using ActorReplication.Node.Telemetry;

namespace ActorReplication.Node.Configuration;

/// <summary>Makes <see cref="NodeSettings"/> from values that are right each by itself, and checks what they must be together.</summary>
/// <param name="complain">Takes a key's path and what is wrong with it.</param>
internal sealed class SettingsReader(IReadOnlyDictionary<string, object> values, Action<string, string> complain)
{
    public NodeSettings Read(string akkaSection)
    {
        var name = Text("node.name");
        if (!ConfigValue.IsName(name)) complain("node.name", $"\"{name}\" is not a name: letters, digits, - _ . only, at most 63");
        var voters = values.TryGetValue("cluster.initial-voters", out var listed) ? (IReadOnlyList<NodeAddress>)listed : [];
        var join = (IReadOnlyList<NodeAddress>)values["cluster.join"];
        CheckVoters(voters, join);
        var own = voters.FirstOrDefault(v => v.Name.Name == name);
        if (own is null && !values.ContainsKey("remote.port"))
            complain("remote.port", $"missing: {name} is not among cluster.initial-voters, so its own host and port must be given (remote.host, remote.port)");
        var replication = Replication();
        var httpPort = Int("http.port");
        var peers = (IReadOnlyList<NodeAddress>)values["http.peers"];
        var http = Listen("http");
        var postgres = Listen("postgres");
        var security = new SecurityReader(values, complain);
        var postgresTls = security.PostgresTls();
        var postgresAccess = security.PostgresAccess(postgres, postgresTls);
        var remoteHost = values.TryGetValue("remote.host", out var host) ? (string)host : own?.Host ?? "127.0.0.1";
        return new NodeSettings(
            new NodeId(name), Path.GetFullPath(Text("node.data")), Int("node.failover-priority"),
            voters, Policy(voters), Text("cluster.method"), Text("cluster.system-name"),
            remoteHost,
            values.ContainsKey("remote.port") ? Int("remote.port") : own?.Port ?? 0,
            postgres, Int("postgres.max-connections"),
            http, peers.Count > 0 ? peers : [.. voters.Concat(join).Select(v => v with { Port = httpPort })],
            replication,
            new GateSettings(Int("gate.queue-length"), Int("gate.batch-transactions"), Int("gate.batch-bytes"), Int("gate.idle-in-transaction-timeout")),
            new StorageSettings(Int("storage.readers"), Int("storage.page-cache"), Int("storage.statement-cache"), Int("storage.statement-timeout"), Int("storage.max-sql"), Int("storage.max-value"), Long("storage.max-result-rows")),
            Text("replication.read-journal"), Long("journal.segment"), Text("log.level"), akkaSection)
        {
            Join = join,
            Archive = Archive(),
            Telemetry = Telemetry(),
            Callbacks = Callbacks(),
            HttpHosts = (IReadOnlyList<string>)values["http.hosts"],
            PostgresTls = postgresTls,
            PostgresAccess = postgresAccess,
            HttpSecurity = security.Http(http, postgresAccess),
            RemoteTls = security.Remote(remoteHost, akkaSection),
            InitialPasswordFile = security.Secret("security.initial-password-file"),
            // Bound to every address it is reached where the nodes' own traffic is.
            PublicHttp = http.Address.Equals(IPAddress.Any) || http.Address.Equals(IPAddress.IPv6Any) ? $"{remoteHost}:{http.Port}" : http.ToString(),
        };
    }

    private TelemetrySettings? Telemetry()
    {
        if (Text("telemetry.otlp-endpoint") is "none") return null;
        if (!Uri.TryCreate(Text("telemetry.otlp-endpoint"), UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            complain("telemetry.otlp-endpoint", $"\"{Text("telemetry.otlp-endpoint")}\" is not an address such as http://127.0.0.1:4317");
            return null;
        }
        return new TelemetrySettings(endpoint, Text("telemetry.otlp-protocol") == "grpc", (bool)values["telemetry.metrics"], Int("telemetry.trace-percent"), (bool)values["telemetry.logs"], Int("telemetry.metrics-interval"));
    }

    private CallbackSettings? Callbacks()
    {
        var (program, webhook) = (Text("callbacks.program"), Text("callbacks.webhook"));
        Uri? address = null;
        if (webhook is not "none" && (!Uri.TryCreate(webhook, UriKind.Absolute, out address) || address.Scheme is not ("http" or "https")))
        {
            complain("callbacks.webhook", $"\"{webhook}\" is not an address such as http://127.0.0.1:9000/roles");
            address = null;
        }
        if (program is "none") return address is null ? null : new CallbackSettings(null, address, Int("callbacks.timeout"));
        if (!File.Exists(program)) complain("callbacks.program", $"there is no file {program}");
        else if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(program) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0) complain("callbacks.program", $"nobody may execute {program}: chmod +x");
        return new CallbackSettings(Path.GetFullPath(program), address, Int("callbacks.timeout"));
    }

    private ArchiveOptions? Archive()
    {
        if (Text("archive.directory") is "none") return null;
        var budget = Long("archive.log-budget");
        if (budget > Long("replication.log-limit")) complain("archive.log-budget", "is more than replication.log-limit: an archive that does not get on would stop writes");
        return new ArchiveOptions(Path.GetFullPath(Text("archive.directory")), Long("archive.segment"), Int("archive.timeout"), budget);
    }

    private string Text(string path) => (string)values[path];
    private long Long(string path) => (long)values[path];
    private int Int(string path) => (int)Long(path);

    private void CheckVoters(IReadOnlyList<NodeAddress> voters, IReadOnlyList<NodeAddress> join)
    {
        const string path = "cluster.initial-voters";
        if (voters.Count == 0 && join.Count == 0) complain(path, "at least one voter is needed; or, for a node that is to be added to a running cluster, cluster.join with one of its nodes");
        if (voters.Count > 0 && join.Count > 0) complain("cluster.join", "a node begins a cluster (cluster.initial-voters) or joins one (cluster.join), not both");
        if (voters.Count > 9) complain(path, $"{voters.Count} voters; at most 9 make sense, more only slow each commit");
        if (voters.DistinctBy(v => v.Name).Count() != voters.Count) complain(path, "a name stands there twice");
        if (voters.DistinctBy(v => (v.Host, v.Port)).Count() != voters.Count) complain(path, "two names have the same host and port");
    }

    private DurabilityPolicy Policy(IReadOnlyList<NodeAddress> voters)
    {
        var policy = (DurabilityPolicy)values["cluster.policy"];
        var strangers = policy.Names.Where(n => voters.All(v => v.Name != n)).ToArray();
        foreach (var name in strangers)
            complain("cluster.policy", $"{name} is neither among cluster.initial-voters nor one of async, semi-sync, quorum, sync");
        if (strangers.Length == 0 && policy.Kind is (PolicyKind.AnyOf or PolicyKind.FirstOf) && policy.Count >= voters.Count)
            complain("cluster.policy", $"waits for {policy.Count} followers, but {voters.Count} voters have only {voters.Count - 1}");
        return policy;
    }

    private ReplicationSettings Replication()
    {
        var (heartbeat, election, lease) = (Int("replication.heartbeat"), Int("replication.election-timeout"), Int("replication.lease"));
        if (election < 4 * heartbeat) complain("replication.election-timeout", $"{election}ms is less than four heartbeats of {heartbeat}ms: a single late one would start an election");
        if (Long("replication.log-limit") < 2 * Long("replication.log-budget")) complain("replication.log-limit", "is less than twice replication.log-budget: the log is cut by whole files and checkpoints, and needs room");
        if (lease >= election) complain("replication.lease", $"{lease}ms is not less than the election timeout of {election}ms");
        return new ReplicationSettings(heartbeat, election, lease, Long("replication.entry-cache"), Long("replication.log-budget"), Long("replication.log-limit"), Long("replication.checkpoint"));
    }

    private IPEndPoint Listen(string section)
    {
        var (path, text) = ($"{section}.listen", Text($"{section}.listen"));
        if (!IPAddress.TryParse(text == "localhost" ? "127.0.0.1" : text, out var address))
        {
            complain(path, $"\"{text}\" is not an IP address");
            address = IPAddress.Loopback;
        }
        return new IPEndPoint(address, Int($"{section}.port"));
    }
}
