namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>The parts of a node's HOCON that its composition root would write.</summary>
internal static class SpecHocon
{
    /// <summary>Small segments: a spec's nodes come and go by the dozen.</summary>
    public const string SegmentJournal =
        """
        akka.persistence.journal.plugin = "akka.persistence.journal.segments"
        akka.persistence.journal.segments {
          class = "ActorReplication.Journal.Plugin.SegmentJournal, ActorReplication.Journal"
          segment-bytes = 1 MiB
        }
        akka.persistence.query.segments {
          class = "ActorReplication.Journal.Plugin.SegmentReadJournalProvider, ActorReplication.Journal"
          write-plugin = "akka.persistence.journal.segments"
        }
        replication.read-journal = "akka.persistence.query.segments"
        """;

    /// <summary>Listens on one port and is known by another: the proxy's.</summary>
    public static string Remote(int port, int advertised) =>
        $$"""
        # Errors go into the test's output with the nodes' own logs (SpecNode).
        akka.loglevel = ERROR
        akka.loggers = []
        akka.stdout-loglevel = OFF
        akka.remote.dot-netty.tcp {
          hostname = "127.0.0.1"
          port = {{port}}
          public-hostname = "127.0.0.1"
          public-port = {{advertised}}
        }
        """;
}
