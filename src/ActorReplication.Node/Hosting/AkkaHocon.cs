using System.Reflection;
using System.Text;
using ActorReplication.Node.Configuration;

namespace ActorReplication.Node.Hosting;

/// <summary>The HOCON text that the actor system starts with: our settings, over the file's own akka section, over the shipped
/// hocon/akka.conf (a copy is inside the assembly, so that the program needs no file beside it).</summary>
internal static class AkkaHocon
{
    public static string Shipped { get; } = ReadShipped();

    public static string Compose(NodeSettings settings)
    {
        var text = new StringBuilder(Shipped);
        text.Append('\n').Append(settings.AkkaSection).Append('\n');
        text.Append($$"""
            akka.remote.dot-netty.tcp {
              hostname = {{Quote(settings.RemoteHost)}}
              public-hostname = {{Quote(settings.RemoteHost)}}
              port = {{settings.RemotePort}}
            }
            akka.loglevel = {{AkkaLevel(settings.LogLevel)}}
            akka.stdout-loglevel = OFF
            akka.loggers = [{{Quote(typeof(Logging.AkkaLog).AssemblyQualifiedName!)}}]
            """);
        if (!settings.AkkaJournal)
        {
            text.Append($$"""

                akka.persistence.journal.plugin = "akka.persistence.journal.segments"
                akka.persistence.journal.segments {
                  folder = {{Quote(Path.Combine(settings.DataFolder, "journal"))}}
                  segment-bytes = {{settings.SegmentBytes}}
                }
                """);
        }
        return text.Append('\n').ToString();
    }

    private static string AkkaLevel(string level) => level switch { "debug" => "DEBUG", "information" => "INFO", "error" => "ERROR", _ => "WARNING" };

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    private static string ReadShipped()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("akka.conf")
            ?? throw new InvalidOperationException("akka.conf is not embedded in this build");
        return new StreamReader(stream).ReadToEnd();
    }
}
