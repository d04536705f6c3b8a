using Akka.Configuration;
using ActorReplication.Cluster.Membership;
using ActorReplication.Cluster.Wire;

namespace ActorReplication.Cluster;

/// <summary>The actor system's configuration: what the cluster requires lies over the operator's text, what it proposes lies under it.</summary>
internal static class ClusterHocon
{
    /// <summary>Where the embedded journal's plugin is configured; another journal ignores it.</summary>
    private const string Segments = "akka.persistence.journal.segments";

    public const string ReadJournalKey = "replication.read-journal";

    private const string Required = """
        akka {
          actor {
            provider = cluster
          }
          # A node stops by its own rules: Akka's would wait for the cluster's consent first.
          coordinated-shutdown {
            run-by-actor-system-terminate = off
            run-by-clr-shutdown-hook = off
            terminate-actor-system = on
            exit-clr = off
          }
          cluster {
            # The log's leader forms the cluster, joins and downs: Akka's membership is a hint and a transport, never the count of voters.
            seed-nodes = []
            downing-provider-class = ""
            run-coordinated-shutdown-when-down = off
            min-nr-of-members = 1
          }
          persistence {
            snapshot-store.plugin = "akka.persistence.no-snapshot-store"
            max-concurrent-recoveries = 10
          }
        }
        # The replica, its links and Akka.Remote's actors, one at a time: they hand each other every message, and none of them blocks.
        replication.dispatcher {
          type = "ActorReplication.Cluster.Replica.SerialDispatcherConfigurator, ActorReplication.Cluster"
          thread-name = replication
          # The journal's thread, having synced, tells the leader by itself.
          helpers = [journal]
          throughput = 32
        }
        """;

    private const string Proposed = """
        akka {
          loglevel = WARNING
          stdout-loglevel = WARNING
          # The replica has a ticker of its own; what else is timed is counted in tenths of seconds.
          scheduler.tick-duration = 40ms
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          remote {
            log-remote-lifecycle-events = DEBUG
            # Beside the replica, which hands Akka.Remote nearly all it sends and takes nearly all it receives.
            use-dispatcher = "replication.dispatcher"
            # How long a peer whose connection broke is not tried again; Akka's 5 s would be most of a failover.
            retry-gate-closed-for = 200ms
            # Replication hears of broken connections by itself; Akka's own detector is the backstop for half-open ones.
            transport-failure-detector { heartbeat-interval = 1s, acceptable-heartbeat-pause = 4s }
            watch-failure-detector { heartbeat-interval = 1s, acceptable-heartbeat-pause = 6s }
            dot-netty.tcp {
              transport-class = "ActorReplication.Cluster.Transport.PeerTransport, ActorReplication.Cluster"
              connection-timeout = 2s
              enforce-ip-family = false
            }
          }
          cluster {
            gossip-interval = 500ms
            unreachable-nodes-reaper-interval = 500ms
            leader-actions-interval = 500ms
            log-info = off
            failure-detector {
              heartbeat-interval = 500ms
              acceptable-heartbeat-pause = 3s
              expected-response-after = 500ms
            }
          }
          persistence.journal {
            plugin = "akka.persistence.journal.segments"
            segments {
              class = "ActorReplication.Journal.Plugin.SegmentJournal, ActorReplication.Journal"
              # On the sender's thread: one change of threads less for each write.
              plugin-dispatcher = "akka.persistence.journal.segments.inline-dispatcher"
              inline-dispatcher.type = "ActorReplication.Journal.Plugin.InlineDispatcherConfigurator, ActorReplication.Journal"
            }
          }
          persistence.query.segments.class = "ActorReplication.Journal.Plugin.SegmentReadJournalProvider, ActorReplication.Journal"
        }
        replication.read-journal = "akka.persistence.query.segments"
        """;

    public static Config Compose(ReplicaNodeOptions options, NodeIdentity identity)
    {
        var own = $$"""
            {{Segments}} {
              directory = {{Quote(Path.Combine(Path.GetFullPath(options.DataFolder), "journal"))}}
              node-id = "{{identity.Incarnation}}"
            }
            """;
        // Beside the roles that the operator's text has.
        var operators = ConfigurationFactory.ParseString(options.AkkaHocon).GetStringList("akka.cluster.roles", []);
        var roles = $"akka.cluster.roles = [{string.Join(", ", operators.Concat(ClusterFormat.RolesOf(options.NewestFormat)).Distinct().Select(Quote))}]";
        return ConfigurationFactory.ParseString(Required)
            .WithFallback(ConfigurationFactory.ParseString(roles))
            .WithFallback(ConfigurationFactory.ParseString(WireConfig.Hocon))
            .WithFallback(ConfigurationFactory.ParseString(options.AkkaHocon))
            .WithFallback(ConfigurationFactory.ParseString(own))
            .WithFallback(ConfigurationFactory.ParseString(Proposed));
    }

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
