using System.Text;
using ActorReplication.Node.Configuration;

namespace ActorReplication.Node.Hosting;

/// <summary>The HOCON text that the actor system starts with: what node.conf's own keys say, over its akka section. (What replication
/// requires of Akka, the cluster lays over both.)</summary>
internal static class AkkaHocon
{
    public static string Compose(NodeSettings settings)
    {
        var text = new StringBuilder(settings.AkkaSection);
        text.Append($$"""

            akka.remote.dot-netty.tcp {
              hostname = {{Quote(settings.RemoteHost)}}
              public-hostname = {{Quote(settings.RemoteHost)}}
              port = {{settings.RemotePort}}
            }
            akka.loglevel = {{AkkaLevel(settings.LogLevel)}}
            akka.stdout-loglevel = OFF
            akka.loggers = [{{Quote(typeof(Logging.AkkaLog).AssemblyQualifiedName!)}}]
            akka.persistence.journal.segments.segment-bytes = {{settings.SegmentBytes}}
            replication.read-journal = {{Quote(settings.ReadJournal)}}

            """);
        if (settings.RemoteTls is { } tls)
        {
            text.Append($$"""
                akka.remote.dot-netty.tcp.peer-tls {
                  certificate = {{Quote(tls.Files.Certificate)}}
                  key = {{Quote(tls.Files.Key)}}
                  authorities = {{Quote(tls.Authorities)}}
                  names = [{{string.Join(", ", tls.Names.Select(Quote))}}]
                }

                """);
        }
        return text.ToString();
    }

    private static string AkkaLevel(string level) => level switch { "debug" => "DEBUG", "information" => "INFO", "error" => "ERROR", _ => "WARNING" };

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
}
