using ActorReplication.Cluster.Writes;

namespace ActorReplication.Node.Configuration;

/// <summary>Every key of node.conf. The only place that lists them: the loader, <c>start --check</c> and the test that compares
/// hocon/node.conf with it read this. Below <c>akka</c> anything goes: that section is handed to the actor system as it is.</summary>
internal static class ConfigSchema
{
    public const string AkkaSection = "akka";

    public static readonly IReadOnlyList<ConfigKey> Keys =
    [
        new("node.name", KeyType.Text, null, "This node's name, unique in its cluster, one of cluster.initial-voters, or new to the cluster that it joins.") { Required = true },
        new("node.data", KeyType.Text, null, "Folder of this node's journal and database. It remembers whose it is: another node's is refused.") { Required = true },
        new("node.failover-priority", KeyType.Count, "100", "Among equally complete nodes the higher becomes leader; 0 = never.", 0, 1000),

        new("cluster.initial-voters", KeyType.PeerList, null, "Members at the first start, the same list on each node. Later changes live in the log. Either this or cluster.join.") { Required = true, Unless = "cluster.join" },
        new("cluster.join", KeyType.PeerList, "[]", "Instead, for a node that is to be added to a running cluster: one or more of its nodes. It waits until actorctl member add lets it in."),
        new("cluster.policy", KeyType.Policy, "quorum", "How many copies a commit waits for, at the first start. Later changes live in the log."),
        new("cluster.method", KeyType.Choice, "row", "How changes travel, at the first start. Later changes live in the log: ALTER SYSTEM SET replication.method.") { Choices = CaptureSettings.Methods },
        new("cluster.system-name", KeyType.Text, "replication", "Name of the Akka actor system; the same on each node."),

        new("remote.host", KeyType.Text, null, "Address the nodes' own traffic is bound to. Default: this node's host in cluster.initial-voters, else 127.0.0.1. Anything but loopback needs remote.tls, or security.open-nodes-without-tls."),
        new("remote.port", KeyType.Port, null, "Its port. Default: this node's port in cluster.initial-voters; a node that joins needs it."),

        new("remote.tls.certificate", KeyType.Text, "none", "PEM file with this node's certificate, which it shows whenever nodes talk; none: they talk in plain text. On every node or on none."),
        new("remote.tls.key", KeyType.Text, "none", "PEM file with its key; only its owner may read it (0600)."),
        new("remote.tls.authorities", KeyType.Text, "none", "PEM file with the authorities whose certificates are taken from other nodes; several while one is replaced."),
        new("remote.tls.names", KeyType.TextList, "[]", "What other nodes' certificates may be named. Default: whom this node connects to as the host that it looks for, and whoever comes as the authorities please."),

        new("postgres.listen", KeyType.Text, "127.0.0.1", "Address for SQL clients. Anything but loopback needs postgres.tls, or security.allow-plaintext."),
        new("postgres.port", KeyType.Port, "5432", "Port for SQL clients."),
        new("postgres.max-connections", KeyType.Count, "1000", "More sessions than this are refused with 53300; the last three are for admins. Connections that have not logged in yet are not among them: 200 of those at a time.", 1, 100_000),

        new("postgres.tls.mode", KeyType.Choice, "off", "TLS for SQL clients: off, for those who ask (prefer), or for all (require): others are refused with 28000.") { Choices = ["off", "prefer", "require"] },
        new("postgres.tls.certificate", KeyType.Text, "none", "PEM file with the server's certificate, the chain behind it. Read again when it changes."),
        new("postgres.tls.key", KeyType.Text, "none", "PEM file with its key; only its owner may read it (0600)."),
        new("postgres.tls.client-authorities", KeyType.Text, "none", "PEM file with the certificate authorities that sign clients' certificates; none: clients are not asked for any."),

        new("postgres.hba", KeyType.TextList, "[]", "Who may come from where and how it shows who it is, as lines of pg_hba.conf; the first that fits counts. Default: trust on this machine, scram-sha-256 from elsewhere."),

        new("http.listen", KeyType.Text, "127.0.0.1", "Address of health checks, metrics and actorctl."),
        new("http.port", KeyType.Port, "8008", "Port of health checks, metrics and actorctl."),
        new("http.tls.certificate", KeyType.Text, "none", "PEM file with the HTTP port's certificate, the chain behind it; none: plain HTTP. The same on every node: with it all of them, or none of them."),
        new("http.tls.key", KeyType.Text, "none", "PEM file with its key; only its owner may read it (0600)."),
        new("http.tls.authorities", KeyType.Text, "none", "PEM file of who signs the other nodes' HTTP certificates; none: who this machine trusts."),
        new("http.token-file", KeyType.Text, "none", "File (0600) with a secret line of at least 16 characters, the same on every node: what changes something or shows data asks for it, or for an admin's password."),
        new("http.peers", KeyType.PeerList, "[]", "Where the other nodes' HTTP is, as name@host:port, so that each node can answer for the whole cluster. Default: http.port on each voter's host."),

        new("http.hosts", KeyType.TextList, "[]", "Names, beside localhost, addresses and the nodes' own hosts, under which requests that change something are taken: a load balancer's, for example."),

        new("replication.heartbeat", KeyType.Milliseconds, "50ms", "How often a leader lets its followers hear from it. Smaller: faster detection, more traffic.", 5, 10_000),
        new("replication.election-timeout", KeyType.Milliseconds, "600ms", "Silence after which followers elect, and a cut-off leader steps down. At least four heartbeats.", 50, 600_000),
        new("replication.lease", KeyType.Milliseconds, "250ms", "How long a leader may answer reads without asking again. 0 = asks for each batch. Less than the election timeout.", 0, 60_000),
        new("replication.entry-cache", KeyType.Bytes, "64MiB", "Memory for recent log entries; followers that lag beyond it are fed from the journal.", 1 << 20),
        new("replication.log-budget", KeyType.Bytes, "512MiB", "Log kept for followers that lag; one that needs older entries is cloned.", 1 << 20),
        new("replication.log-limit", KeyType.Bytes, "8GiB", "Log that may grow beyond the budget where it must not be cut (async with too few voters answering); then writes are refused. At least twice the budget.", 2 << 20),
        new("replication.checkpoint", KeyType.Bytes, "64MiB", "Log written between two checkpoints. Smaller: faster restart, more writing.", 64 << 10),

        new("replication.read-journal", KeyType.Text, "akka.persistence.query.segments", "Akka.Persistence.Query plugin that log entries are read with; belongs to akka.persistence.journal.plugin."),

        new("gate.queue-length", KeyType.Count, "10000", "Write transactions that may wait; more are refused as overloaded.", 1, 10_000_000),
        new("gate.batch-transactions", KeyType.Count, "512", "Most transactions in one batch: one fsync and one round to the followers.", 1, 100_000),
        new("gate.batch-bytes", KeyType.Bytes, "4MiB", "Most bytes in one batch.", 64 << 10, 1 << 30),
        new("gate.idle-in-transaction-timeout", KeyType.Milliseconds, "60s", "An open transaction that has written and then does nothing for so long is rolled back: it holds up all writers.", 100, 86_400_000),

        new("storage.readers", KeyType.Count, "16", "Reading connections. Three quarters of them may be busy with long queries.", 2, 1024),
        new("storage.page-cache", KeyType.Bytes, "64MiB", "SQLite's page cache of the writing connection.", 1 << 20, int.MaxValue),
        new("storage.statement-cache", KeyType.Count, "512", "Prepared statements kept per connection.", 16, 100_000),
        new("storage.statement-timeout", KeyType.Milliseconds, "0ms", "Upper bound of any statement's run time; 0 = none.", 0, int.MaxValue),
        new("storage.max-sql", KeyType.Bytes, "16MiB", "Longest statement text.", 1 << 10, 1 << 30),
        new("storage.max-value", KeyType.Bytes, "256MiB", "Largest value.", 1 << 10, 1 << 30),
        new("storage.max-result-rows", KeyType.Count, "0", "Most rows of one result; 0 = no bound."),

        new("journal.segment", KeyType.Bytes, "64MiB", "Size of a journal file. The log is cut by whole files.", 8 << 10, 1 << 30),

        new("archive.directory", KeyType.Text, "none", "Folder that committed log entries are copied to, for restores to a point in time; none: nothing is archived. One for all nodes, or each its own; it has to be there."),
        new("archive.segment", KeyType.Bytes, "16MiB", "Bytes of entries after which an archive file is written.", 64 << 10, 1 << 30),
        new("archive.timeout", KeyType.Milliseconds, "60s", "How long a committed entry waits for its archive file to fill: what the loss of all nodes may cost.", 100, 86_400_000),
        new("archive.log-budget", KeyType.Bytes, "4GiB", "Log kept for an archive that does not get on; what is compacted beyond it is lost to the archive, and announced.", 1 << 20),

        new("telemetry.otlp-endpoint", KeyType.Text, "none", "Collector that metrics, traces and logs are sent to by OTLP, as http://127.0.0.1:4317; none: nothing is sent. /metrics is there in any case."),
        new("telemetry.otlp-protocol", KeyType.Choice, "grpc", "How: grpc (port 4317, mostly) or http (protobuf, port 4318, mostly).") { Choices = ["grpc", "http"] },
        new("telemetry.metrics", KeyType.Flag, "true", "Whether metrics are sent."),
        new("telemetry.metrics-interval", KeyType.Milliseconds, "15s", "How often.", 100, 3_600_000),
        new("telemetry.trace-percent", KeyType.Count, "1", "Of a hundred writes, so many are traced and sent; 0: none, and tracing costs nothing.", 0, 100),
        new("telemetry.logs", KeyType.Flag, "true", "Whether log lines are sent, beside standard error."),

        new("callbacks.program", KeyType.Text, "none", "Program that is run when this node starts, becomes or ceases to be the primary, or stops: PROGRAM on_start|on_role_change|on_stop primary|replica CLUSTER."),
        new("callbacks.webhook", KeyType.Text, "none", "Address that the same is sent to by POST, as a JSON object: event, node, role, cluster, term, leader."),
        new("callbacks.timeout", KeyType.Milliseconds, "10s", "How long one of them may take; then it is ended, and what is true by then is told next.", 100, 600_000),

        new("log.level", KeyType.Choice, "warning", "Least severe line that is logged; what starts and stops is always told.") { Choices = ["debug", "information", "warning", "error"] },
        new("security.open-without-authentication", KeyType.Flag, "false", "true: SQL and HTTP may listen beyond loopback although nothing asks for a password. Only in a network you trust whole. (The nodes' own port has open-nodes-without-tls.)"),
        new("security.allow-plaintext", KeyType.Flag, "false", "true: what asks for passwords or tokens may listen beyond loopback without TLS. Only where nobody else listens on the network."),
        new("security.open-nodes-without-tls", KeyType.Flag, "false", "true: the nodes' own port (remote) may be beyond loopback without remote.tls, where whoever reaches it can act as a node. Only in a network that nobody but the nodes reaches."),
        new("security.initial-password-file", KeyType.Text, "none", "File (0600) whose first line becomes the password of the role postgres when the cluster has no roles yet."),
    ];

    public static ConfigKey? Find(string path)
    {
        foreach (var key in Keys) if (key.Path == path) return key;
        return null;
    }

    /// <summary>The known key that the writer most likely meant.</summary>
    public static string? Nearest(string path)
    {
        var best = Keys.MinBy(k => Distance(k.Path, path));
        return best is not null && Distance(best.Path, path) <= 3 ? best.Path : null;
    }

    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
